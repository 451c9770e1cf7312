"""Changes to single places of a file, so that every other byte stays as it was."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from orcid_plugin.deposits.document import Element

_ATTRIBUTE = re.compile(rb"([^\s=/<>]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_KEPT = re.compile(rb"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_TAG = re.compile(rb"<[^!]")


@dataclass(frozen=True, slots=True)
class Edit:
    """Put `text` where the bytes from `start` to `end` are; an insertion if both are the same."""

    start: int
    end: int
    text: bytes


def apply(data: bytes, edits: Iterable[Edit]) -> bytes:
    """Make edits that do not overlap; those at one place come in the order given."""
    pieces = []
    done = 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        pieces += [data[done : edit.start], edit.text]
        done = edit.end
    return b"".join((*pieces, data[done:]))


def insert_after(data: bytes, sibling: Element, markup: bytes) -> Edit:
    """A new element after its sibling, on a line of its own with the same indent if the sibling has one."""
    return Edit(sibling.end, sibling.end, _space_before(data, sibling) + markup)


def insert_before(data: bytes, sibling: Element, markup: bytes) -> Edit:
    """A new element before its sibling, and the sibling on a line of its own if it has one."""
    return Edit(sibling.start, sibling.start, markup + _space_before(data, sibling))


def _space_before(data: bytes, sibling: Element) -> bytes:
    """White space from the end of the line above to the element."""
    before = data[sibling.parent.inner if sibling.parent else 0 : sibling.start]
    space = before[len(before.rstrip(b" \t\r\n")) :]
    line_break = max(space.rfind(b"\n"), space.rfind(b"\r"))
    if line_break > 0 and space[line_break - 1 : line_break + 1] == b"\r\n":
        line_break -= 1
    return space[max(line_break, 0) :]


def set_attribute(data: bytes, element: Element, name: str, value: str) -> Iterator[Edit]:
    """The attribute without prefix of an element with this value, in the quotes that it has."""
    if element.attributes.get(name) == value:
        return
    tag_name = len(re.match(rb"<[^\s/>]+", data[element.start : element.inner])[0])  # type: ignore[index]
    place = element.start + tag_name
    for attribute in _ATTRIBUTE.finditer(data, place, element.inner):
        if attribute[1] == name.encode():
            start, end = attribute.span(2 if attribute[2] is not None else 3)
            yield Edit(start, end, value.encode())
            return
    yield Edit(place, place, f' {name}="{value}"'.encode())


def set_text(data: bytes, element: Element, text: str) -> Iterator[Edit]:
    """The text of an element; comments and processing instructions inside stay, and all of it if it has elements."""
    inner = data[element.inner : element.close]
    if element.text != text and _TAG.search(_KEPT.sub(b"", inner)) is None:
        yield Edit(element.inner, element.close, b"".join((text.encode(), *_KEPT.findall(inner))))
