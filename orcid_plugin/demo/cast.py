"""Who plays the story of an article: its own people, each with a record at the emulated Registry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from orcid_plugin.emulator import Client, Registry, Researcher
from orcid_plugin.errors import InputError
from orcid_plugin.metadata.contributor import Contributor, ContributorKind
from orcid_plugin.metadata.identifiers import check_digit
from orcid_plugin.metadata.publication import Publication
from orcid_plugin.registry.messages.contributors import credited

RECORDS = 12
"""How many of the article's people have a record: enough to choose from on the Registry's sign-in page."""


@dataclass(frozen=True, slots=True)
class Player:
    """A contributor of the article who takes part: `position` on the article, and the bare iD of their record."""

    position: int
    contributor: Contributor
    orcid: str

    @property
    def name(self) -> str:
        """How the record calls them (ORCID: a credit name has at most 150 characters)."""
        return " ".join(self.contributor.display_name.split())[:150].strip()


def reviewer(players: list[Player]) -> Player:
    """Somebody else with a record, who reviews."""
    fresh = _fresh_orcids({player.orcid for player in players})
    return Player(len(players), Contributor(given_names="Noor", family_name="Haddad"), next(fresh))


def choose(publication: Publication, name: str) -> list[Player]:
    """The article's people with a record, those first whose name is theirs alone.

    Each person once, also one who stands there as author and as editor; only those on whose record the work belongs.
    Raises `InputError` where nobody is left.
    """
    concerned = credited(publication)
    people = [
        (position, one)
        for position, one in enumerate(publication.contributors)
        if one.kind is ContributorKind.PERSON and one.display_name.strip() and position in concerned
    ]
    if not people:
        raise InputError(f"{name} names no person who could connect an ORCID iD")
    names = Counter(one.display_name.casefold() for _, one in people)
    people.sort(key=lambda person: names[person[1].display_name.casefold()] > 1)
    taken = {one.orcid.path for one in publication.contributors if one.orcid}
    fresh = _fresh_orcids(taken)
    players: dict[str, Player] = {}
    for position, one in people:
        orcid = one.orcid.path if one.orcid else next(fresh)
        players.setdefault(orcid, Player(position, one, orcid))
        if len(players) == RECORDS:
            break
    return list(players.values())


def _fresh_orcids(taken: set[str]) -> Iterator[str]:
    """Valid iDs that begin with 0000-0000, of which ORCID has given out none."""
    for number in range(3_141_592, 10_000_000):
        digits = f"{number:015d}"
        orcid = "-".join((digits[:4], digits[4:8], digits[8:12], digits[12:] + check_digit(digits)))
        if orcid not in taken:
            yield orcid


def registry(players: list[Player], client: Client) -> Registry:
    """An emulated Registry with a record for each player and one client."""
    made = Registry()
    made.add_client(client)
    for player in players:
        one = player.contributor
        given, family = (one.given_names, one.family_name) if one.given_names else (player.name, None)
        made.add_researcher(Researcher(player.orcid, given_names=given, family_name=family, credit_name=player.name))
    return made
