"""Who is taken for whom."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from orcid_plugin.deposits.matching import Doubt, Outcome, Party, Way, match
from orcid_plugin.deposits.names import Name
from tests.deposits.conftest import an_id

Row = tuple[str | None, str] | tuple[str | None, str, int | None] | tuple[str | None, str, int | None, str]


def parties(*rows: Row) -> list[Party]:
    """People as given name, family name, number of an iD, suffix."""
    people = []
    for row in rows:
        given, family, number, suffix = (*row, None, None)[:4]
        people.append(Party((Name.of(given, family, suffix),), an_id(number) if number else None))
    return people


def brief(outcomes: Sequence[Outcome]) -> list[str | int | None]:
    """The counterpart's place where matched, else the code of the doubt."""
    return [outcome.doubt.value if outcome.doubt else outcome.counterpart for outcome in outcomes]


def test_the_id_goes_before_the_name() -> None:
    ours = parties(("Jane", "Roe", 1))
    theirs = parties(("Jane", "Doe", 1), ("Ann", "Other"))
    assert match(ours, theirs) == (Outcome(0, Way.ORCID),)


def test_an_id_beside_the_wrong_name_is_a_conflict() -> None:
    ours = parties(("Jane", "Roe", 1), ("Bob", "Ray"))
    assert brief(match(ours, parties(("Bob", "Ray", 1), ("Jane", "Roe")))) == ["orcid_conflict", "person_not_found"]
    assert brief(match(ours[:1], parties(("Bob", "Ray", 1), ("J.", "Roe")))) == ["orcid_conflict"]
    assert brief(match(ours, parties(("B.", "Ray", 1)))) == ["orcid_conflict", "person_not_found"]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ([("Li", "Wang", 1), ("Li", "Wang", 2)], [("Li", "Wang"), ("Li", "Wang")]),
        ([("Li", "Wang", 1)], [("Li", "Wang"), ("LI", "WANG")]),
        ([("Li", "Wang", 1), ("Li", "Wang", 2)], [("Li", "Wang")]),
        ([("Li", "Wang", 1), ("Wang", "Li", 2)], [("Wang", "Li"), ("Li", "Wang")]),
        ([("L.", "Wang", 1), ("L.", "Wang", 2)], [("Li", "Wang"), ("Lei", "Wang")]),
        ([("L.", "Wang", 1)], [("Li", "Wang"), ("Li", "Wang")]),
        ([("Jürgen", "Müller", 1), ("Jurgen", "Muller", 2)], [("Juergen", "Mueller")]),
    ],
)
def test_homonyms_are_left_alone(ours: list[Row], theirs: list[Row]) -> None:
    assert set(brief(match(parties(*ours), parties(*theirs)))) == {"homonym"}


def test_who_may_be_a_homonym_is_nobody_elses_counterpart() -> None:
    ours = parties(("Li", "Wang", 1), ("Li", "Wang", 2), ("L.", "Wang", 3))
    assert brief(match(ours, parties(("Li", "Wang")))) == ["homonym", "homonym", "person_not_found"]


def test_one_person_for_two_names_that_fit() -> None:
    ours = parties(("J.", "Smith", 1), ("J. X.", "Smith", 2))
    assert brief(match(ours, parties(("John", "Smith")))) == ["name_ambiguous", "name_ambiguous"]


def test_an_id_tells_homonyms_apart() -> None:
    ours = parties(("Li", "Wang", 1), ("Li", "Wang", 2))
    theirs = parties(("Li", "Wang"), ("Li", "Wang", 1))
    assert brief(match(ours, theirs)) == [1, "homonym"]


def test_a_suffix_or_the_same_order_tells_namesakes_apart() -> None:
    rows: list[Row] = [("John", "Smith", None, "Sr."), ("John", "Smith", None, "Jr"), ("Wei", "Li"), ("Li", "Wei")]
    assert brief(match(parties(*rows), parties(*rows))) == [0, 1, 2, 3]


def test_another_suffix_is_another_person() -> None:
    ours, theirs = parties(("John", "Smith", 1, "Sr.")), parties(("John", "Smith", None, "Jr."))
    assert brief(match(ours, theirs)) == ["person_not_found"]


def test_position_alone_decides_nothing() -> None:
    ours = parties(("Ann", "Other", 1), ("Jane", "Doe", 2))
    assert brief(match(ours, parties(("Bob", "Ray"), ("John", "Doe")))) == ["person_not_found"] * 2


def test_position_chooses_among_names_that_fit_where_the_lists_are_parallel() -> None:
    theirs = parties(("Jane", "Smith"), ("John", "Smith"), ("Ann", "Other"))
    ours = parties(("J.", "Smith", 1), ("J. X.", "Smith", 2), ("Ann", "Other"))
    assert match(ours, theirs)[:2] == (Outcome(0, Way.POSITION), Outcome(1, Way.POSITION))
    assert brief(match(ours, theirs[:2])) == ["name_ambiguous", "name_ambiguous", "person_not_found"]
    other = parties(("J.", "Smith", 1), ("J. X.", "Smith", 2), ("Bob", "Ray"))
    assert brief(match(other, theirs)) == ["name_ambiguous", "name_ambiguous", "person_not_found"]


def test_a_name_written_out_goes_before_initials() -> None:
    ours = parties(("Jane A.", "Smith", 1), ("J.", "Smith", 2))
    assert brief(match(ours, parties(("John", "Smith"), ("Jane", "Smith")))) == [1, 0]


def test_names_in_other_languages_count() -> None:
    theirs = [Party((Name.of("Ivan", "Ivanov"), Name.of("Иван", "Иванов")))]
    assert brief(match(parties(("Иван", "Иванов", 1)), theirs)) == [0]


def test_an_id_on_two_people_is_left_alone() -> None:
    ours = parties(("Jane", "Roe", 1), ("Bob", "Ray", 1), ("Ann", "Other", 2))
    theirs = parties(("Jane", "Roe"), ("Bob", "Ray"), ("Ann", "Other"))
    assert brief(match(ours, theirs)) == ["orcid_repeated", "orcid_repeated", 2]
    theirs = parties(("Jane", "Roe", 3), ("Bob", "Ray", 3), ("Ann", "Other"))
    ours = parties(("Jane", "Roe", 3), ("Bob", "Ray", 4), ("Ann", "Other", 2))
    assert brief(match(ours, theirs)) == ["orcid_repeated", "orcid_repeated", 2]


def test_lists_of_other_length_and_order() -> None:
    ours = parties(("Ed", "Itor", 1), ("Jane", "Roe", 2), ("Bob", "Ray", 3))
    outcomes = match(ours, parties(("B.", "Ray"), ("Jane", "Roe"), ("Ann", "Other"), ("Zoe", "Zed")))
    assert brief(outcomes) == ["person_not_found", 1, 0]
    assert outcomes[0].doubt is Doubt.NOT_FOUND
