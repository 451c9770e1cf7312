"""CSV that is read back as it was meant, and runs nothing."""

from __future__ import annotations

import csv
import io

from hypothesis import example, given
from hypothesis import strategies as st

from orcid_plugin.store.spreadsheets import FORMULA_STARTS, csv_text, text_of


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@given(st.lists(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])), min_size=1))
@example(["=1+1", "'=1+1", "''=1+1", "'Omar", "O'Brien", ""])
def test_no_cell_begins_like_a_formula_and_none_is_lost(values: list[str]) -> None:
    _, row = read(csv_text(["c"] * len(values), [values]))
    assert not [one for one in row if one.startswith(FORMULA_STARTS)]
    assert [text_of(one) for one in row] == values


def test_numbers_stay_numbers_and_nothing_is_an_empty_cell() -> None:
    assert read(csv_text(["a", "b", "c"], [[-3, None, "=1+1"]])) == [["a", "b", "c"], ["-3", "", "'=1+1"]]
