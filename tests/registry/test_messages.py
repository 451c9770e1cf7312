"""Messages of all sections in JSON and XML: what they look like, and what becomes of the unknown."""

from __future__ import annotations

import contextlib
import datetime
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orcid_plugin.errors import UnreadableInput
from orcid_plugin.metadata.dates import PartialDate
from orcid_plugin.registry.encoding import json, xml
from orcid_plugin.registry.encoding.tables import TABLES
from orcid_plugin.registry.messages.affiliation import AFFILIATIONS, Education, Employment
from orcid_plugin.registry.messages.funding import Amount, Funding
from orcid_plugin.registry.messages.item import ExternalId, Organization, Source, TranslatedTitle, Unknown
from orcid_plugin.registry.messages.notification import AuthorizationUrl, NotificationItem, PermissionNotification
from orcid_plugin.registry.messages.peer_review import PeerReview
from orcid_plugin.registry.messages.person import Email, Keyword
from orcid_plugin.registry.messages.research_resource import Proposal, ResearchResource, ResourceItem
from orcid_plugin.registry.messages.work import Work

BROWN = Organization(
    name="Brown University",
    city="Providence",
    country="US",
    disambiguated_id="https://ror.org/05gq02987",
    disambiguation_source="ROR",
)
JOB = Employment(role_title="Professor", start_date=PartialDate(1929, 4), organization=BROWN)
GRANT = ExternalId("grant_number", "G-1", "self")
RESOURCE = ResearchResource(
    proposal=Proposal(title="Telescope time", hosts=(BROWN,), external_ids=(GRANT,)),
    resource_items=(ResourceItem(name="Telescope", type="equipment", hosts=(BROWN,), external_ids=(GRANT,)),),
)


def test_an_affiliation_in_json() -> None:
    assert json.encode(replace(JOB, put_code=7)) == {
        "put-code": 7,
        "role-title": "Professor",
        "start-date": {"year": {"value": "1929"}, "month": {"value": "04"}},
        "organization": {
            "name": "Brown University",
            "address": {"city": "Providence", "country": "US"},
            "disambiguated-organization": {
                "disambiguated-organization-identifier": "https://ror.org/05gq02987",
                "disambiguation-source": "ROR",
            },
        },
    }


def test_each_affiliation_has_a_namespace_of_its_own() -> None:
    documents = {xml.dumps(kind(organization=BROWN)).decode() for kind in AFFILIATIONS}
    assert len(documents) == 7
    invited = next(document for document in documents if "invited" in document)
    assert '<invited-position:invited-position xmlns:invited-position="http://www.orcid.org/ns/invited-' in invited
    assert "<common:name>Brown University</common:name>" in invited


def test_the_address_of_an_organization_is_there_even_when_it_says_nothing() -> None:
    nowhere = Education(organization=Organization(name="Brown University"))
    assert json.encode(nowhere) == {"organization": {"name": "Brown University", "address": {}}}
    assert "<common:address/>" in xml.dumps(nowhere).decode()
    assert xml.loads(xml.dumps(nowhere), Education) == nowhere


def test_resource_items_have_an_element_around_them_in_xml_only() -> None:
    assert "resource-items" not in json.encode(RESOURCE)
    assert json.encode(RESOURCE)["resource-item"][0]["resource-name"] == "Telescope"
    document = xml.dumps(RESOURCE)
    assert document.count(b"<research-resource:resource-items>") == 1
    assert xml.loads(document, ResearchResource) == json.loads(json.dumps(RESOURCE), ResearchResource) == RESOURCE


def test_an_amount_has_its_currency_as_an_attribute() -> None:
    funding = Funding(type="grant", title="T", amount=Amount("1000.0", "EUR"), organization=BROWN)
    assert json.encode(funding)["amount"] == {"value": "1000.0", "currency-code": "EUR"}
    assert b'<funding:amount currency-code="EUR">1000.0</funding:amount>' in xml.dumps(funding)


def test_summary_of_a_review_is_read_as_a_review() -> None:
    summary = {
        "put-code": 3,
        "reviewer-role": "reviewer",
        "external-ids": {"external-id": [{"external-id-type": "source-work-id", "external-id-value": "1"}]},
        "review-type": "review",
        "completion-date": {"year": {"value": "2020"}},
        "review-group-id": "issn:1741-4857",
        "display-index": "0",
    }
    review = json.decode(summary, PeerReview)
    assert review.review_identifiers == (ExternalId("source-work-id", "1"),)
    assert (review.review_completion_date, review.display_index) == (PartialDate(2020), "0")
    assert review.unknown == ()
    assert "completion-date" not in json.encode(review)


def test_a_notification_in_json() -> None:
    notification = PermissionNotification(
        authorization_url=AuthorizationUrl(uri="https://orcid.org/oauth/authorize?client_id=APP-1"),
        subject="S",
        intro="I",
        items=(NotificationItem(type="work", name="A paper", external_id=ExternalId("doi", "10.1/x", "self")),),
    )
    message = json.encode(notification)
    assert message["notification-type"] == "permission"
    assert message["items"]["item"][0]["external-id"]["external-id-value"] == "10.1/x"
    assert xml.loads(xml.dumps(notification), PermissionNotification) == notification


