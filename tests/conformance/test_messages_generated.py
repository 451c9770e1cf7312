"""Whatever satisfies the rules of a section satisfies its schema, and says the same in JSON and XML."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from orcid_plugin.metadata.dates import PartialDate
from orcid_plugin.metadata.vocabulary import COUNTRY_CODES, IDENTIFIER_TYPES, LANGUAGE_CODES
from orcid_plugin.registry.encoding import json, xml
from orcid_plugin.registry.encoding.records import table_of
from orcid_plugin.registry.messages import item_rules
from orcid_plugin.registry.messages.affiliation import AFFILIATIONS
from orcid_plugin.registry.messages.funding import Amount, Funding, FundingContributor
from orcid_plugin.registry.messages.group_id import GroupIdRecord
from orcid_plugin.registry.messages.item import ContributorOrcid, ExternalId, Organization, Stored, TranslatedTitle
from orcid_plugin.registry.messages.notification import AuthorizationUrl, NotificationItem, PermissionNotification
from orcid_plugin.registry.messages.peer_review import PeerReview
from orcid_plugin.registry.messages.person import Address, Keyword, OtherName, PersonExternalId, ResearcherUrl
from orcid_plugin.registry.messages.research_resource import Proposal, ResearchResource, ResourceItem
from orcid_plugin.registry.messages.rules import VISIBILITIES
from tests.strategies import dates, legal_texts, maybe, orcids, some

URLS = st.sampled_from(["https://x.example/a?b=c#d", "www.example.org", "ftp://x.example/"])
PUT_CODES = maybe(st.integers(1, 10**9))
CHANGING: dict[str, Any] = {"put_code": PUT_CODES, "visibility": maybe(st.sampled_from(sorted(VISIBILITIES)))}
IDENTIFIED = st.sampled_from(
    [
        ("https://ror.org/05gq02987", "ROR"),
        ("http://dx.doi.org/10.13039/100000001", "FUNDREF"),
        ("grid.455335.1", "GRID"),
        ("385488", "RINGGOLD"),
        ("2138004UBZ3B8SJGHF11", "LEI"),
    ]
)
ORGANIZATIONS = st.builds(
    lambda identifier, **parts: Organization(
        disambiguated_id=identifier[0], disambiguation_source=identifier[1], **parts
    ),
    IDENTIFIED,
    name=legal_texts,
    city=legal_texts,
    region=maybe(legal_texts),
    country=st.sampled_from(sorted(COUNTRY_CODES)),
)
PLACELESS = st.builds(Organization, name=legal_texts, country=maybe(st.just("XK")))
EXTERNAL_IDS = st.builds(
    ExternalId,
    st.sampled_from(sorted(IDENTIFIER_TYPES)),
    legal_texts,
    st.sampled_from(["self", "part-of", "funded-by"]),
    maybe(URLS),
)
SOME_IDS = st.lists(EXTERNAL_IDS, min_size=1, max_size=3).map(tuple)
TRANSLATED = maybe(st.builds(TranslatedTitle, legal_texts, st.sampled_from(sorted(LANGUAGE_CODES))))
PERIODS = st.tuples(dates(), maybe(dates()))
HOSTS = st.lists(ORGANIZATIONS, min_size=1, max_size=2).map(tuple)
GROUP_IDS = st.from_regex(item_rules.GROUP_ID, fullmatch=True)


def ordered(start: PartialDate, end: PartialDate | None) -> dict[str, PartialDate | None]:
    if end and str(end) < str(start):
        start, end = end, start
    return {"start_date": start, "end_date": end}


def within(period: tuple[PartialDate, PartialDate | None], kind: Any, **parts: Any) -> Any:
    return kind(**ordered(*period), **parts)


AFFILIATION = st.builds(
    within,
    PERIODS,
    st.sampled_from(AFFILIATIONS),
    department_name=maybe(legal_texts),
    role_title=maybe(legal_texts),
    organization=ORGANIZATIONS,
    url=maybe(URLS),
    external_ids=some(EXTERNAL_IDS),
    **CHANGING,
)
FUNDING = st.builds(
    within,
    PERIODS,
    st.just(Funding),
    type=st.sampled_from(sorted(item_rules.FUNDING_TYPES)),
    organization_defined_type=maybe(legal_texts),
    title=legal_texts,
    translated_title=TRANSLATED,
    short_description=maybe(legal_texts),
    amount=maybe(st.builds(Amount, st.decimals(0, 10**9, places=2).map(str), st.sampled_from(["EUR", "ADP"]))),
    url=maybe(URLS),
    external_ids=SOME_IDS,
    contributors=some(
        st.builds(
            FundingContributor,
            orcid=maybe(orcids().map(lambda orcid: ContributorOrcid(orcid.path, orcid.host))),
            credit_name=legal_texts,
            email=maybe(st.just("a@b.example")),
            role=maybe(st.sampled_from(sorted(item_rules.FUNDING_ROLES))),
        )
    ),
    organization=ORGANIZATIONS,
    **CHANGING,
)
PEER_REVIEW = st.builds(
    PeerReview,
    reviewer_role=st.sampled_from(sorted(item_rules.REVIEWER_ROLES)),
    review_identifiers=SOME_IDS,
    review_url=maybe(URLS),
    review_type=st.sampled_from(sorted(item_rules.REVIEW_TYPES)),
    review_completion_date=dates(),
    review_group_id=GROUP_IDS,
    subject_external_identifier=maybe(EXTERNAL_IDS),
    subject_container_name=maybe(legal_texts),
    subject_type=maybe(st.sampled_from(sorted(item_rules.SUBJECT_TYPES))),
    subject_name=legal_texts,
    subject_subtitle=maybe(legal_texts),
    subject_translated_title=TRANSLATED,
    subject_url=maybe(URLS),
    convening_organization=ORGANIZATIONS | PLACELESS,
    **CHANGING,
)
RESEARCH_RESOURCE = st.builds(
    ResearchResource,
    proposal=st.builds(
        within,
        PERIODS,
        st.just(Proposal),
        title=legal_texts,
        translated_title=TRANSLATED,
        hosts=HOSTS,
        external_ids=SOME_IDS,
        url=maybe(URLS),
    ),
    resource_items=st.lists(
        st.builds(
            ResourceItem,
            name=legal_texts,
            type=st.sampled_from(sorted(item_rules.RESOURCE_TYPES)),
            hosts=HOSTS,
            external_ids=SOME_IDS,
            url=maybe(URLS),
        ),
        min_size=1,
        max_size=2,
    ).map(tuple),
    **CHANGING,
)
GROUP_ID_RECORD = st.builds(
    GroupIdRecord,
    name=legal_texts,
    group_id=GROUP_IDS,
    description=legal_texts,
    type=st.sampled_from(sorted(item_rules.GROUP_TYPES)),
    put_code=PUT_CODES,
)
NOTIFICATION = st.builds(
    PermissionNotification,
    authorization_url=st.builds(AuthorizationUrl, uri=URLS, path=maybe(legal_texts), host=maybe(legal_texts)),
    subject=legal_texts,
    intro=legal_texts,
    items=st.lists(
        st.builds(
            NotificationItem,
            type=st.sampled_from(sorted(item_rules.NOTIFIED_TYPES)),
            name=legal_texts,
            external_id=maybe(EXTERNAL_IDS.filter(lambda one: one.relationship != "funded-by")),
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
    put_code=PUT_CODES,
)
PERSON = st.one_of(
    st.builds(Address, country=st.sampled_from(sorted(COUNTRY_CODES)), **CHANGING),
    st.builds(Keyword, content=legal_texts, **CHANGING),
    st.builds(OtherName, content=legal_texts, **CHANGING),
    st.builds(ResearcherUrl, url_name=maybe(legal_texts), url=URLS, **CHANGING),
    st.builds(PersonExternalId, type=legal_texts, value=legal_texts, url=URLS, **CHANGING),
)
SECTIONS = {
    "affiliation": AFFILIATION,
    "funding": FUNDING,
    "peer-review": PEER_REVIEW,
    "research-resource": RESEARCH_RESOURCE,
    "group-id": GROUP_ID_RECORD,
    "notification": NOTIFICATION,
    "person": PERSON,
}
FILES = {
    "group-id": "group-id-3.0/group-id",
    "notification": "notification_3.0/notification-permission",
    "external-identifier": "record_3.0/person-external-identifier",
}


@cache
def schema(shared: Path, prefix: str) -> etree.XMLSchema:
    file = FILES.get(prefix, f"record_3.0/{prefix}")
    return etree.XMLSchema(etree.parse(shared / f"schemas/orcid/{file}-3.0.xsd"))


@pytest.mark.parametrize("section", SECTIONS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_what_satisfies_the_rules_satisfies_the_schema(shared: Path, section: str, data: st.DataObject) -> None:
    message: Stored = data.draw(SECTIONS[section])
    kind = type(message)
    assert item_rules.check(message, create=message.put_code is None) == ()
    document = xml.dumps(message)
    schema(shared, table_of(kind).prefix).assertValid(etree.fromstring(document))
    assert xml.loads(document, kind) == json.loads(json.dumps(message), kind) == message
