"""What ORCID is told of a review: `Review` to peer review message and group-id record, pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orcid_plugin.errors import PublicationRefused
from orcid_plugin.metadata.affiliation import Affiliation
from orcid_plugin.metadata.dates import PartialDate
from orcid_plugin.metadata.identifiers import Identifier
from orcid_plugin.metadata.publication import Container, Publication
from orcid_plugin.metadata.review import Review
from orcid_plugin.registry.messages import part_rules, text
from orcid_plugin.registry.messages.external_ids import external_ids, legal
from orcid_plugin.registry.messages.from_publication import translated
from orcid_plugin.registry.messages.group_id import GroupIdRecord
from orcid_plugin.registry.messages.item import ExternalId, Organization
from orcid_plugin.registry.messages.peer_review import PeerReview

LIMITS = part_rules.LIMITS


def peer_review(
    review: Review,
    *,
    group_id: str,
    organization: Affiliation,
    opaque_id: str,
    subject: Publication | None = None,
) -> PeerReview:
    """The peer review message of a review.

    Without a `subject` nothing in it leads to one: the review is known by `opaque_id`, which is of no other use, and
    dated by the year (ORCID: peer review, anonymous reviews). Raises `PublicationRefused` where there is no date.
    """
    if review.completed is None:
        raise PublicationRefused("the review has no date of completion")
    own = _own(review.identifiers) if subject else ()
    return PeerReview(
        reviewer_role=review.role.value,
        review_identifiers=own or (ExternalId("source-work-id", opaque_id, "self"),),
        review_url=text.web_address(review.url) if subject else None,
        review_type=review.type.value,
        review_completion_date=review.completed if subject else PartialDate(review.completed.year),
        review_group_id=group_id,
        convening_organization=_organization(review.organization or organization),
        **(_subject(subject) if subject else {}),
    )


def group(container: Container | None, *, name: str, group_id: str | None = None) -> GroupIdRecord:
    """The group that a review counts for: `group_id` if the site has one, else the journal by its ISSN.

    `name` is the site's. Raises `PublicationRefused` where there is neither.
    """
    issn = (container.issn_electronic or container.issn_print) if container else None
    if group_id is None and issn is None:
        raise PublicationRefused(
            "ORCID groups reviews by what they were written for: there is no ISSN, nor ORCID_PLUGIN_REVIEW_GROUP_ID"
        )
    title = container.title if container and group_id is None else None
    called = text.clean(title or name, LIMITS["title"]) or name
    return GroupIdRecord(name=called, group_id=group_id or f"issn:{issn}", description=called, type="journal")


def _own(identifiers: Sequence[Identifier]) -> tuple[ExternalId, ...]:
    return tuple(
        ExternalId(one.type, one.value, "self", text.web_address(one.url))
        for one in legal(identifiers)
        if one.relationship == "self"
    )


def _organization(given: Affiliation) -> Organization:
    return Organization(
        name=text.clean(given.name, LIMITS["name"]) or "",
        city=text.clean(given.city, LIMITS["city"]),
        region=text.clean(given.region, LIMITS["region"]),
        country=given.country,
        disambiguated_id=given.ror,
        disambiguation_source="ROR" if given.ror else None,
    )


def _subject(publication: Publication) -> dict[str, Any]:
    own = [one for one in external_ids(publication) if one.relationship == "self"]
    best = next((one for one in own if one.type == "doi"), own[0] if own else None)
    container = publication.container
    said = {
        "subject_external_identifier": best,
        "subject_container_name": text.clean(container.title, LIMITS["subject-container-name"]) if container else None,
        "subject_type": publication.type.value,
        "subject_url": text.web_address(publication.url),
    }
    title = text.clean(publication.title.text, LIMITS["title"])
    if title is None:
        return said
    return said | {
        "subject_name": title,
        "subject_subtitle": text.clean(publication.title.subtitle, LIMITS["subtitle"]),
        "subject_translated_title": translated(publication.translated_titles),
    }
