# ruff: noqa: E501 - snippets of XML are read best on one line
"""What publishers write in JATS, variant by variant."""

from __future__ import annotations

from typing import Any

import pytest

from orcid_plugin.errors import PublicationRefused
from orcid_plugin.metadata.contributor import Contributor, ContributorKind, ContributorRole
from orcid_plugin.metadata.credit import Credit, CreditRole, Degree
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.metadata.publication import ContainerKind, Publication, RelationType
from orcid_plugin.metadata.readers import read
from orcid_plugin.metadata.reading import Reading
from orcid_plugin.metadata.vocabulary import WorkType
from tests.metadata.articles import DOI, article

JOSIAH = OrcidId("0000-0002-1825-0097")
NAME = "<name><surname>Carberry</surname><given-names>Josiah</given-names></name>"
OTHER = "<name><surname>Housecat</surname><given-names>Minerva</given-names></name>"


def reading(**parts: Any) -> Reading:
    return read(article(**parts).encode(), "a.xml")


def publication(**parts: Any) -> Publication:
    return reading(**parts).publication


def contributor(contrib: str, **parts: Any) -> Contributor:
    contribs = f'<contrib contrib-type="author">{contrib}</contrib>'
    (person,) = publication(contribs=contribs, **parts).contributors
    return person


def codes(found: Reading) -> list[str]:
    return [finding.code for finding in found.findings]


# Which article


@pytest.mark.parametrize(
    "wrapper",
    [
        "<articles>{}</articles>",
        '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><record><metadata>{}</metadata></record>'
        "</ListRecords></OAI-PMH>",
        '<pmc-articleset xmlns="https://jats.nlm.nih.gov/ns/archiving/1.3/">{}</pmc-articleset>',
        '<j:x xmlns:j="urn:j">{}</j:x>',
    ],
)
def test_a_wrapped_article_is_found(wrapper: str) -> None:
    assert read(wrapper.format(article()).encode(), "a").publication.doi == "10.5555/1"


def test_of_several_articles_the_first_is_read_and_the_rest_reported() -> None:
    found = read(f"<articles>{article(title='One')}{article(title='Two')}</articles>".encode(), "a")
    assert found.publication.title.text == "One"
    assert codes(found) == ["several_articles"]


def test_sub_articles_and_references_are_not_the_article() -> None:
    rest = (
        "<back><ref-list><ref><mixed-citation><person-group><name><surname>Cited</surname></name></person-group>"
        '<pub-id pub-id-type="doi">10.5555/cited</pub-id></mixed-citation></ref></ref-list></back>'
        f'<sub-article article-type="translation"><front-stub>{DOI.replace("/1", "/2")}<title-group><article-title>Ficelle'
        f"</article-title></title-group><contrib-group><contrib>{OTHER}</contrib></contrib-group></front-stub></sub-article>"
    )
    found = publication(contribs=f"<contrib>{NAME}</contrib>", rest=rest)
    assert [person.family_name for person in found.contributors] == ["Carberry"]
    assert [identifier.value for identifier in found.identifiers] == ["10.5555/1"]


@pytest.mark.parametrize("lacking", [{"title": ""}, {"title": "<italic> </italic>"}, {"ids": ""}])
def test_without_title_or_identifier_it_is_refused(lacking: dict[str, str]) -> None:
    with pytest.raises(PublicationRefused, match=r"^a\.xml cannot become a work: it has no "):
        reading(**lacking)


def test_an_article_without_front_matter_is_refused() -> None:
    with pytest.raises(PublicationRefused, match="no front matter"):
        read(b"<article><body/></article>", "a")


@pytest.mark.parametrize(
    ("article_type", "type"),
    [
        ("research-article", WorkType.JOURNAL_ARTICLE),
        ("review-article", WorkType.JOURNAL_ARTICLE),
        ("data-paper", WorkType.JOURNAL_ARTICLE),
        ("something-new", WorkType.JOURNAL_ARTICLE),
        ("book-review", WorkType.BOOK_REVIEW),
        ("abstract", WorkType.CONFERENCE_ABSTRACT),
        ("Preprint", WorkType.PREPRINT),
        ("dissertation", WorkType.DISSERTATION_THESIS),
        ("reviewer-report", WorkType.REVIEW),
    ],
)
def test_article_types(article_type: str, type: WorkType) -> None:
    assert publication(attributes=f'article-type="{article_type}"').type is type


@pytest.mark.parametrize("server", ["bioRxiv", "medRxiv", "SciELO Preprints", "Research Square", "ChemRxiv"])
def test_a_preprint_is_known_by_its_server(server: str) -> None:
    journal = f"<journal-title-group><journal-title>{server}</journal-title></journal-title-group>"
    meta = '<pub-date pub-type="epub"><year>2025</year><month>3</month></pub-date>'
    found = publication(journal=journal, meta=meta)
    assert found.type is WorkType.PREPRINT
    assert found.container
    assert found.container.kind is ContainerKind.REPOSITORY
    assert str(found.dates.posted) == "2025-03"
    assert found.dates.online is None


