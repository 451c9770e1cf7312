"""What a host sends out, with the iDs that the store proves: Crossref, JATS, DataCite."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from orcid_plugin.errors import InputError, UnreadableInput
from orcid_plugin.hooks import deposit as hook
from orcid_plugin.hooks import publication as publication_hook
from orcid_plugin.metadata.findings import Finding
from orcid_plugin.metadata.identifiers import OrcidId
from tests.hooks.test_publication import KEY, connect
from tests.mounted import JOSIAH, article, make_app, runtime_of

DEPOSIT = b"""<?xml version="1.0" encoding="UTF-8"?>
<doi_batch version="5.3.1" xmlns="http://www.crossref.org/schema/5.3.1">
<head><doi_batch_id>1</doi_batch_id><timestamp>1</timestamp>
<depositor><depositor_name>T</depositor_name><email_address>t@example.org</email_address></depositor>
<registrant>T</registrant></head>
<body><journal><journal_metadata><full_title>Tests</full_title></journal_metadata>
<journal_article publication_type="full_text"><titles><title>On tests &amp; trees</title></titles>
<contributors>
<person_name sequence="first" contributor_role="author">
<given_name>Josiah</given_name><surname>Example</surname></person_name>
<person_name sequence="additional" contributor_role="author">
<given_name>Sofia</given_name><surname>Example</surname></person_name>
</contributors>
<publication_date><year>2026</year></publication_date>
<doi_data><doi>10.5555/DEMO.1</doi><resource>https://example.org/1</resource></doi_data>
</journal_article></journal></body></doi_batch>
"""
ELEMENT = f'<ORCID authenticated="true">https://orcid.org/{JOSIAH}</ORCID>'.encode()


@pytest.fixture
def production(tmp_path: Any) -> Iterator[Flask]:
    app = make_app(f"sqlite:///{tmp_path / 'production.sqlite3'}", environment="production")
    runtime = runtime_of(app)
    runtime.store.upgrade()
    connect(app)
    with app.app_context():
        publication_hook.published(article())
        yield app
    runtime.close()


@pytest.mark.parametrize("publication", [None, KEY, article()], ids=["all", "key", "publication"])
@pytest.mark.usefixtures("production")
def test_the_connected_author_gets_an_id_and_nothing_else_changes(publication: Any) -> None:
    amended = hook.crossref(DEPOSIT, publication)
    assert amended.count(b"<ORCID") == 1
    assert amended.replace(ELEMENT, b"").split() == DEPOSIT.split()
    assert amended.index(ELEMENT) < amended.index(b"Sofia")
    assert hook.crossref(amended, publication) == amended


@pytest.mark.usefixtures("production")
def test_ids_that_only_metadata_marks_are_not_written() -> None:
    josiah, sofia, group = article().contributors
    claimed = dataclasses.replace(sofia, orcid=OrcidId("0000-0001-5109-3700"), authenticated=True)
    amended = hook.crossref(DEPOSIT, dataclasses.replace(article(), contributors=(josiah, claimed, group)))
    assert amended.count(b"<ORCID") == 1


def test_ids_of_the_sandbox_are_reported_and_not_written(lite_app: Flask) -> None:
    connect(lite_app)
    findings: list[Finding] = []
    with lite_app.app_context():
        publication_hook.published(article())
        assert hook.crossref(DEPOSIT, KEY, report=findings.append) == DEPOSIT
    assert "sandbox_id" in {finding.code for finding in findings}


def test_a_deposit_goes_out_without_credentials(tmp_path: Any) -> None:
    app = make_app(f"sqlite:///{tmp_path / 'bare.sqlite3'}", client_id=None)
    runtime = runtime_of(app)
    runtime.store.upgrade()
    with app.app_context():
        assert hook.crossref(DEPOSIT, article(), report=lambda _: None) == DEPOSIT
    runtime.close()


@pytest.mark.usefixtures("production")
def test_what_cannot_be_used_is_said() -> None:
    with pytest.raises(InputError, match="'unknown'"):
        hook.crossref(DEPOSIT, "unknown")
    with pytest.raises(UnreadableInput):
        hook.crossref(b"<html/>", KEY)
    with pytest.raises(UnreadableInput):
        hook.crossref(b"", None)


RESOURCES = b"""<doi_batch version="4.4.2" xmlns="http://www.crossref.org/doi_resources_schema/4.4.2">
<head><doi_batch_id>1</doi_batch_id></head>
<body><doi_citations><doi>10.5555/demo.1</doi><citation_list/></doi_citations></body></doi_batch>
"""


@pytest.mark.usefixtures("production")
def test_a_file_of_resources_is_handed_back_with_a_finding() -> None:
    findings: list[Finding] = []
    assert hook.crossref(RESOURCES, report=findings.append) == RESOURCES
    assert [finding.code for finding in findings] == ["schema_unsupported"]


JATS = b"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) Journal Publishing DTD v1.3 20210610//EN" "jats.dtd">
<article><front><article-meta><article-id pub-id-type="doi">10.5555/DEMO.1</article-id>
<title-group><article-title>On tests&nbsp;&amp; trees</article-title></title-group>
<contrib-group>
<contrib contrib-type="author"><name><surname>Example</surname><given-names>Josiah</given-names></name></contrib>
<contrib contrib-type="author"><name><surname>Example</surname><given-names>Sofia</given-names></name></contrib>
</contrib-group></article-meta></front></article>
"""
JATS_ID = f'<contrib-id contrib-id-type="orcid" authenticated="true">https://orcid.org/{JOSIAH}</contrib-id>'.encode()
DATACITE = b"""<?xml version="1.0" encoding="UTF-8"?>
<resource xmlns="http://datacite.org/schema/kernel-4"><identifier identifierType="DOI">10.5555/DEMO.1</identifier>
<creators>
<creator><creatorName nameType="Personal">Example, Josiah</creatorName></creator>
<creator><creatorName nameType="Personal">Example, Sofia</creatorName></creator>
</creators></resource>
"""
DATACITE_ID = (
    '<nameIdentifier nameIdentifierScheme="ORCID" schemeURI="https://orcid.org">'
    f"https://orcid.org/{JOSIAH}</nameIdentifier>"
).encode()


