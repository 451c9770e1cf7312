"""Where the API has what (ORCID API v3.0): paths below the iD of a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orcid_plugin.registry.messages.affiliation import (
    Distinction,
    Education,
    Employment,
    InvitedPosition,
    Membership,
    Qualification,
    Service,
)
from orcid_plugin.registry.messages.funding import Funding
from orcid_plugin.registry.messages.item import Stored
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
from orcid_plugin.registry.messages.research_resource import ResearchResource
from orcid_plugin.registry.messages.work import Work


@dataclass(frozen=True, slots=True)
class Paths:
    """Of one item, to which its put-code is added, and of all items."""

    one: str
    all: str


PATHS: Mapping[type[Stored], Paths] = {
    Work: Paths("work", "works"),
    Distinction: Paths("distinction", "distinctions"),
    Education: Paths("education", "educations"),
    Employment: Paths("employment", "employments"),
    InvitedPosition: Paths("invited-position", "invited-positions"),
    Membership: Paths("membership", "memberships"),
    Qualification: Paths("qualification", "qualifications"),
    Service: Paths("service", "services"),
    Funding: Paths("funding", "fundings"),
    PeerReview: Paths("peer-review", "peer-reviews"),
    ResearchResource: Paths("research-resource", "research-resources"),
    Address: Paths("address", "address"),
    Email: Paths("email", "email"),
    Keyword: Paths("keywords", "keywords"),
    OtherName: Paths("other-names", "other-names"),
    PersonExternalId: Paths("external-identifiers", "external-identifiers"),
    ResearcherUrl: Paths("researcher-urls", "researcher-urls"),
    PermissionNotification: Paths("notification-permission", "notification-permission"),
}