def test_a_journal_of_physics_is_no_preprint_server() -> None:
    assert publication(journal="<journal-title>Archive of Physics</journal-title>").type is WorkType.JOURNAL_ARTICLE


BOOK = (
    '<{tag} xml:lang="en"><book-meta><book-id book-id-type="doi">10.5555/book</book-id><book-title-group><book-title>'
    "The Book</book-title></book-title-group><contrib-group><contrib contrib-type='editor'>" + OTHER + "</contrib>"
    "</contrib-group><isbn>978-3-16-148410-0</isbn><publisher><publisher-name>Acme</publisher-name></publisher></book-meta>"
    '<book-part><book-part-meta><book-part-id book-part-id-type="doi">10.5555/book_1</book-part-id><title-group><title>'
    "The Chapter</title></title-group><contrib-group><contrib>" + NAME + "</contrib></contrib-group><fpage>3</fpage>"
    "</book-part-meta></book-part></{tag}>"
)


def test_a_chapter_in_bits() -> None:
    chapter = read(BOOK.format(tag="book-part-wrapper").encode(), "b").publication
    assert (chapter.type, chapter.title.text, chapter.doi) == (WorkType.BOOK_CHAPTER, "The Chapter", "10.5555/book_1")
    assert [person.family_name for person in chapter.contributors] == ["Carberry"]
    assert chapter.container
    assert (chapter.container.title, chapter.container.isbns) == ("The Book", ("9783161484100",))
    assert [item.value for item in chapter.container.identifiers] == ["10.5555/book"]


def test_a_book_in_bits() -> None:
    book = read(BOOK.format(tag="book").encode(), "b").publication
    assert (book.type, book.title.text, book.language) == (WorkType.BOOK, "The Book", "en")
    assert [item.value for item in book.identifiers] == ["10.5555/book", "9783161484100"]
    assert [person.role for person in book.contributors] == [ContributorRole.EDITOR]


# Titles, journal, pages


def test_title_subtitle_and_translations() -> None:
    found = read(
        b'<article xml:lang="pt"><front><article-meta>' + DOI.encode() + b"<title-group><article-title>T\xc3\xadtulo"
        b"<xref ref-type='fn' rid='f1'>*</xref></article-title><subtitle>um estudo</subtitle>"
        b'<trans-title-group xml:lang="en"><trans-title>Title</trans-title><trans-subtitle>a study</trans-subtitle>'
        b"</trans-title-group></title-group></article-meta></front></article>",
        "a",
    ).publication
    assert (found.title.text, found.title.subtitle, found.title.language) == ("Título", "um estudo", "pt")
    assert [(item.text, item.subtitle, item.language) for item in found.translated_titles] == [
        ("Title", "a study", "en")
    ]
    assert found.language == "pt"


def test_nlm_2_journal_titles_and_unhyphenated_issns() -> None:
    journal = (
        "<journal-title>Journal of Silliness</journal-title><issn pub-type='ppub'>20493630</issn>"
        "<issn publication-format='online'>1050-124x</issn><publisher><publisher-name>Acme</publisher-name>"
        "<publisher-loc>Berlin, Germany</publisher-loc></publisher>"
    )
    found = publication(journal=journal, meta="<volume>1</volume><issue>2</issue><fpage>3</fpage><lpage>4</lpage>")
    container = found.container
    assert container
    assert (container.title, container.issn_print, container.issn_electronic) == (
        "Journal of Silliness",
        "2049-3630",
        "1050-124X",
    )
    assert (container.publisher, container.volume, container.issue) == ("Acme", "1", "2")
    assert (found.country, found.first_page, found.last_page) == ("DE", "3", "4")


def test_a_wrong_issn_is_dropped_with_a_finding() -> None:
    found = reading(
        journal="<journal-title>J</journal-title><issn pub-type='epub'>1234-5678</issn><issn>2049-3630</issn>"
    )
    assert found.publication.container
    assert found.publication.container.issn_electronic == "2049-3630"
    assert [(item.code, item.where) for item in found.findings] == [("issn_invalid", "front/journal-meta/issn[1]")]


@pytest.mark.parametrize(
    ("place", "country"),
    [("San Francisco, USA", "US"), ("Chicago, IL", None), ("<country>Brasil</country>", "BR"), ("London", None)],
)
def test_the_country_only_where_it_is_stated(place: str, country: str | None) -> None:
    journal = f"<publisher><publisher-name>A</publisher-name><publisher-loc>{place}</publisher-loc></publisher>"
    assert publication(journal=journal).country == country


