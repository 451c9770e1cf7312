"""What stands around a work in a deposit: its journal, book, proceedings or repository, and the dates they share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from orcid_plugin.metadata.countries import country_code
from orcid_plugin.metadata.dates import Dates, PartialDate
from orcid_plugin.metadata.identifiers import Identifier
from orcid_plugin.metadata.publication import Container, ContainerKind
from orcid_plugin.metadata.readers.crossref_types import BOOKS
from orcid_plugin.metadata.readers.dates import from_string, read_date
from orcid_plugin.metadata.readers.text import text
from orcid_plugin.metadata.readers.xml import Element, Report, children, first
from orcid_plugin.metadata.vocabulary import Relationship

_METADATA = (
    *BOOKS,
    "journal_metadata",
    "proceedings_metadata",
    "proceedings_series_metadata",
    "database_metadata",
)


def _around(work: Element) -> Element | None:
    """The metadata of what the work stands in, None where it stands alone."""
    parent = work.getparent()
    return first(parent, *(tag for tag in _METADATA if tag != work.tag)) if parent is not None else None


def language_of(work: Element) -> str | None:
    """The language of the work, else that of its container."""
    around = _around(work)
    return work.get("language") or (around.get("language") if around is not None else None)


def read_container(work: Element, report: Report) -> Container | None:
    """What the work stands in; None where the deposit says nothing about it."""
    around = _around(work)
    if work.tag in {"journal_article", "journal_issue", "pending_publication"}:
        container = _journal(work, first(work, "publication") if around is None else around, report)
    elif work.tag == "content_item":
        container = _book(around, report)
    elif work.tag == "conference_paper":
        container = _proceedings(around, report)
    elif work.tag == "dataset":
        title = text(first(around, "titles/title")) or None
        container = Container(kind=ContainerKind.REPOSITORY, title=title, publisher=_publisher(around))
    elif work.tag == "posted_content":
        container = Container(kind=ContainerKind.REPOSITORY, title=_institution(work))
    elif work.tag in BOOKS:
        container = Container(kind=ContainerKind.BOOK, publisher=_publisher(work), **_series(work, report))
    else:
        publisher = _publisher(work) or _institution(work)
        container = Container(kind=ContainerKind.BOOK, publisher=publisher, **_series(work, report))
    return None if container == Container(kind=container.kind) else container


def _journal(work: Element, journal: Element | None, report: Report) -> Container:
    parent = work.getparent()
    issue = work if work.tag == "journal_issue" else first(parent, "journal_issue")
    return Container(
        title=text(first(journal, "full_title")) or text(first(journal, "abbrev_title")) or None,
        **_issns(journal, report),
        publisher=_publisher(journal),
        volume=text(first(issue, "journal_volume/volume")) or None,
        issue=text(first(issue, "issue")) or None,
    )


def _book(book: Element | None, report: Report) -> Container:
    return Container(
        kind=ContainerKind.BOOK,
        title=text(first(book, "titles/title")) or None,
        isbns=isbns(book, report),
        identifiers=_part_of(book),
        publisher=_publisher(book),
        **_series(book, report),
    )


def _proceedings(proceedings: Element | None, report: Report) -> Container:
    return Container(
        kind=ContainerKind.PROCEEDINGS,
        title=text(first(proceedings, "proceedings_title")) or None,
        isbns=isbns(proceedings, report),
        identifiers=_part_of(proceedings),
        publisher=_publisher(proceedings),
        **_series(proceedings, report),
    )


def _series(metadata: Element | None, report: Report) -> dict[str, Any]:
    series = first(metadata, "series_metadata", "set_metadata")
    volume = text(first(metadata, "volume")) or None
    return {"series": text(first(series, "titles/title")) or None, "volume": volume, **_issns(series, report)}


def _part_of(metadata: Element | None) -> tuple[Identifier, ...]:
    try:
        return (Identifier.of("doi", text(first(metadata, "doi_data/doi")), Relationship.PART_OF),)
    except ValueError:
        return ()


def _issns(metadata: Element | None, report: Report) -> dict[str, Any]:
    """ISSNs by medium; one of an unstated medium is print, the schema's default, unless another one is."""
    found: dict[str, Any] = {"issn_print": None, "issn_electronic": None}
    for element in sorted(children(metadata, "issn"), key=lambda element: element.get("media_type") is None):
        medium = element.get("media_type") or ("electronic" if found["issn_print"] else "print")
        key = "issn_electronic" if medium == "electronic" else "issn_print"
        try:
            found[key] = found[key] or Identifier.of("issn", text(element)).value
        except ValueError as error:
            report.add("issn_invalid", f"an ISSN was left out: {error}", element)
    return found


def isbns(metadata: Element | None, report: Report) -> tuple[str, ...]:
    """The ISBNs of a book or proceedings, without hyphens."""
    found = []
    for element in children(metadata, "isbn"):
        try:
            found.append(Identifier.of("isbn", text(element)).value)
        except ValueError as error:
            report.add("isbn_invalid", f"an ISBN was left out: {error}", element)
    return tuple(dict.fromkeys(found))


def _publisher(metadata: Element | None) -> str | None:
    return text(first(metadata, "publisher/publisher_name")) or None


def _institution(work: Element) -> str | None:
    return text(first(work, "institution/institution_name")) or None


def place_of_publication(work: Element) -> str | None:
    """The country that <publisher_place> ends with; None if it names none."""
    place = first(work, "publisher/publisher_place")
    place = first(_around(work), "publisher/publisher_place") if place is None else place
    last = text(place).rpartition(",")[2].strip(" .")
    return country_code(last) if len(last) > 2 or last in {"UK", "US"} else None


def read_dates(work: Element, report: Report) -> Dates:
    """Dates of the work itself; of its book or proceedings where it has none; of its issue as `issue`."""
    found: dict[str, PartialDate] = {}
    for slot, element in _dated(work):
        _keep(found, slot, element, report)
    for assertion in work.iter("assertion"):  # Crossmark's publication history, free text
        slot = assertion.get("name", "").lower()
        if slot in {"received", "accepted"} and slot not in found:
            _keep_written(found, slot, text(assertion))
    for element in [*children(work, "publication_date"), *children(_around(work), "publication_date")]:
        if not {"online", "print", "posted"} & found.keys():
            _keep(found, _medium(element), element, report)
    issue = first(work.getparent(), "journal_issue/publication_date")
    if issue is not None and work.tag == "journal_article":
        _keep(found, "issue", issue, report)
    return Dates(**found, copyright=None)


def _dated(work: Element) -> Iterator[tuple[str, Element]]:
    for element in work:
        if element.tag in {"publication_date", "approval_date"} and element.get("media_type") != "other":
            yield _medium(element), element
        elif element.tag == "database_date":
            yield from (("online", item) for item in children(element, "publication_date"))
    yield from (("posted", element) for element in children(work, "posted_date"))
    yield from (("online", element) for element in children(work, "review_date"))
    yield from (("accepted", element) for element in children(work, "acceptance_date"))


def _medium(element: Element) -> str:
    # The schema's default is "print".
    return "online" if element.get("media_type") in {"online", "electronic"} else "print"


def _keep(found: dict[str, PartialDate], slot: str, element: Element, report: Report) -> None:
    if slot not in found and (date := read_date(element, report)):
        found[slot] = date


def _keep_written(found: dict[str, PartialDate], slot: str, written: str) -> None:
    try:
        found[slot] = from_string(written)
    except ValueError:
        return
