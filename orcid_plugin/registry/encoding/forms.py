"""How single values stand in ORCID's messages: texts, numbers, moments, dates, iDs, sources.

Reading is lenient: bare strings for `{"value": …}`, moments as milliseconds or ISO 8601, None for what cannot be read.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from orcid_plugin.metadata.dates import PartialDate
from orcid_plugin.registry.messages.item import ContributorOrcid, Source

COMMON = "common"
"""Prefix of the namespace that all sections share."""


@dataclass(frozen=True, slots=True)
class Name:
    """One name of a message in XML.

    Attributes:
        prefix: that of its namespace; None for an attribute.
        below: what stands in it.
        frame: an element around it that JSON does not have.
        closed: it is a value with a form of its own, not just an element around others.
    """

    prefix: str | None
    below: dict[str, Name] = field(default_factory=dict)
    frame: str | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of single value: to JSON, from JSON (None for what cannot be read), and the elements below it in XML."""

    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]
    below: Mapping[str, Name] = field(default_factory=dict)


def child(node: Any, key: str) -> Any:
    """What stands under a key; None where there is nothing."""
    return node.get(key) if isinstance(node, Mapping) else None


def text(node: Any) -> str | None:
    """A text, bare or wrapped; None where it is blank."""
    content = child(node, "value") if isinstance(node, Mapping) else node
    return content if isinstance(content, str) and content.strip() else None


def _integer(node: Any) -> int | None:
    try:
        return int(child(node, "value") if isinstance(node, Mapping) else node)
    except (TypeError, ValueError, OverflowError):
        return None


def _flag(node: Any) -> bool | None:
    content = child(node, "value") if isinstance(node, Mapping) else node
    return {"true": True, "false": False, "1": True, "0": False}.get(str(content).strip().lower())


def _index(node: Any) -> str | None:
    # A string in activities, a number in what is said of the person.
    return str(node) if isinstance(node, int) else text(node)


def _moment(node: Any) -> datetime.datetime | None:
    content = child(node, "value") if isinstance(node, Mapping) else node
    try:
        if isinstance(content, str):
            moment = datetime.datetime.fromisoformat(content.strip())
            return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
        return None if content is None else datetime.datetime.fromtimestamp(content / 1000, datetime.UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _encode_moment(moment: datetime.datetime) -> dict[str, Any]:
    return {"value": round(moment.timestamp() * 1000)}


def _encode_date(date: PartialDate) -> dict[str, Any]:
    parts = str(date).split("-")
    return {name: {"value": part} for name, part in zip(("year", "month", "day"), parts, strict=False)}


def _date(node: Any) -> PartialDate | None:
    parts = [text(child(node, name)) for name in ("year", "month", "day")]
    try:
        return PartialDate(*(int(part) if part else None for part in parts))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


def _encode_orcid(orcid: ContributorOrcid) -> dict[str, Any]:
    return {"uri": orcid.uri, "path": orcid.path, "host": orcid.host}


def _orcid(node: Any) -> ContributorOrcid | None:
    # The URI counts: `host` is not always the whole of what stands before the iD in it (`localhost:8443/orcid-web`).
    host, _, path = (text(child(node, "uri")) or "").partition("://")[2].rpartition("/")
    path, host = path or text(child(node, "path")) or "", host or text(child(node, "host")) or "orcid.org"
    return ContributorOrcid(path, host) if path else None


def _source(node: Any) -> Source | None:
    if not isinstance(node, Mapping):
        return None
    origin = child(node, "assertion-origin-client-id") or child(node, "assertion-origin-orcid")
    return Source(
        client_id=text(child(child(node, "source-client-id"), "path")),
        orcid=text(child(child(node, "source-orcid"), "path")),
        name=text(child(node, "source-name")),
        assertion_origin=text(child(origin, "path")),
        assertion_origin_name=text(child(node, "assertion-origin-name")),
    )


def _error(node: Any) -> str | None:
    return text(child(node, "error-message")) or text(child(node, "error-code"))


def _only_read(value: Any) -> Any:
    raise TypeError(f"{type(value).__name__} is never sent")


def _elements(*names: str) -> dict[str, Name]:
    return {name: Name(COMMON) for name in names}


PLAIN = Form(str, text)
WRAPPED = Form(lambda content: {"value": content}, text)
INTEGER = Form(int, _integer)
FLAG = Form(bool, _flag)
INDEX = Form(str, _index)
MOMENT = Form(_encode_moment, _moment)
DATE = Form(_encode_date, _date, _elements("year", "month", "day"))
ORCID = Form(_encode_orcid, _orcid, _elements("uri", "path", "host"))
SOURCE = Form(_only_read, _source)
ERROR = Form(_only_read, _error)
