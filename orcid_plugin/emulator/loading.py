"""From a seed to what the Registry knows, and back: the parts of a seed and the values that each holds."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orcid_plugin.emulator import json_form, keys, notification_messages, seeds
from orcid_plugin.emulator.plain import Fields, Flag, Kind, Place, Reference, Whole, kinds_of, refuse_unknown, told
from orcid_plugin.emulator.refusals import Refusal
from orcid_plugin.emulator.schema import Group, Message
from orcid_plugin.emulator.values import (
    FORMS,
    CannedSearch,
    Client,
    Code,
    GroupIdRecord,
    Notification,
    Organization,
    Researcher,
    SigningKey,
    StoredItem,
    Token,
    Webhook,
)
from orcid_plugin.errors import UnreadableInput

if TYPE_CHECKING:
    from orcid_plugin.emulator.state import Registry

TOKEN_LIFE = 631138519
"""Seconds that a token lives: twenty years."""
FIRST_PUT_CODE = 1001

Held = dict[Hashable, Any]
"""The values of a part by their keys."""

_ORGANIZATIONS = Path(__file__).with_name("organizations.json")


class Wrong(Exception):
    """What is wrong with a value, as a sentence that follows its name."""


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class Part:
    """A list in a seed; the Registry keeps its values by key in the dictionary of the same name.

    Attributes:
        of: what an entry is, a dataclass as `plain` reads it.
        key: the fields that tell entries apart.
        unique: other fields in which no two entries may be alike, where they are not empty.
        defaults: what stands in fields that the class demands and an entry may leave out, from the present second.
            A `put_code` is given by the Registry.
        settled: a value as it is kept; raises `Wrong` for what the class does not see.
    """

    name: str
    of: type[Any]
    key: tuple[str, ...]
    unique: tuple[str, ...] = ()
    defaults: Mapping[str, Callable[[float], Any]] = field(default_factory=dict)
    settled: Callable[[Any], Any] = _same

    @property
    def numbered(self) -> bool:
        return "put_code" in kinds_of(self.of)

    def key_of(self, value: Any) -> Hashable:
        key = tuple(getattr(value, name) for name in self.key)
        return key if len(key) > 1 else key[0]

    def held(self, registry: Registry) -> Held:
        return dict(getattr(registry, self.name))

    def keep(self, registry: Registry, held: Held) -> None:
        setattr(registry, self.name, held)


class _Items(Part):
    """The items, which the Registry keeps by record and section."""

    def held(self, registry: Registry) -> Held:
        return {self.key_of(item): item for items in registry.items.values() for item in items.values()}

    def keep(self, registry: Registry, held: Held) -> None:
        registry.items = {}
        for item in held.values():
            registry.items.setdefault((item.orcid, item.section), {})[item.put_code] = item


class _Webhooks(Part):
    """The webhooks, which are kept by what calls them."""

    def held(self, registry: Registry) -> Held:
        return dict(registry.webhooks.kept)

    def keep(self, registry: Registry, held: Held) -> None:
        registry.webhooks.kept = {(hook.orcid, hook.callback): hook for hook in held.values()}


def _settled_researcher(researcher: Researcher) -> Researcher:
    if (researcher.state == "deprecated") != (researcher.primary is not None):
        raise Wrong("must have the state deprecated and a primary iD, or neither")
    if researcher.primary == researcher.orcid:
        raise Wrong("is deprecated to itself")
    return researcher


def _settled_signing_key(key: SigningKey) -> SigningKey:
    try:
        keys.private(key)
    except ValueError as error:
        raise Wrong(str(error)) from None
    return key


def _settled_item(item: StoredItem) -> StoredItem:
    message = _settled_message(FORMS[item.section], item.message)
    return replace(item, message=message, modified=item.modified or item.created)


def _settled_notification(notification: Notification) -> Notification:
    form = notification_messages.FORMS[notification.type]
    return replace(notification, message=_settled_message(form, notification.message))


def _settled_message(form: Group, message: Message) -> Message:
    try:
        return json_form.read(form, message)
    except Refusal as refusal:
        told = refusal.values
        raise Wrong(f"has no legal message: {told.get('error') or '{value!r} is no {enum}'.format(**told)}") from None


_NOW: Mapping[str, Callable[[float], Any]] = {"created": _same}
_NOW_MS: Mapping[str, Callable[[float], Any]] = {"created": lambda now: int(now * 1000), "modified": lambda now: 0}
PARTS: tuple[Part, ...] = (
    Part("researchers", Researcher, ("orcid",), defaults=_NOW, settled=_settled_researcher),
    Part("clients", Client, ("id",)),
    Part("codes", Code, ("value",), defaults=_NOW),
    Part(
        "tokens",
        Token,
        ("access",),
        unique=("refresh",),
        defaults={**_NOW, "expires": lambda now: now + TOKEN_LIFE},
    ),
    Part("signing_keys", SigningKey, ("kid",), settled=_settled_signing_key),
    Part("organizations", Organization, ("source", "identifier")),
    Part("group_ids", GroupIdRecord, ("put_code",), unique=("group_id",)),
    _Items(
        "items",
        StoredItem,
        ("section", "put_code"),
        defaults={**_NOW_MS, "source": lambda now: None, "visibility": lambda now: "public"},
        settled=_settled_item,
    ),
    Part(
        "notifications",
        Notification,
        ("id",),
        defaults={"created": lambda now: int(now * 1000)},
        settled=_settled_notification,
    ),
    _Webhooks("webhooks", Webhook, ("orcid", "callback")),
    Part("searches", CannedSearch, ("q",)),
)
"""The parts of a seed. Another one is a row here, a dictionary of the Registry, a row in docs/emulator.md."""
_SINGLE: Mapping[str, Kind] = {"next_put_code": Whole(1), "package_organizations": Flag()}


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a seed makes of the Registry.

    Attributes:
        held: the values of each part.
        upcoming: the next put-code.
        entries: of each part, the values that the seed itself holds, in its order.
    """

    held: Mapping[str, Held]
    upcoming: int
    entries: Mapping[str, Sequence[Any]]


