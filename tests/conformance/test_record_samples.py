"""ORCID's own samples of whole records, sections and lists are read, with nothing in them that has no place."""

from __future__ import annotations

import json as plain_json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from orcid_plugin.registry.encoding import json, lists, xml
from orcid_plugin.registry.messages.affiliation import Employment
from orcid_plugin.registry.messages.found import ClientInfo, Page
from orcid_plugin.registry.messages.item import Unknown
from orcid_plugin.registry.messages.peer_review import PeerReview
from orcid_plugin.registry.messages.record import Activities, History, Person, PersonalDetails, Preferences, Record
from orcid_plugin.registry.messages.summary import AffiliationSummary, RecordSummary
from tests.conformance.test_message_samples import KINDS, SCHEMAS

READ = SCHEMAS / "samples/read_samples"
WHOLE: dict[str, type] = {
    "activities": Activities,
    "client": ClientInfo,
    "history": History,
    "person": Person,
    "personal-details": PersonalDetails,
    "preferences": Preferences,
    "record": Record,
    "record-no-city-country-for-professional-activities": Record,
    "search": Page,
    "summary": RecordSummary,
}
SAMPLES = {path.name.removesuffix("-3.0.xml"): path for path in sorted((SCHEMAS / "samples").glob("*_*/*-3.0.xml"))}
LISTS = {table.element: table for table in (*lists.GROUPED.values(), *lists.LISTED.values())}
READ_ELSEWHERE = {"credit-name", "error"}
OUTDATED = {"peer-reviews", "activities", "record"}
"""Samples of reviews in a form that the schema does not have any more (`peer-review:summary`)."""


def unknown(value: Any) -> Iterator[Unknown]:
    """All that a value and those below it have kept."""
    if isinstance(value, Unknown):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from unknown(one)
    elif is_dataclass(value):
        for one in fields(value):
            yield from unknown(getattr(value, one.name))


def test_every_sample_of_an_answer_is_read_by_one_of_these_tests(shared: Path) -> None:
    names = {path.name.removesuffix("-3.0.xml") for path in READ.glob("*-3.0.xml")}
    items = {name for name in names if (name.removesuffix("-full") in KINDS or name == "work-review")}
    assert names - items == (names & (WHOLE.keys() | LISTS.keys())) | READ_ELSEWHERE


@pytest.mark.parametrize("name", [name for name in WHOLE if name in SAMPLES])
def test_whole_answers_in_xml_are_read(name: str) -> None:
    value = xml.loads(SAMPLES[name].read_bytes(), WHOLE[name])
    kept = list(unknown(value))
    assert name in OUTDATED or not kept
    assert all("summary" in one.where for one in kept)


@pytest.mark.parametrize("name", [name for name in LISTS if name in SAMPLES])
def test_lists_in_xml_are_read(name: str) -> None:
    section = xml.decode(SAMPLES[name].read_bytes(), LISTS[name])
    assert len(section)
    assert name in OUTDATED or not list(unknown(section))


def test_a_whole_record_in_json_is_read(shared: Path) -> None:
    document = (READ / "record-full-3.0.json").read_bytes()
    record = json.loads(document, Record)
    assert list(unknown(record)) == []
    assert (record.orcid.path, record.preferences.locale) == ("0000-0002-7319-2192", "en")
    assert (record.history.creation_method, record.history.claimed) == ("MEMBER_REFERRED", True)
    assert record.person.name
    assert record.person.name.given_names == "Three"
    assert record.person.other_names.items[0].content == "Other Name"
    [reviews] = record.activities.peer_reviews
    assert isinstance(reviews.items[0].items[0], PeerReview)
    [job] = record.activities.employments.items[0].items
    assert isinstance(job, Employment)


def test_every_put_code_of_a_record_comes_through(shared: Path) -> None:
    document = plain_json.loads((READ / "record-full-3.0.json").read_bytes())
    record = json.decode(document, Record)
    assert sorted(put_codes(record)) == sorted(node_put_codes(document))


def put_codes(value: Any) -> Iterator[int]:
    if isinstance(value, tuple):
        for one in value:
            yield from put_codes(one)
    elif is_dataclass(value):
        if getattr(value, "put_code", None) is not None:
            yield value.put_code  # type: ignore[attr-defined]
        for one in fields(value):
            yield from put_codes(getattr(value, one.name))


def node_put_codes(node: Any) -> Iterator[int]:
    if isinstance(node, list):
        for one in node:
            yield from node_put_codes(one)
    elif isinstance(node, dict):
        if node.get("put-code") is not None:
            yield node["put-code"]
        for one in node.values():
            yield from node_put_codes(one)


def test_the_summary_of_a_record_is_read(shared: Path) -> None:
    summary = xml.loads(SAMPLES["summary"].read_bytes(), RecordSummary)
    assert (summary.orcid.path, summary.credit_name) == ("8888-8888-8888-8880", "User credited name")
    assert [one.type for one in summary.external_ids] == ["Scopus", "ResearcherID", "Other"]
    assert (summary.employments.count, len(summary.employments.items)) == (5, 3)
    job = summary.employments.items[2]
    assert isinstance(job, AffiliationSummary)
    assert (job.put_code, job.type, str(job.start_date), job.validated) == (3, "employment", "2020-01-01", True)
    assert (summary.works.validated, summary.peer_reviews.publication_grants, summary.peer_reviews.total) == (1, 6, 6)
    assert [one.value for one in summary.email_domains.items] == ["orcid.org", "domain.org"]


def test_what_a_newer_answer_tells_is_kept_by_the_nearest_value(shared: Path) -> None:
    document = plain_json.loads((READ / "record-full-3.0.json").read_bytes())
    document["newest"] = {"a": [1]}
    document["person"]["newer"] = "b"
    document["person"]["other-names"]["other-name"][0]["new"] = True
    record = json.decode(document, Record)
    assert record.unknown == (Unknown("/newest", '{"a": [1]}'),)
    assert record.person.unknown == (Unknown("/newer", '"b"'),)
    name = record.person.other_names.items[0]
    assert name.unknown == (Unknown("/new", "true"),)
    assert json.encode(name)["new"] is True


def test_samples_of_lists_hold_what_their_documents_hold(shared: Path) -> None:
    for name in ("works", "employments", "fundings", "research-resources", "keywords", "emails"):
        data = SAMPLES[name].read_bytes()
        found = etree.fromstring(data).xpath("count(//*[@put-code])")
        assert len(list(put_codes(xml.decode(data, LISTS[name])))) == found
