"""What kind of work a JATS article is: @article-type, and the marks of a preprint."""

from __future__ import annotations

import re

from orcid_plugin.metadata.readers.text import text
from orcid_plugin.metadata.readers.xml import Element, children, first
from orcid_plugin.metadata.vocabulary import WorkType

# All other article types are kinds of journal article.
_TYPES = {
    "abstract": WorkType.CONFERENCE_ABSTRACT,
    "meeting-abstract": WorkType.CONFERENCE_ABSTRACT,
    "conference-abstract": WorkType.CONFERENCE_ABSTRACT,
    "conference-paper": WorkType.CONFERENCE_PAPER,
    "conference-proceeding": WorkType.CONFERENCE_PAPER,
    "proceedings-paper": WorkType.CONFERENCE_PAPER,
    "proceedings-article": WorkType.CONFERENCE_PAPER,
    "conference-poster": WorkType.CONFERENCE_POSTER,
    "poster": WorkType.CONFERENCE_POSTER,
    "book-review": WorkType.BOOK_REVIEW,
    "dissertation": WorkType.DISSERTATION_THESIS,
    "thesis": WorkType.DISSERTATION_THESIS,
    "working-paper": WorkType.WORKING_PAPER,
    "report": WorkType.REPORT,
    "technical-report": WorkType.REPORT,
    "standard": WorkType.TECHNICAL_STANDARD,
    "dataset": WorkType.DATA_SET,
    "peer-review": WorkType.REVIEW,
    "reviewer-report": WorkType.REVIEW,
    "referee-report": WorkType.REVIEW,
    "decision-letter": WorkType.REVIEW,
    "editor-report": WorkType.REVIEW,
}
_PREPRINT_SERVERS = re.compile(
    r"\b\w*r[xχ]iv\b|^ssrn\b|research square|\bpreprints?\b|authorea|techrxiv|^osf$", re.IGNORECASE
)


def work_type(article: Element, *, preprint: bool) -> WorkType:
    """ORCID's type for @article-type (JATS 1.3, suggested values); an unknown type is a journal article."""
    if preprint:
        return WorkType.PREPRINT
    return _TYPES.get(_article_type(article), WorkType.JOURNAL_ARTICLE)


def is_preprint(article: Element, journal: Element | None, meta: Element) -> bool:
    """Whether the article says that it is a preprint: by its type, version, publication date or server."""
    if "preprint" in _article_type(article):
        return True
    versions = [item for group in children(meta, "article-version-alternatives") for item in group]
    states = [*children(meta, "article-version"), *versions]
    if any("preprint" in text(item).lower() for item in states):
        return True
    if any("preprint" in (item.get("date-type"), item.get("pub-type")) for item in children(meta, "pub-date")):
        return True
    titles = [text(first(journal, "journal-title-group/journal-title", "journal-title"))]
    titles += [text(item) for item in children(journal, "journal-id")]
    return any(_PREPRINT_SERVERS.search(title) for title in titles)


def _article_type(article: Element) -> str:
    return article.get("article-type", "").strip().lower().replace("_", "-").replace(" ", "-")
