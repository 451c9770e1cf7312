"""The funding message of ORCID's API v3.0, named as the elements of `funding-3.0.xsd` are."""

from __future__ import annotations

from dataclasses import dataclass

from orcid_plugin.metadata.dates import PartialDate
from orcid_plugin.registry.messages.item import ContributorOrcid, ExternalId, Item, Organization, TranslatedTitle


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum of money: a decimal number as text, in an ISO 4217 currency."""

    value: str | None = None
    currency_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingContributor:
    """One person in one role: one of `item_rules.FUNDING_ROLES` or a `credit.Credit.orcid_uri`."""

    orcid: ContributorOrcid | None = None
    credit_name: str | None = None
    email: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Funding(Item):
    """One grant, contract, award or salary award.

    Attributes:
        type: one of `item_rules.FUNDING_TYPES`.
        organization_defined_type: the funder's own word for the type.
    """

    type: str
    organization_defined_type: str | None = None
    title: str | None = None
    translated_title: TranslatedTitle | None = None
    short_description: str | None = None
    amount: Amount | None = None
    url: str | None = None
    start_date: PartialDate | None = None
    end_date: PartialDate | None = None
    external_ids: tuple[ExternalId, ...] = ()
    contributors: tuple[FundingContributor, ...] = ()
    organization: Organization | None = None
