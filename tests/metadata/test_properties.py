# ruff: noqa: E501 - snippets of XML are read best on one line
"""No input, however broken, gives anything but a reading or one clear error."""

from __future__ import annotations

import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orcid_plugin.errors import InputError
from orcid_plugin.metadata import json_form
from orcid_plugin.metadata.readers import read
from tests.conftest import samples
from tests.metadata.articles import DOI, article, deposit

SMALL = [
    article(
        title="Silly <italic>String</italic> &nbsp; &amp;",
        contribs='<contrib contrib-type="author" corresp="yes"><contrib-id contrib-id-type="orcid" authenticated="true">'
        "0000-0002-1825-0097</contrib-id><name><surname>Carberry</surname><given-names>Josiah</given-names></name>"
        '<role vocab="credit" vocab-term="Software" degree-contribution="lead">Software</role><xref ref-type="aff" rid="a"/>'
        "<collab>Group</collab></contrib>",
        meta='<aff id="a"><label>1</label><institution>Brown</institution>, <country>USA</country></aff><pub-date '
        'pub-type="epub"><day>1</day><month>May</month><year>2020</year></pub-date><abstract><p>Text</p></abstract>'
        '<funding-group><award-group><funding-source>NSF</funding-source><award-id>1</award-id></award-group></funding-group>'
        '<related-article related-article-type="preprint" href="10.5555/2"/>',
        journal="<journal-title>J</journal-title><issn>2049-3630</issn>",
    ).encode(),
    deposit(
        "<journal><journal_metadata><full_title>J</full_title><issn>2049-3630</issn></journal_metadata><journal_article>"
        "<titles><title>T</title></titles><contributors><person_name contributor_role='author'><given_name>J</given_name>"
        "<surname>C</surname><role vocab='credit' type='software'/><ORCID authenticated='1'>0000-0002-1825-0097</ORCID>"
        "</person_name></contributors><publication_date><year>2020</year></publication_date><fr:program><fr:assertion "
        "name='funder_name'>NSF</fr:assertion></fr:program><doi_data><doi>10.5555/1</doi></doi_data></journal_article></journal>"
    ),
    b'{"type": "journal-article", "title": {"text": "T"}, "identifiers": [{"type": "doi", "value": "10.5555/1"}]}',
]  # fmt: skip
LARGE = [path.read_bytes() for kind in ("jats", "crossref") for path in samples(kind) if path.stat().st_size < 40_000]
TAGS = (
    "name surname given-names string-name collab contrib contrib-group aff institution country xref fn p title sec year "
    "month day string-date pub-date date history issn article-id self-uri abstract role contrib-id related-article "
    "award-group funding-source award-id license title-group article-title journal-meta front article sub-article math "
    "titles person_name organization ORCID doi_data doi journal_article content_item program assertion update"
).split()


def check(data: bytes) -> None:
    try:
        reading = read(data, "input")
    except InputError as error:
        message = str(error)
        assert message
        assert "\n" not in message
        assert len(message) < 500
    else:
        assert reading.publication.title.text
        assert reading.publication.own_identifiers
        assert json_form.load(json_form.dump(reading.publication)).publication == reading.publication


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_arbitrary_bytes(data: bytes) -> None:
    check(data)
    check(b"<article>" + data)
    check(b'{"title": ' + data)


@settings(max_examples=200)
@given(st.sampled_from(SMALL), st.data())
def test_bytes_cut_out_and_put_in(source: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(source)))
    end = data.draw(st.integers(start, min(len(source), start + 40)))
    check(source[:start] + data.draw(st.binary(max_size=12)) + source[end:])


@settings(max_examples=200)
@given(st.sampled_from(SMALL[:2]), st.data())
def test_elements_renamed_emptied_and_repeated(source: bytes, data: st.DataObject) -> None:
    document = source.decode()
    for _ in range(data.draw(st.integers(1, 4))):
        tag = data.draw(st.sampled_from(TAGS))
        other = data.draw(st.sampled_from(TAGS))
        element = f"<{re.escape(tag)}(?= |>)(?:[^<>]*)>"
        match data.draw(st.sampled_from(["rename", "text", "empty", "attributes"])):
            case "rename":
                document = re.sub(rf"(</?){re.escape(tag)}(?=[ >/])", rf"\g<1>{other}", document)
            case "text":
                written = data.draw(st.text(st.characters(codec="utf-8", exclude_characters="<&\\"), max_size=12))
                document = re.sub(rf"({element})[^<]*", rf"\g<1>{written}", document)
            case "empty":
                document = re.sub(rf"{element}.*?</{re.escape(tag)}>", f"<{tag}/>", document)
            case "attributes":
                document = re.sub(element, f"<{tag}>", document)
    check(document.encode())


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_real_files_cut_and_spoilt(data: st.DataObject) -> None:
    source = data.draw(st.sampled_from(LARGE or SMALL))
    start = data.draw(st.integers(0, len(source)))
    check(source[:start] + data.draw(st.binary(max_size=4)) + source[start + data.draw(st.integers(0, 60)) :])


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_in_every_place(written: str) -> None:
    escaped = "".join(f"&#{ord(letter)};" for letter in written if letter.isprintable())
    parts = {
        "ids": DOI + f'<article-id pub-id-type="pmid">{escaped}</article-id>',
        "contribs": f'<contrib contrib-type="{escaped}"><contrib-id contrib-id-type="orcid">{escaped}</contrib-id><name>'
        f'<surname>{escaped}</surname></name><role content-type="{escaped}">{escaped}</role></contrib>',
        "meta": f'<pub-date pub-type="epub"><day>{escaped}</day><year>{escaped}</year></pub-date>'
        f'<self-uri href="{escaped}"/><license href="{escaped}"/>',
        "journal": f"<issn>{escaped}</issn><publisher><publisher-loc>{escaped}</publisher-loc></publisher>",
    }  # fmt: skip
    check(article(**parts).encode())
