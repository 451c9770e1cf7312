"""Every real deposit at hand, amended for everybody in it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from orcid_plugin.deposits.crossref import amend
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.credit import Credit
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.metadata.publication import Publication
from orcid_plugin.metadata.readers import jats
from tests.conftest import samples
from tests.deposits.conftest import Faults, an_id, article, author, batch, journal_article, person

INSERTED = re.compile(
    rb'\s*<(\w+:)?role vocab="credit" type="[a-z-]+"/>'
    rb'|\s*<(\w+:)?ORCID authenticated="true">https://orcid\.org/[0-9X-]{19}</(\w+:)?ORCID>'
)
FAMILIES = "Müller O'Brien Wang Núñez Kowalski Dupont Rossi Smith Jensen Sato".split()


def everybody(xml: bytes) -> list[Publication]:
    """One publication for each DOI, whose people have the iD of the deposit or one of their own, and two roles."""
    publications = []
    for doi in etree.fromstring(xml).iter("{*}doi"):
        parent = doi.getparent()
        if parent is None or not parent.tag.endswith("}doi_data"):
            continue
        holder = parent.getparent()
        if "proceedings_" in holder.tag:
            holder = holder.getparent()
        persons = holder.findall("{*}contributors/{*}person_name") + holder.findall("{*}person_name")
        people = [_contributor(person, number) for number, person in enumerate(persons)]
        publications.append(article(*people, doi=doi.text))
    return publications


def _contributor(person: etree._Element, number: int) -> Contributor:
    stated = person.findtext("{*}ORCID")
    orcid = OrcidId.parse(stated) if stated else an_id(number)
    roles = (Credit.SOFTWARE, Credit.WRITING_REVIEW_EDITING, Credit.SOFTWARE)
    suffix = person.findtext("{*}suffix")
    return author(person.findtext("{*}given_name"), person.findtext("{*}surname"), orcid, *roles, suffix=suffix)


@pytest.mark.parametrize("path", samples("crossref"), ids=lambda path: path.stem)
def test_a_sample_amended_for_everybody(path: Path, faults: Faults) -> None:
    xml = path.read_bytes()
    publications = everybody(xml)
    amended = amend(xml, publications)

    assert len(amended.matches) == sum(len(publication.contributors) for publication in publications)
    assert {finding.code for finding in amended.findings} <= {"credit_dropped", "schema_unsupported"}
    if not faults(xml):
        assert faults(amended.content) == []
    assert amend(amended.content, publications).content == amended.content

    with_ids = etree.fromstring(amended.content)
    for publication in publications:
        for contributor in publication.contributors:
            uri = contributor.orcid.uri if contributor.orcid else ""
            assert any(
                orcid.text == uri and orcid.get("authenticated") == "true" for orcid in with_ids.iter("{*}ORCID")
            )
    if b"http://orcid.org/" not in xml:
        assert INSERTED.sub(b"", amended.content) == INSERTED.sub(b"", xml)


@pytest.mark.parametrize("path", samples("crossref"), ids=lambda path: path.stem)
def test_a_sample_is_untouched_without_anything_to_write(path: Path) -> None:
    xml = path.read_bytes()
    assert amend(xml, []).content == xml
    assert amend(xml, [article(author("Nobody", "Here", 1), doi="10.5555/elsewhere")]).content == xml


def test_a_real_article_and_its_deposit(shared: Path, faults: Faults) -> None:
    publication = jats.read((shared / "samples/jats/elife-102451-v1.xml").read_bytes()).publication
    vouched = tuple(replace(person, authenticated=True) for person in publication.contributors)
    xml = (shared / "samples/crossref/elife__elife-crossref-102451-20170717071707.xml").read_bytes()
    amended = amend(xml, [replace(publication, contributors=vouched)])
    assert amended.findings == ()
    assert [match.contributor.family_name for match in amended.matches] == (
        "Zhang Zhou Shao Zhao Liu Ni Bao Zhang Zhang Luo Qu Xu Zuo".split()
    )
    roles = sum(len(match.roles) for match in amended.matches)
    assert amended.content.count(b'<role vocab="credit"') == roles > 40
    assert faults(amended.content) == []
    assert INSERTED.sub(b"", amended.content) == INSERTED.sub(b"", xml)


def test_sixty_authors_of_whom_the_deposit_knows_initials_in_another_order(faults: Faults) -> None:
    names = [(first, second) for first in "Ada Ben Cleo Dan Eve Finn".split() for second in FAMILIES]
    people = [author(f"{first} Maria", second, number, Credit.SOFTWARE) for number, (first, second) in enumerate(names)]
    persons = [
        person(f"{first[0]}. M.", second.upper(), first=not place) for place, (first, second) in enumerate(names)
    ]
    xml = batch(journal_article(*reversed(persons)), indent=True)
    amended = amend(xml, [article(*people)])
    assert amended.findings == ()
    assert len(amended.matches) == 60
    assert INSERTED.sub(b"", amended.content) == xml
    assert faults(amended.content) == []
    for number, (first, second) in enumerate(names):
        entry = f"<given_name>{first[0]}. M.</given_name>\n\t\t\t\t\t\t<surname>{second.upper()}</surname>"
        assert amended.content.decode().partition(entry)[2].partition("</ORCID>")[0].endswith(an_id(number).uri)
