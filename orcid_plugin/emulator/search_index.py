"""What the search finds records by: the public data of active records, field by field."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orcid_plugin.emulator.normalise import normalise
from orcid_plugin.emulator.person import SECTIONS as PERSON_SECTIONS
from orcid_plugin.emulator.rules import value_of
from orcid_plugin.emulator.schema import Message
from orcid_plugin.emulator.sections import PEER_REVIEW, SECTIONS
from orcid_plugin.emulator.state import Registry
from orcid_plugin.emulator.values import Researcher, StoredItem

TEXT = "text"
"""The field that has everything."""
DATES = frozenset({"profile-submission-date", "profile-last-modified-date"})
_WORDS = frozenset(
    "given-names family-name given-and-family-names credit-name other-names keyword affiliation-org-name "
    "current-institution-affiliation-name past-institution-affiliation-name funding-org-name funding-titles "
    "work-titles research-resource-proposal-title".split()
)
_VALUES = frozenset(
    "orcid email grant-numbers digital-object-ids external-id-reference external-id-type-and-value "
    "peer-review-type peer-review-role peer-review-group-id".split()
)
_RELATIONSHIPS = ("self", "part-of", "version-of")
_DYNAMIC = tuple(f"-{ending}" for ending in (*_RELATIONSHIPS, "org-id"))
_EMPLOYERS = ("employment", "education")


def is_field(name: str) -> bool:
    """Whether records can be searched by this field."""
    return name == TEXT or name in _WORDS | _VALUES | DATES or name.endswith(_DYNAMIC)


def has_words(name: str) -> bool:
    """Whether a field is searched word by word; otherwise only its whole values are compared."""
    return name == TEXT or name in _WORDS


def folded(text: str) -> str:
    """The text without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text)  # first: what comes out may be a capital letter
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()


def words(text: str) -> str:
    """The words of a text, folded, each between two spaces; empty if there are none."""
    found = re.findall(r"\w+", folded(text))
    return f" {' '.join(found)} " if found else ""


@dataclass(frozen=True, slots=True)
class Document:
    """A record as the search sees it.

    Attributes:
        shown: values by field, as they are on the record.
        searched: the same, and everything in `text`, folded: as `words` where the field is searched word by word.
        dates: milliseconds since 1970 by field.
    """

    orcid: str
    shown: Mapping[str, list[str]]
    searched: Mapping[str, tuple[str, ...]]
    dates: Mapping[str, int]


