"""Work messages as ORCID's JSON, and the Registry's JSON answers back to messages.

The keys are the local names of the XML elements, in the order of the schema. Absent values have no key. An answer is
read leniently: unknown keys, explicit nulls, bare strings for `{"value": …}` and one value for a list of one.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from orcid_plugin.errors import UnreadableInput
from orcid_plugin.metadata.dates import PartialDate
from orcid_plugin.registry.messages.work import (
    Citation,
    ContributorOrcid,
    ExternalId,
    Source,
    TranslatedTitle,
    Work,
    WorkContributor,
)

Message = dict[str, Any]
"""A JSON object of ORCID's."""


def encode(work: Work) -> Message:
    """The message as a JSON object, without what only the Registry sets (source, dates, normalised identifiers)."""
    return _present(
        {
            "put-code": work.put_code,
            "visibility": work.visibility,
            "title": {
                "title": {"value": work.title},
                "subtitle": _value(work.subtitle),
                "translated-title": _translated(work.translated_title),
            },
            "journal-title": _value(work.journal_title),
            "short-description": work.short_description,
            "citation": _citation(work.citation),
            "type": str(work.type),
            "publication-date": _date(work.publication_date),
            "external-ids": {"external-id": [_external_id(one) for one in work.external_ids]},
            "url": _value(work.url),
            "contributors": {"contributor": [_contributor(one) for one in work.contributors]},
            "language-code": work.language_code,
            "country": _value(work.country),
        }
    )


def dumps(work: Work) -> bytes:
    """The message as UTF-8 JSON, ready to be sent as `application/vnd.orcid+json`."""
    return json.dumps(encode(work), ensure_ascii=False).encode()


def content_hash(work: Work) -> str:
    """SHA-256 (hex) of what the message says, whatever its put-code and visibility: equal for equal content."""
    content = {key: value for key, value in encode(work).items() if key not in {"put-code", "visibility"}}
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def loads(data: bytes | str) -> Work:
    """Read one work from a JSON answer; raises `UnreadableInput` where it is no JSON or no work."""
    try:
        message = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UnreadableInput("the answer is not JSON") from error
    return decode(message)


def decode(message: Any) -> Work:
    """Read one work from a JSON object as the Registry returns it; raises `UnreadableInput` where it is none.

    A publication date that the calendar does not have is read as absent.
    """
    titles = _child(message, "title")
    title = _text(titles, "title")
    work_type = _text(message, "type")
    if title is None or work_type is None:
        raise UnreadableInput("the answer is not a work: it has no title or no type")
    return Work(
        put_code=_integer(message, "put-code"),
        visibility=_text(message, "visibility"),
        type=work_type,
        title=title,
        subtitle=_text(titles, "subtitle"),
        translated_title=_read_translated(titles),
        journal_title=_text(message, "journal-title"),
        short_description=_text(message, "short-description"),
        citation=_read_citation(_child(message, "citation")),
        publication_date=_read_date(_child(message, "publication-date")),
        external_ids=tuple(_read_external_ids(_child(message, "external-ids"))),
        url=_text(message, "url"),
        contributors=tuple(map(_read_contributor, _children(_child(message, "contributors"), "contributor"))),
        language_code=_text(message, "language-code"),
        country=_text(message, "country"),
        source=_read_source(_child(message, "source")),
        created_date=_moment(message, "created-date"),
        last_modified_date=_moment(message, "last-modified-date"),
    )


def _present(value: Mapping[str, Any]) -> Message:
    """Without the keys whose value is None or an object or list that holds nothing."""
    pruned = {key: _present(item) if isinstance(item, Mapping) else item for key, item in value.items()}
    return {key: item for key, item in pruned.items() if item is not None and item not in ({}, [])}


def _value(text: str | None) -> Message | None:
    return None if text is None else {"value": text}


def _translated(title: TranslatedTitle | None) -> Message | None:
    return {"value": title.value, "language-code": title.language_code} if title else None


def _citation(citation: Citation | None) -> Message | None:
    if citation is None:
        return None
    return {"citation-type": citation.citation_type, "citation-value": citation.citation_value}


