"""Hypothesis strategies: publications as odd as hosts can make them, and messages that ORCID would take."""

from __future__ import annotations

import datetime
from typing import Any, TypeVar

from hypothesis import strategies as st

from orcid_plugin.metadata.contributor import Contributor, ContributorKind, ContributorRole
from orcid_plugin.metadata.credit import Credit, CreditRole
from orcid_plugin.metadata.dates import Dates, PartialDate
from orcid_plugin.metadata.funding import Funding
from orcid_plugin.metadata.identifiers import Identifier, OrcidId, check_digit
from orcid_plugin.metadata.publication import (
    Container,
    ContainerKind,
    Publication,
    Relation,
    RelationType,
    Title,
)
from orcid_plugin.metadata.vocabulary import (
    CITATION_TYPES,
    COUNTRY_CODES,
    FUNDED_BY_TYPES,
    IDENTIFIER_TYPES,
    LANGUAGE_CODES,
    Relationship,
    WorkType,
)
from orcid_plugin.registry.messages import item_rules, rules
from orcid_plugin.registry.messages.affiliation import AFFILIATIONS
from orcid_plugin.registry.messages.funding import Amount, FundingContributor
from orcid_plugin.registry.messages.funding import Funding as FundingItem
from orcid_plugin.registry.messages.group_id import GroupIdRecord
from orcid_plugin.registry.messages.item import ContributorOrcid, ExternalId, Organization, TranslatedTitle
from orcid_plugin.registry.messages.notification import AuthorizationUrl, NotificationItem, PermissionNotification
from orcid_plugin.registry.messages.peer_review import PeerReview
from orcid_plugin.registry.messages.person import Address, Keyword, OtherName, PersonExternalId, ResearcherUrl
from orcid_plugin.registry.messages.research_resource import Proposal, ResearchResource, ResourceItem
from orcid_plugin.registry.messages.work import Citation, Work, WorkContributor

T = TypeVar("T")


def maybe(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    return st.none() | strategy


def some(strategy: st.SearchStrategy[T], at_most: int = 3) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(strategy, max_size=at_most).map(tuple)


_PIECES = st.sampled_from(
    [
        *"<i> </i> <p> </p> <br/> &amp; &lt; &#0; &#x1F600; DNA mRNA é ﬁ ß Ø 中文 and AND , { } \\ $ % # _ ~ ^".split(),
        *"-- `` '' @ \" ] ]]> p<0.05 word 𝒜".split(),
        *["\x00", "\x0b", "\ud800", "\uffff", "\u200b", "\u00a0", "\r\n", "\n\n"],
    ]
)
texts = st.text(max_size=20) | st.lists(_PIECES, max_size=8).map(" ".join) | st.lists(_PIECES, max_size=8).map("".join)
huge_texts = st.builds(lambda piece, count: piece * count, texts, st.sampled_from([150, 1200]))
any_texts = st.one_of(texts, texts, texts, texts, texts, huge_texts)


@st.composite
def orcids(draw: st.DrawFn) -> OrcidId:
    digits = f"{draw(st.integers(0, 10**15 - 1)):015d}"
    digits += check_digit(digits)
    return OrcidId("-".join(digits[start : start + 4] for start in range(0, 16, 4)))


@st.composite
def dates(draw: st.DrawFn) -> PartialDate:
    day = draw(st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 12, 31)))
    month = draw(st.sampled_from([None, day.month]))
    return PartialDate(day.year, month, draw(st.sampled_from([None, day.day])) if month else None)


contributors = st.builds(
    Contributor,
    kind=st.sampled_from(ContributorKind),
    role=st.sampled_from(ContributorRole),
    given_names=maybe(texts),
    family_name=maybe(any_texts),
    suffix=maybe(texts),
    name=maybe(texts),
    orcid=maybe(orcids()),
    authenticated=st.booleans(),
    credit=some(st.builds(CreditRole, st.sampled_from(Credit))),
    email=maybe(texts),
)

