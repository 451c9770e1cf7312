"""The BibTeX citation: right types and fields, and every value comes back from it as it was."""

from __future__ import annotations

from dataclasses import replace

import bibtexparser
import pytest
from bibtexparser.middlewares import SeparateCoAuthors, SplitNameParts
from bibtexparser.model import Entry
from hypothesis import given, settings
from hypothesis import strategies as st
from pylatexenc.latex2text import LatexNodes2Text

from orcid_plugin.metadata.contributor import Contributor, ContributorKind, ContributorRole
from orcid_plugin.metadata.dates import Dates, PartialDate
from orcid_plugin.metadata.identifiers import Identifier
from orcid_plugin.metadata.publication import Container, ContainerKind, Publication, Title
from orcid_plugin.metadata.vocabulary import WorkType
from orcid_plugin.registry import bibtex
from orcid_plugin.registry.messages import text
from tests import strategies

ARTICLE = Publication(
    type=WorkType.JOURNAL_ARTICLE,
    title=Title("The DNA of Nature in Übersee and elsewhere: p < 0.05", "A mRNA {study}"),
    container=Container(
        title="Acta & Reports",
        issn_print="0028-0836",
        issn_electronic="1476-4687",
        publisher="Brown",
        volume="12",
        issue="3-4",
    ),
    identifiers=(Identifier.of("doi", "10.1234/A_B%20"),),
    dates=Dates(online=PartialDate(2024, 3, 9)),
    first_page="101",
    last_page="110",
    url="https://x.example/a_b~c",
    contributors=(
        Contributor(given_names="José", family_name="de la Cruz", suffix="Jr."),
        Contributor(kind=ContributorKind.GROUP, name="Plants and Soil Group, Bonn"),
        Contributor(given_names="Edit", family_name="Or", role=ContributorRole.EDITOR),
        Contributor(kind=ContributorKind.ANONYMOUS),
    ),
)


def parsed(citation: str) -> Entry:
    library = bibtexparser.parse_string(citation)
    assert not library.failed_blocks
    assert len(library.blocks) == 1
    return library.entries[0]


def value(entry: Entry, field: str) -> str | None:
    return plain(entry[field]) if field in entry.fields_dict else None


def plain(latex: str) -> str:
    return str(LatexNodes2Text().latex_to_text(latex))


def people(citation: str, field: str = "author") -> list[tuple[str, str, str]]:
    """Family name with particles, suffix, given names of everybody."""
    stack = [SeparateCoAuthors(), SplitNameParts()]
    entry = bibtexparser.parse_string(citation, append_middleware=stack).entries[0]
    if field not in entry.fields_dict:
        return []
    return [
        (plain(" ".join(name.von + name.last)), plain(" ".join(name.jr)), plain(" ".join(name.first)))
        for name in entry[field]
    ]


def test_an_article_as_a_whole() -> None:
    assert bibtex.citation(ARTICLE) == (
        "@article{delacruz2024nature,\n"
        "\tauthor = {de la Cruz, Jr., Jos{\\'e} and {Plants and Soil Group, Bonn}},\n"
        '\ttitle = {The {DNA} of {Nature} in {{\\"U}bersee} and elsewhere: p {\\ensuremath{<}} 0.05: '
        "A {mRNA} {\\ensuremath{\\lbrace}}study{\\ensuremath{\\rbrace}}},\n"
        "\tjournal = {Acta {\\&} Reports},\n"
        "\tpublisher = {Brown},\n"
        "\tvolume = {12},\n"
        "\tnumber = {3-4},\n"
        "\tpages = {101--110},\n"
        "\tyear = {2024},\n"
        "\tmonth = mar,\n"
        "\tday = {9},\n"
        "\tdoi = {10.1234/a_b%20},\n"
        "\tissn = {0028-0836, 1476-4687},\n"
        "\turl = {https://x.example/a_b~c}\n"
        "}\n"
    )


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (WorkType.JOURNAL_ARTICLE, "article"),
        (WorkType.BOOK, "book"),
        (WorkType.EDITED_BOOK, "book"),
        (WorkType.BOOK_CHAPTER, "incollection"),
        (WorkType.CONFERENCE_PAPER, "inproceedings"),
        (WorkType.CONFERENCE_PROCEEDINGS, "proceedings"),
        (WorkType.DISSERTATION_THESIS, "phdthesis"),
        (WorkType.REPORT, "techreport"),
        (WorkType.DATA_SET, "misc"),
        (WorkType.PREPRINT, "misc"),
        (WorkType.SOFTWARE, "misc"),
        (WorkType.OTHER, "misc"),
    ],
)
def test_entry_types(kind: WorkType, expected: str) -> None:
    assert parsed(bibtex.citation(replace(ARTICLE, type=kind))).entry_type == expected


