"""The query language of the search: what ORCID's clients use of Solr's syntax, as a tree of values.

Clauses and their operators mean what they mean in Lucene: the two sides of AND are required, what follows NOT, `-` or
`!` is prohibited, what follows `+` is required, all else may match, and something must.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from orcid_plugin.emulator.refusals import Refusal

LONGEST = 8000
DEEPEST = 50
_SPACE = re.compile(r"\s*")
_FIELD = re.compile(r"([A-Za-z][\w-]*):\s*(?=\S)")
_AND = re.compile(r"AND(?=[\s(]|$)|&&")
_OR = re.compile(r"OR(?=[\s(]|$)|\|\|")
_NOT = re.compile(r"NOT(?=[\s(]|$)\s*|!\s*|-(?=\S)")
_MUST = re.compile(r"\+(?=\S)")
_BOOST = re.compile(r"\^[0-9]*\.?[0-9]+")
_FUZZY = re.compile(r"~[0-9.]*(?=$|[\s)^])")
_RANGE = re.compile(r"([\[{])\s*(\"[^\"]*\"|\S+)\s+TO\s+(\"[^\"]*\"|[^\s\]}]+)\s*([\]}])")
_SPECIAL = frozenset('()[]{}"^')


class Occur(Enum):
    """Whether a clause must match, must not, or may."""

    MUST = "+"
    MUST_NOT = "-"
    SHOULD = ""


@dataclass(frozen=True, slots=True)
class Everything:
    """All records."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase in a field.

    Attributes:
        field: name of the field; None: any.
        text: without quotation marks and escapes.
        wild: where in the text `*` and `?` stand for other characters.
    """

    field: str | None
    text: str
    wild: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Range:
    """What lies between two values of a field; a side that is None is open."""

    field: str | None
    low: str | None
    high: str | None
    with_low: bool = True
    with_high: bool = True


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a query and whether it must match."""

    node: Node
    occur: Occur = Occur.SHOULD


@dataclass(frozen=True, slots=True)
class Clauses:
    """Several parts of a query; those that are prohibited alone stand for everything else."""

    clauses: tuple[Clause, ...]


Node = Everything | Term | Range | Clauses


def parse(text: str, is_field: Callable[[str], bool]) -> Clauses:
    """The query in a text; refused with 9012 if it has not the form of one.

    A word with a colon behind what `is_field` does not know as a field is plain text.
    """
    if len(text) > LONGEST:
        raise _fault(f"it is longer than {LONGEST} characters", 0)
    return _Parser(text, is_field).clauses(None, 0)


def _fault(problem: str, position: int) -> Refusal:
    return Refusal(9012, f"Cannot parse the query at character {position + 1}: {problem}")


class _Parser:
    """Recursive descent over the text."""

    def __init__(self, text: str, is_field: Callable[[str], bool]) -> None:
        self.text = text
        self.is_field = is_field
        self.at = 0

    def clauses(self, field: str | None, depth: int) -> Clauses:
        """Everything up to the end of the text or of the parentheses."""
        if depth > DEEPEST:
            raise _fault("it is nested too deep", self.at)
        found: list[Clause] = []
        while not self._ends(depth):
            joined = self._operator(bool(found))
            occur = self._modifier()
            if self._ends(depth) or _AND.match(self.text, self.at) or _OR.match(self.text, self.at):
                raise _fault("something is expected after the operator", self.at)
            if joined is _AND:
                if found[-1].occur is Occur.SHOULD:
                    found[-1] = replace(found[-1], occur=Occur.MUST)
                if occur is Occur.SHOULD:
                    occur = Occur.MUST
            found.append(Clause(self._clause(field, depth), occur))
        return Clauses(tuple(found))

    def _ends(self, depth: int) -> bool:
        self._take(_SPACE)
        if self.at == len(self.text):
            if depth:
                raise _fault("')' is missing", self.at)
            return True
        return depth > 0 and self.text[self.at] == ")"

    def _take(self, expression: re.Pattern[str]) -> re.Match[str] | None:
        match = expression.match(self.text, self.at)
        if match is not None:
            self.at = match.end()
        return match

    def _operator(self, has_left: bool) -> re.Pattern[str] | None:
        for operator in (_AND, _OR):
            if self._take(operator):
                if not has_left:
                    raise _fault("something is expected before the operator", self.at)
                self._take(_SPACE)
                return operator
        return None

    def _modifier(self) -> Occur:
        if self._take(_NOT):
            return Occur.MUST_NOT
        return Occur.MUST if self._take(_MUST) else Occur.SHOULD

    def _clause(self, field: str | None, depth: int) -> Node:
        if self.text.startswith("*:*", self.at):
            self.at += 3
            node: Node = Everything()
        else:
            node = self._value(self._field() or field, depth)
        if self._take(_FUZZY):
            raise _fault("fuzzy and proximity searches ('~') are not understood", self.at)
        self._take(_BOOST)
        return node

    def _field(self) -> str | None:
        match = _FIELD.match(self.text, self.at)
        if match is None or not self.is_field(match[1]):
            return None
        self.at = match.end()
        return match[1]

    def _value(self, field: str | None, depth: int) -> Node:
        character = self.text[self.at]
        if character == "(":
            self.at += 1
            inside = self.clauses(field, depth + 1)
            self.at += 1
            return inside
        if character == '"':
            return self._phrase(field)
        if character in "[{":
            return self._range(field)
        return self._term(field)

    def _phrase(self, field: str | None) -> Term:
        start = self.at
        self.at += 1
        text = ""
        while self.at < len(self.text) and self.text[self.at] != '"':
            text += self._character()
        if self.at == len(self.text):
            raise _fault("the quotation mark is not closed", start)
        self.at += 1
        return Term(field, text)

    def _character(self) -> str:
        if self.text[self.at] == "\\" and self.at + 1 < len(self.text):
            self.at += 1
        self.at += 1
        return self.text[self.at - 1]

    def _range(self, field: str | None) -> Range:
        start = self.at
        match = self._take(_RANGE)
        if match is None:
            raise _fault("a range has the form [a TO b]", start)
        low, high = (None if side == "*" else side.strip('"') for side in match.group(2, 3))
        return Range(field, low, high, with_low=match[1] == "[", with_high=match[4] == "]")

    def _term(self, field: str | None) -> Term | Range:
        start = self.at
        text, wild = "", set()
        while self.at < len(self.text) and not self._ends_term():
            if self.text[self.at] in "*?":
                wild.add(len(text))
            text += self._character()
        if not text:
            raise _fault(f"'{self.text[start]}' is not expected here", start)
        return Range(field, None, None) if text == "*" and wild else Term(field, text, frozenset(wild))

    def _ends_term(self) -> bool:
        character = self.text[self.at]
        return character.isspace() or character in _SPECIAL or _FUZZY.match(self.text, self.at) is not None