# Dates


@pytest.mark.parametrize(
    ("date", "kind", "value"),
    [
        ('<pub-date pub-type="epub"><day>5</day><month>5</month><year>2020</year></pub-date>', "online", "2020-05-05"),
        ('<pub-date pub-type="epub"><month>05</month><year>2020</year></pub-date>', "online", "2020-05"),
        ('<pub-date pub-type="ppub"><year>2020</year></pub-date>', "print", "2020"),
        ('<pub-date pub-type="ppub"><month>May</month><year>2020</year></pub-date>', "print", "2020-05"),
        ('<pub-date pub-type="ppub"><month>Sept.</month><year>2020</year></pub-date>', "print", "2020-09"),
        ('<pub-date pub-type="epub-ppub"><year>2020</year></pub-date>', "print", "2020"),
        ('<pub-date pub-type="epub-ppub"><year>2020</year></pub-date>', "online", "2020"),
        ('<pub-date date-type="pub" publication-format="electronic"><year>2020</year></pub-date>', "online", "2020"),
        ('<pub-date date-type="pub" publication-format="print"><year>2020</year></pub-date>', "print", "2020"),
        ('<pub-date date-type="publication"><year>2020</year></pub-date>', "online", "2020"),
        ("<pub-date><year>2020</year></pub-date>", "online", "2020"),
        ('<pub-date pub-type="collection"><season>Summer</season><year>2020</year></pub-date>', "issue", "2020"),
        ('<pub-date pub-type="epub" iso-8601-date="2020-05-06"/>', "online", "2020-05-06"),
        ('<pub-date pub-type="epub"><string-date>6 May 2020</string-date></pub-date>', "online", "2020-05-06"),
        ('<pub-date pub-type="epub"><string-date>May 6, 2020</string-date></pub-date>', "online", "2020-05-06"),
        ('<pub-date pub-type="epub"><string-date>May 2020</string-date></pub-date>', "online", "2020-05"),
        ('<pub-date pub-type="epub"><day>00</day><month>05</month><year>2020</year></pub-date>', "online", "2020-05"),
        ('<pub-date pub-type="epub"><day/><month/><year>2020</year></pub-date>', "online", "2020"),
        ('<history><date date-type="received"><year>2019</year></date></history>', "received", "2019"),
        ('<pub-history><event><date date-type="accepted"><year>2019</year></date></event></pub-history>', "accepted", "2019"),
        ('<history><date date-type="online"><year>2019</year></date></history>', "online", "2019"),
    ],
)  # fmt: skip
def test_dates_are_exactly_as_precise_as_given(date: str, kind: str, value: str) -> None:
    found = reading(meta=date)
    assert str(getattr(found.publication.dates, kind)) == value
    assert found.findings == ()


@pytest.mark.parametrize(
    "date",
    [
        "<day>30</day><month>2</month><year>2020</year>",
        "<day>Friday</day><month>2</month><year>2020</year>",
        "<day>1</day><year>2020</year>",
        "<month>13</month><year>2020</year>",
        "<month>Smarch</month><year>2020</year>",
        "<year>202O</year>",
        "<year>20200</year>",
        "<year>1066</year>",
        "<string-date>soon</string-date>",
        "",
    ],
)
def test_an_impossible_date_is_dropped_and_the_article_kept(date: str) -> None:
    found = reading(meta=f'<pub-date pub-type="epub">{date}</pub-date>')
    assert found.publication.dates.online is None
    assert [(item.code, item.where) for item in found.findings] == [("date_invalid", "front/article-meta/pub-date")]


def test_a_date_of_another_calendar_counts_only_in_iso() -> None:
    plain = '<pub-date pub-type="epub" calendar="Buddhist"{}><year>2563</year></pub-date>'
    assert publication(meta=plain.format(' iso-8601-date="2020-05"')).dates.online
    assert publication(meta=plain.format("")).dates.online is None


def test_dates_that_mean_something_else_are_not_publication_dates() -> None:
    dates = "".join(
        f'<pub-date pub-type="{kind}"><year>2021</year></pub-date>'
        for kind in ("pmc-release", "nihms-submitted", "test")
    )
    assert publication(meta=dates).dates.publication is None


# Identifiers, links, licence


def test_identifiers_of_every_kind_once() -> None:
    ids = (
        '<article-id pub-id-type="doi">https://doi.org/10.5555/ABC</article-id><article-id pub-id-type="pmid">123</article-id>'
        '<article-id pub-id-type="pmc">1234567</article-id><article-id pub-id-type="pmcid">PMC1234567</article-id>'
        '<article-id pub-id-type="publisher-id">x1</article-id><article-id>y</article-id><article-id pub-id-type="doi"/>'
    )
    found = reading(ids=ids)
    assert [(item.type, item.value) for item in found.publication.identifiers] == [
        ("doi", "10.5555/abc"),
        ("pmid", "123"),
        ("pmc", "PMC1234567"),
    ]
    assert found.findings == ()