def test_container_and_publisher_have_the_fields_of_the_type() -> None:
    container = Container(kind=ContainerKind.BOOK, title="A Book", publisher="Uni", isbns=("9780306406157",))

    def fields(kind: WorkType) -> dict[str, str]:
        entry = parsed(bibtex.citation(replace(ARTICLE, type=kind, container=container)))
        return {field.key: field.value for field in entry.fields if field.value in {"A Book", "Uni", "9780306406157"}}

    assert fields(WorkType.BOOK_CHAPTER) == {"booktitle": "A Book", "publisher": "Uni", "isbn": "9780306406157"}
    assert fields(WorkType.DISSERTATION_THESIS) == {"school": "Uni", "isbn": "9780306406157"}
    assert fields(WorkType.PREPRINT) == {"howpublished": "A Book", "publisher": "Uni", "isbn": "9780306406157"}


def test_editors_belong_to_books_only() -> None:
    assert people(bibtex.citation(ARTICLE), "editor") == []
    chapter = bibtex.citation(replace(ARTICLE, type=WorkType.BOOK_CHAPTER))
    assert people(chapter, "editor") == [("Or", "", "Edit")]
    assert people(chapter) == people(bibtex.citation(ARTICLE)) != []


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Protein folding in vivo", "Protein folding in vivo"),
        ("Voting in Kenya and at the UN", "Voting in {Kenya} and at the {UN}"),
        ("The Origin of Species by Means of Selection", "The Origin of Species by Means of Selection"),
        ("The Role of mRNA in McCarthy Cells", "The Role of {mRNA} in {McCarthy} Cells"),
        ("Is it so? Yes, it is: an answer", "Is it so? Yes, it is: an answer"),
        ("A study of (COVID-19) here", "A study of ({COVID-19}) here"),
    ],
)
def test_capitals_that_a_style_must_keep(title: str, expected: str) -> None:
    assert parsed(bibtex.citation(replace(ARTICLE, title=Title(title))))["title"] == expected


@pytest.mark.parametrize(
    ("family", "title", "expected"),
    [
        ("Müller-Łódź", "On the Straße", "mullerlodz2024strasse"),
        ("Øde", "It is", "ode2024"),
        ("王", "中文", "2024"),
    ],
)
def test_key_is_ascii(family: str, title: str, expected: str) -> None:
    publication = replace(ARTICLE, title=Title(title), contributors=(Contributor(family_name=family),))
    assert parsed(bibtex.citation(publication)).key == expected


def test_key_of_next_to_nothing() -> None:
    publication = Publication(type=WorkType.OTHER, title=Title("…"))
    assert parsed(bibtex.citation(publication)).key == "work"


@pytest.mark.parametrize(
    "name", ["others", "Barnes and Noble", "Smith, John", "von und zu", "O'Neil", "{", "a}b", "\\", "ANDERS"]
)
def test_odd_names_stay_one_person(name: str) -> None:
    both = Contributor(family_name=name, given_names=name)
    alone = Contributor(family_name=name)
    assert people(bibtex.citation(replace(ARTICLE, contributors=(both, alone)))) == [(name, "", name), (name, "", "")]


def test_address_that_would_break_the_entry_is_left_out() -> None:
    publication = replace(ARTICLE, identifiers=(Identifier("doi", "10.1/{x"),))
    assert "doi" not in parsed(bibtex.citation(publication)).fields_dict


@settings(max_examples=100)
@given(strategies.publications)
def test_every_value_comes_back(publication: Publication) -> None:
    citation = bibtex.citation(publication)
    entry = parsed(citation)
    title = text.clean(text.joined(publication.title.text, publication.title.subtitle))
    assert (value(entry, "title") or None) == title
    container = publication.container or Container()
    for field, given_value in (("volume", container.volume), ("number", container.issue)):
        assert value(entry, field) == text.clean(given_value)
    date = publication.dates.publication
    assert value(entry, "year") == (str(date.year) if date else None)


@settings(max_examples=100)
@given(st.lists(st.tuples(strategies.texts, strategies.texts, strategies.texts), max_size=4))
def test_every_name_comes_back(names: list[tuple[str, str, str]]) -> None:
    persons = [Contributor(family_name=family, suffix=suffix, given_names=given) for family, suffix, given in names]
    citation = bibtex.citation(replace(ARTICLE, contributors=tuple(persons)))
    parsed(citation)
    expected = []
    for person in persons:
        family, suffix, given_names = (
            text.clean(part) or "" for part in (person.family_name, person.suffix, person.given_names)
        )
        whole = text.clean(person.display_name)
        if whole:
            expected.append((family, suffix, given_names) if family and given_names else (whole, "", ""))
    assert people(citation) == expected


@given(strategies.texts)
def test_latex_of_any_text_decodes_to_it(given_text: str) -> None:
    cleaned = text.clean(given_text) or ""
    assert plain(bibtex.latex(cleaned)) == cleaned
