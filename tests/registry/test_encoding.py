"""Work messages in ORCID's JSON and XML, and the Registry's answers read back."""

from __future__ import annotations

import contextlib
import datetime
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orcid_plugin.errors import UnreadableInput
from orcid_plugin.metadata.dates import PartialDate
from orcid_plugin.registry.encoding import json, xml
from orcid_plugin.registry.messages.affiliation import Employment
from orcid_plugin.registry.messages.comparison import differences
from orcid_plugin.registry.messages.funding import Funding, FundingContributor
from orcid_plugin.registry.messages.group_id import GroupIdRecord
from orcid_plugin.registry.messages.item import ContributorOrcid, ExternalId, Source, Stored, Unknown
from orcid_plugin.registry.messages.peer_review import PeerReview
from orcid_plugin.registry.messages.person import Keyword
from orcid_plugin.registry.messages.work import Citation, Work, WorkContributor
from tests import strategies

MINIMAL = Work(type="book", title="T", external_ids=(ExternalId("doi", "10.1/x", "self"),))
CARBERRY = WorkContributor(ContributorOrcid("0000-0002-1825-0097", "orcid.org"), "Josiah", "first", "author")

REVIEW = PeerReview(reviewer_role="reviewer", review_type="review", review_group_id="issn:17414857")
GROUP = GroupIdRecord(name="Pots\u200b Weekly", group_id="issn:17414857", description="D", type="journal")
FUNDING = Funding(
    type="grant",
    contributors=(FundingContributor(orcid=CARBERRY.orcid, credit_name="J.", email="jc@brown.example", role="lead"),),
)
S = TypeVar("S", bound=Stored)


@settings(max_examples=50)
@given(strategies.works)
def test_json_and_xml_say_the_same(work: Work) -> None:
    assert json.loads(json.dumps(work)) == xml.loads(xml.dumps(work)) == work


def test_absent_values_have_no_key() -> None:
    assert json.encode(MINIMAL) == {
        "title": {"title": {"value": "T"}},
        "type": "book",
        "external-ids": {
            "external-id": [
                {"external-id-type": "doi", "external-id-value": "10.1/x", "external-id-relationship": "self"}
            ]
        },
    }


def test_date_has_two_digits_and_nothing_padded() -> None:
    date = replace(MINIMAL, publication_date=PartialDate(2024, 3))
    assert json.encode(date)["publication-date"] == {"year": {"value": "2024"}, "month": {"value": "03"}}


def test_what_only_the_registry_sets_is_not_sent() -> None:
    moment = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    answer = replace(MINIMAL, source=Source(client_id="APP-1"), created_date=moment, last_modified_date=moment)
    assert json.encode(answer) == json.encode(MINIMAL)


def test_namespaces_stand_on_the_root() -> None:
    document = xml.dumps(replace(MINIMAL, put_code=7, visibility="public")).decode()
    assert document.count("xmlns") == 2
    assert 'put-code="7" visibility="public"' in document
    assert "<common:title>T</common:title>" in document


ANSWER: dict[str, Any] = {
    "created-date": {"value": 1700000000000},
    "last-modified-date": {"value": 1700000001000},
    "source": {
        "source-orcid": None,
        "source-client-id": {"uri": "https://orcid.org/client/APP-1", "path": "APP-1", "host": "orcid.org"},
        "source-name": {"value": "A journal"},
        "assertion-origin-client-id": {"path": "APP-2"},
    },
    "put-code": 123,
    "path": "/0000-0002-1825-0097/work/123",
    "title": {"title": {"value": "T"}, "subtitle": None, "translated-title": None, "newer": {}},
    "type": "hologram",
    "external-ids": {
        "external-id": {
            "external-id-type": "doi",
            "external-id-value": "10.1/X",
            "external-id-normalized": {"value": "10.1/x", "transient": True},
            "external-id-normalized-error": None,
            "external-id-url": "https://doi.org/10.1/x",
            "external-id-relationship": "self",
        }
    },
    "publication-date": {"year": {"value": "2024"}, "month": {"value": "02"}, "day": {"value": "31"}},
    "contributors": {
        "contributor": [{"contributor-orcid": {"path": "0000-0002-1825-0097"}, "credit-name": {"value": ""}}]
    },
    "visibility": "public",
    "display-index": "1",
    "something-new": [1, 2],
}


def test_an_answer_is_read_leniently() -> None:
    work = json.decode(ANSWER)
    assert work.put_code == 123
    assert work.type == "hologram"
    assert work.visibility == "public"
    assert work.source == Source(client_id="APP-1", name="A journal", assertion_origin="APP-2")
    assert work.created_date == datetime.datetime(2023, 11, 14, 22, 13, 20, tzinfo=datetime.UTC)
    assert work.external_ids == (ExternalId("doi", "10.1/X", "self", "https://doi.org/10.1/x", "10.1/x"),)
    assert work.publication_date is None
    assert work.contributors == (WorkContributor(ContributorOrcid("0000-0002-1825-0097", "orcid.org")),)