def read(seed: Mapping[str, Any], now: float, *, beside: Registry | None = None, name: str = "the seed") -> Loaded:
    """Read a seed as a whole, or as what is added to what the Registry knows (`beside`), or changed in it.

    Arguments:
        now: seconds since 1970.
        name: how errors call the seed.
    Raises `UnreadableInput`, which tells everything that is wrong, by part, index and field.
    """
    place = Place("", [])
    refuse_unknown(seed, [*(part.name for part in PARTS), *_SINGLE], place)
    for key, kind in _SINGLE.items():
        if key in seed:
            kind.read(seed[key], place.field(key))
    entries = {part.name: _entries(part, seed.get(part.name, []), now, place) for part in PARTS}
    raise_wrong(place, name)
    upcoming = max(seed.get("next_put_code", 1), FIRST_PUT_CODE if beside is None else beside.upcoming_put_code)
    upcoming = _number(entries, upcoming)
    held = {part.name: {} if beside is None else part.held(beside) for part in PARTS}
    if seed.get("package_organizations", beside is None):
        held["organizations"] = package_organizations() | held["organizations"]
    for part in PARTS:
        _add(part, entries[part.name], held[part.name], place.field(part.name))
    for part in PARTS:
        _demand_references(part, entries[part.name], held, place.field(part.name))
    raise_wrong(place, name)
    _date_records(held)
    return Loaded(held, upcoming, entries)


def put(registry: Registry, loaded: Loaded) -> None:
    """Let the Registry know what was read, and nothing else."""
    for part in PARTS:
        part.keep(registry, loaded.held[part.name])
    registry.upcoming_put_code = loaded.upcoming


