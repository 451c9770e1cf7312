"""Every real deposit at hand, amended for everybody in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import etree

from orcid_plugin.deposits.crossref import amend
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.credit import Credit
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.metadata.publication import Publication
from tests.conftest import samples
from tests.deposits.conftest import Faults, article, author, iD

INSERTED = re.compile(
    rb'\s*<(\w+:)?role vocab="credit" type="[a-z-]+"/>'
    rb'|\s*<(\w+:)?ORCID authenticated="true">https://orcid\.org/[0-9X-]{19}</(\w+:)?ORCID>'
)


def everybody(xml: bytes) -> list[Publication]:
    """One publication for each DOI, on which each person has the iD of the deposit or one of their own, and two roles."""
    publications = []
    for doi in etree.fromstring(xml).iter("{http://www.crossref.org/schema/*}doi", "{*}doi"):
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
    orcid = OrcidId.parse(stated) if stated else iD(number)
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
        assert faults(amended.xml) == []
    assert amend(amended.xml, publications).xml == amended.xml

    with_ids = etree.fromstring(amended.xml)
    for publication in publications:
        for contributor in publication.contributors:
            uri = contributor.orcid.uri if contributor.orcid else ""
            assert any(
                orcid.text == uri and orcid.get("authenticated") == "true" for orcid in with_ids.iter("{*}ORCID")
            )
    if b"http://orcid.org/" not in xml:
        assert INSERTED.sub(b"", amended.xml) == INSERTED.sub(b"", xml)


@pytest.mark.parametrize("path", samples("crossref"), ids=lambda path: path.stem)
def test_a_sample_is_untouched_without_anything_to_write(path: Path) -> None:
    xml = path.read_bytes()
    assert amend(xml, []).xml == xml
    assert amend(xml, [article(author("Nobody", "Here", 1), doi="10.5555/elsewhere")]).xml == xml
