"""Hostile and broken XML: one sentence, nothing fetched, nothing expanded."""

from __future__ import annotations

from pathlib import Path

import pytest

from orcid_plugin.errors import InputError, UnreadableInput
from orcid_plugin.metadata.readers import read
from orcid_plugin.metadata.readers import xml as hardened
from orcid_plugin.metadata.readers.text import paragraphs, text
from orcid_plugin.metadata.readers.xml import Report, parse
from tests.metadata.articles import article


def parsed(source: str) -> hardened.Element:
    return parse(source.encode(), "x.xml", Report())


def test_an_external_entity_is_never_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    bomb = f'<!DOCTYPE article [<!ENTITY x SYSTEM "file://{secret}">]>' + article(title="&x;")
    with pytest.raises(UnreadableInput, match=r"^a\.xml declares entities of its own") as refusal:
        read(bomb.encode(), "a.xml")
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE article [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>',
        '<!DOCTYPE article [<!ENTITY % p SYSTEM "http://localhost:1/evil.dtd"> %p;]>',
        '<!DOCTYPE article SYSTEM "<!--" [<!ENTITY a "hidden from a simple search"> <!-- -->]>',
        "<!DOCTYPE article [<!ENTITY pic SYSTEM 'pic.gif' NDATA gif>]>",
    ],
)
def test_entity_declarations_are_refused(prolog: str) -> None:
    for document in (prolog + article(), "\ufeff" + prolog + article()):
        with pytest.raises(UnreadableInput, match=r"^a\.xml declares entities of its own"):
            read(document.encode(), "a.xml")
    utf16 = ('<?xml version="1.0" encoding="UTF-16"?>' + prolog + article()).encode("utf-16")
    with pytest.raises(UnreadableInput, match=r"^a\.xml declares entities of its own"):
        read(utf16, "a.xml")


def test_a_doctype_is_accepted_and_its_dtd_never_loaded(tmp_path: Path) -> None:
    (tmp_path / "broken.dtd").write_text("<!ELEMENT which no parser would read in silence")
    for address in ("http://localhost:1/JATS.dtd", f"file://{tmp_path}/broken.dtd"):
        doctype = f'<!DOCTYPE article PUBLIC "-//NLM//DTD JATS v1.3//EN" "{address}">'
        assert read((doctype + article()).encode(), "a").publication.title.text == "Silly String"


@pytest.mark.parametrize("doctype", ["", '<!DOCTYPE article SYSTEM "x.dtd">'])
def test_named_characters_are_resolved_without_the_dtd(doctype: str) -> None:
    title = "Caf&eacute;&nbsp;&amp; &alpha;&agr;&THgr; &lt;b&gt; <![CDATA[&nbsp;]]>"
    reading = read((doctype + article(title=title)).encode(), "a")
    assert reading.publication.title.text == "Café & ααΘ <b> &nbsp;"
    assert reading.findings == ()


def test_an_unknown_entity_is_dropped_and_named() -> None:
    reading = read(article(title="Silly&blubb; String").encode(), "a")
    assert reading.publication.title.text == "Silly String"
    assert [(finding.code, "&blubb;" in finding.message) for finding in reading.findings] == [("entity_unknown", True)]


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("latin-1", "ISO-8859-1"),
        ("cp1252", "windows-1252"),
    ],
)
def test_declared_encodings_are_read(encoding: str, declared: str) -> None:
    document = f'<?xml version="1.0" encoding="{declared}"?>' + article(title="Café&nbsp;ö")
    assert read(document.encode(encoding), "a").publication.title.text == "Café ö"


def test_blank_lines_before_the_declaration_do_not_matter() -> None:
    document = '\n \r\n<?xml version="1.0"?>' + article()
    assert read(document.encode(), "a").publication.title.text == "Silly String"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "neither XML nor JSON"),
        (b"hello", "neither XML nor JSON"),
        (b"<article>", "not well-formed"),
        (b"<article><front></article>", "not well-formed"),
        (b'<?xml version="1.0" encoding="x-none"?><article/>', "not well-formed"),
        (b'<?xml version="1.0" encoding="UTF-8"?><article>\xff</article>', "not well-formed"),
        (b"\xff\xfe<\x00a", "encoding"),
        (b"<article>" * 300 + b"</article>" * 300, "deeper than 256"),
        (b"<html/>", "no JATS article"),
        (b"<!--" * 100_000, "not well-formed"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(InputError) as refusal:
        read(data, "a.xml")
    message = str(refusal.value)
    assert message.startswith("a.xml ")
    assert sentence in message
    assert "\n" not in message
    assert len(message) < 300


def test_what_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardened, "MAX_BYTES", 1000)
    with pytest.raises(UnreadableInput, match=r"^a\.xml is larger than"):
        read(article(title="x" * 1000).encode(), "a.xml")


def test_depth_is_limited_whatever_the_parser_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardened, "MAX_DEPTH", 5)
    with pytest.raises(UnreadableInput, match="deeper than 5"):
        parsed("<a>" * 6 + "</a>" * 6)


def test_an_undeclared_prefix_is_tolerated_and_reported() -> None:
    reading = read(article(meta='<self-uri xlink:href="https://example.org/1"/>').encode(), "a")
    assert reading.publication.url == "https://example.org/1"
    assert [finding.code for finding in reading.findings] == ["namespace_undeclared"]


@pytest.mark.parametrize(
    ("markup", "plain"),
    [
        ("Ca<sup>2+</sup> and H<sub>2</sub>O", "Ca2+ and H2O"),
        ("A title<xref ref-type='fn' rid='f'>*</xref><fn id='f'><p>Thanks</p></fn>", "A title"),
        ("see <xref ref-type='fig' rid='f'>Fig. 1</xref>", "see Fig. 1"),
        ("a<!-- no -->b<?no no?>c", "abc"),
        ("one<break/>two\n\n  three", "one two three"),
        ("soft\u00adhyphen\u200b", "softhyphen"),
        ("می\u200cشود", "می\u200cشود"),
        ("<italic/><bold> </bold>x", "x"),
        (
            "of <inline-formula><alternatives><tex-math>$x^2$</tex-math><mml:math xmlns:mml='m'><mml:msup>"
            "<mml:mi>x</mml:mi><mml:mn>2</mml:mn></mml:msup></mml:math></alternatives></inline-formula> cats",
            "of x2 cats",
        ),
        (
            r"<inline-formula><tex-math>\documentclass{m}\begin{document}$$\alpha$$\end{document}</tex-math>"
            "</inline-formula>",
            "α",
        ),
        ("<ruby><rb>東京</rb><rt>とうきょう</rt></ruby>", "東京"),
    ],
)
def test_text_is_what_a_reader_sees(markup: str, plain: str) -> None:
    assert text(parsed(f"<t>{markup}</t>")) == plain


def test_an_abstract_keeps_its_paragraphs() -> None:
    abstract = parsed(
        "<abstract><title>Abstract</title><sec><title>Background</title><p>We <bold>ask</bold>.</p>"
        "<p><list><list-item><label>1</label><p>One</p></list-item></list></p></sec>"
        "<sec><title>Results</title><p>It is <disp-formula>x</disp-formula> .</p></sec>"
        "<p><bold>DOI:</bold> <ext-link>http://dx.doi.org/10.7554/eLife.1.001</ext-link></p></abstract>"
    )
    assert paragraphs(abstract) == "Background\n\nWe ask.\n\nOne\n\nResults\n\nIt is x."
