"""What ORCID's API v3.0 tells of a person: items that a client may write, and names, e-mail and biography to read."""

from __future__ import annotations

from dataclasses import dataclass

from orcid_plugin.registry.messages.item import Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Address(Item):
    """A country or territory, one of `vocabulary.COUNTRY_CODES`."""

    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyword(Item):
    """A keyword."""

    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherName(Item):
    """Another name of the person."""

    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResearcherUrl(Item):
    """A web page of the person."""

    url_name: str | None = None
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonExternalId(Item):
    """The person in another system; the type is any text (`Scopus Author ID`)."""

    type: str
    value: str
    url: str | None = None
    relationship: str | None = "self"


@dataclass(frozen=True, slots=True, kw_only=True)
class Email(Item):
    """An e-mail address that the person shows; no client can write it."""

    email: str
    verified: bool | None = None
    primary: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Biography(Item):
    """The person's own words; no client can write them."""

    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Name(Item):
    """The person's names; no client can write them."""

    given_names: str | None = None
    family_name: str | None = None
    credit_name: str | None = None
