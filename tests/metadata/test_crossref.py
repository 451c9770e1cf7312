# ruff: noqa: E501 - snippets of XML are read best on one line
"""Crossref deposits: every kind of work, every schema version."""

from __future__ import annotations

from typing import Any

import pytest

from orcid_plugin.errors import PublicationRefused
from orcid_plugin.metadata.contributor import ContributorKind, ContributorRole
from orcid_plugin.metadata.credit import Credit
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.metadata.publication import ContainerKind, RelationType
from orcid_plugin.metadata.readers import crossref, read
from orcid_plugin.metadata.reading import Reading
from orcid_plugin.metadata.vocabulary import WorkType
from tests.metadata.articles import deposit

JOSIAH = OrcidId("0000-0002-1825-0097")
TITLES = "<titles><title>Silly String</title></titles>"
DOI_DATA = "<doi_data><doi>10.5555/1</doi><resource>https://example.org/1</resource></doi_data>"
PERSON = (
    '<person_name sequence="first" contributor_role="author"><given_name>Josiah</given_name><surname>Carberry</surname>'
    "{}</person_name>"
)


def journal(article: str, issue: str = "") -> bytes:
    return deposit(
        "<journal><journal_metadata language='en'><full_title>Journal of Silliness</full_title>"
        f"<issn media_type='electronic'>2049-3630</issn></journal_metadata>{issue}"
        f"<journal_article>{TITLES}{article}{DOI_DATA}</journal_article></journal>"
    )


def person(inner: str) -> Any:
    (one,) = read(journal(f"<contributors>{PERSON.format(inner)}</contributors>"), "d").publication.contributors
    return one


def codes(found: Reading) -> list[str]:
    return [finding.code for finding in found.findings]


@pytest.mark.parametrize("version", ["4.3.6", "4.4.2", "4.8.1", "5.3.1", "5.4.0", "5.5.0", "9.9.9"])
def test_every_version_is_read(version: str) -> None:
    body = f'<posted_content type="preprint">{TITLES}{DOI_DATA}</posted_content>'
    assert read(deposit(body, version), "d").publication.doi == "10.5555/1"


@pytest.mark.parametrize(
    ("body", "type", "kind"),
    [
        ("<posted_content type='working_paper'>{}</posted_content>", WorkType.WORKING_PAPER, None),
        ("<posted_content>{}</posted_content>", WorkType.PREPRINT, None),
        ("<book book_type='edited_book'><book_metadata>{}</book_metadata></book>", WorkType.EDITED_BOOK, None),
        (
            "<book><book_metadata><titles><title>B</title></titles><isbn>9783161484100</isbn></book_metadata>"
            "<content_item component_type='chapter'>{}</content_item></book>",
            WorkType.BOOK_CHAPTER,
            ContainerKind.BOOK,
        ),
        (
            "<conference><proceedings_metadata><proceedings_title>P</proceedings_title></proceedings_metadata>"
            "<conference_paper>{}</conference_paper></conference>",
            WorkType.CONFERENCE_PAPER,
            ContainerKind.PROCEEDINGS,
        ),
        ("<dissertation>{}</dissertation>", WorkType.DISSERTATION_THESIS, None),
        ("<report-paper><report-paper_metadata>{}</report-paper_metadata></report-paper>", WorkType.REPORT, None),
        (
            "<database><database_metadata><titles><title>D</title></titles></database_metadata><dataset>{}</dataset></database>",
            WorkType.DATA_SET,
            ContainerKind.REPOSITORY,
        ),
        ("<standard><standard_metadata>{}</standard_metadata></standard>", WorkType.TECHNICAL_STANDARD, None),
        ("<peer_review>{}</peer_review>", WorkType.REVIEW, None),
        ("<pending_publication>{}</pending_publication>", WorkType.JOURNAL_ARTICLE, None),
    ],
)  # fmt: skip
def test_every_kind_of_work(body: str, type: WorkType, kind: ContainerKind | None) -> None:
    readings = crossref.read_all(deposit(body.format(TITLES + DOI_DATA)))
    found = next(item.publication for item in readings if item.publication.doi == "10.5555/1")
    assert found.type is type
    assert (found.container.kind if found.container else None) is kind
    assert (found.title.text, found.url) == ("Silly String", "https://example.org/1")


