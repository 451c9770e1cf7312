"""The Registry's lists: groups of summaries, items of the person, notifications, group-id records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from orcid_plugin.registry.encoding.codec import Field, Table
from orcid_plugin.registry.encoding.tables import EXTERNAL_IDS, LAST_MODIFIED, PATH, TABLES
from orcid_plugin.registry.messages.affiliation import AFFILIATIONS
from orcid_plugin.registry.messages.funding import Funding
from orcid_plugin.registry.messages.group_id import GroupIdRecord
from orcid_plugin.registry.messages.item import Group, Stored
from orcid_plugin.registry.messages.notification import PermissionNotification
from orcid_plugin.registry.messages.peer_review import PeerReview
from orcid_plugin.registry.messages.person import (
    Address,
    Email,
    Keyword,
    OtherName,
    PersonExternalId,
    ResearcherUrl,
)
from orcid_plugin.registry.messages.record import Section
from orcid_plugin.registry.messages.research_resource import ResearchResource
from orcid_plugin.registry.messages.work import Work

T = TypeVar("T")
S = TypeVar("S", bound=Stored)


def the_only(item: T) -> T:
    """What stands alone in an object of its own."""
    return item


def _section(items: Field, prefix: str, element: str, *beside: Field) -> Table[Section[Any]]:
    return Table(Section, prefix, (LAST_MODIFIED, *beside, items, PATH), element)


def _items(kind: type[Stored], element: str | None = None) -> Table[Section[Any]]:
    table = TABLES[kind]
    items = Field("items", table.element, table, many=True, otherwise=element)
    return _section(items, table.prefix, element or f"{table.element}s")


def _group(kind: type[Stored]) -> Table[Group[Any]]:
    table = TABLES[kind]
    name = f"{table.prefix}:{table.element}-summary"
    summaries = [Field("items", name, table, many=True)]
    if kind in AFFILIATIONS:
        # In JSON, each summary of an affiliation is an object of its own: {"summaries": [{"employment-summary": {…}}]}.
        only = Table(the_only, table.prefix, (Field("item", name, table, required=True),))
        summaries.append(Field("items", "summaries", only, many=True))
    return Table(Group, "activities", (LAST_MODIFIED, EXTERNAL_IDS, *summaries))


def _groups(kind: type[Stored]) -> Table[Section[Any]]:
    group, name = _group(kind), "group"
    if kind is PeerReview:
        inner = Field("items", "peer-review-group", group, many=True)
        group = Table(Group, "activities", (LAST_MODIFIED, EXTERNAL_IDS, inner))
    if kind in AFFILIATIONS:
        name = "affiliation-group"
    return _section(Field("items", name, group, many=True), "activities", f"{TABLES[kind].element}s")


GROUPED: Mapping[type[Stored], Table[Section[Any]]] = {
    kind: _groups(kind) for kind in (*AFFILIATIONS, Funding, PeerReview, ResearchResource, Work)
}
"""Sections of activities, whose items are groups; those of peer reviews are groups of groups."""

LISTED: Mapping[type[Stored], Table[Section[Any]]] = {
    **{kind: _items(kind) for kind in (Email, Keyword, OtherName, PersonExternalId, ResearcherUrl, GroupIdRecord)},
    Address: _items(Address, "addresses"),
    PermissionNotification: _items(PermissionNotification, "notifications"),
}
"""Lists whose items are not grouped."""


def list_of(kind: type[Stored]) -> Table[Section[Any]]:
    """The table of the list of a kind."""
    return GROUPED.get(kind) or LISTED[kind]


def groups(section: Section[Any], kind: type[S]) -> list[Group[S]]:
    """The groups of a section of activities; those of peer reviews one by one, whatever they were for."""
    return [inner for outer in section for inner in outer.items] if kind is PeerReview else list(section)
