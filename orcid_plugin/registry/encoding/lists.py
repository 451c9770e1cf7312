"""Lists in the Registry's JSON answers: groups of summaries, items of the person, group-id records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from orcid_plugin.errors import UnreadableInput
from orcid_plugin.registry.encoding.codec import Table
from orcid_plugin.registry.encoding.forms import child
from orcid_plugin.registry.encoding.tables import EXTERNAL_ID, table_of
from orcid_plugin.registry.messages.item import Group, Stored

S = TypeVar("S", bound=Stored)
T = TypeVar("T")


def groups(answer: Any, kind: type[S]) -> Iterator[Group[S]]:
    """The groups of one kind of activity, in order; those of peer reviews one by one, whatever they were for."""
    name = f"{table_of(kind).element}-summary"
    for outer in [*_list(answer, "affiliation-group"), *_list(answer, "group")]:
        for group in _list(outer, "peer-review-group") or [outer]:
            # Each summary of an affiliation is an object of its own: {"summaries": [{"employment-summary": {…}}]}.
            summaries = [one for holder in [group, *_list(group, "summaries")] for one in _list(holder, name)]
            ids = _read(_list(child(group, "external-ids"), "external-id"), EXTERNAL_ID)
            yield Group(tuple(ids), tuple(_read(summaries, table_of(kind))))


def items(answer: Any, kind: type[S]) -> Iterator[S]:
    """All items of one kind, in order: grouped or not."""
    for group in groups(answer, kind):
        yield from group.items
    element = table_of(kind).element
    yield from _read([*_list(answer, element), *_list(answer, f"{element}s")], table_of(kind))


def _list(node: Any, key: str) -> list[Any]:
    found = child(node, key)
    return [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, dict)]


def _read(nodes: list[Any], table: Table[T]) -> Iterator[T]:
    for node in nodes:
        try:
            yield table.decode(node)
        except UnreadableInput:  # what lacks the least that makes it one is none of ours
            continue
