# ruff: noqa: E501 - snippets of XML are read best on one line
"""Habits of the software that makes deposits, met in templates and files of the field; names are invented."""

from __future__ import annotations

import pytest
from lxml import etree

from orcid_plugin.deposits.crossref import amend
from orcid_plugin.metadata.identifiers import OrcidId
from tests.deposits.conftest import DOI, Faults, article, author, batch, codes, doi_data, journal_article, person

JOSIAH = author("Josiah", "Carberry", OrcidId("0000-0002-1825-0097"))
ELEMENT = b'<ORCID authenticated="true">https://orcid.org/0000-0002-1825-0097</ORCID>'
INSTITUTION = (
    "<affiliations><institution><institution_name>Brown University</institution_name></institution></affiliations>"
)


@pytest.mark.parametrize("stated", ["", "<ORCID>https://orcid.org/0000-0002-1825-0097</ORCID>"])
@pytest.mark.parametrize("second", [DOI, "10.5555/other"])
def test_a_record_that_states_two_dois_is_written_to_once(stated: str, second: str) -> None:
    record = journal_article(person("Josiah", "Carberry", stated)).replace(doi_data(), doi_data() + doi_data(second))
    publications = [article(JOSIAH)] + ([article(JOSIAH, doi=second)] if second != DOI else [])
    amended = amend(batch(record), publications).content
    assert amended.count(ELEMENT) == 1
    etree.fromstring(amended)
    assert amend(amended, publications).content == amended


@pytest.mark.parametrize("address", ["https://orcid.org/", "http://orcid.org", " https://orcid.org/\n"])
def test_a_template_leaves_the_address_of_orcid_without_an_id(address: str, faults: Faults) -> None:
    amendment = amend(batch(journal_article(person("Josiah", "Carberry", f"<ORCID>{address}</ORCID>", first=True))), [article(JOSIAH)])  # fmt: skip
    assert amendment.content.count(b"<ORCID") == amendment.content.count(ELEMENT) == 1
    assert codes(amendment.findings) == []
    assert faults(amendment.content) == []


def test_ojs_states_names_in_other_languages_after_the_id(faults: Faults) -> None:
    other = (
        '<alt-name><name language="ru"><surname>Карберри</surname><given_name>Джосайя</given_name></name></alt-name>'
    )
    deposit = batch(journal_article(person("Josiah", "Carberry", INSTITUTION + other, first=True)), version="5.3.1")
    amended = amend(deposit, [article(JOSIAH)]).content
    assert amended.replace(ELEMENT, b"") == deposit
    assert amended.index(b"</affiliations>") < amended.index(ELEMENT) < amended.index(b"<alt-name>")
    assert faults(amended) == []
    cyrillic = author("Джосайя", "Карберри", JOSIAH.orcid)
    assert amend(deposit, [article(cyrillic)]).content == amended


def test_janeway_writes_roles_of_its_own_after_the_id() -> None:
    roles = "<contrib_role>\n<role_name>Software</role_name>\n<role_identifier>https://credit.niso.org/contributor-roles/software/</role_identifier>\n</contrib_role>"
    deposit = batch(
        journal_article(person("\nJosiah ", " Carberry\n", f"\n\n{INSTITUTION}\n\n{roles}")), version="5.3.1"
    )
    amended = amend(deposit, [article(JOSIAH)]).content
    assert b"".join(amended.replace(ELEMENT, b"").split()) == b"".join(deposit.split())
    assert amended.index(b"</affiliations>") < amended.index(ELEMENT) < amended.index(b"<contrib_role>")


def test_a_draft_without_a_doi_of_its_own_is_left_alone() -> None:
    deposit = batch(journal_article(person("Josiah", "Carberry"), doi="N/A"))
    amendment = amend(deposit, [article(JOSIAH)])
    assert amendment.content == deposit
    assert codes(amendment.findings) == ["doi_not_found"]
