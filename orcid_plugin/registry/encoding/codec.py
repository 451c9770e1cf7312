"""Values to ORCID's JSON and back, by tables that say where each attribute stands.

A table lists the fields of one value in the order of the XSD; the JSON form and the XML form, which is JSON with
namespaces, both follow from it. What an answer holds beyond its table is kept as `unknown` of the nearest value around
it that has a place for it, and sent back from there.
"""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any, Generic, TypeVar

from orcid_plugin.errors import UnreadableInput
from orcid_plugin.registry.encoding.forms import PLAIN, Form, Name, child
from orcid_plugin.registry.messages.item import Unknown

T = TypeVar("T")
Message = dict[str, Any]
"""A JSON object of ORCID's."""


@dataclass(frozen=True, slots=True)
class Field:
    """Where one attribute of a value stands.

    Attributes:
        attribute: of the value.
        path: names from the value's own element down, with the prefixes of their namespaces (`title/common:title`). No
            prefix means that of the table, `@` an attribute, and brackets an element that JSON does not have.
        form: of a single value, or the table of a composed one.
        many: the attribute is a tuple of such values; of several fields with one attribute, all count.
        sent: False for what only the Registry sets.
        required: nothing is read without it.
        framed: the element around it is there even when the value is not.
        otherwise: its path in a summary, where that differs.
    """

    attribute: str
    path: str
    form: Form | Table[Any] = PLAIN
    many: bool = False
    sent: bool = True
    required: bool = False
    framed: bool = False
    otherwise: str | None = None