class Index:
    """The documents of a Registry, made anew when something has changed since."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._as_of = -1
        self._documents: list[Document] = []

    def documents(self) -> list[Document]:
        """All documents in the order of their iDs."""
        if self._as_of != self._registry.changes:
            people = sorted(self._registry.researchers.values(), key=lambda person: person.orcid)
            self._documents = [document(self._registry, person) for person in people if person.state == "active"]
            self._as_of = self._registry.changes
        return self._documents


def document(registry: Registry, person: Researcher) -> Document:
    """The document of one record."""
    items = {
        name: registry.public_items_of(person.orcid, name)
        for name in (*SECTIONS, *(section.name for section in PERSON_SECTIONS))
    }
    shown: dict[str, list[str]] = defaultdict(list)
    for field, value in (*_of_person(person, items), *_of_activities(items)):
        if value and value not in shown[field]:
            shown[field].append(value)
    searched = {field: tuple(_searched(field, values)) for field, values in shown.items()}
    everything = dict.fromkeys(words(value) for values in shown.values() for value in values)
    dates = {
        "profile-submission-date": int(person.created * 1000),
        "profile-last-modified-date": person.modified,
    }
    return Document(person.orcid, dict(shown), {**searched, TEXT: tuple(everything)}, dates)


def unknown(orcid: str) -> Document:
    """The document of an iD that the index has nothing about."""
    return Document(orcid, {"orcid": [orcid]}, {}, {})


def _searched(field: str, values: Iterable[str]) -> Iterator[str]:
    if has_words(field):
        yield from map(words, values)
        return
    type = "doi" if field == "digital-object-ids" else _type_of(field)
    for value in values:
        yield folded(value)
        if type:
            yield folded(normalise(type, value))


def _type_of(field: str) -> str:
    """The identifier type that a field is called after, empty if it is called after none."""
    return next((field.removesuffix(ending) for ending in _DYNAMIC[:-1] if field.endswith(ending)), "")


Values = Iterator[tuple[str, str]]


def _of_person(person: Researcher, items: Mapping[str, list[StoredItem]]) -> Values:
    yield "orcid", person.orcid
    if person.name_visibility == "public":
        yield "given-names", person.given_names
        yield "family-name", person.family_name or ""
        yield "given-and-family-names", f"{person.given_names} {person.family_name or ''}".strip()
        yield "credit-name", person.credit_name or ""
    for email in person.emails:
        if email.visibility == "public":
            yield "email", email.email
    for item in items["other-name"]:
        yield "other-names", item.message["content"]
    for item in items["keyword"]:
        yield "keyword", item.message["content"]
    for item in items["external-identifier"]:
        type, value = item.message["external-id-type"], item.message["external-id-value"]
        yield "external-id-reference", value
        yield "external-id-type-and-value", f"{type}={value}"


def _of_activities(items: Mapping[str, list[StoredItem]]) -> Values:
    for section in SECTIONS.values():
        for item in items[section.name]:
            yield from _identifiers(section.external_ids(item.message))
            yield from _organizations(item.message)
            if section.in_affiliation_groups:
                yield from _of_affiliation(section.name, item.message)
            else:
                yield from _OF_SECTION[section.name](item.message)


def _of_affiliation(name: str, message: Message) -> Values:
    organization = message["organization"]["name"]
    yield "affiliation-org-name", organization
    if name in _EMPLOYERS:
        time = "past" if "end-date" in message else "current"
        yield f"{time}-institution-affiliation-name", organization


def _of_work(message: Message) -> Values:
    yield from _titles("work-titles", message)
    for identifier in SECTIONS["work"].external_ids(message):
        if identifier["external-id-type"] == "doi":
            yield "digital-object-ids", identifier["external-id-value"]


def _of_funding(message: Message) -> Values:
    yield "funding-org-name", message["organization"]["name"]
    yield from _titles("funding-titles", message)
    for identifier in SECTIONS["funding"].external_ids(message):
        if identifier["external-id-type"] == "grant_number":
            yield "grant-numbers", identifier["external-id-value"]


def _of_peer_review(message: Message) -> Values:
    yield "peer-review-type", message["review-type"]
    yield "peer-review-role", message["reviewer-role"]
    yield "peer-review-group-id", message["review-group-id"]


_OF_SECTION: dict[str, Callable[[Message], Values]] = {
    "work": _of_work,
    "funding": _of_funding,
    PEER_REVIEW.name: _of_peer_review,
    "research-resource": lambda message: _titles("research-resource-proposal-title", message["proposal"]),
}


def _identifiers(ids: Iterable[Message]) -> Values:
    for identifier in ids:
        relationship = identifier.get("external-id-relationship")
        if relationship in _RELATIONSHIPS:
            yield f"{identifier['external-id-type']}-{relationship}", identifier["external-id-value"]


def _titles(field: str, message: Message) -> Values:
    for name in ("title", "subtitle", "translated-title"):
        yield field, value_of(message["title"].get(name))


def _organizations(content: Any) -> Values:
    """The ids of every organisation anywhere in a message."""
    if isinstance(content, list):
        for entry in content:
            yield from _organizations(entry)
    elif isinstance(content, dict):
        if "disambiguation-source" in content:
            source = content["disambiguation-source"].lower()
            yield f"{source}-org-id", content["disambiguated-organization-identifier"]
        else:
            for entry in content.values():
                yield from _organizations(entry)
