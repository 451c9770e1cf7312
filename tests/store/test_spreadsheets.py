"""CSV that is read back as it was meant, and runs nothing."""

from __future__ import annotations

import csv
import io
import re

from hypothesis import example, given
from hypothesis import strategies as st

from orcid_plugin.store.spreadsheets import FORMULA_STARTS, csv_text, text_of


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@given(st.lists(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])), min_size=1))
@example(["=1+1", "'=1+1", "''=1+1", "'Omar", "O'Brien", "", "\n=1", "\uff1d1+1"])
@example(["a;=1+1", "a;'=1+1", 'a; "=1+1"', "a\n=1+1", "a\t+1", "\t=1;;\r=1", "one; two\nthree"])
def test_no_cell_begins_like_a_formula_and_none_is_lost(values: list[str]) -> None:
    _, row = read(csv_text(["c"] * len(values), [values]))
    assert not [one for one in row if one.startswith(FORMULA_STARTS)]
    assert [text_of(one) for one in row] == values


@given(st.lists(st.text(st.sampled_from("a=+-@\uff1d;\t\n\r\"' ,"), max_size=8), min_size=2))
@example(["0000", "Trees;=HYPERLINK(1)"])
@example(["0000", 'Trees;"=1"'])
def test_none_does_where_a_spreadsheet_cuts_at_semicolons(values: list[str]) -> None:
    """As it does in countries with a decimal comma; within such a cell a quotation mark stands for itself."""
    _, *lines = csv_text(["c"] * len(values), [values]).splitlines()
    cells = [cell for line in lines for cell in re.split("[;\t]", line)]
    assert not [one for one in cells[1:] if one.lstrip(' "').startswith(FORMULA_STARTS)]
    assert [text_of(one) for one in read(csv_text(["c"] * len(values), [values]))[1]] == values


def test_numbers_stay_numbers_and_nothing_is_an_empty_cell() -> None:
    assert read(csv_text(["a", "b", "c"], [[-3, None, "=1+1"]])) == [["a", "b", "c"], ["-3", "", "'=1+1"]]
