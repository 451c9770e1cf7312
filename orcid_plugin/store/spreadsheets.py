"""Tables as CSV for spreadsheets, in which no cell is a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from itertools import chain

_OPERATORS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
FORMULA_STARTS = (*_OPERATORS, "\t", "\r", "\n")

_RUNS = re.compile(rf"'*[{re.escape(''.join(FORMULA_STARTS))}]")
_DISARMED = re.compile(rf"'+[{re.escape(''.join(FORMULA_STARTS))}]")
# Spreadsheets of countries with a decimal comma cut at semicolons, within quotation marks too.
_RUNS_INSIDE = re.compile(rf"""([;\t\r\n]["\s]*)('*[{re.escape("".join(_OPERATORS))}])""")
_DISARMED_INSIDE = re.compile(rf"""([;\t\r\n]["\s]*)'('*[{re.escape("".join(_OPERATORS))}])""")


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A header and rows (RFC 4180); None is an empty cell."""
    return csv_rows(chain([columns], rows))


def csv_rows(rows: Iterable[Sequence[object]]) -> str:
    """Rows alone, as they follow each other in a file that is written piece by piece."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()


def cell(value: object) -> object:
    """The value for a cell of CSV: text that a spreadsheet would run gets an apostrophe in front.

    Titles and names come from strangers, and `=HYPERLINK(…)` in one would run where an editor opens the file (OWASP,
    "CSV Injection"); so would what follows a semicolon or a line end, where some spreadsheets begin a cell. Numbers
    stay numbers, negative ones too. What is such a text behind apostrophes gets another one, so that `text_of` gives
    back what was meant.
    """
    if not isinstance(value, str):
        return value
    value = _RUNS_INSIDE.sub(r"\1'\2", value)
    return f"'{value}" if _RUNS.match(value) else value


def text_of(cell: str) -> str:
    """What `cell` made the text of a cell from."""
    return _DISARMED_INSIDE.sub(r"\1\2", cell[1:] if _DISARMED.match(cell) else cell)
