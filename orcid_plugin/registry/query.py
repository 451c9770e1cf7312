"""Queries in Solr's language, as ORCID's searches take them, made of values that may hold any character.

    all_of(field("family-name", "O'Neil"), any_of(field("doi-self", "10.5555/a"), field("ror-org-id", "05gq02987")))

The fields are those of ORCID's search tutorial (`orcid`, `given-names`, `ror-org-id`, `{type}-self`, …).
"""

from __future__ import annotations

import re

_SPECIAL = re.compile(r'[+\-!(){}\[\]^"~*?:\\/&|\s]')


def field(name: str, value: str) -> str:
    """The value as a phrase in a field; raises `ValueError` for what is no name of a field."""
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{_name(name)}:"{quoted}"'


def starting(name: str, start: str) -> str:
    """Values of a field that start so."""
    return f"{_name(name)}:{escape(start)}*"


def escape(value: str) -> str:
    """The value as one term, every character of it taken for itself."""
    return _SPECIAL.sub(lambda match: f"\\{match[0]}", value)


def all_of(*queries: str) -> str:
    """What answers to every query."""
    return _joined(queries, "AND")


def any_of(*queries: str) -> str:
    """What answers to one of the queries at least."""
    return _joined(queries, "OR")


def _joined(queries: tuple[str, ...], word: str) -> str:
    if not queries:
        raise ValueError("a query of nothing finds nothing")
    return f"({f' {word} '.join(queries)})"


def _name(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", name):
        raise ValueError(f"{name!r} is not the name of a field")
    return name
