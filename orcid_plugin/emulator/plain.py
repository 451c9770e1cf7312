"""Values as plain JSON: each field is read, written and described in JSON Schema by what its annotation says it is.

A field is annotated with a type (`str`, `bool`, `int`, `float`, `X | None`, `tuple[X, ...]`, a dataclass of such
fields, a message) or, where the type does not say it all, with `Annotated[type, kind]` and one of the kinds here.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import cache
from typing import Annotated, Any, Protocol

from orcid_plugin.emulator.schema import NOT_XML, Message
from orcid_plugin.metadata.identifiers import check_digit

MOST_TOLD = 20
"""So many faults are told at once."""
LARGEST = 2**53 - 1
"""The largest whole number that every reader of JSON gets right."""
_MOMENT = r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,3})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
_ORCID = "([0-9]{4}-){3}[0-9]{3}[0-9X]"
_1970 = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in what is read, `tokens[1].client`; `wrong` gathers a sentence for each fault anywhere in it."""

    name: str
    wrong: list[str]

    def field(self, name: str) -> Place:
        return Place(f"{self.name}.{name}" if self.name else name, self.wrong)

    def entry(self, index: int) -> Place:
        return Place(f"{self.name}[{index}]", self.wrong)

    def say(self, sentence: str) -> None:
        self.wrong.append(f"{self.name or 'it'} {sentence}")


def told(wrong: Collection[str]) -> str:
    """All that is wrong as one sentence, the first of them if there are very many."""
    more = len(wrong) - MOST_TOLD
    return "; ".join([*list(wrong)[:MOST_TOLD], *([f"and {more} more"] if more > 0 else [])])


class Kind(Protocol):
    """What a field is. A fault is told to the place; what is read then counts for nothing."""

    def read(self, given: Any, place: Place) -> Any: ...

    def write(self, value: Any) -> Any: ...

    def schema(self) -> dict[str, Any]: ...


class _Literal:
    """A kind that looks alike as a value and as JSON."""

    def write(self, value: Any) -> Any:
        return value


@dataclass(frozen=True)
class Text(_Literal):
    """A text, of the form of a regular expression if one is given; `form` names it in words."""

    pattern: str = ""
    form: str = ""

    def read(self, given: Any, place: Place) -> Any:
        if not isinstance(given, str):
            place.say("must be a text")
        elif NOT_XML.search(given):
            place.say("has a character that XML does not allow")
        elif self.pattern and not re.fullmatch(self.pattern, given):
            place.say(f"must be {self.form}")
        return given

    def schema(self) -> dict[str, Any]:
        return {"type": "string", **({"pattern": f"^{self.pattern}$"} if self.pattern else {})}


@dataclass(frozen=True)
class OneOf(_Literal):
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, given: Any, place: Place) -> Any:
        if not isinstance(given, str) or given not in self.words:
            place.say(f"must be one of {', '.join(self.words)}" + (f", not {given!r}" if _is_short(given) else ""))
        return given

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.words)}


@dataclass(frozen=True)
class Reference(_Literal):
    """The key of an entry in another part of a seed; whoever reads both looks whether it is there."""

    part: str

    def read(self, given: Any, place: Place) -> Any:
        return Text().read(given, place)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "description": f"One of {self.part}."}


class OrcidId(_Literal):
    """An ORCID iD: 16 characters with hyphens, its check digit right."""

    def read(self, given: Any, place: Place) -> Any:
        if not isinstance(given, str) or not re.fullmatch(_ORCID, given) or check_digit(given[:-1]) != given[-1]:
            place.say("must be an ORCID iD like 0000-0002-1825-0097" + (f", not {given!r}" if _is_short(given) else ""))
        return given

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{_ORCID}$"}


class Flag(_Literal):
    """Yes or no."""

    def read(self, given: Any, place: Place) -> Any:
        if not isinstance(given, bool):
            place.say("must be true or false")
        return given

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Whole(_Literal):
    """A whole number."""

    least: int = -LARGEST
    most: int = LARGEST

    def read(self, given: Any, place: Place) -> Any:
        if not isinstance(given, int) or isinstance(given, bool) or not self.least <= given <= self.most:
            place.say(f"must be a whole number{_between(self.least, self.most)}")
        return given

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class Number(_Literal):
    """A number, also a fraction."""

    least: float = -LARGEST
    most: float = LARGEST

    def read(self, given: Any, place: Place) -> Any:
        if not isinstance(given, (int, float)) or isinstance(given, bool) or not self.least <= given <= self.most:
            place.say(f"must be a number{_between(self.least, self.most)}")
            return 0.0
        return float(given)

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class Moment:
    """A moment, ISO 8601 with its offset from UTC in JSON, `2026-08-05T12:00:00.500Z`.

    As a value it is the number since 1970 of these `parts` of a second: 1 seconds (float), 1000 milliseconds (int).
    """

    parts: int

    def read(self, given: Any, place: Place) -> Any:
        try:
            if not re.fullmatch(_MOMENT, given):
                raise ValueError
            since = datetime.fromisoformat(given) - _1970
        except (TypeError, ValueError):
            place.say("must be a moment in ISO 8601 with its offset, like 2026-08-05T12:00:00Z")
            return 0
        return since.total_seconds() if self.parts == 1 else since // (timedelta(seconds=1) / self.parts)

    def write(self, value: Any) -> Any:
        moment = _1970 + timedelta(milliseconds=round(value * 1000 / self.parts))
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{_MOMENT}$"}


