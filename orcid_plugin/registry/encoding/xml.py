"""Work messages as ORCID's XML, and the Registry's XML answers back to messages.

XML and JSON say the same in the same order: a JSON key is an element's local name, `{"value": text}` an element with
text whose other keys are attributes. So this is the JSON form with namespaces.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from orcid_plugin.errors import UnreadableInput
from orcid_plugin.registry.encoding import json
from orcid_plugin.registry.messages.work import Work

WORK = "http://www.orcid.org/ns/work"
COMMON = "http://www.orcid.org/ns/common"

_OF_WORK = frozenset(
    "work journal-title short-description citation citation-type citation-value type contributors contributor "
    "credit-name contributor-email contributor-attributes contributor-sequence contributor-role".split()
)


def dumps(work: Work) -> bytes:
    """The message as an XML document in UTF-8, ready to be sent as `application/vnd.orcid+xml`."""
    root = etree.Element(f"{{{WORK}}}work", nsmap={"work": WORK, "common": COMMON})
    message = json.encode(work)
    for name in ("put-code", "visibility"):
        if name in message:
            root.set(name, str(message.pop(name)))
    _append_all(root, message)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def loads(data: bytes) -> Work:
    """Read one work from an XML answer; raises `UnreadableInput` where it is not XML or no work."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableInput("the answer is not XML") from error
    return json.decode(_object(root))


def _append_all(parent: etree._Element, message: json.Message) -> None:
    for name, value in message.items():
        for item in value if isinstance(value, list) else [value]:
            # `title` is both the container of the titles and the title in it.
            of_work = name in _OF_WORK or (name == "title" and etree.QName(parent).localname == "work")
            element = etree.SubElement(parent, f"{{{WORK if of_work else COMMON}}}{name}")
            _fill(element, item)


def _fill(element: etree._Element, item: Any) -> None:
    if not isinstance(item, dict):
        element.text = item
    elif "value" in item:
        element.text = item["value"]
        for attribute in item.keys() - {"value"}:
            element.set(attribute, item[attribute])
    else:
        _append_all(element, item)


def _object(element: etree._Element) -> json.Message:
    message: json.Message = {str(name): value for name, value in element.attrib.items()}
    if not len(element):
        return message | {"value": element.text or ""}
    for child in element.iterchildren(etree.Element):
        message.setdefault(etree.QName(child).localname, []).append(_object(child))
    return {name: _single(value) for name, value in message.items()}


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value
