"""Whose contributors are whose: groups and their members, sub-articles, translations, articles without a DOI."""

from __future__ import annotations

import pytest

from orcid_plugin.deposits.jats import amend, dois
from orcid_plugin.metadata.contributor import Contributor, ContributorKind
from tests.deposits.conftest import DOI, an_id, article, author, codes, contrib, jats, sub_article
from tests.deposits.test_jats import CARBERRY, ID, JOSIAH, URI

GROUP_OF_1_4 = "<collab-wrap><collab-name>The Group</collab-name><contrib-group>{}</contrib-group></collab-wrap>"


class TestGroups:
    def test_groups_and_anonymous_never_get_an_id(self) -> None:
        xml = jats("<contrib><collab>The Group</collab></contrib><contrib><anonymous/></contrib>")
        group = Contributor(kind=ContributorKind.GROUP, name="The Group", orcid=CARBERRY, authenticated=True)
        unknown = Contributor(kind=ContributorKind.ANONYMOUS, orcid=an_id(1), authenticated=True)
        amended = amend(xml, [article(group, unknown, author("The", "Group", 2))])
        assert amended.content == xml
        assert codes(amended.findings) == ["orcid_not_on_person", "orcid_not_on_person", "person_not_found"]

    @pytest.mark.parametrize("group", ["<collab>The Group<contrib-group>{}</contrib-group></collab>", GROUP_OF_1_4])
    def test_members_of_a_group_are_looked_for_after_the_authors(self, group: str) -> None:
        member = contrib("Jane", "Roe"), contrib("Josiah", "Carberry", before=ID)
        xml = jats(contrib("Josiah", "Carberry"), f"<contrib>{group.format(''.join(member))}</contrib>")
        publication = article(JOSIAH, author("Jane", "Roe", 2))
        amended = amend(xml, [publication])
        expected = xml.replace(b'"author"><name><surname>Carb', f'"author">{ID}<name><surname>Carb'.encode())
        roe = ID.replace(URI, str(an_id(2)))
        assert amended.content == expected.replace(b"<name><surname>Roe", f"{roe}<name><surname>Roe".encode())
        assert amended.findings == ()
        assert amend(amended.content, [publication]).content == amended.content

    @pytest.mark.parametrize(
        "groups",
        [
            f'<contrib-group content-type="collab-list">{contrib("Josiah", "Carberry")}</contrib-group>',
            f"<contrib-group>{contrib('Josiah', 'Carberry', kind='author non-byline')}</contrib-group>",
        ],
    )
    def test_members_in_a_list_of_their_own(self, groups: str) -> None:
        xml = jats(contrib("Josiah", "Carberry"), groups=groups)
        amended = amend(xml, [article(JOSIAH)])
        assert amended.content == xml.replace(b"<name>", f"{ID}<name>".encode(), 1)

    def test_several_groups_of_contributors(self) -> None:
        editors = f"<contrib-group>{contrib('Ed', 'Itor', kind='editor')}</contrib-group>"
        xml = jats(contrib("Josiah", "Carberry"), groups=editors)
        amended = amend(xml, [article(JOSIAH, author("Ed", "Itor", 2))])
        assert [match.where for match in amended.matches] == [
            "front/article-meta/contrib-group[1]/contrib",
            "front/article-meta/contrib-group[2]/contrib",
        ]
        assert amended.content.count(b"<contrib-id ") == 2

    def test_namesakes_are_left_alone(self) -> None:
        xml = jats(contrib("Li", "Wang"), contrib("Li", "Wang"))
        amended = amend(xml, [article(author("Li", "Wang", 1), author("Li", "Wang", 2))])
        assert amended.content == xml
        assert codes(amended.findings) == ["homonym", "homonym"]


