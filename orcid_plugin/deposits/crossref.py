"""Authenticated iDs and CRediT roles in a Crossref deposit that the host made; nothing else in it changes.

Crossref wants a full redeposit and overwrites what is missing in it, so the host's own file is amended: text is spliced
into its bytes, and all else stays byte for byte. The place of each element is fixed by the schemas 4.3.1 to 5.5.0.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from orcid_plugin.deposits import document, splice
from orcid_plugin.deposits.document import Document, Element
from orcid_plugin.deposits.matching import Doubt, Outcome, Party, Way, match, repeated_orcids
from orcid_plugin.deposits.names import Name
from orcid_plugin.deposits.splice import Edit
from orcid_plugin.errors import InvalidOrcidId, UnreadableInput
from orcid_plugin.metadata.contributor import Contributor, ContributorKind
from orcid_plugin.metadata.credit import Credit
from orcid_plugin.metadata.findings import Finding
from orcid_plugin.metadata.identifiers import PRODUCTION_HOST, OrcidId
from orcid_plugin.metadata.publication import Publication

_SCHEMA = re.compile(
    r"http://www\.crossref\.org/schema/(4\.3\.[1-8]|4\.4\.[0-2]|4\.8\.[01]|5\.3\.[01]|5\.4\.0|5\.5\.0)"
)
_SITE_ALONE = re.compile(r"https?://orcid\.org/?\s*$")
_CROSSREF = "http://www.crossref.org/"
_WITH_ROLES = "5.5.0"

_NAME_PARTS = ("given_name", "surname", "name", "suffix")
_BEFORE_ROLE = (*_NAME_PARTS, "role")
_BEFORE_ORCID = (*_BEFORE_ROLE, "affiliation", "affiliations")


class Code(StrEnum):
    """Codes of the findings of an amendment; docs/crossref.md tells the remedy for each."""

    SCHEMA_UNSUPPORTED = "schema_unsupported"
    DOI_NOT_FOUND = "doi_not_found"
    DOI_REPEATED = "doi_repeated"
    PERSON_NOT_FOUND = Doubt.NOT_FOUND.value
    HOMONYM = Doubt.HOMONYM.value
    NAME_AMBIGUOUS = Doubt.AMBIGUOUS.value
    ORCID_REPEATED = Doubt.REPEATED.value
    ORCID_CONFLICT = Doubt.CONFLICT.value
    ORCID_INVALID = "orcid_invalid"
    ORCID_NOT_ON_PERSON = "orcid_not_on_person"
    SANDBOX_ID = "sandbox_id"
    AUTHENTICATED_WITHOUT_PROOF = "authenticated_without_proof"
    CREDIT_DROPPED = "credit_dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A contributor and the person of the deposit that they are.

    Attributes:
        doi: of the publication, bare and lower case.
        where: path of the `person_name` from below the root.
        way: what decided it.
        orcid: the authenticated iD that the deposit now carries for them, or None.
        roles: their CRediT roles that the deposit now carries, in the order of the taxonomy.
    """

    doi: str
    where: str
    contributor: Contributor
    way: Way
    orcid: OrcidId | None = None
    roles: tuple[Credit, ...] = ()


@dataclass(frozen=True, slots=True)
class Amendment:
    """A deposit after its amendment: its bytes, what was noticed, and who was found in it."""

    xml: bytes
    findings: tuple[Finding, ...]
    matches: tuple[Match, ...]


def amend(xml: bytes, publications: Sequence[Publication], *, name: str = "deposit") -> Amendment:
    """Write the authenticated iDs and the CRediT roles of the publications into a Crossref deposit.

    Each publication is looked up by its DOI, in any case; records of other DOIs, citations and relations are never
    touched. Amending the result again changes nothing. `name` is what messages call the file.
    Raises `UnreadableInput` for what is no Crossref deposit, not well-formed, too large or too deep, or has
    declarations of its own.
    """
    deposit = document.read(xml, name)
    schema = _SCHEMA.fullmatch(deposit.namespace)
    if schema is None:
        if not deposit.namespace.startswith(_CROSSREF) or deposit.root.name != "doi_batch":
            root = f"{deposit.root.name!r} of the namespace {deposit.namespace!r}"
            raise UnreadableInput(f"{name} is not a Crossref deposit: its root element is {root}")
        sentence = f"A file of the schema {deposit.namespace} holds no contributors that could be amended."
        return Amendment(xml, (Finding(Code.SCHEMA_UNSUPPORTED, sentence),), ())
    amending = _Amending(deposit, with_roles=schema[1] == _WITH_ROLES)
    amending.all(publications)
    if amending.edits:
        xml = deposit.encoded(splice.apply(deposit.data, amending.edits))
    return Amendment(xml, tuple(amending.findings), tuple(amending.matches))


