"""The query language by itself: what a text becomes, and that none breaks it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orcid_plugin.emulator.query import Clause, Clauses, Everything, Occur, Range, Term, parse
from orcid_plugin.emulator.query_dates import instant
from orcid_plugin.emulator.refusals import Refusal
from orcid_plugin.emulator.search_index import is_field, words

MUST, MUST_NOT, SHOULD = Occur.MUST, Occur.MUST_NOT, Occur.SHOULD


def clauses(*found: tuple[Occur, object]) -> Clauses:
    return Clauses(tuple(Clause(node, occur) for occur, node in found))  # type: ignore[arg-type]


A, B, C = (Term(None, letter) for letter in "abc")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", clauses()),
        ("a b", clauses((SHOULD, A), (SHOULD, B))),
        ("a AND b", clauses((MUST, A), (MUST, B))),
        ("a && b OR c", clauses((MUST, A), (MUST, B), (SHOULD, C))),
        ("a OR b AND c", clauses((SHOULD, A), (MUST, B), (MUST, C))),
        ("a AND NOT b", clauses((MUST, A), (MUST_NOT, B))),
        ("NOT a AND b", clauses((MUST_NOT, A), (MUST, B))),
        ("+a -b !c", clauses((MUST, A), (MUST_NOT, B), (MUST_NOT, C))),
        ("a (b c)^2", clauses((SHOULD, A), (SHOULD, clauses((SHOULD, B), (SHOULD, C))))),
        ("*:*", clauses((SHOULD, Everything()))),
        ("keyword:(a b)", clauses((SHOULD, clauses((SHOULD, Term("keyword", "a")), (SHOULD, Term("keyword", "b")))))),
        ('family-name:"de la Cruz"^1.5', clauses((SHOULD, Term("family-name", "de la Cruz")))),
        ("family-name: a", clauses((SHOULD, Term("family-name", "a")))),
        (r"doi-self:10.5555\/a\:b", clauses((SHOULD, Term("doi-self", "10.5555/a:b")))),
        ("https://doi.org/10.5555/a", clauses((SHOULD, Term(None, "https://doi.org/10.5555/a")))),
        (r'"a \"b\""', clauses((SHOULD, Term(None, 'a "b"')))),
        (r"jo*h?\*", clauses((SHOULD, Term(None, "jo*h?*", frozenset({2, 4}))))),
        ("email:*", clauses((SHOULD, Range("email", None, None)))),
        ("[a TO c}", clauses((SHOULD, Range(None, "a", "c", with_high=False)))),
        ('keyword:{* TO "b c"]', clauses((SHOULD, Range("keyword", None, "b c", with_low=False)))),
        ("ANDREW ORSON", clauses((SHOULD, Term(None, "ANDREW")), (SHOULD, Term(None, "ORSON")))),
        ("smith-jones a-b", clauses((SHOULD, Term(None, "smith-jones")), (SHOULD, Term(None, "a-b")))),
    ],
)
def test_what_a_query_becomes(text: str, expected: Clauses) -> None:
    assert parse(text, is_field) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("(a", "')' is missing"),
        ("a)", "')' is not expected"),
        ('"a', "not closed"),
        ("AND a", "before the operator"),
        ("a OR", "after the operator"),
        ("a AND OR b", "after the operator"),
        ("NOT", "after the operator"),
        ("[a b]", "[a TO b]"),
        ("keyword:^2", "'^' is not expected"),
        ("roam~", "fuzzy"),
        ('"a b"~2', "fuzzy"),
        ("(" * 100 + "a" + ")" * 100, "nested"),
        ("a" * 9000, "longer"),
    ],
)
def test_what_is_no_query(text: str, says: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse(text, is_field)
    assert (refused.value.code, refused.value.status) == (9012, 400)
    assert says in refused.value.detail


PIECES = st.sampled_from(
    """AND OR NOT && || ! + - ( ) " [ ] { } * ? \\ ^2 ~ keyword: doi-self: *:* a 10.5555/b é \u3000 \0""".split(" ")
).map(lambda piece: f" {piece} " if piece.isalpha() else piece)


@given(st.text(max_size=40) | st.lists(PIECES, max_size=20).map("".join))
def test_no_text_breaks_the_parser(text: str) -> None:
    code = None
    try:
        parse(text, is_field)
    except Refusal as refused:
        code = refused.code
    assert code in {None, 9012}


@given(st.text(min_size=1, max_size=20).filter(lambda text: not text.isspace()))
def test_escaped_and_quoted_texts_come_back(text: str) -> None:
    escaped = "".join(f"\\{letter}" for letter in text)
    assert parse(escaped, is_field) == clauses((SHOULD, Term(None, text)))
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    assert parse(f'keyword:"{quoted}"', is_field) == clauses((SHOULD, Term("keyword", text)))


@given(st.text(max_size=30))
@example("𝗔")
def test_words_are_folded_once_and_for_all(text: str) -> None:
    assert words(words(text)) == words(text)


NOW = datetime(2024, 5, 31, 12, 30, 45, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NOW", NOW),
        ("NOW/DAY", datetime(2024, 5, 31, tzinfo=UTC)),
        ("NOW/HOUR+30MINUTES", datetime(2024, 5, 31, 12, 30, tzinfo=UTC)),
        ("NOW/MONTH-1MONTH", datetime(2024, 4, 1, tzinfo=UTC)),
        ("NOW-3MONTHS", NOW.replace(month=2, day=29)),
        ("NOW/YEAR+1YEAR-1DAY", datetime(2024, 12, 31, tzinfo=UTC)),
        ("2020-02-03T04:05:06Z", datetime(2020, 2, 3, 4, 5, 6, tzinfo=UTC)),
        ("2020-02-03T04:05:06.5Z+1SECOND", datetime(2020, 2, 3, 4, 5, 7, 500_000, tzinfo=UTC)),
    ],
)
def test_dates(text: str, expected: datetime) -> None:
    assert instant(text, NOW.timestamp()) == expected.timestamp() * 1000


@pytest.mark.parametrize(
    "text", ["2020", "2020-02-03", "2020-13-01T00:00:00Z", "NOW-1FORTNIGHT", "NOW-999999YEARS", "now", ""]
)
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(Refusal, match="Invalid Date String"):
        instant(text, NOW.timestamp())
