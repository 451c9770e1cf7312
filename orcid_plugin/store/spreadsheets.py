"""Tables as CSV for spreadsheets, in which no cell is a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from itertools import chain

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

_DISARMED = re.compile(rf"'+[{''.join(map(re.escape, FORMULA_STARTS))}]")
_RUNS = re.compile(rf"'*[{''.join(map(re.escape, FORMULA_STARTS))}]")


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
    "CSV Injection"). Numbers stay numbers, negative ones too. What is such a text behind apostrophes gets another one,
    so that `text_of` gives back what was meant.
    """
    return f"'{value}" if isinstance(value, str) and _RUNS.match(value) else value


def text_of(cell: str) -> str:
    """What `cell` made the text of a cell from."""
    return cell[1:] if _DISARMED.match(cell) else cell