class _Amending:
    """One amendment under way: the edits, findings and matches so far."""

    def __init__(self, deposit: Document, *, with_roles: bool) -> None:
        self.data = deposit.data
        self.records = _records(deposit)
        self.with_roles = with_roles
        self.edits: list[Edit] = []
        self.findings: list[Finding] = []
        self.matches: list[Match] = []

    def all(self, publications: Sequence[Publication]) -> None:
        by_doi: defaultdict[str | None, list[Publication]] = defaultdict(list)
        for publication in publications:
            by_doi[publication.doi].append(publication)
        for doi, same in by_doi.items():
            if doi is None or doi not in self.records:
                for publication in same:
                    self._doi_not_found(publication)
            elif len(same) > 1:
                self._note(Code.DOI_REPEATED, "Several publications have this DOI; its record was left as it was.", doi)
            else:
                self._publication(doi, same[0])

    def _publication(self, doi: str, publication: Publication) -> None:
        people = [c for c in publication.contributors if c.kind is ContributorKind.PERSON]
        if not self.with_roles and any(c.credit for c in publication.contributors):
            sentence = "CRediT roles were left out, since Crossref takes them only in a deposit of schema 5.5.0."
            self._note(Code.CREDIT_DROPPED, sentence, doi)
        for contributor in publication.contributors:
            if contributor.kind is not ContributorKind.PERSON:
                self._not_a_person(doi, contributor)
        for record in self.records[doi]:
            self._record(doi, people, record)

    def _record(self, doi: str, people: list[Contributor], record: list[Element]) -> None:
        persons = [_Person.of(element) for element in record]
        ours = [Party((Name.of(c.given_names, c.family_name, c.suffix),), c.orcid) for c in people]
        repeated = repeated_orcids(person.party for person in persons)
        vouched = set()
        for contributor, outcome in zip(people, match(ours, [person.party for person in persons]), strict=True):
            person = None if outcome.counterpart is None else persons[outcome.counterpart]
            if outcome.doubt is not None or person is None:
                if person is None or person.party.orcid not in repeated:
                    self._doubt(doi, contributor, outcome, person)
            elif not self._orcid_in_doubt(doi, contributor, person):
                self._write(doi, contributor, person, outcome.way or Way.NAME)
            if contributor.authenticated_orcid:
                vouched.add(outcome.counterpart)
        for place, person in enumerate(persons):
            if person.party.orcid in repeated:
                self._note(Code.ORCID_REPEATED, _SENTENCES[Doubt.REPEATED], doi, None, person)
            elif place not in vouched:
                self._without_proof(doi, person)

    def _write(self, doi: str, contributor: Contributor, person: _Person, way: Way) -> None:
        roles: tuple[Credit, ...] = ()
        if self.with_roles:
            roles = tuple(role for role in Credit if role in {stated.role for stated in contributor.credit})
            self.edits += self._roles(person, roles)
        orcid = contributor.authenticated_orcid
        if orcid and orcid.host != PRODUCTION_HOST:
            sentence = f"The iD {orcid} is not one of orcid.org and was not written."
            self._note(Code.SANDBOX_ID, sentence, doi, contributor, person)
            orcid = None
        elif orcid and person.faulty:
            sentence = f"The deposit states {person.stated!r}, which is not an iD; it was left as it was."
            self._note(Code.ORCID_INVALID, sentence, doi, contributor, person)
            orcid = None
        elif orcid:
            self.edits += self._orcid(person, orcid)
        found = Match(doi=doi, where=person.element.path, contributor=contributor, way=way, orcid=orcid, roles=roles)
        self.matches.append(found)

    def _roles(self, person: _Person, roles: tuple[Credit, ...]) -> Iterator[Edit]:
        present = {
            role.attributes.get("type")
            for role in person.element.all("role")
            if role.attributes.get("vocab") == "credit"
        }
        sibling = person.element.all(*_BEFORE_ROLE)[-1]
        for role in roles:
            if role.value not in present:
                markup = f'<{person.tag("role")} vocab="credit" type="{role.value}"/>'
                yield splice.insert_after(self.data, sibling, markup.encode())

    def _orcid(self, person: _Person, orcid: OrcidId) -> Iterator[Edit]:
        tag = person.tag("ORCID")
        markup = f'<{tag} authenticated="true">{orcid.uri}</{tag}>'.encode()
        if not person.orcids:
            sibling = person.element.all(*_BEFORE_ORCID)[-1]
            yield splice.insert_after(self.data, sibling, markup)
        elif not person.stated:
            yield Edit(person.orcids[0].start, person.orcids[0].end, markup)
        else:
            element = person.orcids[0]
            if element.attributes.get("authenticated") != "true":
                yield splice.set_attribute(self.data, element, "authenticated", "true")
            if element.text != orcid.uri:
                yield splice.set_text(self.data, element, orcid.uri)

    def _orcid_in_doubt(self, doi: str, contributor: Contributor, person: _Person) -> bool:
        """Whether the deposit states another iD than the authenticated one; reported if so."""
        orcid = contributor.authenticated_orcid
        if (
            orcid is None
            or orcid.host != PRODUCTION_HOST
            or (len(person.orcids) <= 1 and person.party.orcid in {None, orcid})
        ):
            return False
        stated = " and ".join(element.text.strip() for element in person.orcids)
        sentence = f"The deposit states {stated}, but ORCID vouches for {orcid}; the person was left as it was."
        self._note(Code.ORCID_CONFLICT, sentence, doi, contributor, person)
        return True

    def _doubt(self, doi: str, contributor: Contributor, outcome: Outcome, person: _Person | None) -> None:
        # Nothing is lost by not finding somebody for whom nothing was to be written.
        if contributor.authenticated_orcid or (self.with_roles and contributor.credit):
            doubt = outcome.doubt or Doubt.NOT_FOUND
            self._note(Code(doubt.value), _SENTENCES[doubt], doi, contributor, person)

    def _without_proof(self, doi: str, person: _Person) -> None:
        for element in person.orcids:
            if element.attributes.get("authenticated", "").strip() in {"true", "1"}:
                sentence = f"The deposit marks {element.text.strip()} as authenticated, which nothing here proves."
                self._note(Code.AUTHENTICATED_WITHOUT_PROOF, sentence, doi, None, person)

    def _not_a_person(self, doi: str, contributor: Contributor) -> None:
        if contributor.authenticated_orcid:
            sentence = "Crossref takes an iD only for a person, not for a group or an anonymous contributor."
            self._note(Code.ORCID_NOT_ON_PERSON, sentence, doi, contributor)
        if self.with_roles and contributor.credit:
            sentence = "Crossref takes CRediT roles only for a person; those of this contributor were left out."
            self._note(Code.CREDIT_DROPPED, sentence, doi, contributor)

    def _doi_not_found(self, publication: Publication) -> None:
        doi = publication.doi
        sentence = "The deposit has no record of this DOI." if doi else "The publication has no DOI to look for."
        self._note(Code.DOI_NOT_FOUND, sentence, doi or publication.title.text)

    def _note(
        self,
        code: Code,
        sentence: str,
        where: str,
        contributor: Contributor | None = None,
        person: _Person | None = None,
    ) -> None:
        if person is not None:
            where = f"{where} {person.element.path}"
        someone = contributor or person
        named = someone.display_name if someone else None
        self.findings.append(Finding(code.value, sentence, where, named))


