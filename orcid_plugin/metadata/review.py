"""A peer review, or an editor's care of a submission, as one frozen value that knows nothing of ORCID's message."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from orcid_plugin.metadata.affiliation import Affiliation
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.dates import PartialDate
from orcid_plugin.metadata.identifiers import Identifier
from orcid_plugin.metadata.publication import Container, Title


class ReviewerRole(StrEnum):
    """What somebody was in a review (ORCID: `reviewer-role`)."""

    REVIEWER = "reviewer"
    EDITOR = "editor"
    MEMBER = "member"
    CHAIR = "chair"
    ORGANIZER = "organizer"


class ReviewType(StrEnum):
    """What was done (ORCID: `review-type`): something was reviewed, or evaluated as by a panel."""

    REVIEW = "review"
    EVALUATION = "evaluation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One review by one person, for a journal or the like.

    Attributes:
        reviewer: who reviewed; `key` is the host's stable name for them.
        title: of what is reviewed, as the reviewer's own pages and mails name it; no record ever gets it from here.
        subject_key: the host's key of the publication that is reviewed.
        identified: the journal publishes who reviewed what, so that the record may name the subject once it is public.
            Else nothing that leads to it goes there: no subject, no address, no identifier, no more than the year.
        completed: when the review was handed in.
        identifiers: of the review itself, where it is published; a DOI of its own.
        url: where the published review can be read.
        container: what it was written for, with an ISSN; None: that of the subject.
        organization: on whose behalf it was asked for; None: that of the site.
    """

    reviewer: Contributor
    role: ReviewerRole = ReviewerRole.REVIEWER
    type: ReviewType = ReviewType.REVIEW
    title: Title = field(default_factory=lambda: Title(""))
    subject_key: str | None = None
    identified: bool = False
    completed: PartialDate | None = None
    identifiers: tuple[Identifier, ...] = ()
    url: str | None = None
    container: Container | None = None
    organization: Affiliation | None = None

    @property
    def contributors(self) -> tuple[Contributor, ...]:
        """Everybody whose record it belongs on, as for a publication."""
        return (self.reviewer,)

    @property
    def doi(self) -> str | None:
        """None: what asks people to connect names a review by no identifier."""
        return None
