"""A publication becomes the work message that ORCID should get of it."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from orcid_plugin.errors import PublicationRefused
from orcid_plugin.metadata.contributor import Contributor, ContributorKind, ContributorRole
from orcid_plugin.metadata.credit import Credit, CreditRole
from orcid_plugin.metadata.dates import Dates, PartialDate
from orcid_plugin.metadata.funding import Funding
from orcid_plugin.metadata.identifiers import Identifier, OrcidId
from orcid_plugin.metadata.publication import Container, ContainerKind, Publication, Relation, RelationType, Title
from orcid_plugin.metadata.vocabulary import Relationship, WorkType
from orcid_plugin.registry.messages import rules
from orcid_plugin.registry.messages.contributors import credited
from orcid_plugin.registry.messages.from_publication import work
from orcid_plugin.registry.messages.work import Work

CARBERRY = OrcidId.parse("0000-0002-1825-0097")
DOI = Identifier.of("doi", "10.1234/ABC")


def publication(**changes: object) -> Publication:
    return replace(
        Publication(type=WorkType.JOURNAL_ARTICLE, title=Title("Cracked pots"), identifiers=(DOI,)),
        **changes,  # type: ignore[arg-type]
    )


def person(given: str, family: str, *roles: Credit, **changes: object) -> Contributor:
    credit = tuple(CreditRole(role) for role in roles)
    return replace(Contributor(given_names=given, family_name=family, credit=credit), **changes)  # type: ignore[arg-type]


def carberry(*roles: Credit) -> Contributor:
    return person("Josiah", "Carberry", *roles, orcid=CARBERRY, authenticated=True)


def ids(message: Work) -> set[tuple[str, str, str | None]]:
    return {(one.type, one.value, one.relationship) for one in message.external_ids}


def roles(message: Work) -> list[tuple[str | None, str | None, str | None]]:
    return [
        (one.credit_name, one.sequence, (one.role or "").rstrip("/").rpartition("/")[2]) for one in message.contributors
    ]


class TestIdentifiers:
    def test_doi_is_bare_and_lower_case_with_its_address(self) -> None:
        (doi,) = work(publication()).external_ids
        assert (doi.value, doi.url, doi.relationship) == ("10.1234/abc", "https://doi.org/10.1234/abc", "self")

    def test_own_identifiers_of_all_kinds(self) -> None:
        own = ("doi", "10.1/a"), ("pmid", "12"), ("pmc", "PMC1234"), ("arxiv", "2101.00001"), ("handle", "20.500/12")
        message = work(publication(identifiers=tuple(Identifier.of(*one) for one in own)))
        assert [one.type for one in message.self_ids] == ["doi", "pmid", "pmc", "arxiv", "handle"]

    def test_address_only_where_there_is_nothing_else(self) -> None:
        uri = Identifier.of("uri", "https://journal.example/1")
        assert ids(work(publication(identifiers=(uri, DOI)))) == {("doi", "10.1234/abc", "self")}
        assert ids(work(publication(identifiers=(uri,)))) == {("uri", "https://journal.example/1", "self")}

    def test_landing_page_identifies_what_has_no_identifier(self) -> None:
        message = work(publication(identifiers=(), url="https://journal.example/1"))
        assert ids(message) == {("uri", "https://journal.example/1", "self")}

    def test_both_issns_are_part_of(self) -> None:
        container = Container(title="J", issn_print="0028-0836", issn_electronic="1476-4687")
        message = work(publication(container=container))
        assert {("issn", "0028-0836", "part-of"), ("issn", "1476-4687", "part-of")} < ids(message)

    def test_isbn_is_part_of_a_chapter_and_self_of_the_book(self) -> None:
        book = Container(kind=ContainerKind.BOOK, title="B", isbns=("9780306406157",))
        chapter = work(publication(type=WorkType.BOOK_CHAPTER, container=book))
        whole = work(publication(type=WorkType.BOOK, container=book))
        assert ("isbn", "9780306406157", "part-of") in ids(chapter)
        assert ("isbn", "9780306406157", "self") in ids(whole)

    def test_what_names_the_container_is_never_self_of_its_part(self) -> None:
        # Two articles with the ISSN as `self` would be one work to the Registry (409 9021).
        given = (DOI, Identifier.of("issn", "0028-0836"), Identifier.of("isbn", "9780306406157"))
        message = work(publication(type=WorkType.BOOK_CHAPTER, identifiers=given))
        assert [one.type for one in message.self_ids] == ["doi"]
        assert ("issn", "0028-0836", "part-of") in ids(message)

    def test_container_identifiers_are_part_of(self) -> None:
        message = work(publication(container=Container(identifiers=(Identifier.of("doi", "10.1/book"),))))
        assert ("doi", "10.1/book", "part-of") in ids(message)

    def test_other_versions_are_version_of_and_other_relations_are_absent(self) -> None:
        relations = tuple(
            Relation(kind, Identifier.of("doi", f"10.1/{kind.value}"))
            for kind in (RelationType.HAS_PREPRINT, RelationType.IS_VERSION_OF, RelationType.IS_COMMENT_ON)
        )
        message = work(publication(relations=relations))
        assert ids(message) == {
            ("doi", "10.1234/abc", "self"),
            ("doi", "10.1/has-preprint", "version-of"),
            ("doi", "10.1/is-version-of", "version-of"),
        }

    def test_grants(self) -> None:
        funding = (
            Funding(funder="A funder without award"),
            Funding(award_number="R01 123", award_url="https://grants.example/1"),
            Funding(award_doi="10.35802/1"),
            Funding(award_url="https://grants.example/2"),
        )
        message = work(publication(funding=funding))
        grants = [one for one in message.external_ids if one.relationship == "funded-by"]
        assert [(one.type, one.value) for one in grants] == [
            ("grant_number", "R01 123"),
            ("doi", "10.35802/1"),
            ("uri", "https://grants.example/2"),
        ]
        assert grants[0].url == "https://grants.example/1"

    def test_funded_by_of_a_type_that_orcid_refuses_is_left_out(self) -> None:
        given = (DOI, Identifier.of("other-id", "x", Relationship.FUNDED_BY))
        assert ids(work(publication(identifiers=given))) == {("doi", "10.1234/abc", "self")}

    def test_self_wins_and_nothing_is_there_twice(self) -> None:
        given = (
            Identifier("doi", "10.1234/ABC", Relationship.PART_OF),
            DOI,
            Identifier("doi", "https://doi.org/10.1234/abc"),
            Identifier.of("other-id", "X1", Relationship.PART_OF),
            Identifier.of("other-id", "x1", Relationship.PART_OF),
        )
        message = work(publication(identifiers=given))
        assert ids(message) == {("doi", "10.1234/abc", "self"), ("other-id", "X1", "part-of")}

    def test_old_doi_has_a_legal_address(self) -> None:
        sici = Identifier.of("doi", "10.1002/(SICI)1097-4571(199806)49:8<693::AID-ASI4>3.0.CO;2-O")
        (doi,) = work(publication(identifiers=(sici,))).external_ids
        assert doi.value == "10.1002/(sici)1097-4571(199806)49:8<693::aid-asi4>3.0.co;2-o"
        assert doi.url == "https://doi.org/10.1002/(sici)1097-4571(199806)49:8%3C693::aid-asi4%3E3.0.co;2-o"

    @pytest.mark.parametrize("given", [(), (Identifier("doi", "nonsense"),), (Identifier.of("issn", "0028-0836"),)])
    def test_without_an_identifier_of_its_own_it_is_refused(self, given: tuple[Identifier, ...]) -> None:
        with pytest.raises(PublicationRefused, match="no identifier of its own"):
            work(publication(identifiers=given))


class TestContributors:
    def test_authenticated_person_has_one_entry_a_role_standing_together(self) -> None:
        people = (carberry(Credit.SOFTWARE, Credit.RESOURCES, Credit.SOFTWARE), person("Ann", "Other"))
        message = work(publication(contributors=people))
        assert roles(message) == [
            ("Josiah Carberry", "first", "software"),
            ("Josiah Carberry", "first", "resources"),
            ("Ann Other", "additional", "author"),
        ]
        assert [one.orcid.uri if one.orcid else None for one in message.contributors] == [
            CARBERRY.uri,
            CARBERRY.uri,
            None,
        ]
        assert message.contributors[0].role == "http://credit.niso.org/contributor-roles/software/"

    def test_host_of_the_environment_is_in_the_uri(self) -> None:
        message = work(publication(contributors=(carberry(),)), id_host="sandbox.orcid.org")
        orcid = message.contributors[0].orcid
        assert orcid is not None
        assert orcid.uri == "https://sandbox.orcid.org/0000-0002-1825-0097"

    def test_person_without_authenticated_id_is_a_single_entry(self) -> None:
        stated = person("Ann", "Other", Credit.SOFTWARE, Credit.RESOURCES, orcid=CARBERRY)
        one_role = person("Bo", "Third", Credit.SOFTWARE)
        message = work(publication(contributors=(stated, one_role)))
        assert roles(message) == [("Ann Other", "first", "author"), ("Bo Third", "additional", "software")]
        assert all(one.orcid is None for one in message.contributors)

    def test_base_roles(self) -> None:
        people = [person("", role.value, role=role) for role in ContributorRole]
        assert [(name, role) for name, _, role in roles(work(publication(contributors=tuple(people))))] == [
            ("author", "author"),
            ("editor", "editor"),
            ("chair", "chair-or-translator"),
            ("translator", "chair-or-translator"),
            ("other", ""),
        ]

    def test_reviewer_is_the_author_of_a_review_and_no_maker_of_an_article(self) -> None:
        people = (person("Re", "Viewer", role=ContributorRole.REVIEWER), person("Ann", "Other"))
        assert [name for name, *_ in roles(work(publication(contributors=people)))] == ["Ann Other"]
        assert roles(work(publication(type=WorkType.REVIEW, contributors=people)))[0] == (
            "Re Viewer",
            "first",
            "author",
        )

    def test_same_person_named_twice_is_one(self) -> None:
        editing = replace(carberry(), role=ContributorRole.EDITOR)
        people = (carberry(Credit.SOFTWARE), person("A", "B"), editing, person("A", "B", role=ContributorRole.EDITOR))
        assert roles(work(publication(contributors=people))) == [
            ("Josiah Carberry", "first", "software"),
            ("Josiah Carberry", "first", "editor"),
            ("A B", "additional", "author"),
        ]

    def test_editor_in_two_offices_is_one(self) -> None:
        editor = person("Lynne", "Ed", role=ContributorRole.EDITOR)
        assert roles(work(publication(contributors=(editor, editor)))) == [("Lynne Ed", "first", "editor")]

    def test_two_authors_of_one_name_stay_two(self) -> None:
        message = work(publication(contributors=(person("Wei", "Wang"), person("Wei", "Wang"))))
        assert [one.credit_name for one in message.contributors] == ["Wei Wang", "Wei Wang"]

    def test_group_has_its_name(self) -> None:
        group = Contributor(kind=ContributorKind.GROUP, name="The Pot Group")
        assert roles(work(publication(contributors=(group,)))) == [("The Pot Group", "first", "author")]

    def test_anonymous_and_nameless_have_no_entry_and_keep_their_place(self) -> None:
        hidden = Contributor(kind=ContributorKind.ANONYMOUS, orcid=CARBERRY, authenticated=True)
        people = (hidden, person(" ", "\x00"), person("Ann", "Other"))
        message = work(publication(contributors=people))
        assert roles(message) == [("Ann Other", "additional", "author")]

    def test_nameless_person_with_authenticated_id_is_there_without_a_name(self) -> None:
        message = work(publication(contributors=(replace(carberry(), given_names=None, family_name=" "),)))
        assert (message.contributors[0].credit_name, message.contributors[0].orcid is None) == (None, False)

    def test_no_mail_address_leaves(self) -> None:
        message = work(publication(contributors=(replace(carberry(), email="josiah@brown.example"),)))
        assert "josiah@" not in repr(message)

    def test_three_thousand_authors(self) -> None:
        people = tuple(person(f"Jö {number}", f"Müller-{number}", Credit.SOFTWARE) for number in range(3000))
        started = time.process_time()
        message = work(publication(contributors=people))
        assert time.process_time() - started < 5
        assert len(message.contributors) == 3000
        assert rules.check(message, create=True) == ()


class TestTexts:
    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ("The <i>E. coli</i> genome", "The E. coli genome"),
            ("The &lt;i&gt;E. coli&lt;/i&gt; genome", "The E. coli genome"),
            ("H&amp;lt;sub&amp;gt;2&amp;lt;/sub&amp;gt;O", "H2O"),
            ("Salt &amp; pepper", "Salt & pepper"),
            ("R&D at AT&T; p < 0.05 and x > 3", "R&D at AT&T; p < 0.05 and x > 3"),
            ("a<b and c>d", "a<b and c>d"),
            ('<jats:italic toggle="yes">x</jats:italic><mml:math>', "x"),
            ("one<br>two<br/>three", "one two three"),
            ("  odd\u00a0 \t\nspace\x07 and \ud800surrogates ", "odd space and surrogates"),
        ],
    )
    def test_tags_and_entities_go_and_honest_text_stays(self, given: str, expected: str) -> None:
        assert work(publication(title=Title(given))).title == expected

    @pytest.mark.parametrize("title", ["", " \n", "<i></i>", "\x00"])
    def test_no_title_is_refused(self, title: str) -> None:
        with pytest.raises(PublicationRefused, match="no title"):
            work(publication(title=Title(title)))

    def test_long_texts_end_at_a_word_with_an_ellipsis(self) -> None:
        title = work(publication(title=Title("words " * 500))).title
        assert title.endswith("words…")
        assert 990 < len(title) <= 1000

    def test_length_counts_as_the_registry_counts(self) -> None:
        title = work(publication(title=Title("𝒜" * 600))).title
        assert len(title.encode("utf-16-le")) // 2 <= 1000
        assert title == "𝒜" * 499 + "…"

    def test_limits_of_all_fields(self) -> None:
        long = "long words " * 1000
        message = work(
            publication(
                title=Title(long, long),
                translated_titles=(Title(long, None, "de"),),
                container=Container(title=long),
                abstract=long,
                contributors=(Contributor(family_name=long),),
            )
        )
        assert rules.check(message, create=True) == ()
        assert message.short_description is not None
        assert len(message.short_description) > 4900

    def test_abstract_keeps_its_paragraphs(self) -> None:
        message = work(publication(abstract="<title>Aim</title><p>We\ntried.</p>\n\nWe  failed."))
        assert message.short_description == "Aim\n\nWe tried.\n\nWe failed."

    def test_first_translation_with_a_language_of_orcid(self) -> None:
        titles = (Title("?", None, "tlh"), Title("Rissige Töpfe", "eine Studie", "de-AT"), Title("Pots", None, "fr"))
        translated = work(publication(translated_titles=titles)).translated_title
        assert translated is not None
        assert (translated.value, translated.language_code) == ("Rissige Töpfe: eine Studie", "de")

    def test_absent_is_absent(self) -> None:
        message = work(publication(title=Title("T", " "), abstract=" ", url="no address", language="xx", country="ZZ"))
        assert (message.subtitle, message.short_description, message.url) == (None, None, None)
        assert (message.language_code, message.country, message.publication_date) == (None, None, None)


class TestCodes:
    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ("en", "en"), ("EN", "en"), ("en-GB", "en"), ("en_US", "en"), ("eng", "en"), ("pt-BR", "pt"),
            ("zh", "zh_CN"), ("zh-Hans", "zh_CN"), ("zh-Hans-HK", "zh_CN"), ("cmn", "zh_CN"), ("chi", "zh_CN"),
            ("zh-Hant", "zh_TW"), ("zh-TW", "zh_TW"), ("zh-HK", "zh_TW"), ("zho-Hant", "zh_TW"),
            ("he", "iw"), ("heb", "iw"), ("iw", "iw"), ("id", "in"), ("ind", "in"), ("yi", "ji"), ("yid", "ji"),
            ("ger", "de"), ("deu", "de"), ("fre", "fr"), ("fra", "fr"), ("tgl", "tl"), ("sr-Latn", "sr"),
            ("tlh", None), ("English", None), ("", None), (None, None), ("mul", None), ("x-klingon", None),
        ],
    )  # fmt: skip
    def test_language(self, given: str | None, expected: str | None) -> None:
        assert work(publication(language=given)).language_code == expected

    @pytest.mark.parametrize(
        ("given", "expected"), [("US", "US"), ("us", "US"), ("UK", "GB"), ("XK", "XK"), ("EU", None)]
    )
    def test_country(self, given: str, expected: str | None) -> None:
        assert work(publication(country=given)).country == expected

    @pytest.mark.parametrize("date", [PartialDate(2024), PartialDate(2024, 3), PartialDate(2024, 3, 9), None])
    def test_date_is_as_precise_as_given(self, date: PartialDate | None) -> None:
        assert work(publication(dates=Dates(online=date))).publication_date == date

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ("https://x.example/a b?q=ä#f", "https://x.example/a%20b?q=%C3%A4#f"),
            ("https://x.example/100%", "https://x.example/100%25"),
            ("javascript:alert(1)", None),
            ("https://", None),
            ("https://x.example:port/", None),
        ],
    )
    def test_web_address(self, given: str, expected: str | None) -> None:
        assert work(publication(url=given)).url == expected

    @pytest.mark.parametrize("kind", list(WorkType))
    def test_every_type_makes_a_legal_message(self, kind: WorkType) -> None:
        message = work(publication(type=kind, contributors=(carberry(),)))
        assert message.type == kind.value
        assert rules.check(message, create=True) == ()


@pytest.mark.parametrize(
    ("type", "roles", "positions"),
    [
        (WorkType.JOURNAL_ARTICLE, "author editor reviewer translator other", {0, 3, 4}),
        (WorkType.EDITED_BOOK, "author editor reviewer", {0, 1}),
        (WorkType.JOURNAL_ARTICLE, "editor reviewer", {0}),
        (WorkType.REVIEW, "reviewer editor", {0, 1}),
    ],
)
def test_the_work_belongs_on_the_records_of_those_who_made_it(type: WorkType, roles: str, positions: set[int]) -> None:
    people = tuple(person("Ada", "Lovelace", role=ContributorRole(role)) for role in roles.split())
    assert credited(publication(type=type, contributors=people)) == positions
