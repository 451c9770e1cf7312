"""The table at the end of the story."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

from orcid_plugin.demo.story import Result

MOST_LINES = 25


def show(result: Result, *, serving: bool) -> None:
    """Print who is connected and what became of it; of a very long list those with a connection, and the first."""
    width = None if sys.stdout.isatty() else 160
    console = Console(file=sys.stdout, width=width, highlight=False)
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 3, 0, 0))
    for heading in ("contributor", "iD", "connection", "put-code", "roles", "Crossref"):
        table.add_column(heading, no_wrap=heading == "iD", overflow="fold")
    shown = [line for position, line in enumerate(result.lines) if position < MOST_LINES or line.orcid]
    for line in shown:
        cells = (line.name, line.orcid, line.connection, line.put_code, line.roles, line.crossref)
        table.add_row(*(Text(cell) for cell in cells))
    console.print()
    console.print(table)
    if more := len(result.lines) - len(shown):
        console.print(f"and {more} more, none of them connected")
    ending = "" if serving else " (run again with --serve to look at it)"
    console.print(f"\nRecord page with the work: {result.record_page}{ending}", soft_wrap=True)