def test_a_chapter_stands_in_its_book() -> None:
    book = (
        "<book><book_metadata><contributors>"
        + PERSON.format("")
        + "</contributors><titles><title>The Book</title></titles><publication_date media_type='online'><year>2020</year>"
        "</publication_date><isbn>978-3-16-148410-0</isbn><publisher><publisher_name>Acme</publisher_name></publisher>"
        "<doi_data><doi>10.5555/book</doi><resource>https://example.org/b</resource></doi_data></book_metadata>"
        f"<content_item>{TITLES}<pages><first_page>1</first_page></pages>{DOI_DATA}</content_item></book>"
    )
    chapter = crossref.read(deposit(book), doi="https://doi.org/10.5555/1").publication
    assert chapter.contributors == ()
    assert chapter.container
    assert (chapter.container.title, chapter.container.isbns) == ("The Book", ("9783161484100",))
    assert [item.value for item in chapter.container.identifiers] == ["10.5555/book"]
    assert str(chapter.dates.online) == "2020"
    whole = crossref.read(deposit(book))
    assert [(item.type, item.value) for item in whole.publication.identifiers] == [
        ("doi", "10.5555/book"),
        ("isbn", "9783161484100"),
    ]
    assert codes(whole) == ["several_publications"]
    assert "10.5555/1" in whole.findings[0].message


def test_an_unknown_doi_and_a_deposit_without_works_are_refused() -> None:
    with pytest.raises(PublicationRefused, match=r"holds no publication with the DOI 10\.5555/2"):
        crossref.read(journal(""), doi="10.5555/2")
    with pytest.raises(PublicationRefused, match="is not a DOI"):
        crossref.read(journal(""), doi="x")
    with pytest.raises(PublicationRefused, match=r"^d\.xml cannot become a work: it holds no publication"):
        read(deposit("<doi_citations><doi>10.5555/1</doi></doi_citations>"), "d.xml")


def test_a_journal_article_with_its_issue() -> None:
    issue = (
        "<journal_issue><publication_date media_type='print'><month>3</month><year>2020</year></publication_date>"
        "<journal_volume><volume>5</volume></journal_volume><issue>2</issue></journal_issue>"
    )
    article = (
        "<publication_date media_type='online'><month>02</month><day>14</day><year>2020</year></publication_date>"
        "<publication_date><year>2020</year></publication_date><acceptance_date><year>2019</year></acceptance_date>"
        "<pages><first_page>1</first_page><last_page>9</last_page></pages>"
    )
    found = read(journal(article, issue), "d").publication
    assert {key: str(getattr(found.dates, key)) for key in ("online", "print", "issue", "accepted")} == {
        "online": "2020-02-14",
        "print": "2020",
        "issue": "2020-03",
        "accepted": "2019",
    }
    assert found.container
    assert (found.container.title, found.container.volume, found.container.issue) == ("Journal of Silliness", "5", "2")
    assert (found.first_page, found.last_page, found.language) == ("1", "9", "en")


@pytest.mark.parametrize(("attribute", "is_true"), [("true", True), ("1", True), ("false", False), ("0", False)])
def test_orcid_and_authenticated(attribute: str, is_true: bool) -> None:
    one = person(f'<ORCID authenticated="{attribute}">http://orcid.org/0000-0002-1825-0097</ORCID>')
    assert (one.orcid, one.authenticated) == (JOSIAH, is_true)
    assert not person("<ORCID>https://orcid.org/0000-0002-1825-0097</ORCID>").authenticated


def test_roles_of_5_5_0() -> None:
    one = person(
        '<role vocab="crossref" type="corresponding-author"/><role vocab="credit" type="writing-review-editing"/>'
        '<role vocab="credit" type="software"/><role vocab="credit" type="software"/>'
    )
    assert [item.role for item in one.credit] == [Credit.WRITING_REVIEW_EDITING, Credit.SOFTWARE]
    assert (one.role, one.corresponding) == (ContributorRole.AUTHOR, True)
    unknown = '<role vocab="credit" type="boss"/>'
    assert codes(read(journal(f"<contributors>{PERSON.format(unknown)}</contributors>"), "d")) == ["credit_unknown"]
    stated = '<contributors><person_name><surname>C</surname><role vocab="crossref" type="editor"/></person_name></contributors>'
    assert read(journal(stated), "d").publication.contributors[0].role is ContributorRole.EDITOR


def test_groups_the_anonymous_mononyms_and_suffixes_in_order() -> None:
    contributors = (
        '<contributors><organization contributor_role="author">Acme &amp; Co</organization>'
        '<person_name contributor_role="editor"><given_name/><surname>Sukarno</surname><suffix>Jr.</suffix></person_name>'
        '<anonymous contributor_role="author"/><person_name><name>Plato</name></person_name>'
        "<person_name><surname/></person_name></contributors>"
    )
    found = read(journal(contributors), "d")
    assert [(item.kind, item.display_name, item.role) for item in found.publication.contributors] == [
        (ContributorKind.GROUP, "Acme & Co", ContributorRole.AUTHOR),
        (ContributorKind.PERSON, "Sukarno Jr.", ContributorRole.EDITOR),
        (ContributorKind.ANONYMOUS, "Anonymous", ContributorRole.AUTHOR),
        (ContributorKind.PERSON, "Plato", ContributorRole.AUTHOR),
    ]
    assert codes(found) == ["contributor_nameless"]