@pytest.mark.parametrize("publication", [None, KEY, article()], ids=["all", "key", "publication"])
@pytest.mark.usefixtures("production")
def test_jats_with_the_id_of_the_connected_author(publication: Any) -> None:
    amended = hook.jats(JATS, publication)
    assert amended == JATS.replace(b"<name>", JATS_ID + b"<name>", 1)
    assert hook.jats(amended, publication) == amended


@pytest.mark.parametrize("publication", [None, KEY, article()], ids=["all", "key", "publication"])
@pytest.mark.usefixtures("production")
def test_datacite_with_the_id_of_the_connected_author(publication: Any) -> None:
    amended = hook.datacite(DATACITE, publication)
    assert amended == DATACITE.replace(b"Josiah</creatorName>", b"Josiah</creatorName>" + DATACITE_ID)
    assert hook.datacite(amended, publication) == amended
    document = {"doi": "10.5555/demo.1", "creators": [{"name": "Example, Josiah"}]}
    (creator,) = json.loads(hook.datacite(json.dumps(document).encode(), publication))["creators"]
    assert [one["nameIdentifier"] for one in creator["nameIdentifiers"]] == [f"https://orcid.org/{JOSIAH}"]


@pytest.mark.usefixtures("production")
def test_an_article_that_has_no_doi_yet_is_the_one_whose_key_is_given() -> None:
    draft = re.sub(rb"<article-id.*?</article-id>", b"", JATS)
    assert JATS_ID in hook.jats(draft, KEY)
    assert hook.jats(draft) == draft


@pytest.mark.parametrize("amended", [hook.jats, hook.datacite])
def test_other_files_are_refused_and_the_sandbox_stays_out(amended: Any, lite_app: Flask) -> None:
    connect(lite_app)
    findings: list[Finding] = []
    content = JATS if amended is hook.jats else DATACITE
    with lite_app.app_context():
        publication_hook.published(article())
        assert b"orcid.org" not in amended(content, KEY, report=findings.append)
        with pytest.raises(UnreadableInput):
            amended(DEPOSIT, KEY)
        with pytest.raises(UnreadableInput):
            amended(b"")
    assert "sandbox_id" in {finding.code for finding in findings}
