"""Seeds and the file of `store`: their one JSON form, read into values and written atomically."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar, cast

from orcid_plugin.errors import UnreadableInput
from orcid_plugin.metadata.identifiers import check_digit

V = TypeVar("V")
_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "str | None": (str, type(None)),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "tuple[str, ...]": (tuple,),
}
_VISIBILITIES = frozenset({"public", "limited", "private"})
_TERMS = {
    "visibility": _VISIBILITIES,
    "name_visibility": _VISIBILITIES,
    "biography_visibility": _VISIBILITIES,
    "email_visibility": _VISIBILITIES,
    "kind": frozenset({"member", "public"}),
    "state": frozenset("active locked deactivated deprecated unclaimed revoked user-revoked".split()),
}


def read(path: Path) -> dict[str, Any]:
    """The seed in a file; raises `UnreadableInput` if it is no JSON object."""
    try:
        seed = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UnreadableInput(f"{path} cannot be read as the Registry's seed: {error}") from None
    if not isinstance(seed, dict):
        raise UnreadableInput(f"{path} cannot be read as the Registry's seed: it is no JSON object")
    return seed


def values(cls: type[V], seed: Mapping[str, Any], part: str, defaults: Mapping[str, Any] | None = None) -> Iterator[V]:
    """The values of one part of a seed; raises `UnreadableInput` for an entry that cannot be one."""
    entries = seed.get(part, ())
    if not isinstance(entries, (list, tuple)):
        raise UnreadableInput(f"{part!r} in the Registry's seed is no list")
    for entry in entries:
        yield value(cls, entry, part, defaults)


def value(cls: type[V], entry: object, part: str, defaults: Mapping[str, Any] | None = None) -> V:
    """One value, its fields by name."""
    if not isinstance(entry, dict):
        raise UnreadableInput(f"an entry of the Registry's seed in {part!r} is no JSON object")
    given = {
        key: tuple(item) if isinstance(item, list) else item for key, item in {**(defaults or {}), **entry}.items()
    }
    types = {field.name: str(field.type) for field in fields(cast(Any, cls))}
    for key, item in given.items():
        if key not in types:
            raise UnreadableInput(f"the Registry's seed has an unknown key {key!r} in {part!r}")
        legal = _TYPES.get(types[key])
        if (legal and not isinstance(item, legal)) or (key in _TERMS and item not in _TERMS[key]):
            raise UnreadableInput(f"{item!r} is no legal {key!r} in {part!r} of the Registry's seed")
    try:
        return cls(**given)
    except TypeError as error:
        raise UnreadableInput(f"an entry of the Registry's seed in {part!r} is not complete: {error}") from None


def check_orcid(orcid: str) -> None:
    """Raise `UnreadableInput` for what is no iD or has a wrong check digit."""
    if len(orcid) != 19 or not orcid[:-1].replace("-", "").isdecimal() or check_digit(orcid[:-1]) != orcid[-1]:
        raise UnreadableInput(f"{orcid!r} in the Registry's seed is not an ORCID iD")


def write_atomically(path: Path, text: str) -> None:
    """Replace a file as a whole, so that a crash leaves the old one or the new one."""
    partial = path.with_name(f"{path.name}.partial")
    # The file holds tokens and client secrets, if only of an emulator.
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    partial.replace(path)
