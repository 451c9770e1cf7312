"""Which spellings are one name, and which are not."""

from __future__ import annotations

import pytest

from orcid_plugin.deposits.names import Name

Parts = tuple[str | None, str | None] | tuple[str | None, str | None, str | None]

SAME: list[tuple[Parts, Parts]] = [
    (("Josiah", "Carberry"), ("JOSIAH", "CARBERRY")),
    (("Josiah", "Carberry"), ("Carberry", "Josiah")),
    (("Josiah", "Carberry"), (None, "Josiah Carberry")),
    (("Josiah", "Carberry"), (None, "Carberry, Josiah")),
    (("Josiah S.", "Carberry"), (None, "Josiah S Carberry")),
    (("J. S.", "Carberry"), ("JS", "Carberry")),
    (("José María", "Núñez"), ("Jose Maria", "Nunez")),
    (("Jean-Pierre", "Dupont"), ("Jean Pierre", "Dupont")),
    (("Jean‐Pierre", "Dupont"), ("Jeanpierre", "Dupont")),
    (("Conan", "O’Brien"), ("Conan", "O'Brien")),
    (("Conan", "O`Brien"), ("Conan", "OBrien")),
    (("Jan", "van der Berg"), ("Jan van der", "Berg")),
    (("Søren", "Łukasz"), ("Soren", "Lukasz")),
    (("Jürgen", "Müller"), ("Juergen", "Mueller")),
    (("Jürgen", "Müller"), ("Jurgen", "Muller")),
    (("Hans", "Groß"), ("Hans", "GROSS")),
    (("İpek", "Işık"), ("Ipek", "Isik")),
    (("小明", "王"), (None, "王小明")),
    (("小明", "王"), (None, "王 小明")),
    (("길동", "홍"), (None, "홍길동")),
    (("Иван", "Иванов"), ("ИВАН", "ИВАНОВ")),
    (("Артём", "Йорданов"), ("Артем", "Иорданов")),
    (("Ａｄａ", "Lovelace"), ("Ada", "Love\u00adlace")),
    (("Josiah", "Carberry", "Jr."), ("Josiah", "Carberry Jr")),
    (("Josiah", "Carberry", "Jr."), ("Josiah", "Carberry", "Junior")),
    (("Josiah", "Carberry", "Jr."), ("Josiah", "Carberry", None)),
    ((None, "Plato"), ("Plato", None)),
]
COMPATIBLE: list[tuple[Parts, Parts]] = [
    (("J.", "Carberry"), ("Josiah", "Carberry")),
    (("J. S.", "Carberry"), ("Josiah Stinkney", "Carberry")),
    (("J.-P.", "Dupont"), ("Jean-Pierre", "Dupont")),
    (("JS", "Carberry"), ("Josiah Stinkney", "Carberry")),
    (("Josiah", "Carberry"), ("Josiah S.", "Carberry")),
    (("Josiah", "Carberry"), ("Carberry", "Josiah Stinkney")),
    (("Josiah", "Carberry"), (None, "J. Carberry")),
    (("Josiah", "Carberry"), (None, "Carberry J")),
    (("И. П.", "Иванов"), ("Иван Петрович", "Иванов")),
]
DIFFERENT: list[tuple[Parts, Parts]] = [
    (("Josiah", "Carberry"), ("John", "Carberry")),
    (("J. S.", "Carberry"), ("Josiah Terence", "Carberry")),
    (("Josiah S.", "Carberry"), ("Josiah T.", "Carberry")),
    (("Josiah", "Carberry"), ("Josiah", "Carbery")),
    (("Josiah", "Carberry"), (None, "Carberry")),
    (("Josiah", "Carberry", "Jr."), ("Josiah", "Carberry", "Sr.")),
    (("Ana", "García"), ("Ana", "García Márquez")),
    ((None, "Ana García"), (None, "Ana García Márquez")),
    (("Amy", "Smith"), ("May", "Smith")),
    (("Wei", "Li"), ("Li", "Wang")),
    (("小明", "王"), ("明", "王")),
    (("小明", "王"), ("小", "王")),
    (("か", "山田"), ("が", "山田")),
    (("राम", "सिंह"), ("रमा", "सिंह")),
    ((None, None), (None, None)),
    (("", "?"), ("", "!")),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_name(one: Parts, other: Parts) -> None:
    assert Name.of(*one).same_as(Name.of(*other))
    assert Name.of(*other).same_as(Name.of(*one))


@pytest.mark.parametrize(("one", "other"), COMPATIBLE)
def test_names_that_fit(one: Parts, other: Parts) -> None:
    assert Name.of(*one).same_as(Name.of(*other)) or Name.of(*one).compatible_with(Name.of(*other))
    assert Name.of(*other).same_as(Name.of(*one)) or Name.of(*other).compatible_with(Name.of(*one))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_names(one: Parts, other: Parts) -> None:
    for mine, theirs in ((Name.of(*one), Name.of(*other)), (Name.of(*other), Name.of(*one))):
        assert not mine.same_as(theirs)
        assert not mine.compatible_with(theirs)
