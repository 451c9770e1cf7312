"""What a work must be beyond the XSD: the Registry's ActivityValidator and ExternalIDValidator, in their order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from orcid_plugin.emulator.refusals import Refusal
from orcid_plugin.emulator.schema import Message
from orcid_plugin.metadata.credit import Credit
from orcid_plugin.metadata.vocabulary import (
    CITATION_TYPES,
    CONTRIBUTOR_ROLES,
    COUNTRY_CODES,
    FUNDED_BY_TYPES,
    IDENTIFIER_TYPES,
    LANGUAGE_CODES,
    WorkType,
)

_ORCID_PATH = re.compile(r"([0-9]{4}-){3,}[0-9]{3}[0-9X]")
_ORCID_URI = re.compile(rf"https://([^/]*orcid\.org|localhost.*/orcid-web)/{_ORCID_PATH.pattern}")


def _spellings(roles: Iterable[str]) -> dict[str, str]:
    return {spelling: role for role in roles for spelling in (role, role.upper().replace("-", "_"))}


ROLES = _spellings(CONTRIBUTOR_ROLES)
FUNDING_ROLES = _spellings(("lead", "co-lead", "supported-by", "other-contribution"))
_CREDIT = {role.orcid_uri: role.orcid_uri for role in Credit}


def check_work(work: Message, stored_visibility: str | None = None) -> None:
    """Refuse a work that breaks a rule; the visibility is that of the item that a PUT would replace."""
    check_title(work)
    if "country" in work and not value_of(work["country"]):
        raise _unknown("country", COUNTRY_CODES)
    _check_translated_title(work)
    _check_type_and_language(work)
    check_date(work.get("publication-date"))
    _check_citation(work.get("citation"))
    _check_funding_ids(external_ids(work))
    for contributor in contributors(work):
        _check_contributor(contributor)
    check_put_code(work, stored_visibility)
    check_visibility(work, stored_visibility)
    faults = faults_of_ids(external_ids(work))
    if all(item.get("external-id-relationship") != "self" for item in external_ids(work)):
        faults.append("At least one identifier with 'self' relationship is required")
    refuse_ids(faults)
    for contributor in contributors(work):
        role_of(contributor)


def check_put_code(message: Message, stored_visibility: str | None) -> None:
    """Refuse a new item that has a put-code."""
    if stored_visibility is None and "put-code" in message:
        raise Refusal(9024)


def check_visibility(message: Message, stored_visibility: str | None) -> None:
    """Refuse a change of visibility."""
    if stored_visibility is not None and message.get("visibility", stored_visibility) != stored_visibility:
        raise Refusal(9035)


def external_ids(work: Message) -> Sequence[Message]:
    """The external identifiers of a work, none if there are none."""
    ids: Sequence[Message] = (work.get("external-ids") or {}).get("external-id", ())
    return ids


def contributors(work: Message) -> Sequence[Message]:
    """The contributor elements of a work, none if there are none."""
    people: Sequence[Message] = (work.get("contributors") or {}).get("contributor", ())
    return people


def value_of(wrapped: Mapping[str, Any] | None) -> str:
    """The text in a wrapped value, empty if there is none."""
    return str((wrapped or {}).get("value") or "")


def _unknown(type: str, values: Sequence[str] | frozenset[str]) -> Refusal:
    return Refusal(9037, type=type, values=", ".join(sorted(values)))


def check_title(message: Message) -> None:
    """Refuse an item without a title."""
    if not value_of((message.get("title") or {}).get("title")).strip():
        raise Refusal(9022)


def _check_translated_title(work: Message) -> None:
    translated = work["title"].get("translated-title")
    if translated is None:
        return
    if value_of(translated).strip():
        check_title_language(work)
    elif translated.get("language-code"):
        raise Refusal(9020, "Please specify a translated title or remove the language code")


def check_title_language(message: Message) -> None:
    """Refuse a translated title in a language that the Registry does not know."""
    translated = message["title"].get("translated-title")
    if translated is not None and translated.get("language-code") not in LANGUAGE_CODES:
        raise _unknown("translated title -> language code", LANGUAGE_CODES)


def _check_type_and_language(work: Message) -> None:
    if not work.get("type"):
        raise _unknown("work type", [term.value for term in WorkType])
    if "language-code" in work and work["language-code"] not in LANGUAGE_CODES:
        raise _unknown("language code", LANGUAGE_CODES)


def check_date(fuzzy: Message | None) -> None:
    """Refuse what is no day, month or year of the calendar in four, two and two digits."""
    if fuzzy is None:
        return
    year, month, day = (value_of(fuzzy.get(part)) for part in ("year", "month", "day"))
    if month and not year:
        raise Refusal(9020, "Invalid date, please specify a year element")
    if day and not month:
        raise Refusal(9020, "Invalid date, please specify a month element")
    text = "-".join(part for part in (year, month, day) if part)
    if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", text):
        raise Refusal(9049, dateString=text)
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        raise Refusal(9049, dateString=text) from None


def _check_citation(citation: Message | None) -> None:
    if citation is None:
        return
    if not citation.get("citation-type"):
        raise _unknown("citation type", CITATION_TYPES)
    if not str(citation.get("citation-value") or "").strip():
        raise Refusal(9020, "Please specify a citation or remove the parent tag")


def _check_funding_ids(ids: Sequence[Message]) -> None:
    if not ids:
        raise Refusal(9023)
    for item in ids:
        if item.get("external-id-relationship") == "funded-by" and item.get("external-id-type") not in FUNDED_BY_TYPES:
            name = str(item.get("external-id-type", "")).upper()
            raise Refusal(9020, f"External ID {name} not supported for relationship funded_by")


def _check_contributor(contributor: Message) -> None:
    orcid = contributor.get("contributor-orcid") or {}
    if "uri" in orcid and not _ORCID_URI.fullmatch(orcid["uri"]):
        raise Refusal(9020, "Invalid contributor URI")
    if "path" in orcid and not _ORCID_PATH.fullmatch(orcid["path"]):
        raise Refusal(9020, "Invalid contributor ORCID")
    if "credit-name" in contributor and not value_of(contributor["credit-name"]).strip():
        raise Refusal(9020, "Please specify a contributor credit name or remove the empty tag")
    if "contributor-email" in contributor and not str(contributor["contributor-email"]).strip():
        raise Refusal(9020, "Please specify a contributor email or remove the empty tag")


def faults_of_ids(ids: Sequence[Message]) -> list[str]:
    """What is wrong with external identifiers, in the Registry's words."""
    faults = []
    for item in ids:
        type = item.get("external-id-type", "")
        if type not in IDENTIFIER_TYPES:
            faults.append(type or "type")
        if not item.get("external-id-value", "").strip():
            faults.append("value")
        if "external-id-relationship" not in item:
            faults.append("relationship")
    return faults


def refuse_ids(faults: Sequence[str]) -> None:
    """Refuse the faults, if there are any."""
    if faults:
        raise Refusal(9023, f"Invalid external-id  {' '.join(faults)}")


def role_of(contributor: Message, roles: Mapping[str, str] = ROLES) -> str | None:
    """The contributor's role as the Registry keeps it, or None; refused with 9058 if it knows no such role.

    `roles` are the section's own roles by every spelling; CRediT's URIs are known everywhere.
    """
    given = (contributor.get("contributor-attributes") or {}).get("contributor-role")
    if given is None:
        return None
    role = roles.get(given) or _CREDIT.get(given.lower())
    if role is None:
        raise Refusal(9058, role=given, validRoles=", ".join(sorted(set(roles.values())) + sorted(_CREDIT)))
    return role
