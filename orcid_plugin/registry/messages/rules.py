"""What ORCID refuses a work message for, found before it is sent.

The rules are those of the Registry's `ActivityValidator` and `ExternalIDValidator` (W1 to W19) and the limits of
`work-3.0.xsd` and `common-3.0.xsd`. They read the JSON form, so that each finding has a JSON pointer and a message of
any origin can be checked. `docs/work-message.md` lists the codes.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from orcid_plugin.errors import InvalidMessage
from orcid_plugin.metadata.credit import Credit
from orcid_plugin.metadata.findings import Finding
from orcid_plugin.metadata.vocabulary import (
    CITATION_TYPES,
    CONTRIBUTOR_ROLES,
    COUNTRY_CODES,
    FUNDED_BY_TYPES,
    IDENTIFIER_TYPES,
    LANGUAGE_CODES,
    Relationship,
    WorkType,
)
from orcid_plugin.registry.encoding import json
from orcid_plugin.registry.messages import text
from orcid_plugin.registry.messages.shape import misshapen
from orcid_plugin.registry.messages.work import LIMITS, Work

MAXIMUM_WORKS = 10_000
"""Works that one record can hold (W19)."""

VISIBILITIES = frozenset({"public", "limited", "private", "registered-only"})
ROLES = CONTRIBUTOR_ROLES | {role.orcid_uri for role in Credit}

ORCID_PATH = re.compile(r"([0-9]{4}-){3}[0-9]{3}[0-9X]")
ORCID_URI = re.compile(r"https://([^/]*orcid\.org|localhost.*/orcid-web)/([0-9]{4}-){3}[0-9]{3}[0-9X]")
EMAIL = re.compile(r"[^@]+@[^.]+\..+", re.DOTALL)

Node = Mapping[str, Any]
Findings = Iterator[Finding]


def check(
    work: Work | Node,
    *,
    create: bool,
    stored_visibility: str | None = None,
    works_on_record: int = 0,
) -> tuple[Finding, ...]:
    """Everything for which ORCID would refuse the message; empty if nothing.

    `create` tells a POST from a PUT; `stored_visibility` is that of the item to be updated, where it is known;
    `works_on_record` counts the works that the record already holds. An update may send back what the Registry told.
    """
    message = json.encode(work) if isinstance(work, Work) else work
    told = {one.where for one in work.unknown} if isinstance(work, Work) and not create else set()
    shape = tuple(one for one in misshapen(message) if one.code != "work_property_unknown" or one.where not in told)
    if shape:
        return shape
    findings = [finding for rule in _RULES for finding in rule(message)]
    findings += _circumstances(message, create, stored_visibility, works_on_record)
    return tuple(findings)


def require_valid(
    work: Work | Node,
    *,
    create: bool,
    stored_visibility: str | None = None,
    works_on_record: int = 0,
) -> None:
    """Raise `InvalidMessage` with all findings of `check`, if there are any."""
    findings = check(work, create=create, stored_visibility=stored_visibility, works_on_record=works_on_record)
    if findings:
        raise InvalidMessage(findings)


def _circumstances(message: Node, create: bool, stored_visibility: str | None, works_on_record: int) -> Findings:
    put_code, visibility = message.get("put-code"), message.get("visibility")
    if create and put_code is not None:
        yield Finding("work_put_code_unexpected", "A new work must not have a put-code.", "/put-code")
    if not create and put_code is None:
        yield Finding("work_put_code_missing", "An update must carry the put-code of the work.", "/put-code")
    if visibility is not None and visibility not in VISIBILITIES:
        yield Finding("work_visibility_unknown", f"{visibility!r} is not a visibility.", "/visibility")
    elif not create and visibility is not None and stored_visibility not in {None, visibility}:
        yield Finding("work_visibility_changed", "Only the person can change the visibility.", "/visibility")
    if create and works_on_record >= MAXIMUM_WORKS:
        yield Finding("work_record_full", f"The record already holds {MAXIMUM_WORKS:,} works.", "")


def _title(message: Node) -> Findings:
    titles = message.get("title") or {}
    if not _text(titles.get("title")):
        yield Finding("work_title_missing", "A work needs a title.", "/title/title")
    translated = titles.get("translated-title")
    if translated is None:
        return
    where, code = "/title/translated-title", translated.get("language-code")
    if not _text(translated):
        yield Finding("work_translated_title_missing", "A translated title must have a text.", where)
    elif code not in LANGUAGE_CODES:
        sentence = f"{code!r} is not a language code of ORCID." if code else "A translated title needs a language code."
        yield Finding("work_translated_title_language", sentence, f"{where}/language-code")


def _texts(message: Node) -> Findings:
    titles = message.get("title") or {}
    places: list[tuple[str, Any]] = [
        (f"/title/{name}", titles.get(name)) for name in ("title", "subtitle", "translated-title")
    ]
    places += [(f"/{name}", message.get(name)) for name in ("journal-title", "short-description")]
    for where, node in places:
        yield from _too_long(where, node)
    journal = message.get("journal-title")
    if journal is not None and not _text(journal):
        yield Finding("work_journal_title_empty", "The journal title must not be empty.", "/journal-title")


def _codes(message: Node) -> Findings:
    kind, language, country = message.get("type"), message.get("language-code"), message.get("country")
    if not kind:
        yield Finding("work_type_missing", "A work needs a type.", "/type")
    elif kind not in set(WorkType):
        yield Finding("work_type_unknown", f"{kind!r} is not a work type of ORCID.", "/type")
    if language is not None and language not in LANGUAGE_CODES:
        yield Finding("work_language_unknown", f"{language!r} is not a language code of ORCID.", "/language-code")
    if country is not None and not _text(country):
        yield Finding("work_country_empty", "The country must have a value.", "/country")
    elif country is not None and _text(country) not in COUNTRY_CODES:
        yield Finding("work_country_unknown", f"{_text(country)!r} is not a country code of ORCID.", "/country")
    url = message.get("url")
    if url is not None and not text.is_uri(_text(url)):
        yield Finding("work_url_invalid", f"{_text(url)!r} is not a web address.", "/url")


def _citation(message: Node) -> Findings:
    citation = message.get("citation")
    if citation is None:
        return
    kind = citation.get("citation-type")
    if not kind:
        yield Finding("work_citation_type_missing", "A citation needs a type.", "/citation/citation-type")
    elif kind not in CITATION_TYPES:
        yield Finding("work_citation_type_unknown", f"{kind!r} is not a citation type.", "/citation/citation-type")
    if not _text(citation.get("citation-value")):
        yield Finding("work_citation_empty", "A citation must have a text.", "/citation/citation-value")


def _date(message: Node) -> Findings:
    date = message.get("publication-date")
    if date is None:
        return
    where = "/publication-date"
    parts = {name: _text(date.get(name)) for name in ("year", "month", "day")}
    given = [part for part in parts.values() if part]
    if given != list(parts.values())[: len(given)] or not given:
        yield Finding("work_date_incomplete", "A day needs its month, and a month its year.", where)
        return
    for name, part in parts.items():
        if part and not re.fullmatch("[0-9]{4}" if name == "year" else "[0-9]{2}", part):
            digits = 4 if name == "year" else 2
            yield Finding("work_date_digits", f"The {name} {part!r} must have {digits} digits.", f"{where}/{name}")
            return
    if not 1900 <= int(given[0]) <= 2100:
        yield Finding("work_date_year", f"The year {given[0]} is not between 1900 and 2100.", f"{where}/year")
        return
    try:
        datetime.date(*(int(part) for part in [*given, "1", "1"][:3]))
    except ValueError:
        yield Finding("work_date_impossible", f"The calendar has no {'-'.join(given)}.", where)


def _external_ids(message: Node) -> Findings:
    where = "/external-ids/external-id"
    found = (message.get("external-ids") or {}).get("external-id") or []
    if not found:
        yield Finding("work_external_id_missing", "A work needs an external identifier.", where)
        return
    for index, one in enumerate(found):
        yield from _external_id(one, f"{where}/{index}")
    if not any(one.get("external-id-relationship") == "self" for one in found):
        yield Finding("work_external_id_self_missing", "A work needs an identifier of its own (self).", where)


def _external_id(one: Node, where: str) -> Findings:
    kind, relationship = one.get("external-id-type"), one.get("external-id-relationship")
    if kind not in IDENTIFIER_TYPES:
        sentence = f"{kind!r} is not an identifier type of ORCID."
        yield Finding("work_external_id_type", sentence, f"{where}/external-id-type")
    if not _text(one.get("external-id-value")):
        yield Finding("work_external_id_value", "An external identifier needs a value.", f"{where}/external-id-value")
    if relationship not in set(Relationship):
        sentence = f"{relationship!r} is not a relationship of ORCID."
        yield Finding("work_external_id_relationship", sentence, f"{where}/external-id-relationship")
    if relationship == "funded-by" and kind not in FUNDED_BY_TYPES:
        sentence = f"An identifier of type {kind} cannot be funded-by."
        yield Finding("work_external_id_funded_by", sentence, f"{where}/external-id-relationship")
    url = one.get("external-id-url")
    if url is not None and not text.is_uri(_text(url)):
        yield Finding("work_external_id_url", f"{_text(url)!r} is not a web address.", f"{where}/external-id-url")


def _contributors(message: Node) -> Findings:
    for index, one in enumerate((message.get("contributors") or {}).get("contributor") or []):
        where = f"/contributors/contributor/{index}"
        name = _text(one.get("credit-name")) or None
        for code, sentence, place in _contributor(one):
            yield Finding(code, sentence, f"{where}/{place}", name)


def _contributor(one: Node) -> Iterator[tuple[str, str, str]]:
    orcid, name, email = one.get("contributor-orcid"), one.get("credit-name"), one.get("contributor-email")
    if orcid is not None:
        uri, path = orcid.get("uri"), orcid.get("path")
        if not (uri or path) or (uri and not ORCID_URI.fullmatch(uri)) or (path and not ORCID_PATH.fullmatch(path)):
            yield "work_contributor_orcid", f"{uri or path!r} is not an ORCID iD.", "contributor-orcid"
    if name is not None and not _text(name):
        yield "work_credit_name_empty", "A credit name must not be empty.", "credit-name"
    for finding in _too_long("credit-name", name):
        yield finding.code, finding.message, "credit-name"
    if email is not None and not (EMAIL.fullmatch(email) and text.length(email) <= LIMITS["contributor-email"]):
        yield "work_contributor_email", f"{email!r} is not an e-mail address.", "contributor-email"
    attributes = one.get("contributor-attributes") or {}
    role, sequence = attributes.get("contributor-role"), attributes.get("contributor-sequence")
    if role is not None and role not in ROLES:
        sentence = f"{role!r} is not a contributor role of ORCID."
        yield "work_contributor_role", sentence, "contributor-attributes/contributor-role"
    if sequence is not None and sequence not in {"first", "additional"}:
        sentence = f"{sequence!r} is neither first nor additional."
        yield "work_contributor_sequence", sentence, "contributor-attributes/contributor-sequence"


def _too_long(where: str, node: Any) -> Findings:
    limit = LIMITS[where.rpartition("/")[2]]
    if text.length(_text(node)) > limit:
        yield Finding("work_text_too_long", f"The text is longer than {limit} characters.", where)


def _text(node: Any) -> str:
    """The text of a plain or wrapped value, stripped; empty where there is none."""
    value = node.get("value") if isinstance(node, Mapping) else node
    return value.strip() if isinstance(value, str) else ""


_RULES: tuple[Callable[[Node], Findings], ...] = (
    _title,
    _texts,
    _codes,
    _date,
    _citation,
    _external_ids,
    _contributors,
)
