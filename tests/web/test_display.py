"""An iD as ORCID wants it shown (ORCID's display guidelines), in the macros for the plugin's pages and the host's."""

from __future__ import annotations

import pytest
from flask import Flask, render_template_string
from lxml import etree

from orcid_plugin.metadata.identifiers import OrcidId
from tests.mounted import make_app, runtime_of

GREEN = "#a6ce39"
URI = "https://sandbox.orcid.org/0000-0002-1694-233X"
SAYS = {"full": URI, "compact": "0000-0002-1694-233X", "inline": ""}


def shown(app: Flask, *arguments: object, **options: object) -> etree._Element:
    """What the macro makes of its arguments."""
    source = '{% from "orcid_plugin/macros.html" import orcid_id %}{{ orcid_id(*arguments, **options) }}'
    with app.test_request_context():
        text = render_template_string(source, arguments=arguments, options=options)
    return etree.fromstring(text)  # well-formed, too


@pytest.mark.parametrize("format", ["full", "compact", "inline"])
@pytest.mark.parametrize("authenticated", [True, False])
def test_each_format_links_icon_and_text_to_the_one_record(lite_app: Flask, format: str, authenticated: bool) -> None:
    span = shown(lite_app, URI, "Josiah Carberry", authenticated=authenticated, format=format)
    (link,) = span.iter("a")
    assert link.get("href") == URI
    assert "".join(link.itertext()) == SAYS[format]
    assert str(link.get("aria-label")) == f"View ORCID record {URI}"
    (icon,) = link.iter("svg")
    assert icon.get("role") == "img"
    text = "".join(span.itertext())
    assert text.startswith("Josiah Carberry")
    assert (GREEN in etree.tostring(span).decode()) is authenticated
    assert ("(unauthenticated)" in text) is not authenticated
    label = "ORCID iD icon" if authenticated else "Unauthenticated ORCID iD icon"
    assert icon.get("aria-label") == label


@pytest.mark.parametrize(
    "written",
    [
        "http://sandbox.orcid.org/0000-0002-1694-233x",
        "https://sandbox.orcid.org/000000021694233X/",
        OrcidId("0000-0002-1694-233X", "sandbox.orcid.org"),
    ],
)
def test_however_it_was_written_it_is_shown_as_https_with_hyphens_and_a_capital_x(
    lite_app: Flask, written: object
) -> None:
    (link,) = shown(lite_app, written, authenticated=True).iter("a")
    assert (link.get("href"), "".join(link.itertext())) == (URI, URI)


def test_the_full_form_is_what_one_gets(lite_app: Flask) -> None:
    assert "".join(shown(lite_app, URI, authenticated=True).itertext()) == URI


@pytest.mark.parametrize("text", ["0000-0002-1694-2330", "javascript:alert(1)", "Josiah", ""])
def test_what_is_no_id_has_neither_link_nor_icon(lite_app: Flask, text: str) -> None:
    span = shown(lite_app, text)
    assert not list(span.iter("a", "svg"))
    assert "".join(span.itertext()) == f"{text} (unauthenticated)"


def test_the_link_of_a_stand_in_registry_leads_there_and_the_text_is_orcids(tmp_path: object) -> None:
    app = make_app(f"sqlite:///{tmp_path}/x.sqlite3", environment="emulator", web_url="http://127.0.0.1:9")
    (link,) = shown(app, "0000-0002-1694-233X", authenticated=True).iter("a")
    assert link.get("href") == "http://127.0.0.1:9/0000-0002-1694-233X"
    assert "".join(link.itertext()) == "https://orcid.org/0000-0002-1694-233X"
    runtime_of(app).close()


def test_the_icon_has_the_space_that_the_brand_asks_for(lite_app: Flask) -> None:
    with lite_app.test_client().get("/orcid/assets/style.css") as answer:
        assert ".orcid-id :is(svg, img) { margin-inline: 0.5rem; }" in answer.text  # half of 16 pixels
