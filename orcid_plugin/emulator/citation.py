"""A work as a reference in CSL JSON, the form of citation styles."""

from __future__ import annotations

from typing import Any

from orcid_plugin.emulator import rules
from orcid_plugin.emulator.rules import value_of
from orcid_plugin.emulator.schema import Message
from orcid_plugin.emulator.values import Researcher, StoredItem

# ORCID's work types that have one of CSL; the others are documents.
_TYPES = {
    "annotation": "review",
    "blog-post": "post-weblog",
    "book": "book",
    "book-chapter": "chapter",
    "book-review": "review-book",
    "clinical-study": "report",
    "conference-abstract": "paper-conference",
    "conference-paper": "paper-conference",
    "conference-poster": "paper-conference",
    "conference-presentation": "speech",
    "conference-proceedings": "book",
    "data-set": "dataset",
    "dictionary-entry": "entry-dictionary",
    "dissertation-thesis": "thesis",
    "edited-book": "book",
    "encyclopedia-entry": "entry-encyclopedia",
    "image": "graphic",
    "journal-article": "article-journal",
    "journal-issue": "periodical",
    "lecture-speech": "speech",
    "magazine-article": "article-magazine",
    "moving-image": "motion_picture",
    "newsletter-article": "article-newspaper",
    "newspaper-article": "article-newspaper",
    "online-resource": "webpage",
    "patent": "patent",
    "preprint": "article",
    "public-speech": "speech",
    "report": "report",
    "review": "review",
    "software": "software",
    "sound": "song",
    "standards-and-policy": "standard",
    "technical-standard": "standard",
    "website": "webpage",
    "working-paper": "article",
}


def csl(item: StoredItem, person: Researcher) -> dict[str, Any]:
    """The reference, from the work's metadata alone; `person` stands in where no contributor has a name."""
    work = item.message
    reference = {
        "id": str(item.put_code),
        "type": _TYPES.get(work["type"], "document"),
        "title": work["title"]["title"]["value"],
        "container-title": value_of(work.get("journal-title")),
        "author": _authors(work, person),
        "issued": _issued(work),
        "DOI": _identifier(work, "doi"),
        "ISBN": _identifier(work, "isbn"),
        "ISSN": _identifier(work, "issn"),
        "URL": value_of(work.get("url")) or _identifier(work, "uri"),
    }
    return {name: content for name, content in reference.items() if content}


def _authors(work: Message, person: Researcher) -> list[dict[str, str]]:
    names = [value_of(contributor.get("credit-name")) for contributor in rules.contributors(work)]
    if not any(names) and person.name_visibility == "public":
        names = [person.name]
    return [{"literal": name} for name in dict.fromkeys(names) if name]


def _issued(work: Message) -> dict[str, list[list[int]]]:
    fuzzy = work.get("publication-date") or {}
    parts = [int(value_of(fuzzy[part])) for part in ("year", "month", "day") if part in fuzzy]
    return {"date-parts": [parts]} if parts else {}


def _identifier(work: Message, type: str) -> str:
    ids = (entry["external-id-value"] for entry in rules.external_ids(work) if entry["external-id-type"] == type)
    return next(ids, "")