dois = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20).map("10.1234/{}".format)
identifiers = st.one_of(
    st.builds(Identifier, st.just("doi"), dois, st.sampled_from(Relationship), maybe(texts)),
    st.builds(Identifier, st.sampled_from(["pmid", "pmc", "grant_number"]), st.integers(10**4, 10**8).map(str)),
    st.builds(Identifier, st.sampled_from([*IDENTIFIER_TYPES, "nonsense"]), texts, st.sampled_from(Relationship)),
    st.just(Identifier("issn", "0028-0836")),
    st.just(Identifier("isbn", "9780306406157")),
)
languages = st.sampled_from("en en-GB pt_BR zh zh-Hant he eng ger tlh x-klingon - English".split()) | texts
titles = st.builds(Title, any_texts, maybe(any_texts), maybe(languages))
containers = st.builds(
    Container,
    kind=st.sampled_from(ContainerKind),
    title=maybe(any_texts),
    issn_print=maybe(st.just("0028-0836") | texts),
    issn_electronic=maybe(st.just("1476-4687")),
    isbns=some(st.just("9780306406157") | texts),
    identifiers=some(identifiers),
    publisher=maybe(texts),
    series=maybe(texts),
    volume=maybe(texts),
    issue=maybe(texts),
)
fundings = st.builds(
    Funding,
    funder=maybe(texts),
    award_number=maybe(texts),
    award_doi=maybe(dois | texts),
    award_url=maybe(st.just("https://grants.example/1") | texts),
)
publications = st.builds(
    Publication,
    type=st.sampled_from(WorkType),
    title=titles,
    translated_titles=some(titles),
    container=maybe(containers),
    identifiers=some(identifiers),
    dates=st.builds(Dates, online=maybe(dates()), print=maybe(dates())),
    first_page=maybe(texts),
    last_page=maybe(texts),
    article_number=maybe(texts),
    abstract=maybe(any_texts),
    language=maybe(languages),
    country=maybe(st.sampled_from("US gb UK EU ZZ".split()) | texts),
    url=maybe(texts.map("https://x.example/{}".format) | texts),
    contributors=some(contributors, 5),
    funding=some(fundings),
    relations=some(st.builds(Relation, st.sampled_from(RelationType), identifiers)),
)
"""Anything that fits the types."""

_LEGAL = st.characters(
    exclude_categories=["Cs"], exclude_characters=[chr(code) for code in range(32)] + ["\ufffe", "\uffff"]
)
legal_texts = st.text(_LEGAL, min_size=1, max_size=40).filter(str.strip)
_urls = st.sampled_from(["https://x.example/a?b=c#d", "http://doi.org/10.1/x", "ftp://x.example/"])
_own_ids = st.builds(ExternalId, st.sampled_from(sorted(IDENTIFIER_TYPES)), legal_texts, st.just("self"), maybe(_urls))
_grants = st.builds(ExternalId, st.sampled_from(sorted(FUNDED_BY_TYPES)), legal_texts, st.just("funded-by"))
work_contributors = st.builds(
    WorkContributor,
    orcid=maybe(orcids().map(lambda orcid: ContributorOrcid(orcid.path, orcid.host))),
    credit_name=maybe(legal_texts),
    sequence=maybe(st.sampled_from(["first", "additional"])),
    role=maybe(st.sampled_from(sorted(rules.ROLES))),
).filter(lambda contributor: contributor != WorkContributor())
works = st.builds(
    Work,
    type=st.sampled_from([kind.value for kind in WorkType]),
    title=legal_texts,
    subtitle=maybe(legal_texts),
    translated_title=maybe(st.builds(TranslatedTitle, legal_texts, st.sampled_from(sorted(LANGUAGE_CODES)))),
    journal_title=maybe(legal_texts),
    short_description=maybe(legal_texts),
    citation=maybe(st.builds(Citation, st.sampled_from(sorted(CITATION_TYPES)), legal_texts)),
    publication_date=maybe(dates()),
    external_ids=st.builds(lambda own, grants: (own, *grants), _own_ids, some(_grants)),
    url=maybe(_urls),
    contributors=some(work_contributors),
    language_code=maybe(st.sampled_from(sorted(LANGUAGE_CODES))),
    country=maybe(st.sampled_from(sorted(COUNTRY_CODES))),
    put_code=maybe(st.integers(1, 10**9)),
    visibility=maybe(st.sampled_from(sorted(rules.VISIBILITIES))),
)
"""Messages that satisfy every rule."""

urls = st.sampled_from(["https://x.example/a?b=c#d", "www.example.org", "ftp://x.example/"])
put_codes = maybe(st.integers(1, 10**9))
changing: dict[str, Any] = {"put_code": put_codes, "visibility": maybe(st.sampled_from(sorted(rules.VISIBILITIES)))}
identified = st.sampled_from(
    [
        ("https://ror.org/05gq02987", "ROR"),
        ("http://dx.doi.org/10.13039/100000001", "FUNDREF"),
        ("grid.455335.1", "GRID"),
        ("385488", "RINGGOLD"),
        ("2138004UBZ3B8SJGHF11", "LEI"),
    ]
)
organizations = st.builds(
    lambda identifier, **parts: Organization(
        disambiguated_id=identifier[0], disambiguation_source=identifier[1], **parts
    ),
    identified,
    name=legal_texts,
    city=legal_texts,
    region=maybe(legal_texts),
    country=st.sampled_from(sorted(COUNTRY_CODES)),
)
placeless = st.builds(Organization, name=legal_texts, country=maybe(st.just("XK")))
external_ids = st.builds(
    ExternalId,
    st.sampled_from(sorted(IDENTIFIER_TYPES)),
    legal_texts,
    st.sampled_from(["self", "part-of", "funded-by"]),
    maybe(urls),
)
some_ids = st.lists(external_ids, min_size=1, max_size=3).map(tuple)
translated = maybe(st.builds(TranslatedTitle, legal_texts, st.sampled_from(sorted(LANGUAGE_CODES))))
periods = st.tuples(dates(), maybe(dates()))
hosts = st.lists(organizations, min_size=1, max_size=2).map(tuple)
group_ids = st.just("issn:1741-4857") | st.from_regex(item_rules.GROUP_ID, fullmatch=True).filter(
    lambda group_id: not group_id.startswith("issn:")
)


