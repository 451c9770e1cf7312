"""Authenticated iDs and CRediT roles in a Crossref deposit that the host made; nothing else in it changes.

Crossref wants a full redeposit and overwrites what is missing in it, so the host's own file is amended: text is spliced
into its bytes, and all else stays byte for byte. The place of each element is fixed by the schemas 4.3.1 to 5.5.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orcid_plugin.deposits import document, splice
from orcid_plugin.deposits.amending import Amending, Amendment, Code, Person, Record, first_orcid, states_something
from orcid_plugin.deposits.document import Document, Element
from orcid_plugin.deposits.matching import Party
from orcid_plugin.deposits.names import Name
from orcid_plugin.deposits.splice import Edit
from orcid_plugin.errors import UnreadableInput
from orcid_plugin.metadata.credit import CreditRole
from orcid_plugin.metadata.findings import Finding
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.metadata.publication import Publication

_SCHEMA = re.compile(
    r"http://www\.crossref\.org/schema/(4\.3\.[1-8]|4\.4\.[0-2]|4\.8\.[01]|5\.3\.[01]|5\.4\.0|5\.5\.0)"
)
_CROSSREF = "http://www.crossref.org/"
_WITH_ROLES = "5.5.0"
_ROLES_DROPPED = "CRediT roles were left out, since Crossref takes them only in a deposit of schema 5.5.0."

_NAME_PARTS = ("given_name", "surname", "name", "suffix")
_BEFORE_ROLE = (*_NAME_PARTS, "role")
_BEFORE_ORCID = (*_BEFORE_ROLE, "affiliation", "affiliations")


def amend(xml: bytes, publications: Sequence[Publication], *, name: str = "deposit") -> Amendment:
    """Write the authenticated iDs and the CRediT roles of the publications into a Crossref deposit.

    Each publication is looked up by its DOI, in any case; records of other DOIs, citations and relations are never
    touched. Amending the result again changes nothing. `name` is what messages call the file.
    Raises `UnreadableInput` for what is no Crossref deposit, not well-formed, too large or too deep, or has
    declarations of its own.
    """
    deposit, version = _read(xml, name)
    if version is None:
        sentence = f"A file of the schema {deposit.namespace} holds no contributors that could be amended."
        return Amendment(xml, (Finding(Code.SCHEMA_UNSUPPORTED, sentence),))
    roles_dropped = None if version == _WITH_ROLES else _ROLES_DROPPED
    amending = Amending(_records(deposit), with_roles=roles_dropped is None, roles_dropped=roles_dropped)
    amending.all(publications)
    return amending.amendment(xml, deposit.data, deposit.encoded)


def dois(xml: bytes, *, name: str = "deposit") -> list[str]:
    """The DOIs that a deposit registers, bare and lower case. Raises as `amend` does."""
    deposit, version = _read(xml, name)
    return [] if version is None else [doi for record in _records(deposit) for doi in record.dois]


def _read(xml: bytes, name: str) -> tuple[Document, str | None]:
    """The deposit and the version of its schema; None for a file of Crossref's without contributors."""
    deposit = document.read(xml, name, left_out=frozenset({"citation_list"}))
    schema = _SCHEMA.fullmatch(deposit.namespace)
    if schema is None and (not deposit.namespace.startswith(_CROSSREF) or deposit.root.name != "doi_batch"):
        root = f"{deposit.root.name!r} of the namespace {deposit.namespace!r}"
        raise UnreadableInput(f"{name} is not a Crossref deposit: its root element is {root}")
    return deposit, schema and schema[1]


def _records(deposit: Document) -> Iterator[Record]:
    """The people of each DOI that the deposit registers."""
    read: set[Element] = set()
    for element in deposit.elements:
        if element.name != "doi" or element.parent is None:
            continue
        holder = element.parent.parent if element.parent.name == "doi_data" else element.parent
        if holder is None or (element.parent.name != "doi_data" and holder.name != "pending_publication"):
            continue
        if holder.name in {"proceedings_metadata", "proceedings_series_metadata"} and holder.parent is not None:
            holder = holder.parent  # the chairs of a conference stand beside the metadata of its proceedings
        if holder in read:  # a faulty record with two DOIs: its people must not be written to twice
            continue
        read.add(holder)
        people = [person for contributors in holder.all("contributors") for person in contributors.all("person_name")]
        people += holder.all("person_name")
        persons = [_Person.of(deposit.data, person) for person in people if person.all(*_NAME_PARTS)]
        yield Record(dois=frozenset({element.text.strip().lower()}), lists=(persons,))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person(Person):
    """A `person_name` of the deposit."""

    data: bytes
    element: Element
    orcids: tuple[Element, ...]

    @classmethod
    def of(cls, data: bytes, element: Element) -> _Person:
        orcids = element.all("ORCID")
        filled = tuple(orcid for orcid in orcids if states_something(orcid.text))
        return cls(
            where=element.path,
            display_name=" ".join(" ".join(part.text for part in element.all(*_NAME_PARTS)).split()),
            party=Party(tuple(_names(element)), first_orcid(orcid.text for orcid in filled)),
            stated=tuple(orcid.text.strip() for orcid in filled),
            marked=tuple(
                orcid.text.strip()
                for orcid in filled
                if orcid.attributes.get("authenticated", "").strip() in {"true", "1"}
            ),
            data=data,
            element=element,
            orcids=filled or tuple(orcids[:1]),
        )

    def with_orcid(self, orcid: OrcidId) -> Iterator[Edit]:
        tag = self.element.tag("ORCID")
        markup = f'<{tag} authenticated="true">{orcid.uri}</{tag}>'.encode()
        if not self.orcids:
            yield splice.insert_after(self.data, self.element.all(*_BEFORE_ORCID)[-1], markup)
        elif not self.stated:
            yield Edit(self.orcids[0].start, self.orcids[0].end, markup)
        else:
            element = self.orcids[0]
            yield from splice.set_attribute(self.data, element, "authenticated", "true")
            yield from splice.set_text(self.data, element, orcid.uri)

    def with_roles(self, roles: Sequence[CreditRole]) -> Iterator[Edit]:
        present = {
            role.attributes.get("type") for role in self.element.all("role") if role.attributes.get("vocab") == "credit"
        }
        sibling = self.element.all(*_BEFORE_ROLE)[-1]
        for role in roles:
            if role.role.value not in present:
                markup = f'<{self.element.tag("role")} vocab="credit" type="{role.role.value}"/>'
                yield splice.insert_after(self.data, sibling, markup.encode())


def _names(element: Element) -> Iterator[Name]:
    if element.all("surname", "given_name"):
        yield _deposited(element)
    for name in element.all("name"):
        yield Name.of(None, name.text)
    for alternative in element.all("alt-name"):
        yield from (_deposited(other) for other in alternative.all("name", "string-name"))


def _deposited(element: Element) -> Name:
    """The name in the parts of a `person_name`, or of a name in another language."""
    parts = [" ".join(part.text for part in element.all(name)) for name in ("given_name", "surname", "suffix")]
    return Name.of(*parts) if any(parts) else Name.of(None, element.text)
