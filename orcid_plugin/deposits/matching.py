"""Who in a deposit is who on the publication: by iD, then by name; never by position alone, and never by a guess.

Every decision depends only on what both sides say, not on an iD that a former amendment wrote, so that amending twice
decides the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from orcid_plugin.deposits.names import Name, Reading
from orcid_plugin.metadata.identifiers import OrcidId

Fits = Callable[[Reading, Reading], bool]
Readings = Callable[[Name], Iterable[Reading]]


@dataclass(frozen=True, slots=True)
class Party:
    """A person as one side knows them: names (as printed, then those in other languages) and the iD stated."""

    names: tuple[Name, ...]
    orcid: OrcidId | None = None


class Way(StrEnum):
    """What decided that two are the same person; `POSITION` only chose among names that fit."""

    ORCID = "orcid"
    NAME = "name"
    POSITION = "position"


class Doubt(StrEnum):
    """Why nobody was matched; the value is the code of the finding."""

    NOT_FOUND = "person_not_found"
    HOMONYM = "homonym"
    AMBIGUOUS = "name_ambiguous"
    REPEATED = "orcid_repeated"
    CONFLICT = "orcid_conflict"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found for one contributor: the place of their counterpart and the way, or the doubt.

    `counterpart` stands beside a doubt where somebody was found and is left alone all the same.
    """

    counterpart: int | None = None
    way: Way | None = None
    doubt: Doubt | None = None


def match(ours: Sequence[Party], theirs: Sequence[Party]) -> tuple[Outcome, ...]:
    """For each of `ours` in order, their counterpart among `theirs`."""
    matching = _Matching(ours, theirs)
    matching.by_orcid()
    matching.by_same_name()
    matching.by_fitting_name(Reading.fits_in_full, _in_any_order)
    matching.by_fitting_name(Reading.fits, _as_stated)
    return tuple(matching.outcome(our) for our in range(len(ours)))


class _Matching:
    """The state of one matching: who is decided, and which of theirs are no longer free."""

    def __init__(self, ours: Sequence[Party], theirs: Sequence[Party]) -> None:
        self.ours = ours
        self.theirs = theirs
        self.outcomes: dict[int, Outcome] = {}
        self.taken: set[int] = set()
        self.namesakes = _Namesakes(ours, theirs)
        self.repeated = repeated_orcids(ours) | repeated_orcids(theirs)
        self._parallel: bool | None = None

    def outcome(self, our: int) -> Outcome:
        found = self.outcomes.get(our, Outcome(doubt=Doubt.NOT_FOUND))
        stated = {self.ours[our].orcid}
        if found.counterpart is not None:
            stated.add(self.theirs[found.counterpart].orcid)
        if stated & self.repeated:
            return Outcome(found.counterpart, doubt=Doubt.REPEATED)
        return found

    def by_orcid(self) -> None:
        holders: dict[OrcidId | None, int] = {party.orcid: their for their, party in enumerate(self.theirs)}
        my_shelf, their_shelf = (_Shelf(enumerate(side), _as_stated) for side in (self.ours, self.theirs))
        for our, party in enumerate(self.ours):
            if party.orcid is None or party.orcid in self.repeated or party.orcid not in holders:
                continue
            their = holders[party.orcid]
            counterpart = self.theirs[their]
            # People change their names; but an iD beside one name while the other name stands elsewhere is misplaced.
            if not _related(party, counterpart) and (
                self.namesakes.theirs_of(our)
                or self.namesakes.ours_of(their)
                or their_shelf.fitting(party, Reading.fits)
                or my_shelf.fitting(counterpart, Reading.fits)
            ):
                self._decide(our, Outcome(their, doubt=Doubt.CONFLICT))
            else:
                self._decide(our, Outcome(their, Way.ORCID))

    def by_same_name(self) -> None:
        for ours, theirs in self.namesakes.groups:
            if not ours or not theirs:
                continue
            if len(ours) == len(theirs) == 1:
                pairs = [(ours[0], theirs[0])]
                if not _suffixes_fit(self.ours[ours[0]], self.theirs[theirs[0]]):
                    continue
            else:
                pairs = self._told_apart(ours, theirs)
            if not pairs:
                self.taken.update(theirs)
            for our in ours:
                if our not in self.outcomes and not pairs:
                    self.outcomes[our] = Outcome(doubt=Doubt.HOMONYM)
            for our, their in pairs:
                if our not in self.outcomes and their not in self.taken:
                    self._decide(our, Outcome(their, Way.NAME))

    def by_fitting_name(self, fits: Fits, readings: Readings) -> None:
        free = ((their, party) for their, party in enumerate(self.theirs) if their not in self.taken)
        shelf = _Shelf(free, readings)
        undecided = ((our, party) for our, party in enumerate(self.ours) if our not in self.outcomes)
        fitting = {our: found for our, party in undecided if (found := shelf.fitting(party, fits))}
        wanted = Counter(their for found in fitting.values() for their in found)
        decided: dict[int, Outcome] = {}
        for our, found in fitting.items():
            their = next(iter(found))
            if self.namesakes.shared(our, found):
                decided[our] = Outcome(doubt=Doubt.HOMONYM)
            elif len(found) == 1 and wanted[their] == 1:
                decided[our] = Outcome(their, Way.NAME)
            elif our in found and self._are_parallel():
                decided[our] = Outcome(our, Way.POSITION)
            else:
                decided[our] = Outcome(doubt=Doubt.AMBIGUOUS)
        self.outcomes |= decided
        self.taken |= wanted.keys()

    def _decide(self, our: int, outcome: Outcome) -> None:
        self.outcomes[our] = outcome
        if outcome.counterpart is not None:
            self.taken.add(outcome.counterpart)

    def _told_apart(self, ours: list[int], theirs: list[int]) -> list[tuple[int, int]]:
        """Namesakes that differ in suffix or order of parts, alike and in the same order on both sides."""
        mine = [self.ours[our].names[0].form for our in ours]
        if len(set(mine)) == len(mine) and mine == [self.theirs[their].names[0].form for their in theirs]:
            return list(zip(ours, theirs, strict=True))
        return []

    def _are_parallel(self) -> bool:
        """Whether both sides list as many people, and every pair in the same place has names that fit."""
        if self._parallel is None:
            self._parallel = len(self.ours) == len(self.theirs) and all(map(_related, self.ours, self.theirs))
        return self._parallel


