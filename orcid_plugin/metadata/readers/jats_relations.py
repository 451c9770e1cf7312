"""<related-article> and <pub-history>: other versions, corrections, comments; and whether the article is retracted."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from orcid_plugin.metadata.identifiers import Identifier
from orcid_plugin.metadata.publication import Relation, RelationType, Retraction
from orcid_plugin.metadata.readers.text import text
from orcid_plugin.metadata.readers.xml import Element, Report, children, first

# JATS says what the other article is ("corrected-article"); a relation says what this one is to it.
_TYPES = {
    "corrected-article": RelationType.IS_CORRECTION_OF,
    "retracted-article": RelationType.IS_RETRACTION_OF,
    "partially-retracted-article": RelationType.IS_RETRACTION_OF,
    "preprint": RelationType.HAS_PREPRINT,
    "version-of-record": RelationType.IS_PREPRINT_OF,
    "published-article": RelationType.IS_PREPRINT_OF,
    "updated-article": RelationType.IS_VERSION_OF,
    "republished-article": RelationType.IS_VERSION_OF,
    "article-version": RelationType.IS_VERSION_OF,
    "reviewed-preprint": RelationType.HAS_VERSION,
    "translated-article": RelationType.IS_TRANSLATION_OF,
    "translation": RelationType.HAS_TRANSLATION,
    "commentary-article": RelationType.IS_COMMENT_ON,
    "peer-reviewed-article": RelationType.IS_REVIEW_OF,
    "reviewed-article": RelationType.IS_REVIEW_OF,
    "peer-review": RelationType.HAS_REVIEW,
    "reviewer-report": RelationType.HAS_REVIEW,
    "referee-report": RelationType.HAS_REVIEW,
}
_LINK_TYPES = {"pmid": "pmid", "pubmed": "pmid", "pmc": "pmc", "pmcid": "pmc"}
_RETRACTIONS = {"retraction-forward", "retraction", "retraction-notice", "retracted-by"}
_RETRACTED_TITLE = re.compile(r"\W*retracted(?: article| paper| chapter)?\s*[:\]]", re.IGNORECASE)


def read_relations(
    meta: Element, own: tuple[Identifier, ...], versions: tuple[Identifier, ...], report: Report, *, preprint: bool
) -> tuple[Relation, ...]:
    """Relations to other works that carry an identifier; those of a kind that has no name here are `other`."""
    relations = [Relation(RelationType.HAS_VERSION, identifier) for identifier in versions]
    for element in children(meta, "related-article"):
        kind = element.get("related-article-type", "").strip().lower()
        type = _TYPES.get(kind, RelationType.OTHER)
        if type is RelationType.IS_PREPRINT_OF and not preprint:
            type = RelationType.OTHER
        if kind not in _RETRACTIONS and (identifier := _identifier(element, report)):
            relations.append(Relation(type, identifier))
    relations += [Relation(RelationType.HAS_PREPRINT, identifier) for identifier in _arxiv_numbers(meta)]
    for type, element in _earlier_versions(meta):
        if identifier := _identifier(element, report):
            relations.append(Relation(type, identifier))
    mine = {(identifier.type, identifier.value) for identifier in own}
    others = (item for item in relations if (item.identifier.type, item.identifier.value) not in mine)
    return tuple(dict.fromkeys(others))


def _earlier_versions(meta: Element) -> Iterator[tuple[RelationType, Element]]:
    """Links of <pub-history> events to the preprint and to earlier reviewed versions."""
    for history in children(meta, "pub-history"):
        for link in history.iter("self-uri", "pub-id"):
            kind = (link.get("content-type") or "").lower()
            if kind == "preprint":
                yield RelationType.HAS_PREPRINT, link
            elif kind == "reviewed-preprint":
                yield RelationType.HAS_VERSION, link


def _arxiv_numbers(meta: Element) -> Iterator[Identifier]:
    """The arXiv number of the preprint, which IOP states as <custom-meta>."""
    for group in children(meta, "custom-meta-group"):
        for item in children(group, "custom-meta"):
            if text(first(item, "meta-name")).lower() == "arxivppt":
                with contextlib.suppress(ValueError):
                    yield Identifier.of("arxiv", text(first(item, "meta-value")))


def _identifier(element: Element, report: Report) -> Identifier | None:
    printed = (element.get("href") or text(element)).strip()
    type = _LINK_TYPES.get(element.get("ext-link-type", "").lower())
    if not printed:
        return None
    for candidate in [type] if type else ["doi", "uri"]:
        try:
            return Identifier.of(candidate, printed)
        except ValueError:
            continue
    if type or element.get("ext-link-type") == "doi":
        report.add("relation_invalid", f"a related article was left out: {printed[:100]!r} is no identifier", element)
    return None


def read_retraction(article: Element, meta: Element, title: str) -> Retraction | None:
    """That the article is retracted: a link to its notice, its type, or the customary "RETRACTED:" before its title."""
    for element in children(meta, "related-article"):
        if element.get("related-article-type", "").strip().lower() in _RETRACTIONS:
            return Retraction(notice=_identifier(element, Report()))
    is_notice = article.get("article-type", "").lower().startswith("retraction")
    if "retracted" in article.get("article-type", "").lower() or (not is_notice and _RETRACTED_TITLE.match(title)):
        return Retraction()
    return None
