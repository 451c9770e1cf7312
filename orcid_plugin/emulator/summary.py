"""The summary of a record: how much there is, and what of it somebody other than the person vouches for.

After SummaryManagerImpl of ORCID-Source: public data only; of affiliations the three that ended last or go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from orcid_plugin.emulator import reading
from orcid_plugin.emulator.rules import value_of
from orcid_plugin.emulator.schema import Message
from orcid_plugin.emulator.sections import PEER_REVIEW, SECTIONS
from orcid_plugin.emulator.state import Registry
from orcid_plugin.emulator.values import Researcher, StoredItem

MOST_SHOWN = 3
AFFILIATIONS = {
    "employments": ("employment", ("employment",)),
    "professional-activities": ("professional-activity", ("distinction", "invited-position", "membership", "service")),
    "education-qualifications": ("education-qualification", ("education", "qualification")),
}
"""The lists of affiliations: the element of each and the sections that it is made from."""


def of_record(registry: Registry, person: Researcher, id_host: str) -> Message:
    """The summary of a person's record."""
    today = datetime.fromtimestamp(registry.clock(), UTC).date()
    public = {section: registry.public_items_of(person.orcid, section) for section in SECTIONS}
    message: Message = {
        "created-date": {"value": int(person.created * 1000)},
        "last-modified-date": {"value": person.modified},
        "orcid-identifier": reading.orcid_identifier(person.orcid, id_host),
        "peer-reviews": _peer_reviews(public[PEER_REVIEW.name]),
        "email-domains": _domains(person),
    }
    if person.name_visibility == "public":
        message["credit-name"] = person.name
    identifiers = registry.public_items_of(person.orcid, "external-identifier")
    if identifiers:
        message["external-identifiers"] = {"external-identifier": [_identifier(item) for item in identifiers]}
    for name, (element, sections) in AFFILIATIONS.items():
        preferred = [group[0] for section in sections for group in reading.grouped(public[section])]
        message[name] = _counted(element, [_affiliation(item) for item in _latest_first(preferred, today)])
    for section in ("funding", "work", "research-resource"):
        message[f"{section}s"] = _by_source(public[section])
    return message


def without_empty_lists(message: Message) -> Message:
    """The summary as its XSD wants it: a list has at least one entry, or is not there."""
    return {name: part for name, part in message.items() if not (isinstance(part, dict) and part.get("count") == 0)}


def _counted(element: str, entries: Sequence[Message]) -> Message:
    return {"count": len(entries), element: entries[:MOST_SHOWN] or None}


def _latest_first(items: Sequence[StoredItem], today: date) -> list[StoredItem]:
    now = (f"{today.year}", f"{today.month:02}", f"{today.day:02}")

    def ended(item: StoredItem) -> tuple[str, ...]:
        end = _end(item)
        return tuple(value_of(end.get(part)) for part in ("year", "month", "day")) if end else now

    return sorted(items, key=ended)[::-1]


def _end(item: StoredItem) -> Message | None:
    """When an affiliation ended; a distinction with a start ended then."""
    if item.section == "distinction" and "start-date" in item.message:
        return item.message["start-date"]  # type: ignore[no-any-return]
    return item.message.get("end-date")


def _affiliation(item: StoredItem) -> Message:
    return {
        "put-code": item.put_code,
        "type": item.section,
        "organization-name": item.message["organization"]["name"],
        "role": item.message.get("role-title"),
        "url": value_of(item.message.get("url")) or None,
        "start-date": item.message.get("start-date"),
        "end-date": _end(item),
        "validated": _is_validated(item),
    }


def _identifier(item: StoredItem) -> Message:
    return {
        "put-code": item.put_code,
        "external-id-type": item.message["external-id-type"],
        "external-id-value": item.message["external-id-value"],
        "external-id-url": value_of(item.message.get("external-id-url")) or None,
        "validated": _is_validated(item),
    }


def _is_validated(item: StoredItem) -> bool:
    """Whether a client added the item, not the person."""
    return item.source is not None


def _by_source(items: Sequence[StoredItem]) -> Message:
    """How many groups have an item from a client, and how many have none."""
    groups = reading.grouped(items)
    validated = sum(any(map(_is_validated, group)) for group in groups)
    return {"self-asserted-count": len(groups) - validated, "validated-count": validated}


def _peer_reviews(items: Sequence[StoredItem]) -> Message:
    return {
        "peer-review-publication-grants": len({item.message["review-group-id"] for item in items}),
        "self-asserted-count": sum(not _is_validated(item) for item in items),
        "total": len(items),
    }


def _domains(person: Researcher) -> Message:
    verified = {"value": int(person.created * 1000)}
    domains = dict.fromkeys(
        email.email.rpartition("@")[2] for email in person.emails if email.visibility == "public" and email.verified
    )
    return _counted("email-domain", [{"value": domain, "verification-date": verified} for domain in domains])