def snapshot(registry: Registry) -> dict[str, Any]:
    """Everything that the Registry knows, in the form of a seed."""
    lists = {part.name: [Fields(part.of).write(value) for value in part.held(registry).values()] for part in PARTS}
    return {**lists, "package_organizations": False, "next_put_code": registry.upcoming_put_code}


def schema() -> dict[str, Any]:
    """The form of a seed as JSON Schema."""
    parts = {
        part.name: {"type": "array", "items": Fields(part.of).schema(optional={"put_code", *part.defaults})}
        for part in PARTS
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Seed of the emulated ORCID Registry",
        "type": "object",
        "properties": {**parts, **{name: kind.schema() for name, kind in _SINGLE.items()}},
        "additionalProperties": False,
    }


def raise_wrong(place: Place, name: str) -> None:
    """Raise `UnreadableInput` if anything was told to the place."""
    if place.wrong:
        raise UnreadableInput(f"{name} cannot be used: {told(place.wrong)}")


@cache
def package_organizations() -> Held:
    """The organisations that the package knows by itself."""
    entries = seeds.read(_ORGANIZATIONS)["organizations"]
    return {(entry["source"], entry["identifier"]): Organization(**entry) for entry in entries}


def _entries(part: Part, given: Any, now: float, place: Place) -> list[Any]:
    place = place.field(part.name)
    if not isinstance(given, (list, tuple)):
        place.say("must be a list")
        return []
    defaults = {name: default(now) for name, default in part.defaults.items()}
    if part.numbered:
        defaults["put_code"] = 0
    return [_entry(part, entry, defaults, place.entry(index)) for index, entry in enumerate(given)]


def _entry(part: Part, given: Any, defaults: Mapping[str, Any], place: Place) -> Any:
    value = Fields(part.of).read(given, place, defaults)
    try:
        return None if value is None else part.settled(value)
    except Wrong as wrong:
        place.say(str(wrong))
        return None


def _number(entries: Mapping[str, list[Any]], upcoming: int) -> int:
    """Give put-codes to those that have none, none that is used; the next one that is free."""
    numbered = [entries[part.name] for part in PARTS if part.numbered]
    upcoming = max([upcoming, *(value.put_code + 1 for values in numbered for value in values)])
    for values in numbered:
        for index, value in enumerate(values):
            if not value.put_code:
                values[index] = replace(value, put_code=upcoming)
                upcoming += 1
    return upcoming


def _add(part: Part, values: Sequence[Any], held: Held, place: Place) -> None:
    for name in [part.key, *((name,) for name in part.unique)]:
        first: dict[tuple[Any, ...], int] = {}
        for index, value in enumerate(values):
            key = tuple(getattr(value, one) for one in name)
            if any(key) and first.setdefault(key, index) != index:
                place.entry(index).say(f"has the same {' and '.join(name)} as {part.name}[{first[key]}]")
    held.update((part.key_of(value), value) for value in values)


def _date_records(held: Mapping[str, Held]) -> None:
    """The last change of a record, where it is not set, is that of its newest item."""
    latest: dict[str, int] = {}
    for item in held["items"].values():
        latest[item.orcid] = max(item.modified, latest.get(item.orcid, 0))
    for orcid, researcher in held["researchers"].items():
        if not researcher.modified:
            modified = max(int(researcher.created * 1000), latest.get(researcher.orcid, 0))
            held["researchers"][orcid] = replace(researcher, modified=modified)


def _demand_references(part: Part, values: Sequence[Any], held: Mapping[str, Held], place: Place) -> None:
    references = {name: kind for name, kind in kinds_of(part.of).items() if _target(kind)}
    for index, value in enumerate(values):
        for name, kind in references.items():
            wanted = getattr(value, name)
            if wanted is not None and wanted not in held[_target(kind)]:
                place.entry(index).field(name).say(f"is {wanted!r}, which is not among the {_target(kind)}")


def _target(kind: Any) -> str:
    kind = getattr(kind, "kind", kind)
    return kind.part if isinstance(kind, Reference) else ""