@dataclass(frozen=True, slots=True)
class Table(Generic[T]):
    """The fields of one kind of value, in the order of its XSD.

    Attributes:
        kind: the class of the values, or a function that makes them of the attributes.
        prefix: of the namespace of elements that have none of their own in their paths.
        element: name of the document, for what can be sent on its own.
        unread: names that are known, and left out on purpose.
    """

    kind: Callable[..., T]
    prefix: str
    fields: tuple[Field, ...]
    element: str = ""
    unread: tuple[str, ...] = ()
    below: dict[str, Name] = attribute(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        below: dict[str, Name] = {}
        for one in self.fields:
            for path in (one.path, one.otherwise):
                if path:
                    _enter(below, path, self.prefix, one.form)
        for name in self.unread:
            _enter(below, name, self.prefix, PLAIN)
        object.__setattr__(self, "below", below)

    def encode(self, value: T) -> Message:
        """The value as a JSON object, without what is absent and what only the Registry sets."""
        message: Message = {}
        for one in self.fields:
            if not one.sent:
                continue
            content, keys = getattr(value, one.attribute), _keys(one.path)
            if content is None or content == ():
                if one.framed:
                    _frame(message, keys)
                continue
            encoded = [one.form.encode(item) for item in content] if one.many else one.form.encode(content)
            _frame(message, keys)[keys[-1]] = encoded
        for kept in getattr(value, "unknown", ()):
            _restore(message, kept)
        return message

    def decode(self, node: Any) -> T:
        """Read a JSON object, or raise `UnreadableInput` where it lacks what the value cannot be without."""
        unknown: list[Unknown] = []
        value = self.read(node, "", unknown)
        if value is None:
            needed = ", ".join(_keys(one.path)[-1] for one in self.fields if one.required)
            raise UnreadableInput(f"the answer is not one of {self.element or self.prefix}: that needs {needed}")
        return value

    def read(self, node: Any, where: str, unknown: list[Unknown]) -> T | None:
        """The value at a place, or None where something required is missing; the rest goes to `unknown`."""
        if isinstance(node, str):
            node = {"value": node}
        if not isinstance(node, Mapping):
            return None
        node = _unframed(node, self.below)
        found: dict[str, Any] = {}
        keeps = "unknown" in getattr(self.kind, "__dataclass_fields__", ())
        where = "" if keeps else where
        kept = list(_beyond(node, self.below, where))
        for one in self.fields:
            keys, content = _found(node, one)
            place = "/".join((where, *keys))
            read = _many(one.form, content, place, kept) if one.many else _single(one.form, content, place, kept)
            if read is None and one.required:
                return None
            if read is not None:
                found[one.attribute] = (*found.get(one.attribute, ()), *read) if one.many else read
        if keeps:
            found["unknown"] = tuple(kept)
        else:
            unknown += kept
        return self.kind(**found)


def _single(form: Form | Table[Any], content: Any, where: str, unknown: list[Unknown]) -> Any:
    if content is None:
        return None
    read = form.read(content, where, unknown) if isinstance(form, Table) else form.decode(content)
    if read is None and not _blank(content):
        unknown.append(_kept(where, content))
    return read


def _many(form: Form | Table[Any], content: Any, where: str, unknown: list[Unknown]) -> tuple[Any, ...]:
    items = content if isinstance(content, list) else [] if _blank(content) else [content]
    read = (_single(form, item, f"{where}/{index}", unknown) for index, item in enumerate(items))
    return tuple(one for one in read if one is not None)


def _found(node: Mapping[str, Any], one: Field) -> tuple[tuple[str, ...], Any]:
    for path in (one.path, one.otherwise):
        keys = _keys(path or "")
        content: Any = node
        for key in keys:
            content = child(content, key)
        if path and content is not None:
            return keys, content
    return _keys(one.path), None


def _beyond(node: Mapping[str, Any], names: Mapping[str, Name], where: str) -> Iterator[Unknown]:
    """What stands in a value's element, or in one around its fields, and is no field."""
    for key, content in node.items():
        place = f"{where}/{str(key).replace('~', '~0').replace('/', '~1')}"
        name = names.get(key)
        if name is None or not (name.closed or isinstance(content, Mapping)):
            if not _blank(content):
                yield _kept(place, content)
        elif not name.closed:
            yield from _beyond(content, name.below, place)


def _kept(where: str, content: Any) -> Unknown:
    return Unknown(where, json.dumps(content, ensure_ascii=False))


def _restore(message: Message, kept: Unknown) -> None:
    """Put what was kept back to its place, unless the item that it stood in went away since."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in kept.where.split("/")[1:]]
    node: Any = message
    for step, following in itertools.pairwise(steps):
        if isinstance(node, dict):
            node = node.setdefault(step, [] if following.isdigit() else {})
        elif isinstance(node, list) and int(step) < len(node):
            node = node[int(step)]
        else:
            return
    if isinstance(node, list):
        node.insert(int(steps[-1]), json.loads(kept.content))
    elif isinstance(node, dict):
        node.setdefault(steps[-1], json.loads(kept.content))


def _blank(content: Any) -> bool:
    if isinstance(content, Mapping):
        return all(_blank(item) for item in content.values())
    if isinstance(content, list):
        return all(_blank(item) for item in content)
    return content is None or (isinstance(content, str) and not content.strip())


def _unframed(node: Mapping[str, Any], names: Mapping[str, Name]) -> Mapping[str, Any]:
    """XML has an element around some lists that JSON does not have."""
    frames = {name.frame for name in names.values() if name.frame} & node.keys()
    bare = {key: content for key, content in node.items() if key not in frames}
    for frame in frames:
        bare |= node[frame] if isinstance(node[frame], Mapping) else {frame: node[frame]}
    return bare


def _frame(message: Message, keys: tuple[str, ...]) -> Message:
    for key in keys[:-1]:
        message = message.setdefault(key, {})
    return message


@functools.cache
def _keys(path: str) -> tuple[str, ...]:
    """The keys of a path in JSON."""
    return tuple(step.lstrip("@").rpartition(":")[2] for step in path.split("/") if not step.startswith("("))


def _enter(names: dict[str, Name], path: str, prefix: str, form: Form | Table[Any]) -> None:
    *around, last = path.split("/")
    frame = None
    for step in around:
        if step.startswith("("):
            frame = step.strip("()")
            continue
        key = _keys(step)[0]
        names = names.setdefault(key, Name(_prefix(step, prefix))).below
    names[_keys(last)[0]] = Name(_prefix(last, prefix), dict(form.below), frame, closed=True)


def _prefix(step: str, prefix: str) -> str | None:
    return None if step.startswith("@") else step.rpartition(":")[0] or prefix