def test_samples_of_answers_are_read(shared: Path) -> None:
    work = xml.loads((shared / "schemas/orcid/samples/read_samples/work-full-3.0.xml").read_bytes())
    assert (work.put_code, work.title, work.subtitle) == (123, "common:title", "common:subtitle")
    assert work.source == Source(orcid="8888-8888-8888-8880")
    assert work.created_date == datetime.datetime(2001, 12, 31, 12, tzinfo=datetime.UTC)
    assert work.contributors[0].credit_name == "work:credit-name"


@pytest.mark.parametrize("data", [b"", b"nonsense", b"[]", b"{}", b"null", b'{"title": 1}', b"[" * 100_000, b"\xff"])
def test_no_work_in_json(data: bytes) -> None:
    with pytest.raises(UnreadableInput):
        json.loads(data)


@pytest.mark.parametrize("data", [b"", b"nonsense", b"<a/>", b"<html><body>502</body></html>", b"<a>" * 1000])
def test_no_work_in_xml(data: bytes) -> None:
    with pytest.raises(UnreadableInput):
        xml.loads(data)


def test_entities_of_an_answer_are_not_resolved(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("TOP SECRET")
    document = xml.dumps(replace(MINIMAL, subtitle="S")).decode()
    declaration = f'<!DOCTYPE x [<!ENTITY file SYSTEM "{secret.as_uri()}">]>'
    attack = document.replace("?>", f"?>{declaration}").replace(">S<", ">S&file;<")
    assert "SECRET" not in repr(xml.loads(attack.encode()))


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.dictionaries(st.sampled_from(sorted(ANSWER)), inner)
    )
)
def test_any_json_is_a_work_or_one_error(message: Any) -> None:
    with contextlib.suppress(UnreadableInput):
        assert json.decode(message).title


class TestContentHash:
    def test_put_code_and_visibility_do_not_count(self) -> None:
        stored = replace(MINIMAL, put_code=7, visibility="public", source=Source(client_id="APP-1"))
        assert json.content_hash(stored) == json.content_hash(MINIMAL)
        assert len(json.content_hash(MINIMAL)) == 64

    def test_content_counts(self) -> None:
        hashes = {
            json.content_hash(work)
            for work in (
                MINIMAL,
                replace(MINIMAL, title="U"),
                replace(MINIMAL, contributors=(CARBERRY,)),
                replace(MINIMAL, contributors=(CARBERRY, replace(CARBERRY, role="editor"))),
            )
        }
        assert len(hashes) == 4

    def test_it_is_stable(self) -> None:
        # A changed value here means that every work is sent once more after an upgrade.
        assert json.content_hash(MINIMAL).startswith("ac2a80d5e5ab3aa3")


class TestComparison:
    SENT = replace(MINIMAL, citation=Citation("bibtex", "@misc{x}\n"), contributors=(CARBERRY,))

    def test_what_the_registry_adds_and_replaces_is_no_difference(self) -> None:
        returned = replace(
            self.SENT,
            put_code=7,
            visibility="public",
            source=Source(client_id="APP-1"),
            citation=Citation("bibtex", "@misc{x}"),
            contributors=(replace(CARBERRY, credit_name=None),),
            external_ids=(replace(MINIMAL.external_ids[0], normalized="10.1/x"),),
        )
        assert differences(self.SENT, returned) == ()

    def test_ignored_change_is_seen(self) -> None:
        stored = replace(self.SENT, contributors=(*self.SENT.contributors, WorkContributor(None, "Ann", "additional")))
        assert differences(replace(self.SENT, citation=None), stored) == ("/contributors", "/citation")
        assert differences(replace(self.SENT, title="U"), self.SENT)

    def test_name_of_a_contributor_without_id_counts(self) -> None:
        ann = WorkContributor(None, "Ann", "first", "author")
        sent, returned = (replace(MINIMAL, contributors=(one,)) for one in (ann, replace(ann, credit_name="Bo")))
        assert differences(sent, returned) == ("/contributors",)

    @pytest.mark.parametrize(
        ("sent", "returned", "changed"),
        [
            (Keyword(content="pots"), Keyword(content="pots", put_code=1, visibility="limited"), ()),
            (Keyword(content="pots"), Keyword(content="pans"), ("/content",)),
            (Employment(role_title="Professor"), Employment(role_title="Reader"), ("/role-title",)),
            (Employment(end_date=None), Employment(end_date=PartialDate(2020)), ("/end-date",)),
            (REVIEW, replace(REVIEW, review_group_id="issn:1741-4857"), ()),
            (REVIEW, replace(REVIEW, review_group_id="issn:0028-0836"), ("/review-group-id",)),
            (GROUP, replace(GROUP, name="Pots  Weekly"), ()),
            (GROUP, replace(GROUP, description="Another"), ("/description",)),
            (FUNDING, replace(FUNDING, contributors=(FundingContributor(orcid=CARBERRY.orcid, role="lead"),)), ()),
            (FUNDING, replace(FUNDING, contributors=()), ("/contributors",)),
        ],
        ids=str,
    )
    def test_items_of_every_section_are_compared(self, sent: S, returned: S, changed: tuple[str, ...]) -> None:
        assert differences(sent, returned) == changed

    def test_what_an_answer_tells_beyond_a_message_is_no_difference(self) -> None:
        returned = replace(self.SENT, unknown=(Unknown("/newer", "1"),))
        assert differences(self.SENT, returned) == ()