def test_what_only_the_registry_sets_is_read_and_not_sent() -> None:
    answer = {
        "created-date": {"value": 1700000000000},
        "last-modified-date": {"value": 1700000000000},
        "source": {
            "source-client-id": {"path": "APP-1"},
            "assertion-origin-orcid": {"path": "0000-0002-1825-0097"},
            "assertion-origin-name": {"value": "Josiah"},
        },
        "put-code": 5,
        "display-index": 1,
        "path": "/x/keywords/5",
        "visibility": "public",
        "content": "pots",
    }
    keyword = json.decode(answer, Keyword)
    assert keyword.source == Source("APP-1", None, None, "0000-0002-1825-0097", "Josiah")
    assert keyword.created_date == datetime.datetime(2023, 11, 14, 22, 13, 20, tzinfo=datetime.UTC)
    assert (keyword.display_index, keyword.path) == ("1", "/x/keywords/5")
    assert json.encode(keyword) == {"put-code": 5, "visibility": "public", "content": "pots"}


def test_an_identifier_that_cannot_be_normalised_comes_with_the_reason() -> None:
    identifier = {
        "external-id-type": "rrid",
        "external-id-value": "rrid:x",
        "external-id-normalized": None,
        "external-id-normalized-error": {"error-code": "8001", "error-message": "Cannot.", "transient": True},
    }
    education = json.decode({"external-ids": {"external-id": [identifier]}}, Education)
    assert education.external_ids == (ExternalId("rrid", "rrid:x", normalized_error="Cannot."),)
    assert education.unknown == ()
    assert "external-id-normalized-error" not in json.encode(education)["external-ids"]["external-id"][0]


def test_flags_of_an_email_are_read_in_both_forms() -> None:
    document = b'<email verified="true" primary="false"><email>a@b.example</email></email>'
    assert xml.loads(document, Email) == Email(email="a@b.example", verified=True, primary=False)
    assert json.decode({"email": "a@b.example", "verified": True, "primary": False}, Email).verified is True


class TestUnknown:
    ANSWER: ClassVar[dict[str, Any]] = {
        "put-code": 9,
        "title": {"title": {"value": "T"}, "newer": {"value": "N"}},
        "type": "grant",
        "a/b": [1, None],
        "external-ids": {
            "external-id": [
                {"external-id-type": "grant_number"},
                {"external-id-type": "grant_number", "external-id-value": "1", "checked": True},
            ]
        },
        "end-date": {"year": {"value": "2021"}, "month": {"value": "02"}, "day": {"value": "30"}},
        "amount": None,
        "empty": {"value": " ", "list": []},
    }
    FUNDING = json.decode(ANSWER, Funding)

    def test_it_is_kept_with_its_place(self) -> None:
        assert {one.where: one.content for one in self.FUNDING.unknown} == {
            "/title/newer": '{"value": "N"}',
            "/a~1b": "[1, null]",
            "/external-ids/external-id/0": '{"external-id-type": "grant_number"}',
            "/external-ids/external-id/1/checked": "true",
            "/end-date": '{"year": {"value": "2021"}, "month": {"value": "02"}, "day": {"value": "30"}}',
        }
        assert self.FUNDING.external_ids == (ExternalId("grant_number", "1"),)

    def test_it_is_sent_back(self) -> None:
        sent = {key: value for key, value in self.ANSWER.items() if key not in {"amount", "empty"}}
        assert json.encode(self.FUNDING) == sent
        assert json.loads(json.dumps(self.FUNDING), Funding) == self.FUNDING

    def test_what_took_its_place_stays_and_what_went_away_stays_away(self) -> None:
        changed = replace(self.FUNDING, end_date=PartialDate(2021, 3), external_ids=())
        message = json.encode(changed)
        assert message["end-date"] == {"year": {"value": "2021"}, "month": {"value": "03"}}
        assert message["external-ids"] == {"external-id": [{"external-id-type": "grant_number"}]}

    def test_it_is_kept_in_xml(self) -> None:
        document = xml.dumps(replace(JOB, url="https://example.org")).replace(
            b"<common:url>", b"<common:grade><common:scale>A-F</common:scale></common:grade><common:url>"
        )
        job = xml.loads(document, Employment)
        assert job.unknown == (Unknown("/grade", '{"scale": {"value": "A-F"}}'),)
        assert xml.loads(xml.dumps(job), Employment) == job


@pytest.mark.parametrize("kind", TABLES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"3", b"[" * 100_000, b"\xff"])
def test_no_message_in_json(kind: Any, data: bytes) -> None:
    with pytest.raises(UnreadableInput):
        json.loads(data, kind)


def test_no_message_in_xml() -> None:
    for document in (b"", b"<a/>", b"<html/>", xml.dumps(JOB).replace(b"employment", b"education")):
        with pytest.raises(UnreadableInput):
            xml.loads(document, Employment)


@pytest.mark.parametrize("kind", TABLES, ids=lambda kind: kind.__name__)
@settings(max_examples=40)
@given(data=st.data())
def test_any_json_is_a_message_or_one_error(kind: Any, data: st.DataObject) -> None:
    names = [*sorted(_names(TABLES[kind].below)), "value", "newer"]
    scalars = st.none() | st.integers() | st.booleans() | st.text(max_size=3) | st.floats()
    nodes = st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(names), inner),
        max_leaves=9,
    )
    with contextlib.suppress(UnreadableInput):
        json.encode(json.decode(data.draw(nodes), kind))


def _names(below: Any) -> set[str]:
    return {name for key, one in below.items() for name in (key, *_names(one.below))}


def test_translated_title_of_work_without_language_is_read() -> None:
    work = json.decode({"type": "book", "title": {"title": "T", "translated-title": "U"}})
    assert work == Work(type="book", title="T", translated_title=TranslatedTitle("U", None))