def _date(date: PartialDate | None) -> Message | None:
    parts = str(date).split("-") if date else []
    return {name: {"value": part} for name, part in zip(("year", "month", "day"), parts, strict=False)}


def _external_id(one: ExternalId) -> Message:
    return _present(
        {
            "external-id-type": one.type,
            "external-id-value": one.value,
            "external-id-url": _value(one.url),
            "external-id-relationship": one.relationship,
        }
    )


def _contributor(one: WorkContributor) -> Message:
    orcid = {"uri": one.orcid.uri, "path": one.orcid.path, "host": one.orcid.host} if one.orcid else None
    return _present(
        {
            "contributor-orcid": orcid,
            "credit-name": _value(one.credit_name),
            "contributor-attributes": {"contributor-sequence": one.sequence, "contributor-role": one.role},
        }
    )


def _child(node: Any, key: str) -> Any:
    return node.get(key) if isinstance(node, Mapping) else None


def _children(node: Any, key: str) -> list[Any]:
    child = _child(node, key)
    return child if isinstance(child, list) else [child] if child else []


def _text(node: Any, key: str) -> str | None:
    child = _child(node, key)
    text = _child(child, "value") if isinstance(child, Mapping) else child
    return text if isinstance(text, str) and text.strip() else None


def _integer(node: Any, key: str) -> int | None:
    child = _child(node, key)
    try:
        return int(child)
    except (TypeError, ValueError):
        return None


def _moment(node: Any, key: str) -> datetime.datetime | None:
    """A point in time: milliseconds since 1970 in JSON, ISO 8601 in XML; without a zone it is UTC."""
    child = _child(node, key)
    value = _child(child, "value") if isinstance(child, Mapping) else child
    try:
        if isinstance(value, str):
            moment = datetime.datetime.fromisoformat(value.strip())
            return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
        return None if value is None else datetime.datetime.fromtimestamp(value / 1000, datetime.UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _read_translated(titles: Any) -> TranslatedTitle | None:
    value = _text(titles, "translated-title")
    return TranslatedTitle(value, _text(_child(titles, "translated-title"), "language-code")) if value else None


def _read_citation(node: Any) -> Citation | None:
    kind, value = _text(node, "citation-type"), _text(node, "citation-value")
    return Citation(kind, value) if kind and value else None


def _read_date(node: Any) -> PartialDate | None:
    parts = [_text(node, name) for name in ("year", "month", "day")]
    try:
        return PartialDate(*(int(part) if part else None for part in parts))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


def _read_external_ids(node: Any) -> Iterator[ExternalId]:
    for one in _children(node, "external-id"):
        kind, value = _text(one, "external-id-type"), _text(one, "external-id-value")
        if kind and value:
            yield ExternalId(
                kind,
                value,
                relationship=_text(one, "external-id-relationship"),
                url=_text(one, "external-id-url"),
                normalized=_text(one, "external-id-normalized"),
            )


def _read_contributor(node: Any) -> WorkContributor:
    attributes = _child(node, "contributor-attributes")
    return WorkContributor(
        orcid=_read_orcid(_child(node, "contributor-orcid")),
        credit_name=_text(node, "credit-name"),
        sequence=_text(attributes, "contributor-sequence"),
        role=_text(attributes, "contributor-role"),
    )


def _read_orcid(node: Any) -> ContributorOrcid | None:
    # The URI counts: `host` is not always the whole of what stands before the iD in it (`localhost:8443/orcid-web`).
    host, _, path = (_text(node, "uri") or "").partition("://")[2].rpartition("/")
    path, host = path or _text(node, "path") or "", host or _text(node, "host") or "orcid.org"
    return ContributorOrcid(path, host) if path else None


def _read_source(node: Any) -> Source | None:
    if not isinstance(node, Mapping):
        return None
    origin = _child(node, "assertion-origin-client-id") or _child(node, "assertion-origin-orcid")
    return Source(
        client_id=_text(_child(node, "source-client-id"), "path"),
        orcid=_text(_child(node, "source-orcid"), "path"),
        name=_text(node, "source-name"),
        assertion_origin=_text(origin, "path"),
    )
