"""Hypothesis strategies for publications of every shape."""

from __future__ import annotations

import calendar

from hypothesis import strategies as st

from orcid_plugin.metadata.affiliation import Affiliation
from orcid_plugin.metadata.contributor import Contributor, ContributorKind, ContributorRole
from orcid_plugin.metadata.credit import Credit, CreditRole, Degree
from orcid_plugin.metadata.dates import Dates, PartialDate
from orcid_plugin.metadata.funding import Funding
from orcid_plugin.metadata.identifiers import Identifier, OrcidId, check_digit
from orcid_plugin.metadata.publication import (
    Container,
    ContainerKind,
    Publication,
    Relation,
    RelationType,
    Retraction,
    Title,
)
from orcid_plugin.metadata.vocabulary import COUNTRY_CODES, Relationship, WorkType

texts = st.text(max_size=20)
maybe = texts | st.none()
countries = st.sampled_from(sorted(COUNTRY_CODES)) | st.none()
orcids = st.builds(
    lambda digits, host: OrcidId.parse(f"https://{host}/{digits}{check_digit(digits)}"),
    st.from_regex("[0-9]{15}", fullmatch=True),
    st.sampled_from(["orcid.org", "sandbox.orcid.org"]),
)


@st.composite
def dates(draw: st.DrawFn) -> PartialDate:
    year = draw(st.integers(1900, 2100))
    month = draw(st.integers(1, 12) | st.none())
    day = draw(st.integers(1, calendar.monthrange(year, month)[1]) | st.none()) if month else None
    return PartialDate(year, month, day)


def identifiers() -> st.SearchStrategy[Identifier]:
    values = st.one_of(
        st.tuples(st.just("doi"), st.from_regex(r"10\.[0-9]{4}/[!-~]{1,10}", fullmatch=True)),
        st.tuples(st.just("pmid"), st.from_regex("[0-9]{1,8}", fullmatch=True)),
        st.tuples(st.just("uri"), st.from_regex(r"https://example\.org/[a-z]{1,5}", fullmatch=True)),
        st.tuples(st.just("other-id"), st.from_regex("[a-z]{1,5}", fullmatch=True)),
    )
    return st.builds(
        lambda pair, relationship: Identifier.of(*pair, relationship), values, st.sampled_from(Relationship)
    )


affiliations = st.builds(
    Affiliation,
    name=texts,
    department=maybe,
    city=maybe,
    region=maybe,
    country=countries,
    ror=st.sampled_from(["https://ror.org/05gq02987", None]),
)
contributors = st.builds(
    Contributor,
    kind=st.sampled_from(ContributorKind),
    role=st.sampled_from(ContributorRole),
    given_names=maybe,
    family_name=maybe,
    suffix=maybe,
    name=maybe,
    orcid=orcids | st.none(),
    authenticated=st.booleans(),
    credit=st.lists(
        st.builds(CreditRole, st.sampled_from(Credit), st.sampled_from(Degree) | st.none()), max_size=2
    ).map(tuple),
    affiliations=st.lists(affiliations, max_size=2).map(tuple),
    email=maybe,
    corresponding=st.booleans(),
    equal=st.booleans(),
    deceased=st.booleans(),
    key=maybe,
)
titles = st.builds(Title, texts, maybe, maybe)
containers = st.builds(
    Container,
    kind=st.sampled_from(ContainerKind),
    title=maybe,
    issn_print=st.sampled_from(["2049-3630", None]),
    issn_electronic=st.sampled_from(["1050-124X", None]),
    isbns=st.sampled_from([("9783161484100",), ()]),
    identifiers=st.lists(identifiers(), max_size=1).map(tuple),
    publisher=maybe,
    series=maybe,
    volume=maybe,
    issue=maybe,
)
publications = st.builds(
    Publication,
    type=st.sampled_from(WorkType),
    title=titles,
    translated_titles=st.lists(titles, max_size=2).map(tuple),
    container=containers | st.none(),
    identifiers=st.lists(identifiers(), max_size=3).map(tuple),
    dates=st.builds(
        Dates,
        online=dates() | st.none(),
        print=dates() | st.none(),
        posted=dates() | st.none(),
        issue=dates() | st.none(),
        received=dates() | st.none(),
        accepted=dates() | st.none(),
        copyright=st.integers(1900, 2100) | st.none(),
    ),
    first_page=maybe,
    last_page=maybe,
    article_number=maybe,
    abstract=maybe,
    language=maybe,
    country=countries,
    url=st.sampled_from(["https://example.org/1", None]),
    contributors=st.lists(contributors, max_size=3).map(tuple),
    funding=st.lists(
        st.builds(Funding, funder=maybe, funder_id=maybe, award_number=maybe, award_url=maybe), max_size=2
    ).map(tuple),
    license=maybe,
    relations=st.lists(st.builds(Relation, st.sampled_from(RelationType), identifiers()), max_size=2).map(tuple),
    retraction=st.none() | st.builds(Retraction, date=dates() | st.none(), notice=identifiers() | st.none()),
)
