"""JSON with the place of every value in its text, so that one value can be changed and all else stays as it was."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from orcid_plugin.errors import UnreadableInput

_BLANK = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Place:
    """A value and where it stands.

    Attributes:
        value: a string, number, boolean or None; of an object a `dict` of its members' places, of an array a `list`.
        start, end: where its text begins and ends, in characters.
    """

    value: Any
    start: int
    end: int

    def get(self, key: str) -> Place | None:
        """A member of an object; None where it has none of this name, or is no object."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def items(self) -> list[Place]:
        """What stands in an array; nothing if it is none."""
        return self.value if isinstance(self.value, list) else []

    def text(self, key: str) -> str | None:
        """A member of an object that is a string."""
        member = self.get(key)
        return member.value if member is not None and isinstance(member.value, str) else None


def read(text: str, name: str) -> Place:
    """The value in a JSON document; `name` is what messages call it. Raises `UnreadableInput`."""
    try:
        json.loads(text)
        return _Reading(text).value(0)
    except RecursionError:
        raise UnreadableInput(f"{name} is nested too deep") from None
    except ValueError as error:
        raise UnreadableInput(f"{name} is not JSON: {error}"[:300]) from None


class _Reading:
    """One pass over a text that is known to be JSON."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._decode = json.JSONDecoder().raw_decode

    def value(self, at: int) -> Place:
        at = self._next(at)
        if self._text[at] == "{":
            return self._object(at)
        if self._text[at] == "[":
            return self._array(at)
        value, end = self._decode(self._text, at)
        return Place(value, at, end)

    def _object(self, start: int) -> Place:
        members = {}
        at = self._next(start + 1)
        while self._text[at] != "}":
            key, at = self._decode(self._text, at)
            member = self.value(self._next(at) + 1)
            members[key] = member
            at = self._after_comma(member.end)
        return Place(members, start, at + 1)

    def _array(self, start: int) -> Place:
        entries = []
        at = self._next(start + 1)
        while self._text[at] != "]":
            entry = self.value(at)
            entries.append(entry)
            at = self._after_comma(entry.end)
        return Place(entries, start, at + 1)

    def _after_comma(self, at: int) -> int:
        at = self._next(at)
        return self._next(at + 1) if self._text[at] == "," else at

    def _next(self, at: int) -> int:
        while self._text[at] in _BLANK:
            at += 1
        return at