def test_the_second_doi_is_reported_unless_it_is_a_version() -> None:
    second = '<article-id pub-id-type="doi"{}>10.5555/1.v2</article-id>'
    assert codes(reading(ids=DOI + second.format(""))) == ["identifier_several"]
    found = publication(ids=DOI + second.format(' specific-use="version"'))
    assert found.doi == "10.5555/1"
    assert [(item.type, item.identifier.value) for item in found.relations] == [
        (RelationType.HAS_VERSION, "10.5555/1.v2")
    ]


@pytest.mark.parametrize(
    ("address", "type", "value"),
    [
        ("https://doi.org/10.5555/9", "doi", "10.5555/9"),
        ("info:doi/10.5555/9", "doi", "10.5555/9"),
        ("https://hdl.handle.net/1/2", "handle", "1/2"),
        ("https://example.org/a", "uri", "https://example.org/a"),
    ],
)
def test_a_link_to_itself_stands_in_for_an_identifier(address: str, type: str, value: str) -> None:
    found = publication(
        ids='<article-id pub-id-type="doi">nonsense</article-id>', meta=f"<self-uri>{address}</self-uri>"
    )
    assert [(item.type, item.value) for item in found.identifiers] == [(type, value)]


def test_the_landing_page_is_not_one_of_its_files() -> None:
    uris = (
        '<self-uri content-type="pdf" href="https://example.org/a.pdf"/><self-uri href="a.html"/>'
        '<self-uri href="https://example.org/a"/>'
    )
    assert publication(meta=uris).url == "https://example.org/a"


@pytest.mark.parametrize(
    "license",
    [
        "<license href='https://creativecommons.org/licenses/by/4.0/'/>",
        "<license><ali:license_ref specific-use='textmining'>https://x.example</ali:license_ref>"
        "<ali:license_ref>https://creativecommons.org/licenses/by/4.0/</ali:license_ref></license>",
        "<license><license-p>See <ext-link href='https://x.example'>x</ext-link> "
        "<ext-link href='https://creativecommons.org/licenses/by/4.0/'>CC BY</ext-link></license-p></license>",
        "<license><p>(<uri>https://creativecommons.org/licenses/by/4.0/</uri>)</p></license>",
    ],
)
def test_the_licence_in_every_place(license: str) -> None:
    assert publication(meta=f"<permissions>{license}</permissions>").license == (
        "https://creativecommons.org/licenses/by/4.0/"
    )


def test_the_main_abstract_in_the_language_of_the_article() -> None:
    meta = (
        '<abstract abstract-type="graphical"><p>Picture</p></abstract><abstract xml:lang="es"><p>Hola</p></abstract>'
        '<abstract xml:lang="en"><p>Hello</p></abstract><trans-abstract xml:lang="de"><p>Hallo</p></trans-abstract>'
    )
    assert publication(meta=meta, attributes='xml:lang="en"').abstract == "Hello"
    assert publication(meta=meta).abstract == "Hola"
    assert publication(meta='<abstract abstract-type="teaser"><p>Wow</p></abstract>').abstract is None


# Relations


@pytest.mark.parametrize(
    ("kind", "type"),
    [
        ("corrected-article", RelationType.IS_CORRECTION_OF),
        ("retracted-article", RelationType.IS_RETRACTION_OF),
        ("preprint", RelationType.HAS_PREPRINT),
        ("commentary-article", RelationType.IS_COMMENT_ON),
        ("companion", RelationType.OTHER),
    ],
)
def test_relations_say_what_this_article_is_to_the_other(kind: str, type: RelationType) -> None:
    meta = f'<related-article related-article-type="{kind}" ext-link-type="doi" href="https://doi.org/10.5555/2"/>'
    (relation,) = publication(meta=meta).relations
    assert (relation.type, relation.identifier.value) == (type, "10.5555/2")


def test_a_relation_without_identifier_or_to_itself_is_none() -> None:
    meta = '<related-article related-article-type="companion" vol="1"/><related-article href="10.5555/1"/>'
    assert reading(meta=meta).publication.relations == ()
    bad = '<related-article ext-link-type="doi" related-article-type="companion" href="nonsense"/>'
    assert codes(reading(meta=bad)) == ["relation_invalid"]


def test_a_retracted_article_and_its_notice() -> None:
    meta = '<related-article related-article-type="retraction-forward" ext-link-type="doi" href="10.5555/notice"/>'
    retraction = publication(meta=meta).retraction
    assert retraction
    assert retraction.notice
    assert retraction.notice.value == "10.5555/notice"
    assert publication(title="RETRACTED: Silly String").retraction
    assert publication(title="Retraction: Silly String", attributes='article-type="retraction"').retraction is None
    assert publication().retraction is None


