"""Every review makes a message that is legal by ORCID's schema and rules."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from orcid_plugin.metadata.affiliation import Affiliation
from orcid_plugin.metadata.publication import Publication
from orcid_plugin.metadata.review import Review, ReviewerRole, ReviewType
from orcid_plugin.registry.encoding import json, xml
from orcid_plugin.registry.messages import item_rules
from orcid_plugin.registry.messages.from_review import peer_review
from tests import strategies

reviews = st.builds(
    Review,
    reviewer=strategies.contributors,
    role=st.sampled_from(ReviewerRole),
    type=st.sampled_from(ReviewType),
    title=strategies.titles,
    completed=strategies.dates(),
    identifiers=strategies.some(strategies.identifiers),
    url=strategies.maybe(strategies.texts),
    container=strategies.maybe(strategies.containers),
    organization=st.none(),
)


@pytest.fixture(scope="module")
def schema(shared: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(shared / "schemas/orcid/record_3.0/peer-review-3.0.xsd"))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(reviews, st.none() | strategies.publications)
def test_any_review_makes_a_legal_message(schema: etree.XMLSchema, review: Review, subject: Publication | None) -> None:
    society = Affiliation(name="Society")
    message = peer_review(review, group_id="issn:2049-3630", organization=society, opaque_id="f00d", subject=subject)
    assert item_rules.check(message, create=True) == ()
    schema.assertValid(etree.fromstring(xml.dumps(message)))
    assert json.loads(json.dumps(message), type(message)) == message
