"""Messages as ORCID's JSON: reading what clients send, writing it with every key, and ORCID's two layouts."""

from __future__ import annotations

import json
import re
from typing import Any

from orcid_plugin.emulator.refusals import Refusal
from orcid_plugin.emulator.schema import NOT_XML, Field, Group, Message, Text


def load(data: bytes) -> Any:
    """The JSON value in a request's body; refused with 9047 if it is none."""
    try:
        return json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _invalid(str(error)) from None


def read(group: Group, value: Any, *, strict: bool = True, at: str = "") -> Message:
    """The message in a JSON value.

    Refused with 9047 for an unknown property and for what the XSDs do not allow, with 9051 for an unknown term.
    `strict=False` leaves the XSDs' restrictions out, as the Registry does in bulk requests.
    """
    if not isinstance(value, dict):
        raise _invalid(f"an object is expected at '{at or '/'}'")
    fields = {field.name: field for field in group.fields}
    message: Message = {}
    for key, content in value.items():
        if key not in fields:
            raise _invalid(f"unrecognized property '{key}' at '{at or '/'}'")
        field = fields[key]
        if content is not None and not field.output_only:
            message[key] = _read_field(field, content, strict, f"{at}/{key}")
    message = {field.name: message[field.name] for field in group.fields if field.name in message}
    if strict:
        _demand(group, message, at)
    return message


def _demand(group: Group, message: Message, at: str) -> None:
    missing = [field.name for field in group.fields if field.required and field.name not in message]
    if missing:
        raise _invalid(f"'{missing[0]}' is missing at '{at or '/'}'")
    fault = group.check(message) if group.check else None
    if fault:
        raise _invalid(f"{fault} at '{at or '/'}'")


def _read_field(field: Field, content: Any, strict: bool, at: str) -> Any:
    if not field.many:
        return _read_one(field.form, content, strict, at)
    items = content if isinstance(content, list) else [content]
    return [_read_one(field.form, item, strict, f"{at}/{index}") for index, item in enumerate(items)]


def _read_one(form: Text | Group, content: Any, strict: bool, at: str) -> Any:
    if isinstance(form, Group):
        return read(form, content, strict=strict, at=at)
    if not form.wrapped:
        return _scalar(form, content, strict, at)
    if isinstance(content, str) and form.bare:
        content = {"value": content}
    if not isinstance(content, dict):
        raise _invalid(f"an object with 'value' is expected at '{at}'")
    unknown = set(content) - {"value", form.attribute}
    if unknown:
        raise _invalid(f"unrecognized property '{min(unknown)}' at '{at}'")
    wrapped: Message = {"value": None}
    if content.get("value") is not None:
        wrapped["value"] = _scalar(form, content["value"], strict, at)
    elif strict and not form.rule.fits(""):
        raise _invalid(f"'{at}' {form.rule.says}")
    if form.attribute and content.get(form.attribute) is not None:
        wrapped[form.attribute] = _scalar(Text(), content[form.attribute], strict, at)
    elif strict and form.attribute_required:
        raise _invalid(f"'{form.attribute}' is missing at '{at}'")
    return wrapped


def _scalar(form: Text, content: Any, strict: bool, at: str) -> Any:
    if isinstance(content, (dict, list)):
        raise _invalid(f"a single value is expected at '{at}'")
    if form.kind == "integer":
        if isinstance(content, bool) or not re.fullmatch(r"-?[0-9]{1,18}", str(content)):
            raise _invalid(f"a whole number is expected at '{at}'")
        return int(content)
    text = str(content).lower() if isinstance(content, bool) else str(content)
    if form.terms and text not in form.terms[0]:
        raise Refusal(9051, value=text, enum=form.terms[1])
    if NOT_XML.search(text):
        raise _invalid(f"'{at}' has a character that XML does not allow")
    if strict and not form.rule.fits(text):
        raise _invalid(f"'{at}' {form.rule.says}")
    return text


def _invalid(error: str) -> Refusal:
    return Refusal(9047, error=error)


def write(group: Group, message: Message) -> Message:
    """The message with every key of its description in ORCID's order, null or an empty list where nothing is set."""
    return {
        field.name: _write_field(field, message.get(field.name, [] if field.many else None))
        for field in group.in_json_order
    }


def _write_field(field: Field, content: Any) -> Any:
    if content is None:
        return None
    return [_write_one(field.form, item) for item in content] if field.many else _write_one(field.form, content)


def _write_one(form: Text | Group, content: Any) -> Any:
    if isinstance(form, Group):
        return write(form, content)
    return content.upper().replace("-", "_") if form.kind == "constant" else content


def compact(value: Any) -> str:
    """The layout of `application/json`."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def pretty(value: Any, indent: str = "") -> str:
    """The layout of ORCID's own JSON types: `"key" : value`, two spaces, lists on the line of their brackets."""
    if isinstance(value, dict) and value:
        inner = indent + "  "
        items = (f"{inner}{json.dumps(key)} : {pretty(item, inner)}" for key, item in value.items())
        return "{\n" + ",\n".join(items) + f"\n{indent}}}"
    if isinstance(value, dict):
        return "{ }"
    if isinstance(value, list):
        return (
            "[ "
            + "".join(", " * bool(index) + pretty(item, indent) for index, item in enumerate(value))
            + (" ]" if value else "]")
        )
    return json.dumps(value, ensure_ascii=False)
