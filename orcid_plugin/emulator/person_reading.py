"""What the API shows of a person: name, biography, e-mail addresses and the sections that clients write."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from orcid_plugin.emulator import reading
from orcid_plugin.emulator.person import SECTIONS, PersonSection
from orcid_plugin.emulator.schema import Message
from orcid_plugin.emulator.state import Registry
from orcid_plugin.emulator.values import Researcher, StoredItem


def full(registry: Registry, section: PersonSection, item: StoredItem, id_host: str) -> Message:
    """An item with all that the Registry adds to it."""
    message = reading.full(registry, item, id_host)
    path = f"/{item.orcid}/{section.path}/{item.put_code}"
    return {**message, "path": path, "display-index": int(item.display_index)}


def listed(
    registry: Registry, section: PersonSection, orcid: str, items: Sequence[StoredItem], id_host: str
) -> Message:
    """The list of a section."""
    ordered = sorted(items, key=lambda item: -int(item.display_index))
    shown = [full(registry, section, item, id_host) for item in ordered]
    return {section.name: shown, "path": f"/{orcid}/{section.path}", **reading.modified(items)}


def biography(researcher: Researcher, seen: Collection[str]) -> Message | None:
    """The biography, if there is one that may be seen."""
    if not researcher.biography or researcher.biography_visibility not in seen:
        return None
    path = f"/{researcher.orcid}/biography"
    return {
        **_dates(researcher),
        "content": researcher.biography,
        "visibility": researcher.biography_visibility,
        "path": path,
    }


def emails(researcher: Researcher, seen: Collection[str]) -> Message:
    """The e-mail addresses that may be seen; the first of all is the primary one."""
    message: Message = {"path": f"/{researcher.orcid}/email"}
    shown = [
        {
            **_dates(researcher),
            "email": email.email,
            "visibility": email.visibility,
            "verified": email.verified,
            "primary": email is researcher.emails[0],
        }
        for email in researcher.emails
        if email.visibility in seen
    ]
    if shown:
        message |= {"last-modified-date": _dates(researcher)["last-modified-date"], "email": shown}
    return message


def _name(researcher: Researcher) -> Message:
    names = {
        "given-names": researcher.given_names,
        "family-name": researcher.family_name,
        "credit-name": researcher.credit_name,
    }
    return {
        **_dates(researcher),
        **{part: {"value": text} for part, text in names.items() if text},
        "visibility": researcher.name_visibility,
        "path": researcher.orcid,
    }


def _dates(researcher: Researcher) -> Message:
    created = {"value": int(researcher.created * 1000)}
    return {"created-date": created, "last-modified-date": created}


def person(
    registry: Registry,
    researcher: Researcher,
    items: Mapping[str, Sequence[StoredItem]],
    seen: Collection[str],
    id_host: str,
) -> Message:
    """The person part of a record; `seen` are the visibilities that the caller may see."""
    orcid = researcher.orcid
    message: Message = {
        section.plural: listed(registry, section, orcid, items[section.name], id_host) for section in SECTIONS
    }
    message["emails"] = emails(researcher, seen)
    if researcher.name_visibility in seen:
        message["name"] = _name(researcher)
    told = biography(researcher, seen)
    if told is not None:
        message["biography"] = told
    return {**message, **_last_modified(message), "path": f"/{orcid}/person"}


def personal_details(person: Message, orcid: str) -> Message:
    """The names and the biography of a person part."""
    message: Message = {name: person[name] for name in ("name", "other-names", "biography") if name in person}
    return {**message, **_last_modified(message), "path": f"/{orcid}/personal-details"}


def _last_modified(message: Message) -> Message:
    """The newest of the dates in the message's parts."""
    dates = [part["last-modified-date"]["value"] for part in message.values() if "last-modified-date" in part]
    return {"last-modified-date": {"value": max(dates)}} if dates else {}
