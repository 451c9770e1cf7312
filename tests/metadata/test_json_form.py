"""The JSON form: loses nothing, and tolerates everything part by part."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orcid_plugin.errors import InputError, PublicationRefused, UnreadableInput
from orcid_plugin.metadata import json_form
from orcid_plugin.metadata.publication import Publication
from orcid_plugin.metadata.readers import json as reader
from tests.conftest import ROOT
from tests.metadata.publications import publications

MINIMAL: dict[str, Any] = {
    "type": "journal-article",
    "title": {"text": "Silly String"},
    "identifiers": [{"type": "doi", "value": "10.5555/1"}],
}

IDS = MINIMAL["identifiers"]
AFFILIATION = "/contributors/0/affiliations/0"


def read(**parts: Any) -> Any:
    return reader.read(json.dumps(MINIMAL | parts).encode())


@settings(max_examples=60)
@given(publications)
def test_nothing_is_lost(publication: Publication) -> None:
    form = json.loads(json.dumps(json_form.dump(publication)))
    reading = json_form.load(form)
    assert reading.publication == publication
    assert reading.findings == ()


def test_the_documented_example_is_read_without_findings() -> None:
    page = (ROOT / "docs" / "publication-json.md").read_text()
    example = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert example
    reading = reader.read(example[1].encode())
    assert reading.findings == ()
    assert json_form.dump(reading.publication).keys() == json.loads(example[1]).keys()
    assert reading.publication.contributors[0].authenticated_orcid


def test_the_page_names_every_key() -> None:
    page = (ROOT / "docs" / "publication-json.md").read_text()
    for cls in json_form.VALUES:
        for key in json_form.keys(cls):
            assert f"`{key}`" in page, key


@pytest.mark.parametrize(
    ("parts", "code", "where"),
    [
        ({"dates": {"online": "2020-02-30"}}, "date_invalid", "/dates/online"),
        ({"dates": {"online": 2020}}, "type_wrong", "/dates/online"),
        ({"dates": {"copyright": True}}, "type_wrong", "/dates/copyright"),
        ({"contributors": [{"orcid": "0000-0002-1825-0098"}]}, "orcid_invalid", "/contributors/0/orcid"),
        ({"contributors": [{}, {"credit": [{"role": "Boss"}]}]}, "credit_unknown", "/contributors/1/credit/0/role"),
        ({"contributors": [{"role": "king"}]}, "word_unknown", "/contributors/0/role"),
        ({"contributors": "Josiah"}, "type_wrong", "/contributors"),
        ({"contributors": ["Josiah"]}, "type_wrong", "/contributors/0"),
        ({"container": {"issn_print": "1234-5678"}}, "issn_invalid", "/container/issn_print"),
        ({"container": {"isbns": ["1"]}}, "isbn_invalid", "/container/isbns/0"),
        ({"identifiers": [*IDS, {"type": "doi"}]}, "key_missing", "/identifiers/1"),
        ({"identifiers": [*IDS, {"type": "x", "value": "y"}]}, "identifier_invalid", "/identifiers/1"),
        ({"country": "Atlantis"}, "country_unknown", "/country"),
        ({"url": "example.org"}, "url_invalid", "/url"),
        ({"titel": "x"}, "key_unknown", "/titel"),
        ({"a/b~": "x"}, "key_unknown", "/a~1b~0"),
        ({"type": "novel"}, "word_unknown", "/type"),
        ({"relations": [{"type": "has-preprint"}]}, "key_missing", "/relations/0"),
        ({"funding": [{"award_doi": "x"}]}, "doi_invalid", "/funding/0/award_doi"),
        ({"contributors": [{"affiliations": [{"name": "B", "ror": "b"}]}]}, "ror_invalid", f"{AFFILIATION}/ror"),
    ],
)  # fmt: skip
def test_a_fault_drops_its_part_and_points_to_it(parts: dict[str, Any], code: str, where: str) -> None:
    reading = read(**parts)
    assert [(finding.code, finding.where) for finding in reading.findings] == [(code, where)]
    assert reading.publication.title.text == "Silly String"


def test_a_finding_names_the_person() -> None:
    (finding,) = read(contributors=[{"given_names": "Josiah", "family_name": "Carberry", "orcid": "1"}]).findings
    assert finding.person == "Josiah Carberry"


def test_what_a_host_writes_is_cleaned() -> None:
    publication = read(title={"text": " A\u0000 \ud800B "}, abstract="", url=None).publication
    assert (publication.title.text, publication.abstract, publication.url) == ("A B", None, None)


def test_one_id_on_two_people_is_taken_from_both() -> None:
    orcid = "https://orcid.org/0000-0002-1825-0097"
    people = [{"family_name": name, "orcid": orcid, "authenticated": True} for name in ("Carberry", "Housecat")]
    reading = read(contributors=people)
    assert [person.orcid for person in reading.publication.contributors] == [None, None]
    assert [finding.code for finding in reading.findings] == ["orcid_repeated"]


def test_drafts_need_neither_title_nor_identifier() -> None:
    assert json_form.load({}).publication.title.text == ""


@pytest.mark.parametrize("missing", ["title", "identifiers"])
def test_a_host_cannot_hand_in_what_is_no_legal_work(missing: str) -> None:
    form = {key: value for key, value in MINIMAL.items() if key != missing}
    with pytest.raises(PublicationRefused, match=r"^draft\.json cannot become a work: it has no "):
        reader.read(json.dumps(form).encode(), "draft.json")


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"1", b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe", b"9" * 5000])
def test_what_is_no_object_of_json_is_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(UnreadableInput, match=r"^x\.json "):
        reader.read(data, "x.json")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150)
@given(st.sampled_from(sorted(json_form.keys(Publication))), json_values, json_values)
def test_any_json_is_a_reading_or_one_error(key: str, value: Any, inner: Any) -> None:
    for form in (value, {key: value}, MINIMAL | {key: [value, inner]}, MINIMAL | {key: {"type": value, "text": inner}}):
        try:
            json_form.load(form)
            reader.read(json.dumps(form).encode())
        except InputError:
            pass
