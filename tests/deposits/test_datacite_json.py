# ruff: noqa: E501 - snippets of JSON are read best on one line
"""iDs in DataCite metadata as JSON: nothing but the iDs changes, in whatever style the file is written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orcid_plugin.deposits import json_places
from orcid_plugin.deposits.datacite import amend, dois
from orcid_plugin.deposits.json_places import Place
from orcid_plugin.errors import UnreadableInput
from orcid_plugin.metadata.identifiers import OrcidId
from tests.deposits.conftest import DOI, an_id, article, author, codes

CARBERRY = OrcidId.parse("0000-0002-1825-0097")
URI = "https://orcid.org/0000-0002-1825-0097"
ENTRY = {"nameIdentifier": URI, "nameIdentifierScheme": "ORCID", "schemeUri": "https://orcid.org"}
JOSIAH = author("Josiah", "Carberry", CARBERRY)
NAME = {"name": "Carberry, Josiah", "nameType": "Personal"}


def attributes(*creators: Any, **others: Any) -> dict[str, Any]:
    return {"doi": DOI, "creators": list(creators), "version": "1.0"} | others


@pytest.mark.parametrize("wrap", [lambda one: {"data": {"type": "dois", "attributes": one}}, lambda one: {"attributes": one}, lambda one: one])  # fmt: skip
@pytest.mark.parametrize("indent", [None, 2, "\t"])
@pytest.mark.parametrize("ensure_ascii", [True, False])
def test_the_object_of_the_api_or_a_part_of_it(wrap: Any, indent: Any, ensure_ascii: bool) -> None:
    stated = attributes(
        NAME | {"affiliation": ["Universität 𝔹"]}, {"name": "Brown University", "nameType": "Organizational"}
    )
    content = json.dumps(wrap(stated), indent=indent, ensure_ascii=ensure_ascii).encode()
    amended = amend(content, [article(JOSIAH, author("Brown", "University", 2))])
    stated["creators"][0]["nameIdentifiers"] = [ENTRY]
    assert json.loads(amended.content) == wrap(stated)
    added = (
        b","
        + amended.content.partition(b'"nameIdentifiers"')[0].rpartition(b",")[2]
        + b'"nameIdentifiers": ['
        + json.dumps(ENTRY).encode()
        + b"]"
    )
    assert amended.content.replace(added, b"") == content
    assert amend(amended.content, [article(JOSIAH)]).content == amended.content
    assert codes(amended.findings) == ["person_not_found"]


def test_a_compact_file_stays_compact() -> None:
    content = json.dumps(attributes(NAME), separators=(",", ":")).encode()
    amended = amend(content, [article(JOSIAH)])
    assert (
        amended.content == json.dumps(attributes(NAME | {"nameIdentifiers": [ENTRY]}), separators=(",", ":")).encode()
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[]", "[{}]"),
        ("null", "[{}]"),
        ('[{{"nameIdentifier": "1", "nameIdentifierScheme": "ISNI"}}]', '[{{"nameIdentifier": "1", "nameIdentifierScheme": "ISNI"}}, {}]'),
        ('[\n    {{"nameIdentifier": "1"}}\n  ]', '[\n    {{"nameIdentifier": "1"}},\n    {}\n  ]'),
        ('[{{"nameIdentifier": "", "nameIdentifierScheme": "ORCID"}}]', "[{}]"),
        ('[{{"nameIdentifierScheme": "ORCID"}}]', "[{}]"),
        ('[{{"nameIdentifierScheme": "orcid", "nameIdentifier": "0000-0002-1825-0097"}}]', f'[{{{{"nameIdentifierScheme": "ORCID", "nameIdentifier": "{URI}"}}}}]'),
        (f'[{{{{"nameIdentifier": "{URI}"}}}}]', f'[{{{{"nameIdentifier": "{URI}", "nameIdentifierScheme": "ORCID"}}}}]'),
        (f'[{{{{"nameIdentifier": "{URI}", "nameIdentifierScheme": "ORCID"}}}}]'.replace("/", "\\/"), None),
    ],
)  # fmt: skip
def test_identifiers_that_are_there(before: str, after: str | None) -> None:
    template = (
        '{{"doi": "10.5555/abc", "n": 1.50e+2, "creators": [{{"name": "Carberry, Josiah", "nameIdentifiers": {}}}]}}'
    )
    content = template.format(before.format("")).encode()
    amended = amend(content, [article(JOSIAH)])
    expected = content if after is None else template.format(after.format(json.dumps(ENTRY))).encode()
    assert amended.content == expected
    assert amended.findings == ()
    assert amend(amended.content, [article(JOSIAH)]).content == amended.content


def test_another_id_is_a_conflict_at_its_place() -> None:
    stated = NAME | {"nameIdentifiers": [ENTRY | {"nameIdentifier": str(an_id(5))}]}
    content = json.dumps({"data": {"attributes": attributes(stated)}}).encode()
    amended = amend(content, [article(JOSIAH)])
    assert amended.content == content
    (finding,) = amended.findings
    assert (finding.code, finding.where) == ("orcid_conflict", f"{DOI} /data/attributes/creators/0")


def test_contributors_and_dois_in_other_places() -> None:
    contributor = {"name": "Roe, Jane", "contributorType": "DataManager"}
    content = json.dumps({"identifiers": [{"identifier": f"https://doi.org/{DOI}", "identifierType": "DOI"}], "creators": None, "contributors": [contributor]})  # fmt: skip
    amended = amend(content.encode(), [article(author("Jane", "Roe", CARBERRY))])
    assert json.loads(amended.content)["contributors"] == [contributor | {"nameIdentifiers": [ENTRY]}]
    assert dois(content.encode()) == [DOI]


def test_a_byte_order_mark_stays() -> None:
    content = b"\xef\xbb\xbf" + json.dumps(attributes(NAME), ensure_ascii=False).encode()
    amended = amend(content, [article(JOSIAH)])
    assert amended.content.startswith(b"\xef\xbb\xbf{")
    assert json.loads(amended.content.decode("utf-8-sig")) == attributes(NAME | {"nameIdentifiers": [ENTRY]})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "is not JSON: .*line 1 column 2"),
        (b'{"creators": [}', "is not JSON"),
        (b"[]", "has neither creators nor a DOI"),
        (b'{"data": []}', "has neither creators nor a DOI"),
        (b'{"title": "x"}', "has neither creators nor a DOI"),
        (b'{"doi": "\xff"}', "save it as UTF-8"),
        (b'{"doi":' * 2000 + b"1" + b"}" * 2000, "nested too deep"),
    ],
)
def test_what_cannot_be_read_is_refused_with_one_sentence(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableInput, match=reason) as refusal:
        amend(content, [], name="data.json")
    assert str(refusal.value).startswith("data.json ")
    assert "\n" not in str(refusal.value)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
)


def plain(place: Place, text: str) -> Any:
    """The value again; each place holds the text of its value."""
    value = place.value
    if isinstance(value, dict):
        value = {key: plain(member, text) for key, member in value.items()}
    elif isinstance(value, list):
        value = [plain(entry, text) for entry in value]
    assert json.loads(text[place.start : place.end]) == value
    return value


@given(VALUES, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_every_value_is_found_where_it_stands(value: Any, indent: Any, ensure_ascii: bool) -> None:
    text = f"\n {json.dumps(value, indent=indent, ensure_ascii=ensure_ascii)}\r\n"
    assert plain(json_places.read(text, "x"), text) == value


@given(VALUES)
def test_any_json_gives_an_amendment_or_a_refusal(value: Any) -> None:
    for content in (value, attributes(NAME | {"nameIdentifiers": value}), attributes(NAME, value, contributors=value)):
        text = json.dumps(content).encode()
        try:
            amended = amend(text, [article(JOSIAH)])
        except UnreadableInput:
            continue
        assert amend(amended.content, [article(JOSIAH)]).content == amended.content
        assert len(json.loads(amended.content)) == len(content)
