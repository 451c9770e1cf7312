"""Encodings of deposits, and files that are refused."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orcid_plugin.deposits import document
from orcid_plugin.deposits.crossref import amend
from orcid_plugin.errors import UnreadableInput
from tests.deposits.conftest import an_id, article, author, batch, journal_article, person

TEXT = batch(journal_article(person("José", "Ångström", first=True)), indent=True).decode()
PUBLICATION = article(author("José", "Ångström", 1))


@pytest.mark.parametrize(
    ("label", "codec", "mark"),
    [
        ("UTF-8", "utf-8", b""),
        ("utf8", "utf-8", b""),
        ("UTF-8", "utf-8", b"\xef\xbb\xbf"),
        ("ISO-8859-1", "latin-1", b""),
        ("windows-1252", "cp1252", b""),
        ("US-ASCII", "ascii", b""),
        ("UTF-16", "utf-16-le", b"\xff\xfe"),
        ("UTF-16", "utf-16-be", b"\xfe\xff"),
        ("UTF-16LE", "utf-16-le", b""),
    ],
)
def test_a_deposit_stays_in_its_encoding(label: str, codec: str, mark: bytes) -> None:
    text = TEXT.replace('"UTF-8"', f'"{label}"')
    errors = "xmlcharrefreplace" if codec == "ascii" else "strict"
    xml = mark + text.encode(codec, errors)
    amended = amend(xml, [PUBLICATION])
    added = f'\n\t\t\t\t\t\t<ORCID authenticated="true">{an_id(1)}</ORCID>'
    assert amended.findings == ()
    assert amended.content == mark + text.replace("</surname>", f"</surname>{added}").encode(codec, errors)
    assert amend(amended.content, [PUBLICATION]).content == amended.content


def test_a_deposit_without_a_declaration_is_utf_8() -> None:
    xml = TEXT.partition("\n")[2].encode()
    assert amend(xml, [PUBLICATION]).content.count(b"<ORCID ") == 1


BOMB = (
    '<!DOCTYPE doi_batch [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;">]>'
    '<doi_batch xmlns="http://www.crossref.org/schema/5.5.0">&c;</doi_batch>'
)


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (b"", "not well-formed"),
        (b"<doi_batch", "not well-formed"),
        (TEXT[:-20].encode(), "not well-formed"),
        (TEXT.replace("On things", "On &things;").encode(), "not well-formed"),
        (TEXT.replace("On things", "On \x0b").encode(), "not well-formed"),
        (TEXT.replace("<body>", "<y:body>").encode(), "not well-formed"),
        (BOMB.encode(), "declarations of its own"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "declarations of its own"),
        (b'<!DOCTYPE a [<!ATTLIST a b CDATA "c">]><a/>', "declarations of its own"),
        (b'<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><a>&eacute;</a>', "entity 'eacute'"),
        (b"<a>" * 201 + b"</a>" * 201, "200 elements deep"),
        (TEXT.encode("latin-1"), "encoding 'UTF-8'"),
        (TEXT.replace('"UTF-8"', '"UTF-16"').encode(), "encoding 'UTF-16'"),
        (b'<?xml version="1.0" encoding="unicode_escape"?><a/>', "encoding 'unicode_escape'"),
        (b'<?xml version="1.0" encoding="nonsense"?><a/>', "encoding 'nonsense'"),
    ],
)
def test_unreadable_files_are_refused_with_one_sentence(xml: bytes, reason: str) -> None:
    with pytest.raises(UnreadableInput, match=reason) as refusal:
        amend(xml, [PUBLICATION], name="deposit.xml")
    assert str(refusal.value).startswith("deposit.xml ")
    assert "\n" not in str(refusal.value)


def test_a_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "LARGEST", 1024**2)
    with pytest.raises(UnreadableInput, match="larger than 1 MiB"):
        amend(b"<a>" + b" " * 1024**2 + b"</a>", [])


def test_a_document_type_without_declarations_is_not_fetched() -> None:
    xml = TEXT.replace("<doi_batch", '<!DOCTYPE doi_batch SYSTEM "http://localhost:9/no.dtd"><doi_batch', 1).encode()
    assert amend(xml, [PUBLICATION]).content.count(b"<ORCID ") == 1


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_give_an_amendment_or_a_refusal(data: bytes) -> None:
    for xml in (data, TEXT.encode().replace(b"On things", data), TEXT.encode()[: len(data)] + data):
        try:
            amended = amend(xml, [PUBLICATION])
        except UnreadableInput as refusal:
            assert str(refusal)  # noqa: PT017 - either outcome is right
        else:
            assert amended.content.count(b"<ORCID ") >= 1


@pytest.mark.parametrize("given_name", ["Given{} N.", "Given N{}", "G. N{}", "{} G."])
@pytest.mark.parametrize("family_name", ["Family{}", "Family"])
def test_three_thousand_authors_take_seconds(given_name: str, family_name: str) -> None:
    people = [(f"Given{number}", family_name.format(number // 7)) for number in range(3000)]
    xml = batch(journal_article(*(person(*names) for names in people)), indent=True)
    contributors = [author(given_name.format(number), family, number) for number, (_, family) in enumerate(people)]
    started = time.process_time()
    amended = amend(xml, [article(*contributors)])
    assert time.process_time() - started < 10
    assert len(amended.matches) + len(amended.findings) == 3000
    assert amended.content.count(b"<ORCID ") == len(amended.matches)
    assert amend(amended.content, [article(*contributors)]).content == amended.content