class AnyObject(_Literal):
    """A JSON object of which nothing more is said here."""

    def read(self, given: Any, place: Place) -> Any:
        if not isinstance(given, dict):
            place.say("must be a JSON object")
        return given

    def schema(self) -> dict[str, Any]:
        return {"type": "object"}


class Pattern(_Literal):
    """A regular expression, as Python has it."""

    def read(self, given: Any, place: Place) -> Any:
        before = len(place.wrong)
        Text().read(given, place)
        if len(place.wrong) == before:
            try:
                re.compile(given)
            except (re.error, OverflowError, RecursionError) as error:
                place.say(f"is no regular expression: {error}")
        return given

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "regex"}


class Headers:
    """Headers of an answer: an object in JSON, pairs of texts as a value."""

    def read(self, given: Any, place: Place) -> Any:
        if not isinstance(given, dict):
            place.say("must be a JSON object")
            return ()
        for name, value in given.items():
            if not re.fullmatch("[A-Za-z0-9-]+", name):
                place.say(f"has {name!r}, which is no name of a header")
            Text("[!-~ ]*", "one line of ASCII").read(value, place.field(name))
        return tuple(given.items())

    def write(self, value: Any) -> Any:
        return dict(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": {"type": "string"}}


@dataclass(frozen=True)
class OrNothing:
    """What may also be null."""

    kind: Kind

    def read(self, given: Any, place: Place) -> Any:
        return None if given is None else self.kind.read(given, place)

    def write(self, value: Any) -> Any:
        return None if value is None else self.kind.write(value)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [self.kind.schema(), {"type": "null"}]}


@dataclass(frozen=True)
class Many:
    """A list; as a value a tuple."""

    kind: Kind

    def read(self, given: Any, place: Place) -> Any:
        if not isinstance(given, (list, tuple)):
            place.say("must be a list")
            return ()
        return tuple(self.kind.read(entry, place.entry(index)) for index, entry in enumerate(given))

    def write(self, value: Any) -> Any:
        return [self.kind.write(entry) for entry in value]

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self.kind.schema()}


@dataclass(frozen=True)
class Fields:
    """An object with the fields of a dataclass; those with a default may be left out."""

    of: type[Any]

    def read(self, given: Any, place: Place, defaults: Mapping[str, Any] | None = None) -> Any:
        """The value, or None after a fault; `defaults` are of further fields that may be left out."""
        if not isinstance(given, dict):
            place.say("must be a JSON object")
            return None
        before, kinds = len(place.wrong), kinds_of(self.of)
        refuse_unknown(given, kinds, place)
        missing = [name for name in self.required() if name not in given and name not in (defaults or {})]
        for name in missing:
            place.field(name).say("is missing")
        read = {name: kind.read(given[name], place.field(name)) for name, kind in kinds.items() if name in given}
        return self.of(**{**(defaults or {}), **read}) if len(place.wrong) == before else None

    def write(self, value: Any) -> dict[str, Any]:
        return {name: kind.write(getattr(value, name)) for name, kind in kinds_of(self.of).items()}

    def required(self) -> list[str]:
        """The fields without a default."""
        return [one.name for one in fields(self.of) if one.default is MISSING and one.default_factory is MISSING]

    def schema(self, optional: Collection[str] = ()) -> dict[str, Any]:
        return {
            "type": "object",
            "description": str(self.of.__doc__).partition("\n")[0],
            "properties": {name: kind.schema() for name, kind in kinds_of(self.of).items()},
            "required": [name for name in self.required() if name not in optional],
            "additionalProperties": False,
        }


def refuse_unknown(given: Mapping[str, Any], known: Collection[str], place: Place) -> None:
    """Tell of every key that is not known."""
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, 1)
            place.field(name).say(f"is unknown{f' (did you mean {near[0]}?)' if near else ''}")


def kinds_of(cls: type[Any]) -> Mapping[str, Kind]:
    """The kind of each field of a dataclass."""
    return _kinds_of(cls)  # type: ignore[arg-type] # classes are hashable, whatever their instances are


@cache
def _kinds_of(cls: Any) -> Mapping[str, Kind]:
    hints = typing.get_type_hints(cls, include_extras=True)
    return {one.name: _kind(hints[one.name]) for one in fields(cls)}


_PLAIN: dict[Any, Callable[[], Kind]] = {
    str: Text,
    bool: Flag,
    int: Whole,
    float: Number,
    Message: AnyObject,
}


def _kind(hint: Any) -> Kind:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        kind: Kind = arguments[1]
        return kind
    if origin is tuple:
        return Many(_kind(arguments[0]))
    if origin in {typing.Union, types.UnionType}:
        return OrNothing(_kind(arguments[0]))
    return Fields(hint) if is_dataclass(hint) and isinstance(hint, type) else _PLAIN[hint]()


def _between(least: float, most: float) -> str:
    return (f" from {least}" if least > -LARGEST else "") + (f" to {most}" if most < LARGEST else "")


def _is_short(given: Any) -> bool:
    return isinstance(given, str) and len(given) <= 100