class TestParts:
    def test_reviews_and_responses_are_not_the_article(self) -> None:
        response = sub_article("reply", contrib("Josiah", "Carberry"), doi="10.5555/reply")
        parts = (
            sub_article("decision-letter", contrib("Josiah", "Carberry", kind="editor"), doi="10.5555/letter"),
            sub_article("reviewer-report", contrib("Josiah", "Carberry", kind="reviewer")),
            response.replace("sub-article", "response").replace("article-type", "response-type"),
        )
        xml = jats(contrib("Josiah", "Carberry"), after="".join(parts))
        amended = amend(xml, [article(JOSIAH)])
        assert amended.content == xml.replace(b"<name>", f"{ID}<name>".encode(), 1)
        reviews = amend(xml, [article(JOSIAH, doi="10.5555/LETTER"), article(JOSIAH, doi="10.5555/reply")])
        assert [match.where for match in reviews.matches] == [
            "sub-article[1]/front-stub/contrib-group/contrib",
            "response/front-stub/contrib-group/contrib",
        ]
        assert sorted(dois(xml)) == [DOI, "10.5555/letter", "10.5555/reply"]

    @pytest.mark.parametrize("own_doi", [None, "10.5555/abc.en"])
    def test_a_translation_has_the_people_of_the_article(self, own_doi: str | None) -> None:
        translator = contrib("Trans", "Lator", kind="translator")
        translation = sub_article("translation", contrib("Josiah", "Carberry"), translator, doi=own_doi)
        xml = jats(contrib("Josiah", "Carberry"), contrib("Jane", "Roe"), after=translation)
        publication = article(JOSIAH, author("Jane", "Roe", 2))
        amended = amend(xml, [publication])
        assert amended.findings == ()
        assert [match.where.partition("/")[0] for match in amended.matches] == ["front", "front", "sub-article"]
        assert amend(amended.content, [publication]).content == amended.content

    def test_a_translation_that_is_a_publication_of_its_own(self) -> None:
        translation = sub_article("translation", contrib("Josiah", "Carberry"), doi="10.5555/abc.en")
        xml = jats(contrib("Josiah", "Carberry"), after=translation)
        amended = amend(xml, [article(JOSIAH), article(JOSIAH, doi="10.5555/abc.en")])
        assert amended.content == xml.replace(b"<name>", f"{ID}<name>".encode())
        assert amended.findings == ()

    def test_people_of_related_objects_products_and_references_are_not_touched(self) -> None:
        name = "<name><surname>Carberry</surname><given-names>Josiah</given-names></name>"
        group = f'<person-group person-group-type="author">{name}</person-group>'
        others = (
            f"<product>{group}</product><related-article related-article-type='companion'>{name}</related-article>"
            f"<related-object><contrib-group>{contrib('Josiah', 'Carberry')}</contrib-group>{group}</related-object>"
        )
        references = (
            f"<back><ref-list><ref id='r1'><element-citation>{group}</element-citation></ref></ref-list></back>"
        )
        xml = jats(contrib("Jane", "Roe"), groups=others, after=references)
        amended = amend(xml, [article(JOSIAH)])
        assert amended.content == xml
        assert codes(amended.findings) == ["person_not_found"]


class TestPublications:
    def test_an_article_without_a_doi_is_the_publication_that_was_named(self) -> None:
        for stated, doi in ((None, DOI), (DOI, None), (None, None)):
            xml = jats(contrib("Josiah", "Carberry"), doi=stated)
            amended = amend(xml, [article(JOSIAH, doi=doi)])
            assert amended.content == xml.replace(b"<name>", f"{ID}<name>".encode())
            assert amended.matches[0].doi == doi

    def test_an_article_with_another_doi_is_another_one(self) -> None:
        xml = jats(contrib("Josiah", "Carberry"))
        amended = amend(xml, [article(JOSIAH, doi="10.5555/other")])
        assert amended.content == xml
        assert codes(amended.findings) == ["doi_not_found"]

    def test_several_publications_are_never_guessed(self) -> None:
        xml = jats(contrib("Josiah", "Carberry"), doi=None)
        amended = amend(xml, [article(JOSIAH), article(JOSIAH, doi="10.5555/other")])
        assert amended.content == xml

    def test_the_doi_of_a_version_is_one_of_the_article(self) -> None:
        version = '<article-id pub-id-type="doi" specific-use="version">10.5555/ABC.2</article-id>'
        xml = jats(contrib("Josiah", "Carberry")).replace(b"<title-group>", f"{version}<title-group>".encode(), 1)
        assert amend(xml, [article(JOSIAH, doi="10.5555/abc.2")]).content.count(b"<contrib-id ") == 1
        both = amend(xml, [article(JOSIAH), article(JOSIAH, doi="10.5555/abc.2")])
        assert both.content.count(b"<contrib-id ") == 1
        assert codes(both.findings) == ["doi_repeated"]