# Contributors


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        (NAME, ("Josiah", "Carberry", None)),
        ("<name><surname>Carberry</surname><given-names>J</given-names><suffix>Jr.</suffix></name>", ("J", "Carberry", "Jr.")),
        ("<name><surname>Sukarno</surname></name>", (None, "Sukarno", None)),
        ('<name name-style="given-only"><surname/><given-names>Sukarno</given-names></name>', (None, "Sukarno", None)),
        ("<string-name><given-names>J</given-names> <surname>Carberry</surname></string-name>", ("J", "Carberry", None)),
        ("<string-name>Carberry, Josiah</string-name>", ("Josiah", "Carberry", None)),
        ("<string-name>Josiah Carberry</string-name>", (None, "Josiah Carberry", None)),
        ("<string-name><surname>Carberry</surname>, Josiah</string-name>", ("Josiah", "Carberry", None)),
        ('<name><surname>Carberry</surname><given-names initials="J."/></name>', ("J.", "Carberry", None)),
        ("<name><surname>Carberry<xref ref-type='fn' rid='x'>*</xref></surname></name>", (None, "Carberry", None)),
        (
            '<name-alternatives><name name-style="eastern"><surname>山田</surname><given-names>太郎</given-names></name>'
            '<name name-style="western"><surname>Yamada</surname><given-names>Taro</given-names></name></name-alternatives>',
            ("Taro", "Yamada", None),
        ),
        ('<name name-style="eastern"><surname>山田</surname><given-names>太郎</given-names></name>', ("太郎", "山田", None)),
    ],
)  # fmt: skip
def test_names(name: str, parts: tuple[str | None, ...]) -> None:
    person = contributor(name)
    assert (person.given_names, person.family_name, person.suffix) == parts
    assert person.kind is ContributorKind.PERSON


def test_groups_and_the_anonymous() -> None:
    members = f"<contrib-group><contrib>{NAME}</contrib><contrib>{OTHER}</contrib></contrib-group>"
    contribs = (
        f'<contrib contrib-type="author"><name><surname>Solo</surname></name></contrib>'
        f'<contrib contrib-type="author"><collab>The Group{members}<xref rid="a" ref-type="aff">1</xref></collab></contrib>'
        '<contrib contrib-type="author"><collab><institution>Acme</institution></collab></contrib>'
        '<contrib contrib-type="author"><collab-alternatives><collab>團</collab><collab>Tuan</collab></collab-alternatives>'
        '</contrib><contrib contrib-type="author"><anonymous/></contrib>'
    )
    found = reading(contribs=contribs, meta='<aff id="a">Everywhere</aff>')
    assert [(item.kind, item.name) for item in found.publication.contributors] == [
        (ContributorKind.PERSON, None),
        (ContributorKind.GROUP, "The Group"),
        (ContributorKind.GROUP, "Acme"),
        (ContributorKind.GROUP, "Tuan"),
        (ContributorKind.ANONYMOUS, None),
    ]
    assert codes(found) == ["group_member"]
    assert found.findings[0].message == "2 members of The Group were left out"


def test_the_members_of_a_group_that_stands_alone_are_the_authors() -> None:
    stated = "<contrib-id>http://orcid.org/0000-0002-1825-0097</contrib-id>"
    members = (
        f'<contrib-group><contrib contrib-type="author" corresp="yes">{stated}{NAME}<xref ref-type="aff" rid="a"/></contrib>'
        f'<contrib contrib-type="author">{OTHER}</contrib></contrib-group>'
    )
    contribs = f'<contrib contrib-type="collab"><collab>The Collaboration\n{members}</collab></contrib>'
    editor = '<contrib contrib-type="editor"><name><surname>Ed</surname></name></contrib>'
    found = reading(contribs=contribs + editor, meta='<aff id="a">Brown</aff>')
    assert [person.display_name for person in found.publication.contributors] == [
        "The Collaboration",
        "Josiah Carberry",
        "Minerva Housecat",
        "Ed",
    ]
    josiah = found.publication.contributors[1]
    assert (josiah.orcid, josiah.corresponding, josiah.affiliations[0].name) == (JOSIAH, True, "Brown")
    assert found.findings == ()


