"""Hypothesis strategies: publications as odd as hosts can make them, and work messages that ORCID would take."""

from __future__ import annotations

import datetime
from typing import TypeVar

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
from orcid_plugin.registry.messages import rules
from orcid_plugin.registry.messages.item import ContributorOrcid, ExternalId, TranslatedTitle
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
