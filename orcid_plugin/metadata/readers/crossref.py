"""Reads Crossref deposit XML, 4.3.6 to 5.5.0, and unixref, which repeats it: one publication for each DOI.

Sources: crossref4.3.6.xsd to crossref5.5.0.xsd and the schemas they import.
"""

from __future__ import annotations

import re

from orcid_plugin.errors import PublicationRefused
from orcid_plugin.metadata.findings import Finding
from orcid_plugin.metadata.identifiers import Identifier
from orcid_plugin.metadata.publication import Publication, Title
from orcid_plugin.metadata.readers.crossref_containers import (
    isbns,
    language_of,
    place_of_publication,
    read_container,
    read_dates,
)
from orcid_plugin.metadata.readers.crossref_contributors import read_contributors
from orcid_plugin.metadata.readers.crossref_programs import read_funding, read_license, read_relations
from orcid_plugin.metadata.readers.crossref_types import BOOKS, CONTAINERS, WORKS, work_type
from orcid_plugin.metadata.readers.legal import require_legal
from orcid_plugin.metadata.readers.text import language_distance, paragraphs, text
from orcid_plugin.metadata.readers.xml import Element, Report, children, first, parse
from orcid_plugin.metadata.reading import Reading


def read(data: bytes, name: str = "deposit", doi: str | None = None) -> Reading:
    """The publication with this DOI, else the first of the deposit, with a finding that names the others.

    Raises `UnreadableInput` (see `xml.parse`) and `PublicationRefused` where there is no such publication.
    """
    report = Report()
    return read_tree(parse(data, name, report), name, report, doi)


def read_all(data: bytes, name: str = "deposit") -> tuple[Reading, ...]:
    """Every publication of the deposit; proceedings, issues, databases and components only if it holds nothing else.

    One that cannot become a work is left out; raises `PublicationRefused` if none can.
    """
    report = Report()
    return _readings(_works(parse(data, name, report)), name, report)


def read_tree(root: Element, name: str, report: Report, doi: str | None = None) -> Reading:
    """`read` for a document already parsed by `xml.parse`."""
    if doi is not None:
        wanted = _wanted(doi)
        readings = _readings([*root.iter(*WORKS), *_around(root)], name, report)
        match = next((reading for reading in readings if reading.publication.doi == wanted), None)
        if match is None:
            raise PublicationRefused(f"{name} holds no publication with the DOI {wanted}")
        return match
    reading, *others = _readings(_works(root), name, report)
    if not others:
        return reading
    listed = ", ".join(str(other.publication.doi) for other in others[:5]) + (" …" if len(others) > 5 else "")
    several = f"{name} holds {len(others) + 1} publications; only the first was read, not {listed}"
    return Reading(reading.publication, (*reading.findings, Finding("several_publications", several)))


def _wanted(doi: str) -> str:
    try:
        return Identifier.of("doi", doi).value
    except ValueError as error:
        raise PublicationRefused(str(error)) from error


def _works(root: Element) -> list[Element]:
    return list(root.iter(*WORKS)) or _around(root)


def _around(root: Element) -> list[Element]:
    return [element for element in root.iter(*CONTAINERS) if element.find("doi_data") is not None]


def _readings(works: list[Element], name: str, report: Report) -> tuple[Reading, ...]:
    readings = []
    refusal = PublicationRefused(f"{name} cannot become a work: it holds no publication")
    for work in works:
        own = Report(report.findings)
        publication = _publication(work, own)
        try:
            require_legal(publication, name)
        except PublicationRefused as error:
            refusal = error
        else:
            readings.append(Reading(publication, own.findings))
    if not readings:
        raise refusal
    return tuple(readings)


def _publication(work: Element, report: Report) -> Publication:
    language = language_of(work)
    identifiers = _identifiers(work, report)
    relations, retraction = read_relations(work, identifiers, report)
    return Publication(
        type=work_type(work),
        title=_title(work, language),
        translated_titles=_translations(work),
        container=read_container(work, report),
        identifiers=identifiers,
        dates=read_dates(work, report),
        first_page=text(first(work, "pages/first_page")) or None,
        last_page=text(first(work, "pages/last_page")) or None,
        article_number=_article_number(work),
        abstract=_abstract(work, language),
        language=language,
        country=place_of_publication(work),
        url=_url(work),
        contributors=read_contributors(work, report),
        funding=read_funding(work),
        license=read_license(work),
        relations=relations,
        retraction=retraction,
    )


def _title(work: Element, language: str | None) -> Title:
    """The title of a work; of proceedings and journal issues, which have none like it, the one they do have."""
    titles = first(work, "titles")
    title = first(titles, "title")
    title = first(work, "proceedings_title", "full_title") if title is None else title
    return Title(text(title), text(first(titles, "subtitle")) or None, language)


def _translations(work: Element) -> tuple[Title, ...]:
    """Titles in another language: <original_language_title>, and the titles of a second <titles>."""
    originals = [item for titles in children(work, "titles") for item in children(titles, "original_language_title")]
    translated = [Title(text(item), None, item.get("language")) for item in originals]
    for titles in list(children(work, "titles"))[1:]:
        translated.append(Title(text(first(titles, "title")), text(first(titles, "subtitle")) or None))
    return tuple(dict.fromkeys(title for title in translated if title.text))


def _identifiers(work: Element, report: Report) -> tuple[Identifier, ...]:
    """The DOI; of a book also its ISBNs."""
    printed = first(work, "doi_data/doi", "doi")
    identifiers = []
    if text(printed):
        try:
            identifiers.append(Identifier.of("doi", text(printed)))
        except ValueError as error:
            report.add("identifier_invalid", f"an identifier was left out: {error}", printed)
    is_book = work.tag in BOOKS
    return (*identifiers, *(Identifier.of("isbn", isbn) for isbn in (isbns(work, report) if is_book else ())))


def _article_number(work: Element) -> str | None:
    holders = [*children(work, "publisher_item"), work]
    items = (item for holder in holders for item in children(holder, "item_number"))
    numbers = (text(item) for item in items if "article" in item.get("item_number_type", "").lower())
    return next((number for number in numbers if number), None)


def _abstract(work: Element, language: str | None) -> str | None:
    """The first abstract, in the language of the work if one is marked so; no teaser or graphic."""
    abstracts = [item for item in children(work, "abstract") if not item.get("abstract-type") and paragraphs(item)]
    return paragraphs(min(abstracts, key=lambda item: _distance(item, language), default=None)) or None


def _distance(abstract: Element, language: str | None) -> int:
    stated = [abstract.get("lang"), *(item.get("lang") for item in abstract.iter("p"))]
    return min(language_distance(tag, language) for tag in stated)


def _url(work: Element) -> str | None:
    address = text(first(work, "doi_data/resource"))
    return address if re.fullmatch(r"https?://\S+", address) else None
