"""A host's Crossref deposit with the iDs that the store proves."""

from __future__ import annotations

import dataclasses
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
