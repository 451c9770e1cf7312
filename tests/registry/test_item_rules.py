"""ORCID's rules for all sections but works: each documented code is provoked, at its place, and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orcid_plugin.errors import InvalidMessage
from orcid_plugin.metadata.dates import PartialDate
from orcid_plugin.registry.encoding import json
from orcid_plugin.registry.messages import item_rules
from orcid_plugin.registry.messages.affiliation import AFFILIATIONS, Distinction, Education, Employment
from orcid_plugin.registry.messages.funding import Amount, Funding, FundingContributor
from orcid_plugin.registry.messages.group_id import GroupIdRecord
from orcid_plugin.registry.messages.item import ContributorOrcid, ExternalId, Organization, Stored, TranslatedTitle
from orcid_plugin.registry.messages.notification import AuthorizationUrl, NotificationItem, PermissionNotification
from orcid_plugin.registry.messages.peer_review import PeerReview
from orcid_plugin.registry.messages.person import Address, Email, Keyword, OtherName, PersonExternalId, ResearcherUrl
from orcid_plugin.registry.messages.research_resource import Proposal, ResearchResource, ResourceItem

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "messages.md"

BROWN = Organization(
    name="Brown University",
    city="Providence",
    region="RI",
    country="US",
    disambiguated_id="https://ror.org/05gq02987",
    disambiguation_source="ROR",
)
NAMED = replace(BROWN, disambiguated_id=None, disambiguation_source=None)
GRANT = ExternalId("grant_number", "G-1", "self", "https://example.org/G-1")
VERSION = replace(GRANT, relationship="version-of")
PERSON = FundingContributor(
    orcid=ContributorOrcid("0000-0002-1825-0097", "orcid.org"),
    credit_name="Josiah Carberry",
    email="jc@brown.example",
    role="lead",
)
JOB = Employment(start_date=PartialDate(2020), end_date=PartialDate(2021, 5), organization=BROWN, external_ids=(GRANT,))
PRIZE = Distinction(role_title="Prize", organization=BROWN)
FUNDING = Funding(
    type="grant",
    title="Pots",
    translated_title=TranslatedTitle("Töpfe", "de"),
    amount=Amount("1000.50", "EUR"),
    start_date=PartialDate(2020),
    end_date=PartialDate(2019),
    external_ids=(GRANT,),
    contributors=(PERSON,),
    organization=BROWN,
)
REVIEW = PeerReview(
    reviewer_role="reviewer",
    review_identifiers=(ExternalId("source-work-id", "1", "self"),),
    review_type="review",
    review_completion_date=PartialDate(2024, 2),
    review_group_id="issn:1741-4857",
    subject_external_identifier=ExternalId("doi", "10.1/x", "self"),
    subject_type="journal-article",
    subject_name="Pots",
    convening_organization=NAMED,
)
ITEM = ResourceItem(name="Kiln", type="equipment", hosts=(BROWN,), external_ids=(GRANT,))
PROPOSAL = Proposal(title="Firing", hosts=(BROWN,), external_ids=(GRANT, VERSION))
RESOURCE = ResearchResource(proposal=PROPOSAL, resource_items=(ITEM,))
GROUP = GroupIdRecord(name="Pots Weekly", group_id="issn:1741-4857", description="A journal", type="journal")
NOTIFICATION = PermissionNotification(
    authorization_url=AuthorizationUrl(uri="https://orcid.org/oauth/authorize?client_id=APP-1"),
    subject="S",
    intro="I",
    items=(NotificationItem(type="work", name="Pots", external_id=ExternalId("doi", "10.1/x", "self")),),
)
ADDRESS = Address(country="US")
KEYWORD = Keyword(content="pots")
URL = ResearcherUrl(url_name="Home", url="https://jc.example")
SCOPUS = PersonExternalId(type="Scopus Author ID", value="1", url="https://scopus.example/1")
LEGAL: list[Stored] = [
    *(kind(organization=BROWN) for kind in AFFILIATIONS),
    JOB, PRIZE, FUNDING, REVIEW, RESOURCE, GROUP, NOTIFICATION, ADDRESS, KEYWORD, OtherName(content="J."), URL, SCOPUS,
    replace(PRIZE, organization=NAMED, external_ids=(replace(GRANT, type="my type", relationship=None),)),
    replace(PRIZE, organization=replace(BROWN, city=None, region=None, country=None)),
    replace(JOB, start_date=PartialDate(2021), end_date=PartialDate(2021, 5)),
    replace(JOB, start_date=None),
    replace(REVIEW, subject_external_identifier=None, subject_type=None, subject_name=None),
]  # fmt: skip
DISAMBIGUATED = "/organization/disambiguated-organization"
REVIEW_ID = "/review-identifiers/external-id"
CONTRIBUTOR = "/contributors/contributor/0"


def of(message: Any, part: str, **changes: Any) -> Any:
    """The message with a changed part; of a tuple, its first."""
    old = getattr(message, part)
    new = (replace(old[0], **changes), *old[1:]) if isinstance(old, tuple) else replace(old, **changes)
    return replace(message, **{part: new})


CASES: list[tuple[str, str, Stored]] = [
    ("put_code_unexpected", "/put-code", replace(JOB, put_code=1)),
    ("visibility_unknown", "/visibility", replace(JOB, visibility="PUBLIC")),
    ("character_forbidden", "/role-title", replace(JOB, role_title="a\x0bb")),
    ("text_too_long", "/role-title", replace(JOB, role_title="𝒜" * 2001)),
    ("text_too_long", "/content", replace(KEYWORD, content="x" * 256)),
    ("text_too_long", "/url", replace(URL, url="https://x.example/" + "x" * 2000)),
    ("text_too_long", "/external-id-type", replace(SCOPUS, type="x" * 256)),
    ("text_too_long", "/name", replace(GROUP, name="x" * 1001)),
    ("text_empty", "/department-name", replace(JOB, department_name=" ")),
    ("text_empty", "/organization/name", of(JOB, "organization", name="")),
    ("text_empty", "/content", OtherName(content="")),
    ("url_invalid", "/url", replace(URL, url="")),
    ("url_invalid", "/review-url", replace(REVIEW, review_url="https://x y")),
    ("url_invalid", "/external-ids/external-id/0/external-id-url", of(FUNDING, "external_ids", url="<a>")),
    ("organization_missing", "/organization", replace(JOB, organization=None)),
    ("organization_missing", "/convening-organization", replace(REVIEW, convening_organization=None)),
    ("organization_id_missing", DISAMBIGUATED, replace(JOB, organization=NAMED)),
    ("organization_id_missing", DISAMBIGUATED, replace(FUNDING, organization=NAMED)),
    ("organization_id_missing", f"/resource-item/0/hosts{DISAMBIGUATED.replace('n/', 'n/0/', 1)}",
     replace(RESOURCE, resource_items=(replace(ITEM, hosts=(NAMED,)),))),
    ("organization_id_incomplete", f"/convening{DISAMBIGUATED.replace('/', '-', 1)}",
     of(REVIEW, "convening_organization", disambiguation_source="ROR")),
    ("organization_source_unknown", f"{DISAMBIGUATED}/disambiguation-source",
     of(PRIZE, "organization", disambiguation_source="ISNI")),
    ("organization_id_malformed", f"{DISAMBIGUATED}/disambiguated-organization-identifier",
     of(PRIZE, "organization", disambiguated_id="05gq02987")),
    ("country_unknown", "/organization/address/country", of(JOB, "organization", country="UK")),
    ("country_unknown", "/country", Address(country="")),
    ("address_incomplete", "/organization/address", of(JOB, "organization", city=None)),
    ("address_country_missing", "/organization/address/country", of(PRIZE, "organization", country=None)),
    ("affiliation_id_missing", DISAMBIGUATED, replace(PRIZE, organization=NAMED)),
    ("end_before_start", "/end-date", replace(JOB, end_date=PartialDate(2019))),
    ("start_date_missing", "/start-date", replace(FUNDING, start_date=None)),
    ("start_date_missing", "/proposal/start-date", of(RESOURCE, "proposal", end_date=PartialDate(2020))),
    ("title_missing", "/title/title", replace(FUNDING, title=None)),
    ("title_missing", "/proposal/title/title", of(RESOURCE, "proposal", title=" ")),
    ("title_missing", "/subject-name/title", replace(REVIEW, subject_name=None, subject_subtitle="S")),
    ("translated_title_missing", "/title/translated-title", of(FUNDING, "translated_title", value=" ")),
    ("translated_title_language", "/title/translated-title/language-code",
     of(FUNDING, "translated_title", language_code="zh")),
    ("external_id_missing", "/external-ids/external-id", replace(FUNDING, external_ids=())),
    ("external_id_missing", REVIEW_ID, replace(REVIEW, review_identifiers=())),
    ("external_id_missing", "/resource-item/0/external-ids/external-id",
     of(RESOURCE, "resource_items", external_ids=())),
    ("external_id_type", f"{REVIEW_ID}/0/external-id-type", of(REVIEW, "review_identifiers", type="my type")),
    ("external_id_type", "/subject-external-identifier/external-id-type",
     of(REVIEW, "subject_external_identifier", type="DOI")),
    ("external_id_type", "/external-id-type", replace(SCOPUS, type="")),
    ("external_id_value", "/external-ids/external-id/0/external-id-value", of(JOB, "external_ids", value=" ")),
    ("external_id_relationship", f"{REVIEW_ID}/0/external-id-relationship",
     of(REVIEW, "review_identifiers", relationship=None)),
    ("external_id_relationship", "/items/item/0/external-id/external-id-relationship",
     replace(NOTIFICATION, items=(of(NOTIFICATION.items[0], "external_id", relationship=""),))),
    ("external_id_relationship", "/items/item/0/external-id/external-id-relationship",
     replace(NOTIFICATION, items=(of(NOTIFICATION.items[0], "external_id", relationship="version-of"),))),
    ("external_id_relationship", "/external-id-relationship", replace(SCOPUS, relationship="part-of")),
    ("external_id_self_missing", REVIEW_ID, of(REVIEW, "review_identifiers", relationship="version-of")),
    ("external_id_self_missing", "/proposal/external-ids/external-id",
     of(RESOURCE, "proposal", external_ids=(VERSION,))),
    ("external_id_url_missing", "/external-id-url", replace(SCOPUS, url=None)),
    ("funding_type_unknown", "/type", replace(FUNDING, type="GRANT")),
    ("amount_missing", "/amount", replace(FUNDING, amount=Amount(None, "EUR"))),
    ("amount_malformed", "/amount", replace(FUNDING, amount=Amount("1,000.00", "EUR"))),
    ("currency_missing", "/amount/currency-code", replace(FUNDING, amount=Amount("1", None))),
    ("currency_unknown", "/amount/currency-code", replace(FUNDING, amount=Amount("1", "Euro"))),
    ("contributor_orcid", f"{CONTRIBUTOR}/contributor-orcid",
     of(FUNDING, "contributors", orcid=ContributorOrcid("0000-0002-1825-0097", "example.org"))),
    ("contributor_email", f"{CONTRIBUTOR}/contributor-email", of(FUNDING, "contributors", email="jc")),
    ("contributor_role_unknown", f"{CONTRIBUTOR}/contributor-attributes/contributor-role",
     of(FUNDING, "contributors", role="author")),
    ("reviewer_role_unknown", "/reviewer-role", replace(REVIEW, reviewer_role="author")),
    ("review_type_unknown", "/review-type", replace(REVIEW, review_type="REVIEW")),
    ("review_date_missing", "/review-completion-date", replace(REVIEW, review_completion_date=None)),
    ("subject_type_unknown", "/subject-type", replace(REVIEW, subject_type="article")),
    ("group_id_malformed", "/review-group-id", replace(REVIEW, review_group_id="1741-4857")),
    ("group_id_malformed", "/group-id", replace(GROUP, group_id="issn:1741 4857")),
    ("issn_malformed", "/group-id", replace(GROUP, group_id="issn:1741-485")),
    ("issn_malformed", "/review-group-id", replace(REVIEW, review_group_id="issn:Pots")),
    ("group_type_unknown", "/type", replace(GROUP, type="blog")),
    ("resource_item_missing", "/resource-item", replace(RESOURCE, resource_items=())),
    ("resource_type_unknown", "/resource-item/0/resource-type", of(RESOURCE, "resource_items", type="kiln")),
    ("host_count", "/proposal/hosts/organization", of(RESOURCE, "proposal", hosts=(BROWN,) * 11)),
    ("host_count", "/resource-item/0/hosts/organization", of(RESOURCE, "resource_items", hosts=())),
    ("notification_type_unknown", "/notification-type", replace(NOTIFICATION, notification_type="custom")),
    ("authorization_url_missing", "/authorization-url", of(NOTIFICATION, "authorization_url", uri=None)),
    ("notification_item_missing", "/items/item", replace(NOTIFICATION, items=())),
    ("item_type_unknown", "/items/item/0/item-type", of(NOTIFICATION, "items", type="research-resource")),
    ("read_only", "", Email(email="jc@brown.example")),
]  # fmt: skip


@pytest.mark.parametrize("message", LEGAL, ids=lambda message: type(message).__name__)
def test_legal_messages_have_no_findings(message: Stored) -> None:
    assert item_rules.check(message, create=True) == ()
    assert item_rules.check(replace(message, put_code=7), create=False) == ()


@pytest.mark.parametrize(("code", "where", "message"), CASES, ids=[f"{code} {where}" for code, where, _ in CASES])
def test_each_rule(code: str, where: str, message: Stored) -> None:
    findings = item_rules.check(message, create=True)
    assert [(finding.code, finding.where) for finding in findings] == [(code, where)]
    assert findings[0].message.endswith(".")


@pytest.mark.parametrize(
    ("code", "where", "key", "value"),
    [
        ("date_impossible", "/start-date", "start-date", {"year": {"value": "2023"}, "month": {"value": "13"}}),
        ("property_unknown", "/grade", "grade", "A"),
        ("value_malformed", "/role-title", "role-title", ["a"]),
        ("value_malformed", "/put-code", "put-code", "x"),
    ],
)
def test_what_was_read_and_not_understood(code: str, where: str, key: str, value: Any) -> None:
    message = json.decode(json.encode(PRIZE) | {key: value}, Distinction)
    assert [(one.code, one.where) for one in item_rules.check(message, create=True)] == [(code, where)]


def test_rules_of_updating() -> None:
    stored = replace(JOB, put_code=7, visibility="public")

    def codes(message: Stored, **known: Any) -> list[str]:
        return [finding.code for finding in item_rules.check(message, create=False, **known)]

    assert codes(stored) == codes(stored, stored_visibility="public") == []
    assert codes(stored, stored_visibility="private") == ["visibility_changed"]
    assert codes(JOB) == ["put_code_missing"]


def test_an_update_sends_back_what_only_the_registry_understands() -> None:
    answer = json.encode(PRIZE) | {"put-code": 7, "newer": {"value": "x"}}
    assert item_rules.check(json.decode(answer, Distinction), create=False) == ()


def test_person_is_named() -> None:
    (finding,) = item_rules.check(of(FUNDING, "contributors", role="boss"), create=True)
    assert finding.person == "Josiah Carberry"


def test_every_documented_code_is_provoked_and_every_code_documented() -> None:
    documented = set(re.findall(r"^\| `([a-z_]+)` \|", DOCUMENT.read_text().partition("## Rules")[2], re.MULTILINE))
    elsewhere = {"date_impossible", "property_unknown", "value_malformed", "put_code_missing", "visibility_changed"}
    assert documented == {code for code, _, _ in CASES} | elsewhere


def test_require_valid_carries_the_findings() -> None:
    with pytest.raises(InvalidMessage, match="organization is needed") as caught:
        item_rules.require_valid(Education(), create=True)
    assert [finding.code for finding in caught.value.findings] == ["organization_missing"]
