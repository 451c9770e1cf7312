"""Tests of what ORCID is told of a review: nothing that leads to its subject, unless the subject may be named."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from orcid_plugin.errors import PublicationRefused
from orcid_plugin.metadata.affiliation import Affiliation
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.dates import PartialDate
from orcid_plugin.metadata.identifiers import Identifier
from orcid_plugin.metadata.publication import Container, Publication, Title
from orcid_plugin.metadata.review import Review, ReviewerRole
from orcid_plugin.metadata.vocabulary import WorkType
from orcid_plugin.registry.encoding import json
from orcid_plugin.registry.messages import item_rules
from orcid_plugin.registry.messages.from_review import group, peer_review
from orcid_plugin.registry.messages.item import ExternalId, Organization, TranslatedTitle
from orcid_plugin.registry.messages.peer_review import PeerReview

REVIEW = Review(
    reviewer=Contributor(given_names="Rae", family_name="Viewer", email="rae@example.org", key="r1"),
    title=Title("On cracked pots"),
    subject_key="ms-42",
    completed=PartialDate(2026, 3, 14),
    identifiers=(Identifier.of("doi", "10.5555/review.7"),),
    url="https://journal.example.org/reviews/7",
)
SUBJECT = Publication(
    type=WorkType.JOURNAL_ARTICLE,
    title=Title("On cracked pots", "A study"),
    translated_titles=(Title("Des pots fêlés", language="fr"),),
    container=Container(title="Journal of Psychoceramics", issn_print="2049-3630"),
    identifiers=(Identifier.of("pmid", "1234"), Identifier.of("doi", "10.5555/one")),
    url="https://journal.example.org/42",
)
SOCIETY = Affiliation(name="Society of Psychoceramics", city="Providence", country="US")


def message(review: Review = REVIEW, subject: Publication | None = None, **changes: Any) -> PeerReview:
    given = {"group_id": "issn:2049-3630", "organization": SOCIETY, "opaque_id": "f00d", **changes}
    return peer_review(review, subject=subject, **given)


def test_an_anonymous_review_tells_journal_role_and_year() -> None:
    assert message() == PeerReview(
        reviewer_role="reviewer",
        review_identifiers=(ExternalId("source-work-id", "f00d", "self"),),
        review_type="review",
        review_completion_date=PartialDate(2026),
        review_group_id="issn:2049-3630",
        convening_organization=Organization(name="Society of Psychoceramics", city="Providence", country="US"),
    )


def test_nothing_else_of_it_is_in_the_message() -> None:
    sent = json.dumps(message()).decode()
    for secret in ("pots", "ms-42", "10.5555", "journal.example.org", "rae@", "Viewer", "03", "14"):
        assert secret not in sent.replace("2049-3630", "")


def test_a_review_whose_subject_may_be_named() -> None:
    sent = message(subject=SUBJECT)
    assert sent.review_identifiers == (
        ExternalId("doi", "10.5555/review.7", "self", "https://doi.org/10.5555/review.7"),
    )
    assert sent.review_url == "https://journal.example.org/reviews/7"
    assert sent.review_completion_date == PartialDate(2026, 3, 14)
    assert sent.subject_external_identifier == ExternalId("doi", "10.5555/one", "self", "https://doi.org/10.5555/one")
    assert (sent.subject_type, sent.subject_container_name) == ("journal-article", "Journal of Psychoceramics")
    assert (sent.subject_name, sent.subject_subtitle) == ("On cracked pots", "A study")
    assert sent.subject_translated_title == TranslatedTitle("Des pots fêlés", "fr")
    assert sent.subject_url == "https://journal.example.org/42"


def test_without_identifiers_of_its_own_a_named_review_keeps_the_opaque_one() -> None:
    sent = message(dataclasses.replace(REVIEW, identifiers=()), SUBJECT)
    assert sent.review_identifiers == (ExternalId("source-work-id", "f00d", "self"),)


def test_a_subject_without_title_and_container_is_named_by_what_it_has() -> None:
    bare = Publication(type=WorkType.PREPRINT, title=Title("", "No title"), identifiers=SUBJECT.identifiers[:1])
    sent = message(subject=bare)
    assert (sent.subject_type, sent.subject_name, sent.subject_subtitle) == ("preprint", None, None)
    assert sent.subject_external_identifier is not None
    assert item_rules.check(sent, create=True) == ()


def test_an_editor_is_credited_as_one_and_an_organization_is_found_by_its_ror() -> None:
    other = Affiliation(name="Other <i>Society</i>", ror="https://ror.org/05gq02987")
    sent = message(dataclasses.replace(REVIEW, role=ReviewerRole.EDITOR, organization=other))
    assert sent.reviewer_role == "editor"
    assert sent.convening_organization == Organization(
        name="Other Society", disambiguated_id="https://ror.org/05gq02987", disambiguation_source="ROR"
    )


def test_a_review_that_is_not_completed_is_none() -> None:
    with pytest.raises(PublicationRefused, match="no date of completion"):
        message(dataclasses.replace(REVIEW, completed=None))


@pytest.mark.parametrize(
    ("container", "given", "group_id", "name"),
    [
        (SUBJECT.container, None, "issn:2049-3630", "Journal of Psychoceramics"),
        (Container(issn_print="2049-3630", issn_electronic="1050-124X"), None, "issn:1050-124X", "My site"),
        (SUBJECT.container, "orcid-generated:my-site", "orcid-generated:my-site", "My site"),
        (None, "orcid-generated:my-site", "orcid-generated:my-site", "My site"),
    ],
)
def test_the_group_is_the_sites_own_or_the_journal(
    container: Container | None, given: str | None, group_id: str, name: str
) -> None:
    found = group(container, name="My site", group_id=given)
    assert (found.group_id, found.name, found.type) == (group_id, name, "journal")
    assert item_rules.check(found, create=True) == ()


def test_without_issn_and_setting_the_refusal_names_the_setting() -> None:
    with pytest.raises(PublicationRefused, match="ORCID_PLUGIN_REVIEW_GROUP_ID"):
        group(Container(title="A journal"), name="My site")