def test_a_nameless_contributor_is_dropped_with_a_finding() -> None:
    found = reading(contribs=f"<contrib><name><surname/></name></contrib><contrib>{NAME}</contrib>")
    assert len(found.publication.contributors) == 1
    assert [(item.code, item.where) for item in found.findings] == [
        ("contributor_nameless", "front/article-meta/contrib-group/contrib[1]")
    ]


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        ("author", ContributorRole.AUTHOR),
        ("editor", ContributorRole.EDITOR),
        ("senior_editor", ContributorRole.EDITOR),
        ("Reviewing Editor", ContributorRole.EDITOR),
        ("translator", ContributorRole.TRANSLATOR),
        ("reviewer", ContributorRole.REVIEWER),
        ("corresp-author", ContributorRole.AUTHOR),
        ("illustrator", ContributorRole.OTHER),
        ("", ContributorRole.AUTHOR),
    ],
)
def test_contributor_types(kind: str, role: ContributorRole) -> None:
    (person,) = publication(contribs=f'<contrib contrib-type="{kind}">{NAME}</contrib>').contributors
    assert person.role is role


@pytest.mark.parametrize(
    "stated",
    [
        '<contrib-id contrib-id-type="orcid">0000-0002-1825-0097</contrib-id>',
        '<contrib-id contrib-id-type="ORCID">\n https://orcid.org/0000-0002-1825-0097\n</contrib-id>',
        '<contrib-id contrib-id-type="orcid">https://orcid.org/0000-0002-1825-0097?lang=en</contrib-id>',
        '<contrib-id contrib-id-type="orcid">ORCID: 0000-0002-1825-0097 (JC)</contrib-id>',
        "<contrib-id>http://orcid.org/0000-0002-1825-0097</contrib-id>",
        '<contrib-id contrib-id-type="orcid"><ext-link href="x">0000-0002-1825-0097</ext-link></contrib-id>',
        '<contrib-id contrib-id-type="orcid"/><uri content-type="orcid">http://orcid.org/0000-0002-1825-0097</uri>',
        '<uri content-type="orcid" href="http://orcid.org/0000-0002-1825-0097"/>',
        '<ext-link ext-link-type="uri" href="https://orcid.org/0000-0002-1825-0097">iD</ext-link>',
        '<address><uri href="https://orcid.org/0000-0002-1825-0097">https://orcid.org/0000-0002-1825-0097</uri></address>',
    ],
)
def test_an_id_is_found_wherever_publishers_put_it(stated: str) -> None:
    person = contributor(stated + NAME)
    assert person.orcid == JOSIAH
    assert not person.authenticated


@pytest.mark.parametrize(("attribute", "is_true"), [("true", True), ("1", True), ("false", False), ("", False)])
def test_authenticated(attribute: str, is_true: bool) -> None:
    stated = f'<contrib-id authenticated="{attribute}" contrib-id-type="orcid">0000-0002-1825-0097</contrib-id>'
    assert contributor(stated + NAME).authenticated is is_true


def test_a_wrong_id_is_dropped_and_the_person_named() -> None:
    stated = '<contrib-id contrib-id-type="orcid">0000-0002-1825-0098</contrib-id>'
    found = reading(contribs=f"<contrib>{stated}{NAME}</contrib>")
    (finding,) = found.findings
    assert found.publication.contributors[0].orcid is None
    assert (finding.code, finding.person) == ("orcid_invalid", "Josiah Carberry")
    assert finding.where == "front/article-meta/contrib-group/contrib/contrib-id"


def test_one_id_belongs_to_one_person() -> None:
    stated = '<contrib-id contrib-id-type="orcid" authenticated="true">0000-0002-1825-0097</contrib-id>'
    found = reading(contribs=f"<contrib>{stated}{NAME}</contrib><contrib>{stated}{OTHER}</contrib>")
    assert [(person.orcid, person.authenticated) for person in found.publication.contributors] == [(None, False)] * 2
    assert codes(found) == ["orcid_repeated"]
    same = reading(contribs=f"<contrib>{stated}{NAME}</contrib><contrib contrib-type='editor'>{stated}{NAME}</contrib>")
    assert [person.orcid for person in same.publication.contributors] == [JOSIAH, JOSIAH]


def test_two_ids_of_one_person_and_the_id_of_a_group_are_dropped() -> None:
    ids = "".join(
        f'<contrib-id contrib-id-type="orcid">{path}</contrib-id>'
        for path in ("0000-0002-1825-0097", "0000-0001-5109-3700")
    )
    assert codes(reading(contribs=f"<contrib>{ids}{NAME}</contrib>")) == ["orcid_several"]
    group = '<contrib-id contrib-id-type="orcid">0000-0002-1825-0097</contrib-id><collab>Acme</collab>'
    assert codes(reading(contribs=f"<contrib>{group}</contrib>")) == ["orcid_not_person"]


def test_members_of_a_group_named_beside_it_are_not_authors() -> None:
    found = reading(contribs=f'<contrib contrib-type="author non-byline">{OTHER}</contrib><contrib>{NAME}</contrib>')
    assert [person.family_name for person in found.publication.contributors] == ["Carberry"]
    assert codes(found) == ["group_member"]


