"""The research resource message of ORCID's API v3.0, named as the elements of `research-resource-3.0.xsd` are."""

from __future__ import annotations

from dataclasses import dataclass

from orcid_plugin.metadata.dates import PartialDate
from orcid_plugin.registry.messages.item import ExternalId, Item, Organization, TranslatedTitle


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The proposal on which the use of resources was granted."""

    title: str
    translated_title: TranslatedTitle | None = None
    hosts: tuple[Organization, ...] = ()
    external_ids: tuple[ExternalId, ...] = ()
    start_date: PartialDate | None = None
    end_date: PartialDate | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceItem:
    """One resource; `type` is one of `item_rules.RESOURCE_TYPES`."""

    name: str
    type: str
    hosts: tuple[Organization, ...] = ()
    external_ids: tuple[ExternalId, ...] = ()
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResearchResource(Item):
    """One granted use of resources, or a summary of one, which lacks the resources."""

    proposal: Proposal
    resource_items: tuple[ResourceItem, ...] = ()