class _Shelf:
    """People in places where a name that fits finds them, so that nobody is compared with everybody."""

    def __init__(self, parties: Iterable[tuple[int, Party]], readings: Readings) -> None:
        self._readings = readings
        self._places: defaultdict[tuple[str, str], list[tuple[int, Name, Reading]]] = defaultdict(list)
        for place, party in parties:
            for name, reading in self._all(party):
                self._places[reading.family, reading.given[0][0]].append((place, name, reading))

    def fitting(self, party: Party, fits: Fits) -> set[int]:
        return {
            place
            for name, reading in self._all(party)
            for place, other, its_reading in self._places.get((reading.family, reading.given[0][0]), ())
            if name.suffix_fits(other) and fits(reading, its_reading)
        }

    def _all(self, party: Party) -> Iterator[tuple[Name, Reading]]:
        return ((name, reading) for name in party.names for reading in self._readings(name))


class _Namesakes:
    """Groups of people with the same folded name, across both sides."""

    def __init__(self, ours: Sequence[Party], theirs: Sequence[Party]) -> None:
        self._root: dict[str, str] = {}
        for party in (*ours, *theirs):
            keys = list(_keys(party))
            for key in keys:
                self._root[self._find(key)] = self._find(keys[0])
        members: dict[str, tuple[list[int], list[int]]] = {}
        self._ours = [self._enter(members, party, 0, place) for place, party in enumerate(ours)]
        self._theirs = [self._enter(members, party, 1, place) for place, party in enumerate(theirs)]
        self.groups = list(members.values())

    def theirs_of(self, our: int) -> list[int]:
        return self._ours[our][1]

    def ours_of(self, their: int) -> list[int]:
        return self._theirs[their][0]

    def shared(self, our: int, theirs: Iterable[int]) -> bool:
        """Whether one of these people has a namesake on their own side."""
        return len(self._ours[our][0]) > 1 or any(len(self._theirs[their][1]) > 1 for their in theirs)

    def _enter(
        self, members: dict[str, tuple[list[int], list[int]]], party: Party, side: int, place: int
    ) -> tuple[list[int], list[int]]:
        key = next(_keys(party), None)
        group = ([], []) if key is None else members.setdefault(self._find(key), ([], []))
        group[side].append(place)
        return group

    def _find(self, key: str) -> str:
        path = []
        while (parent := self._root.setdefault(key, key)) != key:
            path.append(key)
            key = parent
        self._root.update(dict.fromkeys(path, key))
        return key


def _keys(party: Party) -> Iterator[str]:
    return (key for name in party.names for key in sorted(name.keys))


def repeated_orcids(parties: Iterable[Party]) -> set[OrcidId | None]:
    """The iDs that stand on more than one of these people."""
    counts: Counter[OrcidId | None] = Counter(party.orcid for party in parties if party.orcid)
    return {orcid for orcid, count in counts.items() if count > 1}


def _related(mine: Party, theirs: Party) -> bool:
    return any(a.same_as(b) or a.compatible_with(b) for a in mine.names for b in theirs.names)


def _suffixes_fit(mine: Party, theirs: Party) -> bool:
    return mine.names[0].suffix_fits(theirs.names[0])


def _as_stated(name: Name) -> Iterable[Reading]:
    return name.readings


def _in_any_order(name: Name) -> Iterable[Reading]:
    return name.readings | name.swapped
