"""The recipes of docs/display.md work as they stand there, for PDF, EPUB and OAI as well as for pages."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template_string
from lxml import etree, html

from orcid_plugin.hooks import publication, review
from orcid_plugin.identity import connections
from orcid_plugin.metadata.affiliation import Affiliation
from orcid_plugin.metadata.contributor import Contributor, ContributorRole
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.registry.oauth_answers import TokenAnswer
from tests.hooks.test_publication import connect
from tests.hooks.test_review import REVIEW
from tests.mounted import JOSIAH, SOFIA, app, article, host, lite_app, runtime_of
from tests.test_docs import code

__all__ = ["app", "host", "lite_app"]

PAGE = "docs/display.md"
PROVEN, CLAIMED = f"https://sandbox.orcid.org/{JOSIAH}", f"https://orcid.org/{SOFIA}"
EVIL = 'O\'Brien & "Söns" \u2028</script><b>100% #1_{x}\\</b>'


@pytest.fixture
def names(lite_app: Flask) -> Iterator[dict[str, Any]]:
    """What the blocks of Python of the page define, run for an article whose first author connected."""
    first, _, group = article().contributors
    affiliated = dataclasses.replace(first, affiliations=(Affiliation(name="Brown University"),))
    claimed = Contributor(given_names="A", family_name=EVIL, key="2", orcid=OrcidId(SOFIA), authenticated=True)
    edits = Contributor(given_names="Jürgen", family_name="Weiß", key="3", role=ContributorRole.EDITOR)
    people = (affiliated, claimed, group, edits)
    with lite_app.test_request_context():
        publication.published(dataclasses.replace(article(), contributors=people), key="article-42")
        connect(lite_app, key="article-42")
        found: dict[str, Any] = {}
        for block in code(PAGE, "python"):
            exec(block, found)
        yield found


@pytest.fixture
def people(names: dict[str, Any]) -> list[Any]:
    found: list[Any] = names["people"]
    return found


def rendered(names: dict[str, Any], containing: str, **more: Any) -> html.HtmlElement:
    (block,) = [one for one in code(PAGE, "jinja") if containing in one]
    return html.document_fromstring(render_template_string(block, **names, **more))


def test_the_article_page(names: dict[str, Any]) -> None:
    page = rendered(names, "citation_meta")
    metas = [(meta.get("name").removeprefix("citation_author"), meta.get("content")) for meta in page.iter("meta")]
    line = " ".join(EVIL.split())
    assert metas == [
        ("", "Example, Josiah"),
        ("_institution", "Brown University"),
        ("_orcid", PROVEN),
        ("", f"{line}, A"),
        ("", "The Group"),
    ]
    (script,) = page.iter("script")
    linked = json.loads(script.text)
    assert linked["@type"] == "ScholarlyArticle"
    assert [one.get("@id") for one in linked["author"]] == [PROVEN, None, None]
    assert [one["name"] for one in linked["editor"]] == ["Jürgen Weiß"]
    shown = [" ".join(item.text_content().split()) for item in page.iter("li")]
    assert shown == [f"Josiah Example {PROVEN}", f"A {line} {CLAIMED} (unauthenticated)", "The Group", "Jürgen Weiß"]
    assert not page.xpath("//li//b")


def test_latex(names: dict[str, Any], people: list[Any]) -> None:
    first, second, *_ = names["latex_byline"](people)
    assert first.startswith(
        rf"Josiah Example\href{{{PROVEN}}}{{\hspace{{0.5em}}\includegraphics[height=1em]{{orcid-icon}}"
    )
    assert r"{orcid-icon-unauthenticated}" in second
    assert second.endswith(f"{CLAIMED} (unauthenticated)}}")
    for escaped in (r"\& ", r"100\% \#1\_\{x\}", r"{\textbackslash}"):
        assert escaped in second


def test_epub(names: dict[str, Any], people: list[Any]) -> None:
    title_page = etree.fromstring(f"<body>{''.join(names['epub_byline'](people))}</body>")
    texts = [" ".join("".join(line.itertext()).split()) for line in title_page]
    assert texts[0] == f"Josiah Example {PROVEN}"
    assert texts[1] == f"A {' '.join(EVIL.split())} {CLAIMED} (unauthenticated)"
    assert title_page.xpath("//img/@src") == ["orcid-icon.svg", "orcid-icon-unauthenticated.svg"]
    opf = "http://purl.org/dc/elements/1.1/"
    metadata = etree.fromstring(f'<metadata xmlns:dc="{opf}">{"".join(names["opf_creators"](people))}</metadata>')
    assert len(metadata.findall(f"{{{opf}}}creator")) == 3
    assert metadata.xpath("meta[@refines='#creator1']/text()") == ["aut", "Example, Josiah"]


def test_oai_dc(names: dict[str, Any], people: list[Any]) -> None:
    found = [(etree.QName(element).localname, element.text) for element in names["oai_dc_people"](people)]
    assert found == [
        ("creator", f"Example, Josiah; {PROVEN}"),
        ("creator", f"{' '.join(EVIL.split())}, A"),
        ("creator", "The Group"),
        ("contributor", "Weiß, Jürgen"),
    ]


def test_datacite_creators_are_valid(names: dict[str, Any], people: list[Any], shared: Path) -> None:
    creators = names["datacite_creators"](people)
    namespace = names["DATACITE"]
    assert [one.text for one in creators.iter(f"{{{namespace}}}nameIdentifier")] == [PROVEN]
    resource = etree.fromstring(
        f'<resource xmlns="{namespace}"><identifier identifierType="DOI">10.5555/1</identifier><titles><title>T</title>'
        "</titles><publisher>P</publisher><publicationYear>2026</publicationYear>"
        '<resourceType resourceTypeGeneral="JournalArticle">Article</resourceType></resource>'
    )
    resource.append(creators)
    etree.XMLSchema(etree.parse(shared / "schemas" / "datacite" / "kernel-4.7" / "metadata.xsd")).assertValid(resource)


@pytest.mark.parametrize("block", ['key="article-42"', "{% call"])
def test_the_editors_table(names: dict[str, Any], block: str) -> None:
    page = rendered(names, block)
    assert page.xpath("//tbody/tr/@data-orcid") == [JOSIAH, "", "", ""]
    assert page.xpath("//tbody/tr/th//a/@href") == (
        [] if "article" in block else [f"/people/{n}" for n in ("1", "2", "group", "3")]
    )


def test_a_reviewer_has_a_row_too(names: dict[str, Any], lite_app: Flask) -> None:
    runtime = runtime_of(lite_app)
    answer = TokenAnswer(
        orcid=SOFIA,
        name=None,
        access_token="t",
        refresh_token=None,
        scopes=frozenset(),
        expires_in=None,
        raw={"access_token": "t"},
    )
    with runtime.store.begin() as session:
        connections.store_answer(session, runtime.site, runtime.keyring, answer, "rita")
    review.completed(REVIEW, key="review-7", account="rita")
    page = rendered(names, "reviewers", reviewers=review.status("review-7"))
    (row,) = page.xpath("//tbody/tr")
    assert (row.get("data-orcid"), row.get("data-connection")) == (SOFIA, "active")
    assert "reviewer" in row.text_content()
    assert "(unauthenticated)" not in row.text_content()