def test_a_dissertation_with_a_bare_person_name() -> None:
    body = f"<dissertation>{PERSON.format('')}{TITLES}<approval_date><year>2020</year></approval_date>{DOI_DATA}</dissertation>"
    found = read(deposit(body, "4.3.6"), "d").publication
    assert found.contributors[0].display_name == "Josiah Carberry"
    assert str(found.dates.publication) == "2020"


def test_affiliations_old_and_new() -> None:
    assert [
        item.name for item in person("<affiliation>One</affiliation><affiliation>Two</affiliation>").affiliations
    ] == [
        "One",
        "Two",
    ]
    institution = (
        "<affiliations><institution><institution_name>Brown University</institution_name><institution_id type='ror'>"
        "https://ror.org/05gq02987</institution_id><institution_place>Providence, United States</institution_place>"
        "<institution_department>Physics</institution_department></institution><institution><institution_id type='ror'>"
        "https://ror.org/05bp8ka05</institution_id></institution></affiliations>"
    )
    first, second = person(institution).affiliations
    assert (first.name, first.department, first.city, first.country) == (
        "Brown University",
        "Physics",
        "Providence",
        "US",
    )
    assert first.ror == "https://ror.org/05gq02987"
    assert second.name == second.ror == "https://ror.org/05bp8ka05"


def test_funding_licence_relations_and_abstract() -> None:
    article = (
        "<jats:abstract><jats:title>Abstract</jats:title><jats:p>One.</jats:p><jats:p>Two.</jats:p></jats:abstract>"
        "<fr:program name='fundref'><fr:assertion name='fundgroup'><fr:assertion name='funder_name'>NSF"
        "<fr:assertion name='funder_identifier'>https://doi.org/10.13039/100000001</fr:assertion></fr:assertion>"
        "<fr:assertion name='award_number'>A-1</fr:assertion></fr:assertion></fr:program>"
        "<program xmlns='http://www.crossref.org/AccessIndicators.xsd'><license_ref applies_to='tdm'>https://t.example"
        "</license_ref><license_ref applies_to='vor'>https://v.example</license_ref></program>"
        "<program xmlns='http://www.crossref.org/relations.xsd'><related_item><intra_work_relation "
        "relationship-type='hasPreprint' identifier-type='doi'>10.5555/2</intra_work_relation></related_item><related_item>"
        "<inter_work_relation relationship-type='isDerivedFrom' identifier-type='uuid'>x</inter_work_relation>"
        "</related_item></program>"
    )
    found = read(journal(article), "d").publication
    assert found.abstract == "One.\n\nTwo."
    (funding,) = found.funding
    assert (funding.funder, funding.funder_id, funding.award_number) == (
        "NSF",
        "https://doi.org/10.13039/100000001",
        "A-1",
    )
    assert found.license == "https://v.example"
    assert [(item.type, item.identifier.value) for item in found.relations] == [
        (RelationType.HAS_PREPRINT, "10.5555/2")
    ]


def test_updates_are_relations_and_an_update_of_itself_a_retraction() -> None:
    update = "<crossmark><updates><update type='{}' date='2020-03-04'>{}</update></updates></crossmark>"
    notice = read(journal(update.format("retraction", "10.5555/2")), "d").publication
    assert [(item.type, item.identifier.value) for item in notice.relations] == [
        (RelationType.IS_RETRACTION_OF, "10.5555/2")
    ]
    assert notice.retraction is None
    retracted = read(journal(update.format("retraction", "10.5555/1")), "d").publication
    assert retracted.retraction
    assert str(retracted.retraction.date) == "2020-03-04"


def test_citations_and_components_belong_to_nobody() -> None:
    extra = (
        "<citation_list><citation><author>Cited</author><doi>10.5555/c</doi></citation></citation_list><component_list>"
        f"<component>{TITLES}<contributors>{PERSON.format('')}</contributors></component></component_list>"
    )
    found = read(journal(extra), "d")
    assert found.publication.contributors == ()
    assert found.findings == ()


def test_unixref_answers_are_read_too() -> None:
    body = journal("").decode().replace("doi_batch", "doi_record").replace("<body>", "<crossref>")
    data = body.replace("</body>", "</crossref>").replace("<head/>", "").encode()
    assert read(data, "d").publication.doi == "10.5555/1"
