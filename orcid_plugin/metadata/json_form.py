"""The JSON form of a publication: what hosts hand in, and how the store keeps it (docs/publication-json.md).

Keys are the attribute names of the values in this package. What is absent has its default; nothing is null.
`dump` loses nothing: `load(dump(publication)).publication == publication`. `load` keeps what it can use and reports the
rest, each with a JSON pointer.
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from typing import Any

from orcid_plugin.errors import InvalidOrcidId, UnreadableInput
from orcid_plugin.metadata import credit
from orcid_plugin.metadata.affiliation import Affiliation
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.credit import CreditRole
from orcid_plugin.metadata.dates import Dates, PartialDate
from orcid_plugin.metadata.findings import Finding
from orcid_plugin.metadata.funding import Funding
from orcid_plugin.metadata.identifiers import Identifier, OrcidId, ror
from orcid_plugin.metadata.publication import Container, Publication, Relation, Retraction, Title
from orcid_plugin.metadata.reading import Reading
from orcid_plugin.metadata.review import Review
from orcid_plugin.metadata.vocabulary import COUNTRY_CODES, WorkType


def dump(document: Publication | Review) -> dict[str, Any]:
    """The publication or review as an object of JSON: strings, numbers, booleans, lists and objects only."""
    value = _dump(document)
    assert isinstance(value, dict)  # noqa: S101 - narrows for the type checker
    return value


def _dump(value: object) -> Any:
    if isinstance(value, OrcidId | PartialDate):
        return str(value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_dump(item) for item in value]
    if dataclasses.is_dataclass(value):
        return {
            field.name: _dump(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if getattr(value, field.name) != _default(field)
        }
    return value


def _default(field: dataclasses.Field[Any]) -> object:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def load(data: object) -> Reading:
    """Read the JSON form, already parsed.

    A part that cannot be used is left out with a finding that points to it. Neither a title nor an identifier is
    required, so that drafts can be kept; `readers.json.read` requires them.
    Raises `UnreadableInput` only if `data` is not an object.
    """
    if not isinstance(data, Mapping):
        raise UnreadableInput(f"a publication in JSON is an object, not {_kind(data)}")
    loader = _Loader()
    fields = loader.fields(Publication, data, "")
    if "type" not in data:
        loader.findings.append(Finding("type_missing", "the publication has no type", "/type"))
    fields.setdefault("type", WorkType.UNDEFINED)
    fields.setdefault("title", Title(""))
    return Reading(Publication(**fields), tuple(loader.findings))


def load_review(data: Mapping[str, object]) -> Review:
    """The review that `dump` wrote; what this version cannot use any more is left out."""
    fields = _Loader().fields(Review, data, "")
    fields.setdefault("reviewer", Contributor())
    return Review(**fields)


class _Unusable(ValueError):
    """A part that cannot be used; says why in one sentence and carries the code of the finding."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class _Loader:
    """One run of `load`: walks the data along the types of the values and collects findings."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self._person: str | None = None

    def fields(self, cls: type, data: Mapping[Any, object], where: str) -> dict[str, Any]:
        """The usable fields of an object that describes a `cls`."""
        kinds = keys(cls)
        fields: dict[str, Any] = {}
        for key, value in data.items():
            pointer = f"{where}/{_escaped(key)}"
            if key not in kinds:
                self._report(pointer, _Unusable("key_unknown", f"{str(key)[:100]!r} is not a key of the form"))
            elif value is not None:
                read = self.value(kinds[key], value, pointer, _CHECKS.get((cls, key)))
                if read is not None:
                    fields[key] = read
        return fields

    def value(self, kind: Any, value: object, where: str, check: Callable[[str], str] | None = None) -> Any:
        """`value` as an instance of `kind`, or None with a finding if it cannot be used."""
        try:
            if typing.get_origin(kind) is tuple:
                return self._items(typing.get_args(kind)[0], value, where, check)
            if kind in _READ:
                read = _READ[kind](_of_kind(str, value))
            elif isinstance(kind, type) and issubclass(kind, StrEnum):
                read = _word(kind, _of_kind(str, value))
            elif dataclasses.is_dataclass(kind):
                read = self._object(kind, _of_kind(dict, value), where)
            else:
                read = _of_kind(kind, value)
            return check(read) if check and read is not None else read
        except _Unusable as unusable:
            self._report(where, unusable)
        except InvalidOrcidId as error:
            self._report(where, _Unusable("orcid_invalid", str(error)))
        except ValueError as error:
            self._report(where, _Unusable(_CODES.get(kind, "value_invalid"), str(error)))
        return None

    def _items(self, kind: Any, value: object, where: str, check: Callable[[str], str] | None) -> tuple[Any, ...]:
        items = enumerate(_of_kind(list, value))
        read = (self.value(kind, item, f"{where}/{index}", check) for index, item in items if item is not None)
        return tuple(item for item in read if item is not None)

    def _object(self, cls: Any, data: dict[str, object], where: str) -> Any:
        if cls is Contributor:
            self._person = _name(data)
        fields = self.fields(cls, data, where)
        if cls is Contributor:
            self._person = None
        if cls is Identifier:
            return _identifier(data, fields)
        required = [field.name for field in dataclasses.fields(cls) if _is_required(field)]
        missing = [key for key in required if data.get(key) is None]
        if missing:
            raise _Unusable("key_missing", f"it lacks {' and '.join(missing)}")
        return cls(**fields) if all(key in fields for key in required) else None

    def _report(self, where: str, unusable: _Unusable) -> None:
        self.findings.append(Finding(unusable.code, f"left out: {unusable}", where, self._person))


def _identifier(data: Mapping[str, object], fields: dict[str, Any]) -> Identifier | None:
    if data.get("type") is None or data.get("value") is None:
        raise _Unusable("key_missing", "an identifier needs a type and a value")
    if "type" not in fields or "value" not in fields:
        return None
    url = fields.pop("url", None)
    try:
        identifier = Identifier.of(fields.pop("type"), fields.pop("value"), **fields)
    except ValueError as error:
        raise _Unusable("identifier_invalid", str(error)) from error
    return dataclasses.replace(identifier, url=url) if url else identifier


@cache
def keys(cls: type) -> dict[str, Any]:
    """The keys of the object that stands for a `cls`, each with the type of its value (`X | None` as `X`)."""
    return {name: _required_kind(hint) for name, hint in typing.get_type_hints(cls).items()}


def _required_kind(hint: Any) -> Any:
    if isinstance(hint, types.UnionType):
        return next(kind for kind in typing.get_args(hint) if kind is not types.NoneType)
    return hint


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _of_kind(kind: Any, value: object) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise _Unusable("type_wrong", f"it is {_kind(value)}, expected {_NAMES[kind]}")
    return value


def _word(kind: type[StrEnum], value: str) -> StrEnum:
    try:
        return kind(value)
    except ValueError as error:
        known = ", ".join(kind) if len(kind) < 15 else f"a term of {kind.__name__}"
        raise _Unusable("word_unknown", f"{value[:100]!r} is not one of: {known}") from error


def _name(data: Mapping[str, object]) -> str | None:
    parts = [data.get(key) for key in ("given_names", "family_name", "name")]
    return " ".join(part for part in parts if isinstance(part, str))[:200] or None


def _country(code: str) -> str:
    if code.upper() not in COUNTRY_CODES:
        raise _Unusable("country_unknown", f"{code[:100]!r} is not a country of ISO 3166-1 (two letters)")
    return code.upper()


def _escaped(key: object) -> str:
    return str(key)[:100].replace("~", "~0").replace("/", "~1")  # RFC 6901


def _kind(value: object) -> str:
    return "null" if value is None else _NAMES.get(type(value), "something else")


def _checked(code: str, normalise: Callable[[str], str]) -> Callable[[str], str]:
    def check(text: str) -> str:
        try:
            return normalise(text)
        except ValueError as error:
            raise _Unusable(code, str(error)) from error

    return check


def _normaliser(type: str) -> Callable[[str], str]:
    return _checked(f"{type}_invalid", lambda text: Identifier.of(type, text).value)


def _web_address(text: str) -> str:
    if re.fullmatch(r"https?://\S+", text) is None:
        raise _Unusable("url_invalid", f"{text[:100]!r} is not a web address")
    return text


VALUES = (
    Publication, Title, Container, Identifier, Dates, Contributor, CreditRole,
    Affiliation, Funding, Relation, Retraction,
)  # fmt: skip
"""The values that are objects of the form."""

_NAMES = {
    str: "a string", bool: "true or false", int: "a whole number", float: "a number", list: "a list", dict: "an object"
}  # fmt: skip
_READ: dict[Any, Callable[[str], Any]] = {
    PartialDate: PartialDate.parse,
    OrcidId: OrcidId.parse,
    credit.Credit: credit.parse,
}
_CODES = {PartialDate: "date_invalid", credit.Credit: "credit_unknown"}
_CHECKS: dict[tuple[type, str], Callable[[str], str]] = {
    (Publication, "country"): _country,
    (Publication, "url"): _web_address,
    (Review, "url"): _web_address,
    (Affiliation, "country"): _country,
    (Affiliation, "ror"): _checked("ror_invalid", ror),
    (Container, "issn_print"): _normaliser("issn"),
    (Container, "issn_electronic"): _normaliser("issn"),
    (Container, "isbns"): _normaliser("isbn"),
    (Funding, "award_doi"): _normaliser("doi"),
}
