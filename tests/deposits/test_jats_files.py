"""Encodings of articles, a DTD that is never loaded, and files that are refused."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from orcid_plugin.deposits import document
from orcid_plugin.deposits.jats import amend
from orcid_plugin.errors import UnreadableInput
from orcid_plugin.metadata.credit import Credit
from orcid_plugin.metadata.readers import jats as reader
from tests.deposits.conftest import an_id, article, author, codes, contrib, doctype, jats

TEXT = jats(contrib("José", "Ångström", "<bio><p>&#x1F600; <![CDATA[<b> & ]]></p></bio>")).decode()
PUBLICATION = article(author("José", "Ångström", 1, Credit.WRITING_ORIGINAL_DRAFT))


@pytest.mark.parametrize(
    ("label", "codec", "mark"),
    [
        ("UTF-8", "utf-8", b""),
        ("UTF-8", "utf-8", b"\xef\xbb\xbf"),
        ("ISO-8859-1", "latin-1", b""),
        ("windows-1252", "cp1252", b""),
        ("US-ASCII", "ascii", b""),
        ("UTF-16", "utf-16-le", b"\xff\xfe"),
        ("UTF-16", "utf-16-be", b"\xfe\xff"),
    ],
)
def test_an_article_stays_in_its_encoding(label: str, codec: str, mark: bytes) -> None:
    text = TEXT.replace('"UTF-8"', f'"{label}"')
    if codec.startswith("utf"):
        text = text.replace("&#x1F600;", "\U0001f600")
    xml = mark + text.encode(codec, "xmlcharrefreplace")
    amended = amend(xml, [PUBLICATION])
    assert amended.findings == ()
    added = f'<contrib-id contrib-id-type="orcid" authenticated="true">{an_id(1)}</contrib-id>'
    role = amended.content.decode(codec).partition("</name>")[2].partition("<bio>")[0]
    # The dash of the role is a reference where the encoding lacks it.
    assert role.count("–" if codec in {"utf-8", "utf-16-le", "utf-16-be", "cp1252"} else "&#8211;") == 2
    expected = text.replace("<name>", f"{added}<name>").encode(codec, "xmlcharrefreplace")
    assert amended.content.replace(role.encode(codec), b"") == mark + expected
    assert amend(amended.content, [PUBLICATION]).content == amended.content
    (person,) = reader.read(amended.content).publication.contributors
    assert (person.authenticated_orcid, person.credit[0].role) == (an_id(1), Credit.WRITING_ORIGINAL_DRAFT)


def test_the_dtd_is_never_loaded(tmp_path: Path) -> None:
    dtd = tmp_path / "article.dtd"
    dtd.write_text('<!ENTITY family "Carberry"><!ATTLIST contrib contrib-type CDATA "author">')
    body = jats(contrib("Josiah", "&family;"), version=None).partition(b"?>")[2]
    for address in (dtd.as_uri(), str(dtd)):
        xml = f'<!DOCTYPE article SYSTEM "{address}">'.encode() + body
        amended = amend(xml, [article(author("Josiah", "Carberry", 1))])
        assert amended.content == xml
        assert codes(amended.findings) == ["person_not_found"]


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (b"", "not well-formed"),
        (b"\x00\x01", "not well-formed"),
        (TEXT[:-20].encode(), "not well-formed XML: unclosed token in line 3"),
        (TEXT.replace("On things", "On & things").encode(), "in line 3"),
        (TEXT.replace(doctype("1.3"), "").replace("On things", "&eacute;").encode(), "undefined entity in line 2"),
        (TEXT.replace(doctype("1.3"), "").replace("volume>", "x:volume>").encode(), "unbound prefix 'x' in line 2"),
        (
            TEXT.replace('dtd">', 'dtd" [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>').replace("On", "&b;").encode(),
            "declarations of its own",
        ),
        (
            TEXT.replace('dtd">', 'dtd" [<!ENTITY x SYSTEM "file:///etc/passwd">]>').replace("On", "&x;").encode(),
            "declarations of its own",
        ),
        (
            TEXT.replace('dtd">', 'dtd" [<!ENTITY % x SYSTEM "http://127.0.0.1:9/">%x;]>').encode(),
            "declarations of its own",
        ),
        (TEXT.replace("<p>Things.</p>", "<sec>" * 200 + "</sec>" * 200).encode(), "200 elements deep"),
        (TEXT.encode("latin-1"), "encoding 'UTF-8'"),
        (b"PK\x03\x04", "not well-formed"),
    ],
)
def test_what_cannot_be_read_is_refused_with_one_sentence(xml: bytes, reason: str) -> None:
    with pytest.raises(UnreadableInput, match=reason) as refusal:
        amend(xml, [PUBLICATION], name="article.xml")
    assert str(refusal.value).startswith("article.xml ")
    assert "\n" not in str(refusal.value)


def test_a_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "LARGEST", 1024**2)
    with pytest.raises(UnreadableInput, match="larger than 1 MiB"):
        amend(TEXT.encode() + b" " * 1024**2, [])


def test_three_thousand_authors_and_a_long_text_take_seconds() -> None:
    people = [(f"Given{number}", f"Family{number // 7}") for number in range(3000)]
    link = '<ext-link xlink:href="https://example.org/">page</ext-link>'
    xml = jats(*(contrib(*names, link) for names in people))
    xml = xml.replace(b"<p>Things.</p>", b"<p>A <italic>thing</italic>.</p>" * 100_000)
    contributors = [author(*names, number, Credit.SOFTWARE) for number, names in enumerate(people)]
    started = time.process_time()
    amended = amend(xml, [article(*contributors)])
    assert time.process_time() - started < 10
    assert len(amended.matches) == amended.content.count(b"<contrib-id ") == amended.content.count(b"<role ") == 3000
