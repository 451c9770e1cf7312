"""ORCID's rules for works: each documented code is provoked, at its place, and nothing else is found."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orcid_plugin.errors import InvalidMessage
from orcid_plugin.registry.encoding import json
from orcid_plugin.registry.messages import rules
from orcid_plugin.registry.messages.item import ExternalId
from orcid_plugin.registry.messages.work import Work

Message = dict[str, Any]
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "work-message.md"

LEGAL: Message = {
    "title": {
        "title": {"value": "T"},
        "subtitle": {"value": "S"},
        "translated-title": {"value": "U", "language-code": "zh_CN"},
    },
    "journal-title": {"value": "J"},
    "short-description": "D",
    "citation": {"citation-type": "bibtex", "citation-value": "@misc{x}"},
    "type": "journal-article",
    "publication-date": {"year": {"value": "2024"}, "month": {"value": "02"}, "day": {"value": "29"}},
    "external-ids": {
        "external-id": [
            {
                "external-id-type": "doi",
                "external-id-value": "10.1/x",
                "external-id-url": {"value": "https://doi.org/10.1/x"},
                "external-id-relationship": "self",
            },
            {"external-id-type": "issn", "external-id-value": "0028-0836", "external-id-relationship": "part-of"},
        ]
    },
    "url": {"value": "www.example.org"},
    "contributors": {
        "contributor": [
            {
                "contributor-orcid": {
                    "uri": "https://sandbox.orcid.org/0000-0002-1825-0097",
                    "path": "0000-0002-1825-0097",
                    "host": "sandbox.orcid.org",
                },
                "credit-name": {"value": "Josiah Carberry"},
                "contributor-email": None,
                "contributor-attributes": {
                    "contributor-sequence": "first",
                    "contributor-role": "http://credit.niso.org/contributor-roles/software/",
                },
            }
        ]
    },
    "language-code": "en",
    "country": {"value": "US"},
}
IDS = "/external-ids/external-id"
PERSON = "/contributors/contributor/0"
LANGUAGE = "/title/translated-title/language-code"
RELATIONSHIP = f"{IDS}/1/external-id-relationship"
ROLE = f"{PERSON}/contributor-attributes/contributor-role"
SEQUENCE = f"{PERSON}/contributor-attributes/contributor-sequence"
HTTP_URI = "http://orcid.org/0000-0002-1825-0097"

# code, pointer of the finding, and (pointer to be changed, new value); `...` removes what is there.
CASES: list[tuple[str, str, str, Any]] = [
    ("work_title_missing", "/title/title", "/title/title", ...),
    ("work_title_missing", "/title/title", "/title/title/value", " \n"),
    ("work_title_missing", "/title/title", "/title", None),
    ("work_country_empty", "/country", "/country/value", ""),
    ("work_country_unknown", "/country", "/country/value", "UK"),
    ("work_translated_title_missing", "/title/translated-title", "/title/translated-title/value", ...),
    ("work_translated_title_language", LANGUAGE, LANGUAGE, ...),
    ("work_translated_title_language", LANGUAGE, LANGUAGE, "zh"),
    ("work_type_missing", "/type", "/type", ...),
    ("work_type_unknown", "/type", "/type", "dissertation"),
    ("work_language_unknown", "/language-code", "/language-code", "en_US"),
    ("work_date_impossible", "/publication-date", "/publication-date/day/value", "30"),
    ("work_date_impossible", "/publication-date", "/publication-date/month/value", "00"),
    ("work_date_digits", "/publication-date/month", "/publication-date/month/value", "2"),
    ("work_date_digits", "/publication-date/year", "/publication-date/year/value", "MMXX"),
    ("work_date_year", "/publication-date/year", "/publication-date/year/value", "1899"),
    ("work_date_incomplete", "/publication-date", "/publication-date/month", ...),
    ("work_date_incomplete", "/publication-date", "/publication-date/year", ...),
    ("work_citation_type_missing", "/citation/citation-type", "/citation/citation-type", ...),
    ("work_citation_type_unknown", "/citation/citation-type", "/citation/citation-type", "BIBTEX"),
    ("work_citation_empty", "/citation/citation-value", "/citation/citation-value", " "),
    ("work_external_id_missing", IDS, "/external-ids", ...),
    ("work_external_id_missing", IDS, IDS, []),
    ("work_external_id_funded_by", RELATIONSHIP, RELATIONSHIP, "funded-by"),
    ("work_external_id_type", f"{IDS}/1/external-id-type", f"{IDS}/1/external-id-type", "ISSN"),
    ("work_external_id_value", f"{IDS}/1/external-id-value", f"{IDS}/1/external-id-value", " "),
    ("work_external_id_relationship", RELATIONSHIP, RELATIONSHIP, ...),
    ("work_external_id_self_missing", IDS, f"{IDS}/0/external-id-relationship", "version-of"),
    ("work_external_id_url", f"{IDS}/0/external-id-url", f"{IDS}/0/external-id-url/value", "https://x y"),
    ("work_url_invalid", "/url", "/url/value", "https://x.example/<a>"),
    ("work_contributor_orcid", f"{PERSON}/contributor-orcid", f"{PERSON}/contributor-orcid/uri", HTTP_URI),
    ("work_contributor_orcid", f"{PERSON}/contributor-orcid", f"{PERSON}/contributor-orcid/path", "0000000218250097"),
    ("work_contributor_orcid", f"{PERSON}/contributor-orcid", f"{PERSON}/contributor-orcid", {"host": "orcid.org"}),
    ("work_credit_name_empty", f"{PERSON}/credit-name", f"{PERSON}/credit-name/value", ""),
    ("work_contributor_email", f"{PERSON}/contributor-email", f"{PERSON}/contributor-email", ""),
    ("work_contributor_role", ROLE, ROLE, "https://credit.niso.org/contributor-roles/software/"),
    ("work_contributor_sequence", SEQUENCE, SEQUENCE, "last"),
    ("work_journal_title_empty", "/journal-title", "/journal-title/value", ""),
    ("work_text_too_long", "/title/title", "/title/title/value", "x" * 1001),
    ("work_text_too_long", "/title/subtitle", "/title/subtitle/value", "𝒜" * 501),
    ("work_text_too_long", "/title/translated-title", "/title/translated-title/value", "x" * 1001),
    ("work_text_too_long", "/journal-title", "/journal-title/value", "x" * 1001),
    ("work_text_too_long", "/short-description", "/short-description", "x" * 5001),
    ("work_text_too_long", f"{PERSON}/credit-name", f"{PERSON}/credit-name/value", "x" * 151),
    ("work_put_code_unexpected", "/put-code", "/put-code", 7),
    ("work_visibility_unknown", "/visibility", "/visibility", "PUBLIC"),
    ("work_property_unknown", "/doi", "/doi", "10.1/x"),
    ("work_property_unknown", "/title/a~1b", "/title/a~1b", "x"),
    ("work_value_malformed", "/title/title", "/title/title", ["T"]),
    ("work_value_malformed", "/put-code", "/put-code", "7"),
    ("work_value_malformed", IDS, IDS, "doi"),
    ("work_character_forbidden", "/short-description", "/short-description", "\x0b"),
]  # fmt: skip


def changed(pointer: str, value: Any) -> Message:
    message = copy.deepcopy(LEGAL)
    *way, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]
    node: Any = message
    for part in way:
        node = node[int(part)] if isinstance(node, list) else node[part]
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return message


def test_a_legal_message_has_no_findings() -> None:
    assert rules.check(LEGAL, create=True) == ()


@pytest.mark.parametrize(("code", "where", "pointer", "value"), CASES)
def test_each_rule(code: str, where: str, pointer: str, value: Any) -> None:
    findings = rules.check(changed(pointer, value), create=True)
    assert [(finding.code, finding.where) for finding in findings] == [(code, where)]
    assert findings[0].message.endswith(".")


def test_person_is_named() -> None:
    (finding,) = rules.check(changed(ROLE, "boss"), create=True)
    assert finding.person == "Josiah Carberry"


def test_rules_of_updating() -> None:
    stored = LEGAL | {"put-code": 7, "visibility": "public"}

    def codes(message: Message, **known: Any) -> list[str]:
        return [finding.code for finding in rules.check(message, create=False, **known)]

    assert codes(stored) == codes(stored, stored_visibility="public", works_on_record=10_000) == []
    assert codes(stored, stored_visibility="private") == ["work_visibility_changed"]
    assert codes(LEGAL) == ["work_put_code_missing"]


def test_full_record() -> None:
    assert rules.check(LEGAL, create=True, works_on_record=9_999) == ()
    (finding,) = rules.check(LEGAL, create=True, works_on_record=10_000)
    assert finding.code == "work_record_full"


def test_every_documented_code_is_provoked_and_every_code_documented() -> None:
    documented = set(re.findall(r"`(work_[a-z_]+)`", DOCUMENT.read_text()))
    provoked = {case[0] for case in CASES} | {"work_put_code_missing", "work_visibility_changed", "work_record_full"}
    assert documented == provoked


def test_all_w_rules_are_documented() -> None:
    numbers = {int(number) for number in re.findall(r"\bW(\d+)\b", DOCUMENT.read_text())}
    assert numbers == set(range(1, 20))


def test_require_valid_carries_the_findings() -> None:
    work = Work(type="book", title=" ", external_ids=(ExternalId("doi", "10.1/x", "part-of"),))
    with pytest.raises(InvalidMessage, match="A work needs a title") as caught:
        rules.require_valid(work, create=True)
    assert [finding.code for finding in caught.value.findings] == [
        "work_title_missing",
        "work_external_id_self_missing",
    ]


_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*LEGAL, "value", "title", "external-id", "contributor", "year"]), inner, max_size=4
        )
    ),
    max_leaves=20,
)


@given(_JSON)
def test_no_json_whatever_breaks_the_rules(message: Any) -> None:
    for finding in rules.check(message, create=True):
        assert finding.code.startswith("work_")


def test_explicit_null_counts_as_absent() -> None:
    nulls = LEGAL | dict.fromkeys(["journal-title", "citation", "contributors", "url", "country", "put-code"])
    assert rules.check(nulls, create=True) == ()
    assert json.decode(nulls) == json.decode({key: value for key, value in nulls.items() if value is not None})
