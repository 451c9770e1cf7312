"""Searches of the Registry: iDs, public names and addresses of people, or a table of them.

A page has at most 1000 results. Without a token, the public API ends after about 10,000 (`CallRefused` with code 9043).
Queries are made by `query`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from orcid_plugin.registry.caller import Caller
from orcid_plugin.registry.messages.found import ExpandedPage, Hit, Page
from orcid_plugin.registry.messages.item import ContributorOrcid

P = TypeVar("P", Page, ExpandedPage)
MOST_ROWS = 1000

CSV_FIELDS = (
    "orcid",
    "email",
    "given-names",
    "family-name",
    "given-and-family-names",
    "current-institution-affiliation-name",
    "past-institution-affiliation-name",
    "credit-name",
    "other-names",
)
"""Columns of a search for a table."""


class Search:
    """Searches at one API; the member API wants a token, the public API answers without one (None)."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def page(self, query: str, token: str | None, *, start: int = 0, rows: int = MOST_ROWS) -> Page:
        """One page of iDs; `rows=0` only counts."""
        return self._caller.read("search", token, Page, params=_params(query, start, rows))

    def orcids(self, query: str, token: str | None, *, rows: int = MOST_ROWS) -> Iterator[ContributorOrcid]:
        """All iDs, page after page as they are asked for."""
        for page in _pages(lambda start: self.page(query, token, start=start, rows=rows), rows):
            yield from page.results

    def expanded_page(self, query: str, token: str | None, *, start: int = 0, rows: int = MOST_ROWS) -> ExpandedPage:
        """One page of people with what is public of their names, addresses and institutions."""
        return self._caller.read("expanded-search", token, ExpandedPage, params=_params(query, start, rows))

    def people(self, query: str, token: str | None, *, rows: int = MOST_ROWS) -> Iterator[Hit]:
        """All people, page after page as they are asked for."""
        for page in _pages(lambda start: self.expanded_page(query, token, start=start, rows=rows), rows):
            yield from page.results

    def table(
        self, query: str, token: str | None, *, fields: Sequence[str] = CSV_FIELDS, rows: int = MOST_ROWS
    ) -> Iterator[dict[str, str]]:
        """All people as rows of a table with these columns, page after page as they are asked for."""
        start, before = 0, None
        while True:
            params = _params(query, start, rows) | {"fl": ",".join(fields)}
            body = self._caller.call("GET", "csv-search", token, 200, params=params, accept="text/csv").body
            found = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig", errors="replace"), newline="")))
            if found == before:  # no page of its own: the answer took no notice of `start`
                return
            yield from found
            if len(found) < rows:
                return
            start, before = start + rows, found


def _params(query: str, start: int, rows: int) -> dict[str, str]:
    return {"q": query, "start": str(start), "rows": str(rows)}


def _pages(ask: Callable[[int], P], rows: int) -> Iterator[P]:
    start = 0
    while True:
        page = ask(start)
        yield page
        start += rows
        if not page.results or start >= page.found:
            return