def ordered(start: PartialDate, end: PartialDate | None) -> dict[str, PartialDate | None]:
    if end and str(end) < str(start):
        start, end = end, start
    return {"start_date": start, "end_date": end}


def within(period: tuple[PartialDate, PartialDate | None], kind: Any, **parts: Any) -> Any:
    return kind(**ordered(*period), **parts)


affiliation = st.builds(
    within,
    periods,
    st.sampled_from(AFFILIATIONS),
    department_name=maybe(legal_texts),
    role_title=maybe(legal_texts),
    organization=organizations,
    url=maybe(urls),
    external_ids=some(external_ids),
    **changing,
)
funding = st.builds(
    within,
    periods,
    st.just(FundingItem),
    type=st.sampled_from(sorted(item_rules.FUNDING_TYPES)),
    organization_defined_type=maybe(legal_texts),
    title=legal_texts,
    translated_title=translated,
    short_description=maybe(legal_texts),
    amount=maybe(st.builds(Amount, st.decimals(0, 10**9, places=2).map(str), st.sampled_from(["EUR", "ADP"]))),
    url=maybe(urls),
    external_ids=some_ids,
    contributors=some(
        st.builds(
            FundingContributor,
            orcid=maybe(orcids().map(lambda orcid: ContributorOrcid(orcid.path, orcid.host))),
            credit_name=legal_texts,
            email=maybe(st.just("a@b.example")),
            role=maybe(st.sampled_from(sorted(item_rules.FUNDING_ROLES))),
        )
    ),
    organization=organizations,
    **changing,
)
peer_review = st.builds(
    PeerReview,
    reviewer_role=st.sampled_from(sorted(item_rules.REVIEWER_ROLES)),
    review_identifiers=some_ids,
    review_url=maybe(urls),
    review_type=st.sampled_from(sorted(item_rules.REVIEW_TYPES)),
    review_completion_date=dates(),
    review_group_id=group_ids,
    subject_external_identifier=maybe(external_ids),
    subject_container_name=maybe(legal_texts),
    subject_type=maybe(st.sampled_from(sorted(item_rules.SUBJECT_TYPES))),
    subject_name=legal_texts,
    subject_subtitle=maybe(legal_texts),
    subject_translated_title=translated,
    subject_url=maybe(urls),
    convening_organization=organizations | placeless,
    **changing,
)
research_resource = st.builds(
    ResearchResource,
    proposal=st.builds(
        within,
        periods,
        st.just(Proposal),
        title=legal_texts,
        translated_title=translated,
        hosts=hosts,
        external_ids=some_ids,
        url=maybe(urls),
    ),
    resource_items=st.lists(
        st.builds(
            ResourceItem,
            name=legal_texts,
            type=st.sampled_from(sorted(item_rules.RESOURCE_TYPES)),
            hosts=hosts,
            external_ids=some_ids,
            url=maybe(urls),
        ),
        min_size=1,
        max_size=2,
    ).map(tuple),
    **changing,
)
group_id_record = st.builds(
    GroupIdRecord,
    name=legal_texts,
    group_id=group_ids,
    description=legal_texts,
    type=st.sampled_from(sorted(item_rules.GROUP_TYPES)),
    put_code=put_codes,
)
notification = st.builds(
    PermissionNotification,
    authorization_url=st.builds(AuthorizationUrl, uri=urls, path=maybe(legal_texts), host=maybe(legal_texts)),
    subject=legal_texts,
    intro=legal_texts,
    items=st.lists(
        st.builds(
            NotificationItem,
            type=st.sampled_from(sorted(item_rules.NOTIFIED_TYPES)),
            name=legal_texts,
            external_id=maybe(external_ids.filter(lambda one: one.relationship != "funded-by")),
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
    put_code=put_codes,
)
person = st.one_of(
    st.builds(Address, country=st.sampled_from(sorted(COUNTRY_CODES)), **changing),
    st.builds(Keyword, content=legal_texts, **changing),
    st.builds(OtherName, content=legal_texts, **changing),
    st.builds(ResearcherUrl, url_name=maybe(legal_texts), url=urls, **changing),
    st.builds(PersonExternalId, type=legal_texts, value=legal_texts, url=urls, **changing),
)
SECTIONS: dict[str, st.SearchStrategy[Any]] = {
    "affiliation": affiliation,
    "funding": funding,
    "peer-review": peer_review,
    "research-resource": research_resource,
    "group-id": group_id_record,
    "notification": notification,
    "person": person,
}
"""Messages of every section that satisfy every rule."""
