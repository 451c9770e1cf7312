"""What ORCID refuses in the parts that several sections share: texts, dates, identifiers, organizations, titles.

Each rule yields findings whose `where` is a JSON pointer into the message. `docs/messages.md` lists the codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orcid_plugin.metadata.dates import PartialDate
from orcid_plugin.metadata.findings import Finding
from orcid_plugin.metadata.vocabulary import COUNTRY_CODES, IDENTIFIER_TYPES, LANGUAGE_CODES, Relationship
from orcid_plugin.registry.messages import text
from orcid_plugin.registry.messages.item import ExternalId, Organization, TranslatedTitle

Findings = Iterator[Finding]

DISAMBIGUATION_SOURCES: Mapping[str, re.Pattern[str]] = {
    "ROR": re.compile(r"https://ror\.org/0[a-z0-9]{8}"),
    "FUNDREF": re.compile(r"http://dx\.doi\.org/10\.13039/\S+"),
    "GRID": re.compile(r"grid\.[0-9]+\.[0-9a-z]+"),
    "RINGGOLD": re.compile(r"[0-9]+"),
    "LEI": re.compile(r"[0-9A-Z]{20}"),
}
"""Where identifiers of organizations come from, and their form: ORCID compares them as strings."""

LIMITS = {
    "title": 1000,
    "subtitle": 1000,
    "translated-title": 1000,
    "short-description": 5000,
    "organization-defined-type": 255,
    "credit-name": 150,
    "contributor-email": 350,
    "department-name": 4000,
    "role-title": 4000,
    "city": 4000,
    "region": 4000,
    "name": 4000,
    "description": 1000,
    "disambiguated-organization-identifier": 500,
    "disambiguation-source": 500,
    "subject-container-name": 1000,
    "review-group-id": 1000,
    "group-id": 1000,
    "resource-name": 1000,
    "content": 255,
    "url-name": 350,
    "notification-intro": 1000,
    "item-name": 1000,
}
"""Longest text of each element, in UTF-16 code units (the XSDs)."""

MAXIMUM_PERSONAL = {"url": 2000, "external-id-type": 255, "external-id-value": 255}
"""Longest texts of what is said of the person (Registry: PersonValidator)."""

_NEVER_EMPTY = frozenset(
    "credit-name department-name role-title city region name description subject-container-name resource-name content "
    "url-name".split()
)
_URLS = frozenset("url review-url subject-url external-id-url uri".split())


def texts(message: Mapping[str, Any], limits: Mapping[str, int]) -> Findings:
    """Every text of a message in JSON: characters, length, emptiness, legality of addresses."""
    for where, name, content in _texts(message, ""):
        if text.FORBIDDEN.search(content):
            yield Finding("character_forbidden", "The text holds a character that XML does not allow.", where)
        if name in limits and text.length(content) > limits[name]:
            yield Finding("text_too_long", f"The text is longer than {limits[name]} characters.", where)
        if name in _NEVER_EMPTY and not content.strip():
            yield Finding("text_empty", f"A {name} that is present must have a text.", where)
        if name in _URLS and not text.is_uri(content):
            yield Finding("url_invalid", f"{content!r} is not a web address.", where)


def _texts(node: Any, where: str) -> Iterator[tuple[str, str, str]]:
    items = node.items() if isinstance(node, Mapping) else enumerate(node)
    for key, item in items:
        place = f"{where}/{key}"
        content = item["value"] if isinstance(item, Mapping) and "value" in item else item
        if isinstance(content, str):
            yield place, str(key), content
        elif isinstance(content, Mapping | list):
            yield from _texts(content, place)


def title(content: str | None, translated: TranslatedTitle | None, where: str) -> Findings:
    """A title with a text, and a translation with text and language."""
    if not (content or "").strip():
        yield Finding("title_missing", "A title is needed.", f"{where}/title")
    if translated is None:
        return
    place = f"{where}/translated-title"
    if not translated.value.strip():
        yield Finding("translated_title_missing", "A translated title must have a text.", place)
    if translated.language_code not in LANGUAGE_CODES:
        sentence = f"{translated.language_code!r} is not a language code of ORCID."
        yield Finding("translated_title_language", sentence, f"{place}/language-code")


def period(start: PartialDate | None, end: PartialDate | None, where: str = "", *, start_needed: bool) -> Findings:
    """An end that does not come before the start, as far as both are known, or not without one."""
    if end is None:
        return
    if start is None:
        if start_needed:
            yield Finding("start_date_missing", "An end needs a start.", f"{where}/start-date")
    elif not start_needed and any(a > b for a, b in _compared(start, end)):
        yield Finding("end_before_start", f"The end {end} comes before the start {start}.", f"{where}/end-date")


def _compared(start: PartialDate, end: PartialDate) -> Iterator[tuple[int, int]]:
    """The first part that differs, of those that both dates have."""
    pairs = zip((start.year, start.month, start.day), (end.year, end.month, end.day), strict=True)
    for first, second in pairs:
        if first is None or second is None:
            return
        if first != second:
            yield first, second
            return


def external_ids(found: Sequence[ExternalId], where: str, *, needed: bool = True, vocabulary: bool = True) -> Findings:
    """Identifiers of a funding, a review or a resource, or of an affiliation, whose types are not looked up."""
    if needed and not found:
        yield Finding("external_id_missing", "An external identifier is needed.", where)
    for index, one in enumerate(found):
        yield from external_id(one, f"{where}/{index}", vocabulary=vocabulary)


def version_needs_self(found: Sequence[ExternalId], where: str) -> Findings:
    """Reviews and resources: no `version-of` without a `self`."""
    relationships = {one.relationship for one in found}
    if "version-of" in relationships and "self" not in relationships:
        yield Finding("external_id_self_missing", "An identifier version-of needs one of its own (self).", where)


def external_id(one: ExternalId, where: str, *, vocabulary: bool = True) -> Findings:
    """One identifier: type, value, relationship."""
    if vocabulary and one.type not in IDENTIFIER_TYPES:
        sentence = f"{one.type!r} is not an identifier type of ORCID."
        yield Finding("external_id_type", sentence, f"{where}/external-id-type")
    elif not one.type.strip():
        yield Finding("external_id_type", "An external identifier needs a type.", f"{where}/external-id-type")
    if not one.value.strip():
        yield Finding("external_id_value", "An external identifier needs a value.", f"{where}/external-id-value")
    if one.relationship not in set(Relationship) and (vocabulary or one.relationship is not None):
        sentence = f"{one.relationship!r} is not a relationship of ORCID."
        yield Finding("external_id_relationship", sentence, f"{where}/external-id-relationship")


def organization(one: Organization | None, where: str, *, id_needed: bool) -> Findings:
    """An organization, and whether ORCID can find it by its identifier."""
    if one is None:
        yield Finding("organization_missing", "An organization is needed.", where)
        return
    if one.country is not None and one.country not in COUNTRY_CODES:
        sentence = f"{one.country!r} is not a country code of ORCID."
        yield Finding("country_unknown", sentence, f"{where}/address/country")
    place = f"{where}/disambiguated-organization"
    identifier, source = one.disambiguated_id, one.disambiguation_source
    if not identifier and not source:
        if id_needed:
            yield Finding("organization_id_missing", "The organization needs an identifier.", place)
    elif not identifier or not source:
        sentence = "The identifier of an organization needs its source, and the source an identifier."
        yield Finding("organization_id_incomplete", sentence, place)
    elif source not in DISAMBIGUATION_SOURCES:
        sentence = f"{source!r} is not a source of identifiers of organizations."
        yield Finding("organization_source_unknown", sentence, f"{place}/disambiguation-source")
    elif not DISAMBIGUATION_SOURCES[source].fullmatch(identifier):
        sentence = f"{identifier!r} is not what an identifier of {source} looks like at ORCID."
        yield Finding("organization_id_malformed", sentence, f"{place}/disambiguated-organization-identifier")
