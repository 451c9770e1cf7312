"""The peer review message of ORCID's API v3.0, named as the elements of `peer-review-3.0.xsd` are."""

from __future__ import annotations

from dataclasses import dataclass

from orcid_plugin.metadata.dates import PartialDate
from orcid_plugin.registry.messages.item import ExternalId, Item, Organization, TranslatedTitle


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerReview(Item):
    """One review, or a summary of one, which lacks what is said of the subject.

    An anonymous review has no subject at all, and an identifier that reveals nothing.

    Attributes:
        reviewer_role: one of `item_rules.REVIEWER_ROLES`.
        review_identifiers: of the review, not of what was reviewed.
        review_type: `review` or `evaluation`.
        review_group_id: the group-id record that the review counts for (`issn:1741-4857`); it must exist.
        subject_type: one of `item_rules.SUBJECT_TYPES`.
    """

    reviewer_role: str
    review_identifiers: tuple[ExternalId, ...] = ()
    review_url: str | None = None
    review_type: str
    review_completion_date: PartialDate | None = None
    review_group_id: str
    subject_external_identifier: ExternalId | None = None
    subject_container_name: str | None = None
    subject_type: str | None = None
    subject_name: str | None = None
    subject_subtitle: str | None = None
    subject_translated_title: TranslatedTitle | None = None
    subject_url: str | None = None
    convening_organization: Organization | None = None

    @property
    def self_ids(self) -> tuple[ExternalId, ...]:
        """The identifiers by which the review is found on a record."""
        return tuple(one for one in self.review_identifiers if one.relationship == "self")
