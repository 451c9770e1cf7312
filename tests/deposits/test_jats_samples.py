"""Every real article at hand, amended for nobody and for everybody in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from orcid_plugin.deposits.jats import amend
from orcid_plugin.errors import PublicationRefused
from orcid_plugin.metadata.contributor import Contributor, ContributorKind, ContributorRole
from orcid_plugin.metadata.credit import Credit, CreditRole
from orcid_plugin.metadata.publication import Publication
from orcid_plugin.metadata.readers import jats as reader
from tests.conftest import samples
from tests.deposits.conftest import an_id, article, author

ID = rb"<contrib-id [^>]*>\s*[^<]*</contrib-id>"
ROLE = (
    rb'<role (?:content-type="https://credit\.niso\.org/contributor-roles/[a-z-]+/"|vocab="credit" vocab-identifier='
    rb'"https://credit\.niso\.org/" vocab-term="[^"]+" vocab-term-identifier="[^"]+")>[^<]+</role>'
)
ADDED = re.compile(rb"\s*(?:%b|%b)" % (ID, ROLE))
# Of these nothing is asked for that the file could not hold, or that somebody could take for somebody else.
LEFT_ALONE = {
    "tandf__nlm_tf_gapfd_116_38": {"schema_unsupported"},  # NLM 3.0
    "edp__jats_a+a_multiparagraph_abstract": {"authenticated_dropped"},  # JATS 1.0
    "ubiquity__up-sta-example": {"authenticated_dropped"},
    "elife-102451-v1": {"homonym"},  # one editor in two roles
    "elife-00666": {"authenticated_without_proof"},  # a member of a group
    "peerj__example-jats-1-1": {"orcid_invalid"},  # 1234-1234-1234-1234
    "jats4r__funding-test2": {"person_not_found"},  # no contributors at all
}
ROLES = (Credit.SOFTWARE, Credit.WRITING_REVIEW_EDITING)


def everybody(xml: bytes) -> Publication:
    """The article's own publication, each person with the iD of the article or one of their own, and two more roles."""
    try:
        publication = reader.read(xml).publication
    except PublicationRefused:  # parts of articles, to test other things with
        return article(author("Patrick", "McCaw", 1, *ROLES), doi=None)
    people = [_everything(person, number) for number, person in enumerate(publication.contributors)]
    return replace(publication, contributors=tuple(people))


def _everything(person: Contributor, number: int) -> Contributor:
    if person.kind is not ContributorKind.PERSON:
        return person
    stated = {credit.role for credit in person.credit}
    credit = (*person.credit, *(CreditRole(role) for role in ROLES if role not in stated))
    return replace(person, orcid=person.orcid or an_id(number), authenticated=True, credit=credit)


@pytest.mark.parametrize("path", samples("jats"), ids=lambda path: path.stem)
def test_an_article_is_untouched_with_nobody_connected(path: Path) -> None:
    xml = path.read_bytes()
    publication = everybody(xml)
    nobody = replace(
        publication,
        contributors=tuple(replace(one, authenticated=False, credit=()) for one in publication.contributors),
    )
    assert amend(xml, []).content == xml
    assert amend(xml, [nobody]).content == xml


@pytest.mark.parametrize("path", samples("jats"), ids=lambda path: path.stem)
def test_an_article_amended_for_everybody(path: Path) -> None:
    xml = path.read_bytes()
    publication = everybody(xml)
    amended = amend(xml, [publication])
    assert {finding.code for finding in amended.findings} == LEFT_ALONE.get(path.stem, set())
    assert ADDED.sub(b"", amended.content) == ADDED.sub(b"", xml)
    assert amend(amended.content, [publication]).content == amended.content
    if path.stem.startswith(("tandf", "jats4r")):
        return
    written = {match.contributor for match in amended.matches}
    marked = "authenticated_dropped" not in LEFT_ALONE.get(path.stem, set())
    for wanted, read in zip(
        publication.contributors, reader.read(amended.content).publication.contributors, strict=True
    ):
        if wanted not in written:
            continue
        if "orcid_invalid" not in {one.code for one in amended.findings if one.person == wanted.display_name}:
            assert (read.orcid, read.authenticated) == (wanted.orcid, marked)
        # The reader takes a <role> of an editor for a job title.
        if wanted.role in {ContributorRole.AUTHOR, ContributorRole.OTHER}:
            assert {credit.role for credit in read.credit} == {credit.role for credit in wanted.credit}
    people = [one for one in publication.contributors if one.kind is ContributorKind.PERSON]
    assert len(written) == len(people) - sum(one.code == "homonym" for one in amended.findings)


@pytest.mark.parametrize("path", samples("jats"), ids=lambda path: path.stem)
def test_an_amended_article_breaks_no_more_of_its_schema(
    path: Path, jats_faults: Callable[[bytes, str], list[str]]
) -> None:
    xml = path.read_bytes()
    stated = re.search(rb'JATS \(Z39\.96\)[^"]* v(1\.[01])|dtd-version="(1\.[01])', xml)
    version = "1.3" if stated is None else (stated[1] or stated[2]).decode()
    before = Counter(jats_faults(xml, version))
    after = Counter(jats_faults(amend(xml, [everybody(xml)]).content, version))
    assert after <= before
