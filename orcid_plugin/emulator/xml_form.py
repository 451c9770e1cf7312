"""Messages as ORCID's XML: read strictly in the order of the XSDs, written with all namespaces on the root."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, cast

from lxml import etree

from orcid_plugin.emulator.refusals import Refusal
from orcid_plugin.emulator.schema import NAMESPACES, Field, Group, Message, Text

DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SCHEMA_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"


def load(data: bytes) -> etree._Element:
    """The root element of a request's body; refused with 9012 if it is not well-formed or declares a document type."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _invalid(str(error)) from None
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]
        raise _invalid("a document type declaration is not allowed")
    return root


def read(group: Group, element: etree._Element, *, strict: bool = True) -> Message:
    """The message in an element.

    Refused with 9012 for what the XSDs do not allow (order included), with 9051 for an unknown term.
    `strict=False` leaves the XSDs' restrictions out, as the Registry does in bulk requests.
    """
    message: Message = {}
    _read_attributes(group, element, message, strict)
    if strict and "".join([element.text or "", *(child.tail or "" for child in element)]).strip():
        raise _invalid(f"element '{_name(element)}' cannot have text of its own")
    elements = [field for field in group.fields if field.prefix != "@"]
    position = 0
    for child in element:
        start = position if strict else 0
        found = next((i for i in range(start, len(elements)) if elements[i].tag == child.tag), None)
        if found is None:
            if strict:
                raise _invalid(f"element '{_name(child)}' is not expected in '{_name(element)}' at this place")
            continue
        field = elements[found]
        position = found if field.many and not field.wrapper else found + 1
        if not field.output_only:
            if field.wrapper:
                message.update(read(field.wrapped, child, strict=strict))
                continue
            content = _read_one(field.form, child, strict)
            if field.many:
                message.setdefault(field.name, []).append(content)
            else:
                message[field.name] = content
    if strict:
        _demand(group, message, element)
    return message


def _demand(group: Group, message: Message, element: etree._Element) -> None:
    missing = [field.name for field in group.fields if field.required and field.name not in message]
    if missing:
        raise _invalid(f"the content of '{_name(element)}' is not complete: '{missing[0]}' is expected")
    fault = group.check(message) if group.check else None
    if fault:
        raise _invalid(f"{fault} in '{_name(element)}'")


def _read_attributes(group: Group, element: etree._Element, message: Message, strict: bool) -> None:
    attributes = {field.name: field for field in group.fields if field.prefix == "@"}
    for name, text in element.attrib.items():
        field = attributes.get(str(name))
        if field is None:
            if strict and not str(name).startswith(_SCHEMA_INSTANCE):
                raise _invalid(f"attribute '{name!s}' is not allowed in '{_name(element)}'")
        elif not field.output_only:
            assert isinstance(field.form, Text)  # noqa: S101 - attributes are simple by nature
            message[field.name] = _scalar(field.form, str(text), str(name), strict)


def _read_one(form: Text | Group, element: etree._Element, strict: bool) -> Any:
    if isinstance(form, Group):
        return read(form, element, strict=strict)
    if len(element):
        raise _invalid(f"element '{_name(element)}' cannot have children")
    for name in element.attrib:
        if strict and name != form.attribute and not str(name).startswith(_SCHEMA_INSTANCE):
            raise _invalid(f"attribute '{name!s}' is not allowed in '{_name(element)}'")
    value = _scalar(form, element.text or "", _name(element), strict)
    if not form.wrapped:
        return value
    wrapped = {"value": value}
    if form.attribute and form.attribute in element.attrib:
        wrapped[form.attribute] = str(element.attrib[form.attribute])
    elif strict and form.attribute_required:
        raise _invalid(f"attribute '{form.attribute}' is missing in '{_name(element)}'")
    return wrapped


def _scalar(form: Text, text: str, name: str, strict: bool) -> Any:
    if form.kind == "integer":
        if not re.fullmatch(r"\s*[+-]?[0-9]{1,18}\s*", text):
            raise _invalid(f"'{text}' is not a valid value for '{name}'")
        return int(text)
    if strict and not form.rule.fits(text):
        raise _invalid(f"the value of '{name}' {form.rule.says}")
    if form.terms and text not in form.terms[0]:
        raise Refusal(9051, value=text, enum=form.terms[1])
    return text


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _invalid(error: str) -> Refusal:
    return Refusal(9012, error)


def write(prefix: str, name: str, group: Group, message: Message) -> bytes:
    """A whole document, four spaces of indent."""
    root = etree.Element(qualified(prefix, name), nsmap=dict(NAMESPACES))
    fill(root, group, message)
    return document(root)


def document(root: etree._Element) -> bytes:
    """The text of a whole document."""
    etree.indent(root, space="    ")
    return DECLARATION + etree.tostring(root, encoding="UTF-8") + b"\n"


def qualified(prefix: str, name: str) -> str:
    """The name of an element as lxml writes it."""
    return f"{{{NAMESPACES[prefix]}}}{name}"


def fill(element: etree._Element, group: Group, message: Message) -> None:
    """Put a message's attributes and children into an element."""
    for field in group.fields:
        content = message.get(field.name)
        if content is None:
            continue
        if field.prefix == "@":
            element.set(field.name, _text(field.form, content))
        elif field.wrapper:
            fill(etree.SubElement(element, field.tag), field.wrapped, {field.name: content})
        else:
            for item in content if field.many else (content,):
                _write_one(element if field.only_in_json else etree.SubElement(element, field.tag), field, item)


def _write_one(element: etree._Element, field: Field, content: Any) -> None:
    if isinstance(field.form, Group):
        fill(element, field.form, content)
        return
    value = content.get("value") if field.form.wrapped else content
    element.text = None if value is None else _text(field.form, value)
    attribute = field.form.attribute
    if field.form.wrapped and attribute and content.get(attribute) is not None:
        element.set(attribute, _text(Text(), content[attribute]))


def _text(form: Text | Group, value: Any) -> str:
    if isinstance(form, Text) and form.kind == "date":
        return datetime.fromtimestamp(value / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return str(value).lower() if isinstance(value, bool) else str(value)


def error(message: Message) -> bytes:
    """An error message, in the one layout that differs: default namespace, no indent."""
    root = etree.Element(qualified("error", "error"), nsmap=cast(Any, {None: NAMESPACES["error"]}))
    for name, value in message.items():
        etree.SubElement(root, qualified("error", name)).text = str(value)
    return DECLARATION + etree.tostring(root, encoding="UTF-8")
