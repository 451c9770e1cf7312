"""Who in a deposit is who on the publication: by iD, then by name; never by position alone, and never by a guess.

Every decision depends only on what both sides say, not on an iD that a former amendment wrote, so that amending twice
decides the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from orcid_plugin.deposits.names import Name, Reading
from orcid_plugin.metadata.identifiers import OrcidId

# Family name, first given name or its letter, and (for a letter) whether only initials stand there.
_Label = tuple[str, str, bool]
_CROWD = 100


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
    matching.by_fitting_name(written_out=True)
    matching.by_fitting_name(written_out=False)
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
        my_shelves = [_Shelf(enumerate(self.ours), written_out=written_out) for written_out in (True, False)]
        their_shelves = [_Shelf(enumerate(self.theirs), written_out=written_out) for written_out in (True, False)]
        for our, party in enumerate(self.ours):
            if party.orcid is None or party.orcid in self.repeated or party.orcid not in holders:
                continue
            their = holders[party.orcid]
            counterpart = self.theirs[their]
            # People change their names; but an iD beside one name while the other name stands elsewhere is misplaced.
            if not _related(party, counterpart) and (
                self.namesakes.theirs_of(our)
                or self.namesakes.ours_of(their)
                or any(shelf.fitting(party) for shelf in their_shelves)
                or any(shelf.fitting(counterpart) for shelf in my_shelves)
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

    def by_fitting_name(self, *, written_out: bool) -> None:
        free = ((their, party) for their, party in enumerate(self.theirs) if their not in self.taken)
        shelf = _Shelf(free, written_out=written_out)
        undecided = ((our, party) for our, party in enumerate(self.ours) if our not in self.outcomes)
        fitting = {our: found for our, party in undecided if (found := shelf.fitting(party))}
        wanted: Counter[int] = Counter()
        with_namesakes = set()
        for found, times in Counter(fitting.values()).items():
            wanted.update(dict.fromkeys(found, times))
            if any(len(self.namesakes.theirs_like(their)) > 1 for their in found):
                with_namesakes.add(found)
        for our, found in fitting.items():
            their = next(iter(found))
            if found in with_namesakes or len(self.namesakes.ours_like(our)) > 1:
                self.outcomes[our] = Outcome(doubt=Doubt.HOMONYM)
            elif len(found) == 1 and wanted[their] == 1:
                self.outcomes[our] = Outcome(their, Way.NAME)
            elif our in found and self._are_parallel():
                self.outcomes[our] = Outcome(our, Way.POSITION)
            else:
                self.outcomes[our] = Outcome(doubt=Doubt.AMBIGUOUS)
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
    """People in places where a name that fits finds them, so that nobody is compared with everybody.

    With `written_out` only first given names in full count, in any order of the parts; else initials count as well.
    """

    def __init__(self, parties: Iterable[tuple[int, Party]], *, written_out: bool) -> None:
        self._written_out = written_out
        self._places: defaultdict[_Label, list[tuple[int, Name, Reading]]] = defaultdict(list)
        self._crowds: dict[_Label, frozenset[int]] = {}
        for place, party in parties:
            for name, reading in self._readings(party):
                for label in self._labels(reading):
                    self._places[label].append((place, name, reading))

    def fitting(self, party: Party) -> frozenset[int]:
        found = {self._found(name, reading) for name, reading in self._readings(party)}
        return found.pop() if len(found) == 1 else frozenset().union(*found)

    def _found(self, name: Name, reading: Reading) -> frozenset[int]:
        label = self._label_sought(reading)
        here = self._places.get(label, [])
        if len(here) > _CROWD:
            # So many of one family name and initial cannot be told apart by more initials.
            return self._crowds.setdefault(label, frozenset(place for place, _, _ in here))
        return frozenset(place for place, other, its in here if name.suffix_fits(other) and reading.fits(its))

    def _readings(self, party: Party) -> Iterator[tuple[Name, Reading]]:
        for name in party.names:
            if self._written_out:
                yield from ((name, reading) for reading in name.readings | name.swapped if reading.in_full)
            else:
                yield from ((name, reading) for reading in name.readings)

    def _labels(self, reading: Reading) -> list[_Label]:
        first = reading.given[0]
        if self._written_out:
            return [(reading.family, first, True)]
        return [(reading.family, first[0], initial) for initial in {False, not reading.in_full}]

    def _label_sought(self, reading: Reading) -> _Label:
        first = reading.given[0]
        if self._written_out:
            return reading.family, first, True
        return reading.family, first[0], reading.in_full  # a name in full looks among initials, an initial among all


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

    def ours_like(self, our: int) -> list[int]:
        return self._ours[our][0]

    def theirs_like(self, their: int) -> list[int]:
        return self._theirs[their][1]

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