def test_correspondence_and_e_mail() -> None:
    notes = '<author-notes><corresp id="c1">To: <email>{}</email></corresp></author-notes>'
    xref = NAME + '<xref ref-type="corresp" rid="c1">*</xref>'
    person = contributor(xref, meta=notes.format("a@example.org"))
    assert (person.corresponding, person.email) == (True, "a@example.org")
    shared = contributor(xref, meta=notes.format("a@example.org</email> <email>b@example.org"))
    assert (shared.corresponding, shared.email) == (True, None)
    own = contributor(NAME + '<address><email href="mailto:j@example.org"/></address>')
    assert (own.corresponding, own.email) == (False, "j@example.org")
    (marked,) = publication(contribs=f'<contrib corresp="yes">{NAME}</contrib>').contributors
    assert marked.corresponding


@pytest.mark.parametrize("note", ['fn-type="equal"', 'fn-type="con"', ""])
def test_equal_contribution(note: str) -> None:
    notes = f'<author-notes><fn id="n" {note}><p>These authors contributed equally.</p></fn></author-notes>'
    person = contributor(NAME + '<xref ref-type="fn" rid="n">†</xref>', meta=notes)
    assert person.equal
    assert person.credit == ()


# CRediT

SOFTWARE = (CreditRole(Credit.SOFTWARE),)


@pytest.mark.parametrize(
    "role",
    [
        '<role vocab="credit" vocab-identifier="https://credit.niso.org/" vocab-term="Software" '
        'vocab-term-identifier="https://credit.niso.org/contributor-roles/software/">Programmieren</role>',
        '<role vocab="credit" vocab-term="Software"/>',
        '<role vocab-term-identifier="http://credit.niso.org/contributor-roles/software">x</role>',
        '<role vocab="CRediT" vocab-identifier="http://dictionary.casrai.org/Contributor_Roles">software</role>',
        '<role content-type="http://credit.casrai.org/">Software</role>',
        '<role content-type="https://credit.niso.org/contributor-roles/software/">Programação</role>',
        '<role content-type="https://credit.niso.org/contributor-roles/software/"/>',
        '<role specific-use="http://credit.niso.org/contributor-roles/software/">x</role>',
        "<role>Software</role>",
        "<role>Software</role><role>software</role>",
    ],
)
def test_a_role_in_every_form(role: str) -> None:
    assert contributor(NAME + role).credit == SOFTWARE


def test_degrees() -> None:
    attribute = contributor(NAME + '<role vocab="credit" vocab-term="Software" degree-contribution="Lead"/>')
    assert attribute.credit == (CreditRole(Credit.SOFTWARE, Degree.LEAD),)
    in_text = contributor(NAME + "<role>Software (equal); Validation (supporting), Resources</role>")
    assert in_text.credit == (
        CreditRole(Credit.SOFTWARE, Degree.EQUAL),
        CreditRole(Credit.VALIDATION, Degree.SUPPORTING),
        CreditRole(Credit.RESOURCES),
    )
    unknown = reading(contribs=f'<contrib>{NAME}<role degree-contribution="huge">Software</role></contrib>')
    assert codes(unknown) == ["degree_unknown"]
    assert unknown.publication.contributors[0].credit == SOFTWARE


def test_contradicting_attributes_are_reported_and_never_guessed_at() -> None:
    role = (
        '<role vocab="credit" vocab-term="Software" '
        'vocab-term-identifier="https://credit.niso.org/contributor-roles/data-curation/">Data curation</role>'
    )
    found = reading(contribs=f"<contrib>{NAME}{role}</contrib>")
    assert found.publication.contributors[0].credit == ()
    assert [(item.code, item.person) for item in found.findings] == [("credit_conflict", "Josiah Carberry")]


def test_unknown_roles_of_authors_are_reported_job_titles_of_editors_are_not() -> None:
    contribs = f"<contrib>{NAME}<role>Drafting</role></contrib><contrib contrib-type='editor'>{OTHER}<role>Boss</role></contrib>"
    found = reading(contribs=contribs)
    assert [(item.code, item.person) for item in found.findings] == [("credit_unknown", "Josiah Carberry")]


def test_a_role_of_another_vocabulary_is_none_of_credit() -> None:
    assert contributor(NAME + '<role vocab="crossref" vocab-term="author">Software</role>').credit == ()


def test_roles_in_a_footnote_that_the_author_points_to() -> None:
    back = (
        '<back><fn-group><fn fn-type="con" id="con1"><p>Conceptualization, Writing—original draft, '
        'Writing – review and editing, Tea</p></fn><fn fn-type="con" id="con2"><p>Software</p></fn></fn-group></back>'
    )
    found = reading(contribs=f'<contrib>{NAME}<xref ref-type="fn" rid="con1"/></contrib>', rest=back)
    assert [item.role for item in found.publication.contributors[0].credit] == [
        Credit.CONCEPTUALIZATION,
        Credit.WRITING_ORIGINAL_DRAFT,
        Credit.WRITING_REVIEW_EDITING,
    ]
    assert "'Tea'" in found.findings[0].message


