"""Which elements of a deposit are works, and ORCID's type for each."""

from __future__ import annotations

from orcid_plugin.metadata.readers.xml import Element
from orcid_plugin.metadata.vocabulary import WorkType

BOOKS = {"book_metadata", "book_series_metadata", "book_set_metadata"}

_TYPES = {
    "journal_article": WorkType.JOURNAL_ARTICLE,
    "posted_content": WorkType.PREPRINT,
    "content_item": WorkType.BOOK_CHAPTER,
    "conference_paper": WorkType.CONFERENCE_PAPER,
    "dissertation": WorkType.DISSERTATION_THESIS,
    "report-paper_metadata": WorkType.REPORT,
    "report-paper_series_metadata": WorkType.REPORT,
    "dataset": WorkType.DATA_SET,
    "standard_metadata": WorkType.TECHNICAL_STANDARD,
    "peer_review": WorkType.REVIEW,
    "pending_publication": WorkType.JOURNAL_ARTICLE,
    **dict.fromkeys(BOOKS, WorkType.BOOK),
}
_CONTAINER_TYPES = {
    "journal_issue": WorkType.JOURNAL_ISSUE,
    "proceedings_metadata": WorkType.CONFERENCE_PROCEEDINGS,
    "proceedings_series_metadata": WorkType.CONFERENCE_PROCEEDINGS,
    "database_metadata": WorkType.DATA_SET,
    "component": WorkType.OTHER,
}
_POSTED = {
    "preprint": WorkType.PREPRINT,
    "working_paper": WorkType.WORKING_PAPER,
    "dissertation": WorkType.DISSERTATION_THESIS,
    "report": WorkType.REPORT,
    "review": WorkType.REVIEW,
    "blog": WorkType.BLOG_POST,
    "poster": WorkType.CONFERENCE_POSTER,
}

WORKS = tuple(_TYPES)
"""Elements that are works of their own."""

CONTAINERS = tuple(_CONTAINER_TYPES)
"""Elements with a DOI that a deposit carries beside its works: read last."""


def work_type(work: Element) -> WorkType:
    """ORCID's type for an element of `WORKS` or `CONTAINERS`."""
    if work.tag == "posted_content":
        return _POSTED.get(work.get("type", "preprint"), WorkType.OTHER)
    if work.tag == "content_item" and work.get("component_type") == "reference_entry":
        return WorkType.ENCYCLOPEDIA_ENTRY
    parent = work.getparent()
    if work.tag in BOOKS and parent is not None and parent.get("book_type") == "edited_book":
        return WorkType.EDITED_BOOK
    return _TYPES.get(work.tag) or _CONTAINER_TYPES[work.tag]
