"""What the messages of all sections have in common, as frozen values named as the elements of `common-3.0.xsd` are."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Generic, TypeVar

from orcid_plugin.registry.messages.work import ExternalId, Source

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something in an answer that this version has no place for, kept so that an update does not delete it.

    Attributes:
        where: JSON pointer to it (`/external-ids/external-id/0/newer`).
        content: what stands there, as JSON text.
    """

    where: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What ORCID keeps under a put-code.

    Attributes:
        put_code: the Registry's number of the item; None on creation.
        source, created_date, last_modified_date: only in answers; never sent.
        unknown: what an answer held beyond this; sent back in an update.
    """

    put_code: int | None = None
    source: Source | None = None
    created_date: datetime.datetime | None = None
    last_modified_date: datetime.datetime | None = None
    unknown: tuple[Unknown, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Stored):
    """One item of a section of a record.

    Attributes:
        visibility: `public`, `limited`, `private` or `registered-only`; on writing absent or as it is stored.
        path, display_index: only in answers; never sent.
    """

    visibility: str | None = None
    path: str | None = None
    display_index: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """An organization and where it is; ORCID looks it up by (`disambiguated_id`, `disambiguation_source`).

    Attributes:
        country: ISO 3166-1 alpha-2, one of `vocabulary.COUNTRY_CODES`.
        disambiguated_id: exactly as ORCID has it: a ROR iD as its https address, a number of RINGGOLD.
        disambiguation_source: one of `part_rules.DISAMBIGUATION_SOURCES`.
    """

    name: str
    city: str | None = None
    region: str | None = None
    country: str | None = None
    disambiguated_id: str | None = None
    disambiguation_source: str | None = None


@dataclass(frozen=True, slots=True)
class Group(Generic[T]):
    """What the Registry takes for one and the same: the identifiers that say so, and summaries, the preferred first."""

    external_ids: tuple[ExternalId, ...]
    items: tuple[T, ...]
