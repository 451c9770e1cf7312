"""DataCite's JSON, as its REST API takes it: the people of a resource, and where an iD of theirs stands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from orcid_plugin.deposits import json_places
from orcid_plugin.deposits.amending import Person, each_once, first_orcid, states_something
from orcid_plugin.deposits.datacite_resource import (
    SCHEME,
    SCHEME_URI,
    Resource,
    is_organization,
    means_orcid,
    names_of,
    record_of,
)
from orcid_plugin.deposits.document import LARGEST
from orcid_plugin.deposits.json_places import Place
from orcid_plugin.deposits.matching import Party
from orcid_plugin.deposits.splice import Edit
from orcid_plugin.errors import UnreadableInput
from orcid_plugin.metadata.identifiers import OrcidId

_BOM = "\ufeff"


def read(content: bytes, name: str) -> Resource:
    """The resource in a JSON document: `data.attributes`, `attributes` or the object itself.

    Raises `UnreadableInput` for what is none, not JSON or UTF-8, too large or too deep.
    """
    if len(content) > LARGEST:
        raise UnreadableInput(f"{name} is larger than {LARGEST // 1024**2} MiB")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableInput(f"{name} cannot be read in its encoding; save it as UTF-8") from None
    mark = _BOM if text.startswith(_BOM) else ""
    text = text.removeprefix(_BOM)
    resource, pointer = json_places.read(text, name), ""
    for key in ("data", "attributes"):
        inner = resource.get(key)
        if inner is not None and isinstance(inner.value, dict):
            resource, pointer = inner, f"{pointer}/{key}"
    if all(resource.get(key) is None for key in ("creators", "contributors", "doi")):
        raise UnreadableInput(f"{name} is not DataCite metadata: it has neither creators nor a DOI")
    record = record_of(_doi(resource), _people(_Text(text), resource, pointer))
    return Resource(record, text.encode(), lambda data: mark.encode() + data)


def _doi(resource: Place) -> str | None:
    stated = resource.text("doi")
    identifiers = resource.get("identifiers")
    others = identifiers.items() if identifiers is not None else []
    return stated or next((one.text("identifier") for one in others if one.text("identifierType") == "DOI"), None)


def _people(text: _Text, resource: Place, pointer: str) -> Iterator[tuple[str, Person]]:
    for key in ("creators", "contributors"):
        people = resource.get(key)
        for number, one in enumerate(people.items() if people is not None else []):
            name = one.text("name") or one.text("familyName") or one.text("givenName")
            if name and name.strip() and not is_organization(one.text("nameType")):
                yield f"{key} {one.text('contributorType')}", _Person.of(text, one, name, f"{pointer}/{key}/{number}")


class _Text:
    """The text of a JSON document, and changes to it in the style that it has."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._blank = " " if '": ' in text else ""
        self._ascii = text.isascii()

    def edit(self, start: int, end: int, new: str) -> Edit:
        """Put `new` where the characters from `start` to `end` are."""
        return Edit(self._byte(start), self._byte(end), new.encode())

    def member(self, key: str, value: str) -> str:
        """A member of an object; `value` is JSON."""
        return f'"{key}":{self._blank}{value}'

    def joined(self, parts: list[str]) -> str:
        return f",{self._blank}".join(parts)

    def entry(self, orcid: OrcidId) -> str:
        """A name identifier, on one line."""
        members = {"nameIdentifier": orcid.uri, "nameIdentifierScheme": SCHEME, "schemeUri": SCHEME_URI}
        return f"{{{self.joined([self.member(key, json.dumps(value)) for key, value in members.items()])}}}"

    def after(self, container: Place, last: Place, new: str) -> Edit:
        """A new part after the last one of an object or array, on a line of its own if the first one has it."""
        inside = self._text[container.start + 1 : container.end]
        space = inside[: len(inside) - len(inside.lstrip())]
        return self.edit(last.end, last.end, f",{space if chr(10) in space else self._blank}{new}")

    def _byte(self, at: int) -> int:
        return at if self._ascii else len(self._text[:at].encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person(Person):
    """A creator or contributor who is no organization.

    Attributes:
        ids: each entry of `nameIdentifiers` that states something as their iD; else the first one that is empty.
    """

    source: _Text
    place: Place
    ids: tuple[Place, ...]

    @classmethod
    def of(cls, source: _Text, place: Place, name: str, where: str) -> _Person:
        identifiers = place.get("nameIdentifiers")
        ids = [one for one in (identifiers.items() if identifiers is not None else []) if _is_for_orcid(one)]
        filled = tuple(one for one in ids if states_something(_value(one)))
        return cls(
            where=where,
            display_name=" ".join(name.split()),
            party=Party(
                names_of(place.text("name") or "", place.text("givenName"), place.text("familyName")),
                first_orcid(map(_value, filled)),
            ),
            stated=each_once(map(_value, filled)),
            source=source,
            place=place,
            ids=filled or tuple(ids[:1]),
        )

    def with_orcid(self, orcid: OrcidId) -> Iterator[Edit]:
        if not self.ids:
            yield self._added(self.source.entry(orcid))
        for one in self.ids:
            value, scheme = one.get("nameIdentifier"), one.get("nameIdentifierScheme")
            if value is None or not states_something(_value(one)):
                yield self.source.edit(one.start, one.end, self.source.entry(orcid))
                continue
            if value.value != orcid.uri:
                yield self.source.edit(value.start, value.end, json.dumps(orcid.uri))
            if scheme is None:
                yield self.source.after(one, value, self.source.member("nameIdentifierScheme", json.dumps(SCHEME)))
            elif scheme.value != SCHEME:
                yield self.source.edit(scheme.start, scheme.end, json.dumps(SCHEME))

    def _added(self, entry: str) -> Edit:
        identifiers = self.place.get("nameIdentifiers")
        if identifiers is None:
            last = max(self.place.value.values(), key=lambda member: member.end)
            return self.source.after(self.place, last, self.source.member("nameIdentifiers", f"[{entry}]"))
        if identifiers.items():
            return self.source.after(identifiers, identifiers.items()[-1], entry)
        return self.source.edit(identifiers.start, identifiers.end, f"[{entry}]")


def _value(identifier: Place) -> str:
    return identifier.text("nameIdentifier") or ""


def _is_for_orcid(identifier: Place) -> bool:
    return means_orcid(identifier.text("nameIdentifierScheme"), identifier.text("schemeUri"), _value(identifier))
