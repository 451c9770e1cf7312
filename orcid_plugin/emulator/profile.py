"""What the record page shows of the person beside the activities: addresses, names, countries, keywords, links."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from orcid_plugin.emulator.cards import country, web
from orcid_plugin.emulator.reading import source
from orcid_plugin.emulator.rules import value_of
from orcid_plugin.emulator.schema import Message
from orcid_plugin.emulator.state import Registry
from orcid_plugin.emulator.values import Email, Researcher, StoredItem

_TITLES = {
    "other-name": "Also known as",
    "address": "Countries",
    "keyword": "Keywords",
    "researcher-url": "Websites",
    "external-identifier": "Other identifiers",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line; `url` is empty where there is nothing to follow, `note` says where the line is from."""

    text: str
    visibility: str
    url: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Facet:
    """Lines under one heading."""

    title: str
    entries: list[Entry]


def facets(registry: Registry, person: Researcher, id_host: str) -> list[Facet]:
    """All that is kept of a person in the order of ORCID's page, without what is empty."""
    found = [Facet("E-mail addresses", [_email(one) for one in person.emails])]
    for section, title in _TITLES.items():
        items = sorted(registry.items_of(person.orcid, section), key=lambda item: -int(item.display_index))
        found.append(Facet(title, list(_entries(registry, items, id_host))))
    return [facet for facet in found if facet.entries]


def _email(email: Email) -> Entry:
    return Entry(email.email, email.visibility, note="" if email.verified else "not verified")


def _entries(registry: Registry, items: Iterable[StoredItem], id_host: str) -> Iterable[Entry]:
    for item in items:
        text, url = _shown(item.message)
        yield Entry(text, item.visibility, url, source(registry, item, id_host)["source-name"]["value"])


def _shown(message: Message) -> tuple[str, str]:
    """The text of an item of the person, and its address."""
    if "country" in message:
        return country(value_of(message["country"])), ""
    if "content" in message:
        return message["content"], ""
    if "external-id-type" in message:
        text = f"{message['external-id-type']}: {message['external-id-value']}"
        return text, web(value_of(message.get("external-id-url")))
    url = value_of(message["url"])
    return message.get("url-name") or url, web(url)
