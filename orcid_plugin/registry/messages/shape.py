"""The shape of a work message in JSON: which properties there are and what each holds.

The Registry binds JSON to its schema and refuses a property that it does not know (400 9047), a value of another
kind, and a character that XML cannot hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orcid_plugin.metadata.findings import Finding
from orcid_plugin.registry.messages import text

_WRAPPED = {"value": str}
_ORCID = {"uri": str, "path": str, "host": str}
_MOMENT = {"value": int}

WORK: Mapping[str, Any] = {
    "created-date": _MOMENT,
    "last-modified-date": _MOMENT,
    "source": {
        "source-orcid": _ORCID,
        "source-client-id": _ORCID,
        "source-name": _WRAPPED,
        "assertion-origin-orcid": _ORCID,
        "assertion-origin-client-id": _ORCID,
        "assertion-origin-name": _WRAPPED,
    },
    "put-code": int,
    "visibility": str,
    "path": str,
    "display-index": str,
    "title": {
        "title": _WRAPPED,
        "subtitle": _WRAPPED,
        "translated-title": {"value": str, "language-code": str},
    },
    "journal-title": _WRAPPED,
    "short-description": str,
    "citation": {"citation-type": str, "citation-value": str},
    "type": str,
    "publication-date": {"year": _WRAPPED, "month": _WRAPPED, "day": _WRAPPED},
    "external-ids": {
        "external-id": [
            {
                "external-id-type": str,
                "external-id-value": str,
                "external-id-normalized": {"value": str, "transient": bool},
                "external-id-normalized-error": {"error-code": str, "error-message": str, "transient": bool},
                "external-id-url": _WRAPPED,
                "external-id-relationship": str,
            }
        ]
    },
    "url": _WRAPPED,
    "contributors": {
        "contributor": [
            {
                "contributor-orcid": _ORCID,
                "credit-name": _WRAPPED,
                "contributor-email": str,
                "contributor-attributes": {"contributor-sequence": str, "contributor-role": str},
            }
        ]
    },
    "language-code": str,
    "country": _WRAPPED,
}
"""Every property of a work: a type, an object as a table, or a list of one kind of object. Null counts as absent."""

_KINDS = {str: "a string", int: "a whole number", bool: "true or false"}


def misshapen(message: Any) -> Iterator[Finding]:
    """What of a message does not fit `WORK`."""
    return _object(message, WORK, "")


def _object(message: Any, shape: Mapping[str, Any], where: str) -> Iterator[Finding]:
    if not isinstance(message, Mapping):
        yield _malformed("an object", where)
        return
    for name, value in message.items():
        place = f"{where}/{str(name).replace('~', '~0').replace('/', '~1')}"
        if name in shape:
            yield from _value(value, shape[name], place)
        else:
            yield Finding("work_property_unknown", f"ORCID knows no property {name!r} here.", place)


def _value(value: Any, shape: Any, where: str) -> Iterator[Finding]:
    if value is None:
        return
    if isinstance(shape, Mapping):
        yield from _object(value, shape, where)
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield _malformed("a list", where)
            return
        for index, item in enumerate(value):
            yield from _object(item, shape[0], f"{where}/{index}")
    elif not isinstance(value, shape) or (shape is int and isinstance(value, bool)):
        yield _malformed(_KINDS[shape], where)
    elif shape is str and text.FORBIDDEN.search(value):
        yield Finding("work_character_forbidden", "The text holds a character that XML does not allow.", where)


def _malformed(expected: str, where: str) -> Finding:
    return Finding("work_value_malformed", f"Expected {expected} here.", where)
