"""DataCite's XML, kernel 4: the people of a resource, and where an iD of theirs stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from orcid_plugin.deposits import document, splice
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
from orcid_plugin.deposits.document import Element
from orcid_plugin.deposits.matching import Party
from orcid_plugin.deposits.splice import Edit
from orcid_plugin.errors import UnreadableInput
from orcid_plugin.metadata.identifiers import OrcidId

_SCHEMA = re.compile(r"https?://datacite\.org/schema/kernel-(?P<version>\d[\d.]*)/?")
_NAMES = ("creatorName", "contributorName")
_BEFORE_ID = (*_NAMES, "givenName", "familyName", "nameIdentifier")


def read(xml: bytes, name: str) -> Resource:
    """The resource in an XML document, also inside an answer of OAI-PMH. Raises `UnreadableInput`."""
    resource = document.read(xml, name, roots=frozenset({"resource"}))
    schema = _SCHEMA.fullmatch(resource.namespace)
    if schema is None:
        root = f"{resource.root.name!r} of the namespace {resource.namespace!r}"
        raise UnreadableInput(f"{name} is not DataCite metadata: its root element is {root}")
    record = None
    if schema["version"].startswith("4"):
        dois = (one.text for one in resource.root.all("identifier") if _is_doi(one))
        record = record_of(next(dois, None), _people(resource.data, resource.root))
    return Resource(record, resource.data, resource.encoded, resource.namespace)


def _is_doi(identifier: Element) -> bool:
    return identifier.attributes.get("identifierType", "").strip().upper() == "DOI"


def _people(data: bytes, resource: Element) -> Iterator[tuple[str, Person]]:
    for holder in resource.all("creators", "contributors"):
        for element in holder.all("creator", "contributor"):
            name = next(iter(element.all(*_NAMES)), None)
            if name is not None and name.text.strip() and not is_organization(name.attributes.get("nameType")):
                yield f"{element.name} {element.attributes.get('contributorType')}", _Person.of(data, element, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person(Person):
    """A creator or contributor who is no organization.

    Attributes:
        ids: each `nameIdentifier` that states something as their iD; else the first one that is empty.
    """

    data: bytes
    element: Element
    ids: tuple[Element, ...]

    @classmethod
    def of(cls, data: bytes, element: Element, name: Element) -> _Person:
        parts = ("".join(part.text for part in element.all(part_name)) for part_name in ("givenName", "familyName"))
        ids = [one for one in element.all("nameIdentifier") if _is_for_orcid(one)]
        filled = tuple(one for one in ids if states_something(one.text))
        return cls(
            where=element.path,
            display_name=" ".join(name.text.split()),
            party=Party(names_of(name.text, *parts), first_orcid(one.text for one in filled)),
            stated=each_once(one.text for one in filled),
            data=data,
            element=element,
            ids=filled or tuple(ids[:1]),
        )

    def with_orcid(self, orcid: OrcidId) -> Iterator[Edit]:
        tag = self.element.tag("nameIdentifier")
        markup = f'<{tag} nameIdentifierScheme="{SCHEME}" schemeURI="{SCHEME_URI}">{orcid.uri}</{tag}>'.encode()
        if not self.ids:
            yield splice.insert_after(self.data, self.element.all(*_BEFORE_ID)[-1], markup)
        for element in self.ids:
            if not states_something(element.text):
                yield Edit(element.start, element.end, markup)
            else:
                yield from splice.set_attribute(self.data, element, "nameIdentifierScheme", SCHEME)
                yield from splice.set_text(self.data, element, orcid.uri)


def _is_for_orcid(element: Element) -> bool:
    attributes = element.attributes
    return means_orcid(attributes.get("nameIdentifierScheme"), attributes.get("schemeURI"), element.text)