_SENTENCES = {
    Doubt.NOT_FOUND: "The deposit has nobody of this name in the record of this DOI.",
    Doubt.HOMONYM: "Several people have this name, so nobody was amended.",
    Doubt.AMBIGUOUS: "Several names of the deposit may be this person's, so nobody was amended.",
    Doubt.REPEATED: "This iD stands on several people, so nobody was amended.",
    Doubt.CONFLICT: "The deposit states this iD on somebody else; nothing was amended.",
}


@dataclass(frozen=True, slots=True)
class _Person:
    """A `person_name` of the deposit, with the iD that it states."""

    element: Element
    party: Party
    orcids: tuple[Element, ...]

    @classmethod
    def of(cls, element: Element) -> _Person:
        orcids = tuple(element.all("ORCID"))
        others = [
            _deposited(other)
            for alternative in element.all("alt-name")
            for other in alternative.all("name", "string-name")
        ]
        one_piece = [Name.of(None, name.text) for name in element.all("name")]
        own = [_deposited(element)] if element.all("surname", "given_name") else []
        return cls(element, Party((*own, *one_piece, *others), _parsed(orcids)), orcids)

    @property
    def stated(self) -> str:
        """What stands there as an iD; empty for an address of ORCID's site alone, which templates leave."""
        return _SITE_ALONE.sub("", "".join(element.text for element in self.orcids).strip())

    @property
    def faulty(self) -> bool:
        """Whether it states something as an iD that is none."""
        return bool(self.stated) and self.party.orcid is None

    @property
    def display_name(self) -> str:
        return " ".join(" ".join(part.text for part in self.element.all(*_NAME_PARTS)).split())

    def tag(self, name: str) -> str:
        return f"{self.element.prefix}:{name}" if self.element.prefix else name


def _parsed(orcids: tuple[Element, ...]) -> OrcidId | None:
    for element in orcids:
        try:
            return OrcidId.parse(element.text)
        except InvalidOrcidId:
            continue
    return None


def _deposited(element: Element) -> Name:
    """The name in the parts of a `person_name`, or of a name in another language."""
    parts = [" ".join(part.text for part in element.all(name)) for name in ("given_name", "surname", "suffix")]
    return Name.of(*parts) if any(parts) else Name.of(None, element.text)


def _records(deposit: Document) -> dict[str, list[list[Element]]]:
    """For each DOI that the deposit registers, the people of its records."""
    records: defaultdict[str, list[list[Element]]] = defaultdict(list)
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
        records[element.text.strip().lower()].append([person for person in people if person.all(*_NAME_PARTS)])
    return records
