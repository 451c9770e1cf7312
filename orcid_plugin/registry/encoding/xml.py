"""Messages as ORCID's XML, and the Registry's XML answers back to messages.

XML and JSON say the same in the same order: a JSON key is an element's local name, `{"value": text}` an element with
text whose other keys are attributes. So this is the JSON form with namespaces.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from lxml import etree

from orcid_plugin.errors import UnreadableInput
from orcid_plugin.registry.encoding.codec import Message, Table
from orcid_plugin.registry.encoding.forms import COMMON, Name
from orcid_plugin.registry.encoding.records import table_of
from orcid_plugin.registry.messages.item import Stored
from orcid_plugin.registry.messages.work import Work

T = TypeVar("T")


def dumps(message: Stored) -> bytes:
    """The message as an XML document in UTF-8, ready to be sent as `application/vnd.orcid+xml`."""
    table = table_of(type(message))
    namespaces = {prefix: _namespace(prefix) for prefix in (table.prefix, COMMON)}
    root = etree.Element(f"{{{_namespace(table.prefix)}}}{table.element}", nsmap=namespaces)
    _append_all(root, table.encode(message), table.below, table.prefix)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def loads(data: bytes, kind: type[T] = Work) -> T:  # type: ignore[assignment]
    """Read one message of a kind from an XML answer; raises `UnreadableInput` where it is not XML or none of it."""
    return decode(data, table_of(kind))


def decode(data: bytes, table: Table[T]) -> T:
    """Read a message by its table, for lists, which have no kind of their own."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableInput("the answer is not XML") from error
    if etree.QName(root).localname not in {table.element, f"{table.element}-summary"}:
        raise UnreadableInput(f"the answer is not one of {table.element}")
    return table.decode(_object(root))


def _namespace(prefix: str) -> str:
    return f"http://www.orcid.org/ns/{prefix}"


def _append_all(parent: etree._Element, message: Message, names: Mapping[str, Name], prefix: str) -> None:
    for key, value in message.items():
        name = names.get(key, Name(prefix))
        if name.prefix is None:
            parent.set(key, str(value))
            continue
        around = etree.SubElement(parent, f"{{{_namespace(prefix)}}}{name.frame}") if name.frame else parent
        for item in value if isinstance(value, list) else [value]:
            element = etree.SubElement(around, f"{{{_namespace(name.prefix)}}}{key}")
            _fill(element, item, name)


def _fill(element: etree._Element, item: Any, name: Name) -> None:
    if not isinstance(item, dict):
        element.text = _text(item)
    elif "value" in item:
        element.text = item["value"]
        for attribute in item.keys() - {"value"}:
            element.set(attribute, _text(item[attribute]))
    else:
        _append_all(element, item, name.below, name.prefix or COMMON)


def _text(item: Any) -> str:
    return str(item).lower() if isinstance(item, bool) else str(item)


def _object(element: etree._Element) -> Message:
    # What has a namespace says something about the document, like `xsi:schemaLocation`.
    message: Message = {str(name): value for name, value in element.attrib.items() if "{" not in str(name)}
    if not len(element):
        return message | {"value": element.text or ""}
    for child in element.iterchildren(etree.Element):
        message.setdefault(etree.QName(child).localname, []).append(_object(child))
    return {name: _single(value) for name, value in message.items()}


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value