# Affiliations, funding


def affiliation(aff: str) -> Any:
    (read_one,) = contributor(NAME + '<xref ref-type="aff" rid="a"/>', meta=f'<aff id="a">{aff}</aff>').affiliations
    return read_one


def test_a_tagged_affiliation_goes_part_by_part() -> None:
    read_one = affiliation(
        '<label>1</label><institution-wrap><institution-id institution-id-type="ror">https://ror.org/05gq02987'
        '</institution-id><institution>Brown University</institution></institution-wrap><institution content-type="dept">'
        'Physics</institution><addr-line><named-content content-type="city">Providence</named-content></addr-line>'
        '<country country="US">USA</country>'
    )
    assert (read_one.name, read_one.department) == ("Brown University", "Physics")
    assert (read_one.city, read_one.country, read_one.ror) == ("Providence", "US", "https://ror.org/05gq02987")


def test_an_untagged_affiliation_is_one_line_without_label_and_e_mail() -> None:
    line = "<label>1</label>Physics, <institution>Brown University</institution>, <country>USA</country>; <email>a@b.c</email> (J.C.)"
    read_one = affiliation(line)
    assert (read_one.name, read_one.country, read_one.department) == ("Physics, Brown University, USA", "US", None)


def test_several_affiliations_in_one_rid_and_a_missing_one() -> None:
    affs = '<aff id="a1">One</aff><aff id="a2">Two</aff><aff id="a3"><label>3</label></aff>'
    xref = '<xref ref-type="aff" rid="a1 a2 a3 a9"/>'
    found = reading(contribs=f"<contrib>{NAME}{xref}</contrib>", meta=affs)
    assert [item.name for item in found.publication.contributors[0].affiliations] == ["One", "Two"]
    assert codes(found) == ["affiliation_missing"]


def test_affiliations_inline_in_the_group_and_alone() -> None:
    assert contributor(NAME + "<aff>Inline</aff>").affiliations[0].name == "Inline"
    (grouped,) = publication(contribs=f"<contrib>{NAME}</contrib><aff>Grouped</aff>").contributors
    assert [item.name for item in grouped.affiliations] == ["Grouped"]
    assert contributor(NAME, meta="<aff>Alone</aff>").affiliations[0].name == "Alone"
    assert contributor(NAME, meta="<aff>One</aff><aff>Two</aff>").affiliations == ()


def test_a_wrong_ror_id_is_dropped_with_a_finding() -> None:
    aff = '<aff id="a"><institution-id institution-id-type="ror">https://ror.org/x</institution-id>Brown</aff>'
    found = reading(contribs=f'<contrib>{NAME}<xref ref-type="aff" rid="a"/></contrib>', meta=aff)
    assert codes(found) == ["ror_invalid"]
    assert found.publication.contributors[0].affiliations[0].name == "Brown"


def test_funding() -> None:
    meta = (
        "<funding-group><award-group><funding-source><institution-wrap><institution>NSF</institution><institution-id "
        'institution-id-type="FundRef">dx.doi.org/10.13039/100000001</institution-id></institution-wrap></funding-source>'
        "<award-id>A-1</award-id><award-id>https://doi.org/10.35802/107769</award-id></award-group>"
        "<award-group><funding-source>DFG</funding-source></award-group><award-group/>"
        "<funding-statement>Thanks.</funding-statement></funding-group>"
    )
    found = publication(meta=meta).funding
    assert [(item.funder, item.funder_id, item.award_number, item.award_doi) for item in found] == [
        ("NSF", "https://doi.org/10.13039/100000001", "A-1", None),
        ("NSF", "https://doi.org/10.13039/100000001", "https://doi.org/10.35802/107769", "10.35802/107769"),
        ("DFG", None, None, None),
    ]


def test_an_article_with_3000_authors_is_read_in_order() -> None:
    roles = "<role>Tea</role><role>Coffee</role>"  # 6,000 findings, each with its place
    contribs = "".join(
        f'<contrib contrib-type="author"><name><surname>A{n}</surname></name>{roles}<xref ref-type="aff" rid="a{n % 90}"/></contrib>'
        for n in range(3000)
    )
    affs = "".join(f'<aff id="a{n}">Institute {n}</aff>' for n in range(90))
    people = publication(contribs=contribs, meta=affs).contributors
    assert [person.family_name for person in people] == [f"A{n}" for n in range(3000)]
    assert people[100].affiliations[0].name == "Institute 10"
