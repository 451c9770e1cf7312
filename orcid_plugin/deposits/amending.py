"""What all formats of a deposit share: whose iD and roles go to which person in it, and what is only reported."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from orcid_plugin.deposits import splice
from orcid_plugin.deposits.matching import Doubt, Party, Way, match, repeated_orcids
from orcid_plugin.deposits.names import Name
from orcid_plugin.deposits.splice import Edit
from orcid_plugin.errors import InvalidOrcidId
from orcid_plugin.metadata.contributor import Contributor, ContributorKind
from orcid_plugin.metadata.credit import Credit, CreditRole
from orcid_plugin.metadata.findings import Finding
from orcid_plugin.metadata.identifiers import PRODUCTION_HOST, OrcidId
from orcid_plugin.metadata.publication import Publication


class Code(StrEnum):
    """Codes of the findings of an amendment; docs/crossref.md and jats.md tell the remedy for each."""

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
    AUTHENTICATED_DROPPED = "authenticated_dropped"
    CREDIT_DROPPED = "credit_dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A contributor and the person of the deposit that they are.

    Attributes:
        doi: of the publication, bare and lower case, or None.
        where: the person's place: a path of elements from below the root, a JSON pointer.
        way: what decided it.
        orcid: the authenticated iD that the deposit now carries for them, or None.
        roles: their CRediT roles that the deposit now carries, in the order of the taxonomy.
    """

    doi: str | None
    where: str
    contributor: Contributor
    way: Way
    orcid: OrcidId | None = None
    roles: tuple[Credit, ...] = ()


@dataclass(frozen=True, slots=True)
class Amendment:
    """A deposit after its amendment: its bytes, what was noticed, and who was found in it."""

    content: bytes
    findings: tuple[Finding, ...] = ()
    matches: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(ABC):
    """A person in a deposit; each format knows how iD and roles are written for them.

    Attributes:
        where: as in `Match`.
        party: their names, and the iD that the deposit states for them.
        stated: all that it states as their iDs, as printed, without empty ones.
        marked: those of them that it marks as authenticated.
    """

    where: str
    display_name: str
    party: Party
    stated: tuple[str, ...]
    marked: tuple[str, ...] = ()

    @abstractmethod
    def with_orcid(self, orcid: OrcidId) -> Iterator[Edit]:
        """Changes after which the deposit states this iD for them; it states none so far, or the same."""

    def with_roles(self, roles: Sequence[CreditRole]) -> Iterator[Edit]:
        """Changes after which the deposit states these roles, each once; none where the format has no roles."""
        yield from ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The people that a deposit names for one publication.

    Attributes:
        dois: of the publication, bare and lower case.
        lists: everybody is looked for in each of these.
        members: of groups; only who stands in none of the lists is looked for here.
        partial: that somebody is missing means nothing, as in a translation.
    """

    dois: frozenset[str]
    lists: tuple[Sequence[Person], ...]
    members: Sequence[Person] = ()
    partial: bool = False


def states_something(text: str) -> bool:
    """Whether an element for an iD is filled; templates leave the address of ORCID's site where there is none."""
    return _NOTHING.fullmatch(text) is None


_NOTHING = re.compile(r"\s*(?:https?://orcid\.org/?\s*)?")


def first_orcid(texts: Iterable[str]) -> OrcidId | None:
    """The first of these that is an iD, or None."""
    for text in texts:
        with suppress(InvalidOrcidId):
            return OrcidId.parse(text)
    return None


def each_once(texts: Iterable[str]) -> tuple[str, ...]:
    """Texts that state iDs, without those that state the same one again."""
    stated: dict[OrcidId | str, str] = {}
    for text in texts:
        stated.setdefault(first_orcid([text]) or text.strip(), text.strip())
    return tuple(stated.values())


