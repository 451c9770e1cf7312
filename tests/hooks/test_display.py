"""People on article pages, in files and for harvesters: who is named as what, and whose iD goes along."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

import pytest
from flask import Flask, render_template_string
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from orcid_plugin.hooks import display
from orcid_plugin.hooks import publication as hook
from orcid_plugin.hooks.publication import ContributorStatus
from orcid_plugin.languages import speaking
from orcid_plugin.metadata.affiliation import Affiliation
from orcid_plugin.metadata.contributor import Contributor, ContributorKind, ContributorRole
from orcid_plugin.metadata.identifiers import OrcidId
from tests.hooks.test_publication import KEY, connect
from tests.mounted import JOSIAH, SOFIA, article

EVIL = 'O\'Brien "Bob" <script>alert(1)</script>\u2028</script> & Söns'
ROLE = ContributorRole


def someone(name: str = "Carberry", role: ContributorRole = ROLE.AUTHOR, **options: object) -> ContributorStatus:
    authenticated = bool(options.pop("authenticated", False))
    contributor = Contributor(family_name=name, role=role, authenticated=authenticated, **options)  # type: ignore[arg-type]
    return ContributorStatus(
        contributor=contributor,
        name=contributor.display_name,
        orcid=contributor.orcid,
        authenticated=authenticated,
    )


CARBERRY = someone(
    given_names="Josiah",
    suffix="Jr.",
    orcid=OrcidId(JOSIAH),
    authenticated=True,
    affiliations=(Affiliation(name="Brown University", ror="https://ror.org/05gq02987"), Affiliation(name="Wesleyan")),
)
CLAIMED = someone("Garcia", given_names="Sofia", orcid=OrcidId(SOFIA))
GROUP = dataclasses.replace(
    someone(), contributor=Contributor(kind=ContributorKind.GROUP, name="The Group"), name="The Group"
)
NOBODY = dataclasses.replace(someone(), contributor=Contributor(kind=ContributorKind.ANONYMOUS), name="Anonymous")
EDITOR = someone("Weiß", ROLE.EDITOR, given_names="Jürgen", orcid=OrcidId(JOSIAH), authenticated=True)
REVIEWER = someone("Tanaka", ROLE.REVIEWER)


@pytest.fixture
def statuses(lite_app: Flask) -> Iterator[list[ContributorStatus]]:
    """Of a publication whose first author connected, and whose second has an iD that nobody proved."""
    made = article()
    first, second, group = made.contributors
    people = (first, dataclasses.replace(second, orcid=OrcidId(SOFIA), authenticated=True), group)
    with lite_app.test_request_context():
        hook.published(dataclasses.replace(made, contributors=people))
        connect(lite_app)
        yield hook.status(KEY)


class TestOfAPublication:
    """What the store knows decides, not what the metadata claims."""

    def test_each_status_has_the_contributor_with_the_same_id_and_mark(self, statuses: list[ContributorStatus]) -> None:
        assert [one.contributor.display_name for one in statuses] == [one.name for one in statuses]
        assert [one.contributor.orcid for one in statuses] == [one.orcid for one in statuses]
        assert [one.contributor.authenticated for one in statuses] == [True, False, False]

    def test_the_article_page_names_all_and_only_the_proven_id(self, statuses: list[ContributorStatus]) -> None:
        source = '{% from "orcid_plugin/macros.html" import citation_meta %}<head>{{ citation_meta(statuses) }}</head>'
        page = html.document_fromstring(render_template_string(source, statuses=statuses))
        assert [(meta.get("name"), meta.get("content")) for meta in page.iter("meta")] == [
            ("citation_author", "Example, Josiah"),
            ("citation_author_orcid", f"https://sandbox.orcid.org/{JOSIAH}"),
            ("citation_author", "Example, Sofia"),
            ("citation_author", "The Group"),
        ]

    def test_harvesters_get_the_same(self, statuses: list[ContributorStatus]) -> None:
        assert display.dublin_core(statuses) == [
            ("creator", f"Example, Josiah; https://sandbox.orcid.org/{JOSIAH}"),
            ("creator", "Example, Sofia"),
            ("creator", "The Group"),
        ]
        first, second, group = display.schema_org(statuses)["author"]
        assert first["@id"] == first["sameAs"] == f"https://sandbox.orcid.org/{JOSIAH}"
        assert "@id" not in second
        assert group == {"@type": "Organization", "name": "The Group"}

    def test_what_is_printed_says_which_one_is_not_authenticated(self, statuses: list[ContributorStatus]) -> None:
        proven, claimed, group = statuses
        assert display.printed_orcid(proven) == f"https://sandbox.orcid.org/{JOSIAH}"
        assert display.printed_orcid(claimed) == f"https://orcid.org/{SOFIA} (unauthenticated)"
        assert display.printed_orcid(group) is None
        with speaking("de"):
            assert display.printed_orcid(claimed) == f"https://orcid.org/{SOFIA} (nicht authentifiziert)"


def test_affiliations_and_id_follow_their_author() -> None:
    assert list(display.citation_tags([CARBERRY, CLAIMED])) == [
        ("citation_author", "Carberry Jr., Josiah"),
        ("citation_author_institution", "Brown University"),
        ("citation_author_institution", "Wesleyan"),
        ("citation_author_orcid", f"https://orcid.org/{JOSIAH}"),
        ("citation_author", "Garcia, Sofia"),
    ]
    assert display.schema_org([CARBERRY])["author"] == [
        {
            "@type": "Person",
            "name": "Josiah Carberry Jr.",
            "@id": f"https://orcid.org/{JOSIAH}",
            "sameAs": f"https://orcid.org/{JOSIAH}",
            "givenName": "Josiah",
            "familyName": "Carberry",
            "affiliation": [
                {"@type": "Organization", "name": "Brown University", "@id": "https://ror.org/05gq02987"},
                {"@type": "Organization", "name": "Wesleyan"},
            ],
        }
    ]


@pytest.mark.parametrize(
    ("people", "made_it"),
    [
        ([CARBERRY, EDITOR, REVIEWER, GROUP], [CARBERRY, GROUP]),
        ([EDITOR, REVIEWER], [EDITOR]),
        ([REVIEWER], [REVIEWER]),
        ([NOBODY, someone(" ")], []),
        ([NOBODY, EDITOR], [EDITOR]),
        ([], []),
    ],
)
def test_an_editor_is_no_author_unless_there_is_none(
    people: list[ContributorStatus], made_it: list[ContributorStatus]
) -> None:
    assert display.creators(people) == made_it
    creators = [text for element, text in display.dublin_core(people) if element == "creator"]
    assert len(creators) == len(made_it)
    assert [text for name, text in display.citation_tags(people) if name == "citation_author"] == [
        one.contributor.inverted_name for one in made_it
    ]


def test_each_role_has_its_property_and_nobody_is_lost() -> None:
    found = display.schema_org([CARBERRY, EDITOR, REVIEWER, someone("Ng", ROLE.TRANSLATOR), NOBODY])
    names = {name: [one["name"] for one in people] for name, people in found.items()}
    assert names == {
        "author": ["Josiah Carberry Jr."],
        "editor": ["Jürgen Weiß"],
        "contributor": ["Tanaka"],
        "translator": ["Ng"],
    }


class TestMarkupInNames:
    """Names are text wherever they go."""

    evil = someone(EVIL, given_names="A\n\tB", affiliations=(Affiliation(name=EVIL),))

    def test_in_meta_elements(self, lite_app: Flask) -> None:
        source = '{% from "orcid_plugin/macros.html" import citation_meta %}{{ citation_meta([evil]) }}'
        with lite_app.test_request_context():
            text = render_template_string(source, evil=self.evil)
        assert text.count("<") == 2
        name, institution = html.fragments_fromstring(text)
        assert name.get("content") == institution.get("content") + ", A B"
        assert "<script>" in name.get("content")

    def test_in_json_within_a_page(self, lite_app: Flask) -> None:
        source = '<script type="application/ld+json">{{ people|tojson }}</script>'
        with lite_app.test_request_context():
            text = render_template_string(source, people=display.schema_org([self.evil]))
        assert text.count("</script>") == 1
        assert "\u2028" not in text
        kept = json.loads(text.removeprefix('<script type="application/ld+json">').removesuffix("</script>"))
        assert kept == display.schema_org([self.evil])

    @given(st.text(), st.text())
    def test_whatever_the_name_a_text_is_one_line(self, given_names: str, family_name: str) -> None:
        texts = [text for _, text in display.dublin_core([someone(family_name, given_names=given_names)])]
        assert all(len(text.splitlines()) == 1 and text == text.strip() for text in texts)
