"""What the Registry answers a search with, and what it tells of clients and identifier types."""

from __future__ import annotations

from dataclasses import dataclass

from orcid_plugin.registry.messages.item import ContributorOrcid, Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of the iDs that a search found; `found` counts those of all pages."""

    found: int = 0
    results: tuple[ContributorOrcid, ...] = ()
    unknown: tuple[Unknown, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One record that an expanded search found; `orcid` is the bare iD, all else as far as it is public."""

    orcid: str
    given_names: str | None = None
    family_names: str | None = None
    credit_name: str | None = None
    other_names: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    institution_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpandedPage:
    """One page of the records that an expanded search found; `found` counts those of all pages."""

    found: int = 0
    results: tuple[Hit, ...] = ()
    unknown: tuple[Unknown, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientInfo:
    """An API client, as people see it on what it has added."""

    name: str
    description: str | None = None
    unknown: tuple[Unknown, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierType:
    """A type of external identifiers.

    Attributes:
        name: as messages have it (`doi`, `grant_number`).
        resolution_prefix: what makes an address of a value (`https://doi.org/`), or None.
        primary_use: what it identifies in the first place (`work`, `funding`).
    """

    name: str
    description: str | None = None
    resolution_prefix: str | None = None
    case_sensitive: bool | None = None
    deprecated: bool | None = None
    primary_use: str | None = None
    unknown: tuple[Unknown, ...] = ()
