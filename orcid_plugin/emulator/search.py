"""Searching the records: which match a query, and in which order."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterator
from typing import TypeVar

from orcid_plugin.emulator.query import Clauses, Node, Occur, Range, Term, parse
from orcid_plugin.emulator.query_dates import instant
from orcid_plugin.emulator.search_index import DATES, TEXT, Document, Index, folded, has_words, is_field, words

Matches = Callable[[Document], bool]
V = TypeVar("V", int, str)


def search(index: Index, query: str, now: float) -> list[Document]:
    """The records that match, those first in which most terms of the query are found, then by iD.

    `now` is in seconds since 1970. Refused with 9012 if the query or a date in it cannot be read.
    """
    score = _score(parse(query, is_field), now)
    found = [(-score(document), document.orcid, document) for document in index.documents()]
    return [document for rank, _, document in sorted(found, key=lambda entry: entry[:2]) if rank]


def _score(node: Node, now: float) -> Callable[[Document], int]:
    """How many terms of the query match a document, 0 if the document does not match."""
    if isinstance(node, Clauses):
        return _of_clauses(node, now)
    matches = _term(node, now) if isinstance(node, Term) else _range(node, now) if isinstance(node, Range) else _all
    return lambda document: int(matches(document))


def _all(document: Document) -> bool:
    return True


def _of_clauses(node: Clauses, now: float) -> Callable[[Document], int]:
    parts = [(clause.occur, _score(clause.node, now)) for clause in node.clauses]
    only_prohibited = bool(parts) and all(occur is Occur.MUST_NOT for occur, _ in parts)

    def score(document: Document) -> int:
        total = int(only_prohibited)
        for occur, part in parts:
            found = part(document)
            if bool(found) is (occur is Occur.MUST_NOT) and occur is not Occur.SHOULD:
                return 0
            total += found
        return total

    return score


def _term(term: Term, now: float) -> Matches:
    field = term.field or TEXT
    if field in DATES:
        moment = instant(term.text, now)
        return lambda document: document.dates[field] == moment
    if term.wild:
        fits = _pattern(term).match
        return lambda document: any(fits(value) for value in _values(field, document))
    if not has_words(field):
        wanted = folded(term.text)
        return lambda document: wanted in document.searched.get(field, ())
    phrase = words(term.text)
    return lambda document: bool(phrase) and any(phrase in value for value in document.searched.get(field, ()))


def _pattern(term: Term) -> re.Pattern[str]:
    glob = "".join(
        letter if position in term.wild else re.sub(r"[*?\[]", r"[\g<0>]", folded(letter))
        for position, letter in enumerate(term.text)
    )
    return re.compile(fnmatch.translate(glob))


def _range(range: Range, now: float) -> Matches:
    field = range.field or TEXT
    if field in DATES:
        low, high = (None if side is None else instant(side, now) for side in (range.low, range.high))
        return lambda document: _lies_between(document.dates[field], low, high, range)
    first, last = (None if side is None else folded(side) for side in (range.low, range.high))
    return lambda document: any(_lies_between(value, first, last, range) for value in _values(field, document))


def _lies_between(value: V, low: V | None, high: V | None, range: Range) -> bool:
    above = low is None or value > low or (range.with_low and value == low)
    below = high is None or value < high or (range.with_high and value == high)
    return above and below


def _values(field: str, document: Document) -> Iterator[str]:
    """The single words of a field that is searched word by word, else its values."""
    for value in document.searched.get(field, ()):
        yield from value.split() if has_words(field) else (value,)