class Amending:
    """One amendment under way: the edits, findings and matches so far."""

    def __init__(self, records: Iterable[Record], *, with_roles: bool, roles_dropped: str | None = None) -> None:
        """`roles_dropped` is what to say where there are roles and the deposit cannot hold them."""
        self.edits: list[Edit] = []
        self.findings: list[Finding] = []
        self.matches: list[Match] = []
        self._with_roles = with_roles
        self._roles_dropped = roles_dropped
        self._amended: set[int] = set()
        self._records: defaultdict[str, list[Record]] = defaultdict(list)
        for record in records:
            for doi in record.dois:
                self._records[doi].append(record)

    def all(self, publications: Sequence[Publication], own: Record | None = None) -> None:
        """Amend the records of all these publications.

        `own` is the record of a file that is about one publication: one that is handed in alone is that one, unless
        both have a DOI.
        """
        by_doi: defaultdict[str | None, list[Publication]] = defaultdict(list)
        for publication in publications:
            by_doi[publication.doi].append(publication)
        for doi, same in by_doi.items():
            records = self._records.get(doi or "", [])
            if not records and own is not None and len(publications) == 1 and not (doi and own.dois):
                records = [own]
            if not records:
                for publication in same:
                    self._doi_not_found(publication)
            elif len(same) > 1:
                self._note(Code.DOI_REPEATED, "Several publications have this DOI; its record was left as it was.", doi)
            else:
                self._publication(doi, same[0], records)

    def amendment(self, content: bytes, data: bytes, encode: Callable[[bytes], bytes]) -> Amendment:
        """What became of a deposit; `data` are the bytes that the edits count, `encode` makes the deposit's of them."""
        if self.edits:
            content = encode(splice.apply(data, self.edits))
        return Amendment(content, tuple(self.findings), tuple(self.matches))

    def _publication(self, doi: str | None, publication: Publication, records: list[Record]) -> None:
        people = [c for c in publication.contributors if c.kind is ContributorKind.PERSON]
        if self._roles_dropped and any(c.credit for c in publication.contributors):
            self._note(Code.CREDIT_DROPPED, self._roles_dropped, doi)
        for contributor in publication.contributors:
            if contributor.kind is not ContributorKind.PERSON:
                self._not_a_person(doi, contributor)
        for record in records:
            if id(record) in self._amended:  # a version of the work has a DOI, too
                sentence = "Another publication has a DOI of this record as well; it was amended for that one."
                self._note(Code.DOI_REPEATED, sentence, doi)
            else:
                self._amended.add(id(record))
                self._record(doi, people, record)

    def _record(self, doi: str | None, people: list[Contributor], record: Record) -> None:
        everybody = dict(enumerate(people))
        proven = {one.authenticated_orcid for one in people} - {None}
        absent = [self._list(doi, everybody, persons, proven) for persons in record.lists]
        missing = {place: doubt for place, doubt in absent[0].items() if all(place in other for other in absent)}
        if record.members:
            sought = {place: everybody[place] for place, doubt in missing.items() if doubt is Doubt.NOT_FOUND}
            found = sought.keys() - self._list(doi, sought, record.members, proven).keys()
            missing = {place: doubt for place, doubt in missing.items() if place not in found}
        if not record.partial:
            for place, doubt in missing.items():
                self._doubt(doi, everybody[place], doubt, None)

    def _list(
        self,
        doi: str | None,
        people: dict[int, Contributor],
        persons: Sequence[Person],
        proven: Collection[OrcidId | None],
    ) -> dict[int, Doubt]:
        """Amend these persons; tells who of the people is not among them, and why."""
        absent: dict[int, Doubt] = {}
        vouched = set()
        repeated = repeated_orcids(person.party for person in persons)
        ours = [Party((Name.of(c.given_names, c.family_name, c.suffix),), c.orcid) for c in people.values()]
        outcomes = match(ours, [person.party for person in persons])
        for (place, contributor), outcome in zip(people.items(), outcomes, strict=True):
            person = None if outcome.counterpart is None else persons[outcome.counterpart]
            if person is None and outcome.doubt in {Doubt.NOT_FOUND, Doubt.REPEATED}:
                absent[place] = outcome.doubt
            elif outcome.doubt is not None or person is None:
                if person is None or person.party.orcid not in repeated:
                    self._doubt(doi, contributor, outcome.doubt or Doubt.NOT_FOUND, person)
            elif not self._orcid_in_doubt(doi, contributor, person):
                self._write(doi, contributor, person, outcome.way or Way.NAME)
            if contributor.authenticated_orcid:
                vouched.add(outcome.counterpart)
        for number, person in enumerate(persons):
            if person.party.orcid in repeated:
                self._note(Code.ORCID_REPEATED, _SENTENCES[Doubt.REPEATED], doi, None, person)
            elif number not in vouched and person.party.orcid not in proven:
                self._without_proof(doi, person)
        return absent

    def _write(self, doi: str | None, contributor: Contributor, person: Person, way: Way) -> None:
        roles: tuple[CreditRole, ...] = ()
        if self._with_roles:
            stated = {role.role: role for role in reversed(contributor.credit)}  # of one stated twice, the first
            roles = tuple(stated[role] for role in Credit if role in stated)
            self.edits += person.with_roles(roles)
        orcid = contributor.authenticated_orcid
        if orcid and orcid.host != PRODUCTION_HOST:
            sentence = f"The iD {orcid} is not one of orcid.org and was not written."
            self._note(Code.SANDBOX_ID, sentence, doi, contributor, person)
            orcid = None
        elif orcid and person.stated and person.party.orcid is None:
            sentence = f"The deposit states {person.stated[0]!r}, which is not an iD; it was left as it was."
            self._note(Code.ORCID_INVALID, sentence, doi, contributor, person)
            orcid = None
        elif orcid:
            self.edits += person.with_orcid(orcid)
        written = tuple(role.role for role in roles)
        found = Match(doi=doi, where=person.where, contributor=contributor, way=way, orcid=orcid, roles=written)
        self.matches.append(found)

    def _orcid_in_doubt(self, doi: str | None, contributor: Contributor, person: Person) -> bool:
        """Whether the deposit states another iD than the authenticated one; reported if so."""
        orcid = contributor.authenticated_orcid
        if (
            orcid is None
            or orcid.host != PRODUCTION_HOST
            or (len(person.stated) <= 1 and person.party.orcid in {None, orcid})
        ):
            return False
        stated = " and ".join(person.stated)
        sentence = f"The deposit states {stated}, but ORCID vouches for {orcid}; the person was left as it was."
        self._note(Code.ORCID_CONFLICT, sentence, doi, contributor, person)
        return True

    def _doubt(self, doi: str | None, contributor: Contributor, doubt: Doubt, person: Person | None) -> None:
        # Nothing is lost by not finding somebody for whom nothing was to be written.
        if contributor.authenticated_orcid or (self._with_roles and contributor.credit):
            self._note(Code(doubt.value), _SENTENCES[doubt], doi, contributor, person)

    def _without_proof(self, doi: str | None, person: Person) -> None:
        for stated in person.marked:
            sentence = f"The deposit marks {stated} as authenticated, which nothing here proves."
            self._note(Code.AUTHENTICATED_WITHOUT_PROOF, sentence, doi, None, person)

    def _not_a_person(self, doi: str | None, contributor: Contributor) -> None:
        if contributor.authenticated_orcid:
            sentence = "An iD is written only for a person, not for a group or an anonymous contributor."
            self._note(Code.ORCID_NOT_ON_PERSON, sentence, doi, contributor)
        if self._with_roles and contributor.credit:
            sentence = "CRediT roles are written only for a person; this contributor was left as it was."
            self._note(Code.CREDIT_DROPPED, sentence, doi, contributor)

    def _doi_not_found(self, publication: Publication) -> None:
        doi = publication.doi
        sentence = "The deposit has no record of this DOI." if doi else "The publication has no DOI to look for."
        self._note(Code.DOI_NOT_FOUND, sentence, doi or publication.title.text)

    def _note(
        self,
        code: Code,
        sentence: str,
        where: str | None,
        contributor: Contributor | None = None,
        person: Person | None = None,
    ) -> None:
        place = " ".join(part for part in (where, person and person.where) if part)
        someone = contributor or person
        named = someone.display_name if someone else None
        self.findings.append(Finding(code.value, sentence, place or None, named))


_SENTENCES = {
    Doubt.NOT_FOUND: "The deposit has nobody of this name for this publication.",
    Doubt.HOMONYM: "Several people have this name, so nobody was amended.",
    Doubt.AMBIGUOUS: "Several names of the deposit may be this person's, so nobody was amended.",
    Doubt.REPEATED: "This iD stands on several people, so nobody was amended.",
    Doubt.CONFLICT: "The deposit states this iD on somebody else; nothing was amended.",
}
