"""Books and chapters in BITS, the book suite of JATS: read as an article with other names for a few elements."""

from __future__ import annotations

import dataclasses
from typing import Any

from orcid_plugin.metadata.identifiers import Identifier
from orcid_plugin.metadata.publication import Container, ContainerKind
from orcid_plugin.metadata.readers.jats_identifiers import read_identifiers
from orcid_plugin.metadata.readers.jats_journal import read_issns
from orcid_plugin.metadata.readers.text import text
from orcid_plugin.metadata.readers.xml import Element, Report, children, first
from orcid_plugin.metadata.vocabulary import Relationship

_NAMES = {
    "book-id": "article-id",
    "book-part-id": "article-id",
    "book-title-group": "title-group",
    "book-title": "article-title",
}


def find_book(root: Element) -> tuple[Element, Element | None] | None:
    """The metadata of a book and, of a <book-part-wrapper>, those of the chapter it holds; None if it is no book.

    The elements of both bear the names of JATS afterwards.
    """
    book = next(root.iter("book", "book-part-wrapper"), None)
    book_meta = first(book, "book-meta")
    if book is None or book_meta is None:
        return None
    chapter_meta = None
    if book.tag == "book-part-wrapper":
        metas = list(book.iter("book-part-meta"))
        chapter_meta = next((meta for meta in metas if _has_doi(meta)), metas[0] if metas else None)
    for meta in (book_meta, chapter_meta):
        if meta is not None:
            _rename(meta)
    return book_meta, chapter_meta


def _has_doi(meta: Element) -> bool:
    return any(item.get("book-part-id-type") == "doi" for item in children(meta, "book-part-id"))


def _rename(meta: Element) -> None:
    for element in list(meta.iter(*_NAMES)):
        kind = element.get("book-id-type") or element.get("book-part-id-type")
        element.tag = _NAMES[str(element.tag)]
        if kind:
            element.set("pub-id-type", kind)
    for title in list(children(first(meta, "title-group"), "title")):
        title.tag = "article-title"


def is_proceedings(book_meta: Element) -> bool:
    """Whether a book holds the papers of a conference."""
    return first(book_meta, "conference") is not None


def container_of_chapter(book_meta: Element, report: Report) -> Container:
    """The book or proceedings that a chapter stands in."""
    own, _ = read_identifiers(book_meta, report)
    return Container(
        kind=ContainerKind.PROCEEDINGS if is_proceedings(book_meta) else ContainerKind.BOOK,
        title=text(first(book_meta, "title-group/article-title")) or None,
        isbns=read_isbns(book_meta, report),
        identifiers=tuple(dataclasses.replace(item, relationship=Relationship.PART_OF) for item in own),
        publisher=_publisher(book_meta),
        **_series(book_meta, report),
    )


def container_of_book(book_meta: Element, report: Report) -> Container | None:
    """What a book says of its publisher and series; None if nothing."""
    container = Container(kind=ContainerKind.BOOK, publisher=_publisher(book_meta), **_series(book_meta, report))
    return None if container == Container(kind=ContainerKind.BOOK) else container


def _series(book_meta: Element, report: Report) -> dict[str, Any]:
    """The series of a book and the number in it; of a series in a series, the outer one."""
    collection = next(children(book_meta.getparent(), "collection-meta"), first(book_meta, "collection-meta"))
    issns = read_issns(collection, report)
    title = text(first(collection, "title-group/title")) or text(first(book_meta, "series"))
    return {
        "series": title or None,
        "volume": text(first(book_meta, "book-volume-number", "volume")) or None,
        "issn_print": issns.get("print"),
        "issn_electronic": issns.get("electronic"),
    }


def read_isbns(book_meta: Element, report: Report) -> tuple[str, ...]:
    """The ISBNs of a book, without hyphens."""
    found = []
    for element in children(book_meta, "isbn"):
        try:
            found.append(Identifier.of("isbn", text(element)).value)
        except ValueError as error:
            report.add("isbn_invalid", f"an ISBN was left out: {error}", element)
    return tuple(dict.fromkeys(found))


def _publisher(book_meta: Element) -> str | None:
    return text(first(book_meta, "publisher/publisher-name")) or None
