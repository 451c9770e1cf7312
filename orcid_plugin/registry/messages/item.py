"""What the messages of all sections have in common, as frozen values named as the elements of `common-3.0.xsd` are."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ExternalId:
    """An external identifier of the work.

    Attributes:
        relationship: one of `vocabulary.Relationship`.
        normalized: the form in which the Registry compares it; only in answers.
        normalized_error: why there is no such form; only in answers.
    """

    type: str
    value: str
    relationship: str | None = None
    url: str | None = None
    normalized: str | None = None
    normalized_error: str | None = None


@dataclass(frozen=True, slots=True)
class ContributorOrcid:
    """An iD of a contributor: its 16 characters and the host of its URI (`orcid.org`)."""

    path: str
    host: str

    @property
    def uri(self) -> str:
        """The https URI, as `common:orcid-uri` demands it."""
        return f"https://{self.host}/{self.path}"


@dataclass(frozen=True, slots=True)
class Source:
    """Who put an item on a record: an API client, or the person.

    Attributes:
        assertion_origin: client id or iD on whose behalf the client wrote, where it differs from the source.
        assertion_origin_name: its name.
    """

    client_id: str | None = None
    orcid: str | None = None
    name: str | None = None
    assertion_origin: str | None = None
    assertion_origin_name: str | None = None


@dataclass(frozen=True, slots=True)
class TranslatedTitle:
    """The title in one other language; `language_code` is one of `vocabulary.LANGUAGE_CODES`."""

    value: str
    language_code: str | None = None


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
    last_modified_date: datetime.datetime | None = None
