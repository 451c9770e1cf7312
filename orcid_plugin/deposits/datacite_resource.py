"""What DataCite's XML and its JSON have in common: a resource, its people, and how an iD of theirs is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from orcid_plugin.deposits.amending import Person, Record
from orcid_plugin.deposits.names import Name
from orcid_plugin.metadata.identifiers import Identifier

SCHEME = "ORCID"
"""DataCite compares the scheme with this very string."""
SCHEME_URI = "https://orcid.org"


@dataclass(frozen=True, slots=True)
class Resource:
    """Metadata of DataCite's that was read.

    Attributes:
        record: its people; None where its schema is too old.
        data: the bytes that edits count.
        encode: makes the file's bytes of such.
        schema: the namespace of its schema, empty for JSON.
    """

    record: Record | None
    data: bytes
    encode: Callable[[bytes], bytes]
    schema: str = ""


def record_of(doi: str | None, people: Iterable[tuple[str, Person]]) -> Record:
    """The record of a resource, of people with a role each.

    Whoever has several roles stands in the file several times: everybody is looked for in each role.
    """
    roles: dict[str, list[Person]] = {}
    for role, person in people:
        roles.setdefault(role, []).append(person)
    dois = set()
    with suppress(ValueError):
        dois.add(Identifier.of("doi", doi or "").value)
    return Record(dois=frozenset(dois), lists=tuple(roles.values()) or ((),))


def is_organization(name_type: str | None) -> bool:
    """Whether a `nameType` says so; somebody without it may be a person."""
    return (name_type or "").strip().lower() == "organizational"


def names_of(full: str, given: str | None, family: str | None) -> tuple[Name, ...]:
    """A person's names: in parts, and in one piece as "Family, Given"."""
    found = [Name.of(given, family)] if given or family else []
    family, comma, given = full.partition(",")
    if comma and "," not in given:
        found.append(Name.of(given, family))
    elif full.strip():
        found.append(Name.of(None, full))
    return tuple(found)


def means_orcid(scheme: str | None, scheme_uri: str | None, text: str) -> bool:
    """Whether a name identifier is an iD, by its scheme, the address of that, or itself."""
    return "orcid" in (scheme or "").lower() or "orcid.org" in f"{scheme_uri} {text}".lower()
