"""Reads JATS and NLM articles of any version and publisher, alone or wrapped (OAI-PMH, PMC article sets).

Only the front matter of the article itself counts, never that of a <sub-article>, <response> or reference.
Sources: JATS 1.3 tag library, JATS4R recommendations, and what publishers really send.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from orcid_plugin.errors import PublicationRefused
from orcid_plugin.metadata.identifiers import Identifier
from orcid_plugin.metadata.publication import ContainerKind, Publication, Title
from orcid_plugin.metadata.readers.jats_books import (
    container_of_book,
    container_of_chapter,
    find_book,
    is_proceedings,
    read_isbns,
)
from orcid_plugin.metadata.readers.jats_contributors import read_contributors
from orcid_plugin.metadata.readers.jats_dates import read_dates
from orcid_plugin.metadata.readers.jats_funding import read_funding
from orcid_plugin.metadata.readers.jats_identifiers import read_identifiers
from orcid_plugin.metadata.readers.jats_journal import place_of_publication, read_container
from orcid_plugin.metadata.readers.jats_relations import read_relations, read_retraction
from orcid_plugin.metadata.readers.jats_types import is_preprint, work_type
from orcid_plugin.metadata.readers.legal import require_legal
from orcid_plugin.metadata.readers.text import language_distance, paragraphs, text
from orcid_plugin.metadata.readers.xml import Element, Report, children, first, parse
from orcid_plugin.metadata.reading import Reading
from orcid_plugin.metadata.vocabulary import WorkType

_CREATIVE_COMMONS = re.compile(r"https?://creativecommons\.org/(?:licenses|publicdomain)/\S+", re.IGNORECASE)
_MAIN_ABSTRACTS = {None, "", "abstract", "main", "normal", "full", "section", "sections", "structured", "author"}


def read(data: bytes, name: str = "article") -> Reading:
    """The article in a JATS or NLM document.

    Raises `UnreadableInput` (see `xml.parse`) and `PublicationRefused` without article, title or identifier.
    """
    report = Report()
    return read_tree(parse(data, name, report), name, report)


def read_tree(root: Element, name: str, report: Report) -> Reading:
    """The same for a document already parsed by `xml.parse`."""
    publication = _book(root, report) or _article(root, name, report)
    require_legal(publication, name)
    return Reading(publication, report.findings)


def _article(root: Element, name: str, report: Report) -> Publication:
    article = _first_article(root, name, report)
    front = first(article, "front", "front-stub")
    meta = first(front, "article-meta") if first(front, "article-meta") is not None else front
    if meta is None:
        raise PublicationRefused(f"{name} cannot become a work: its article has no front matter")
    return _publication(article, first(front, "journal-meta"), meta, report)


def _book(root: Element, report: Report) -> Publication | None:
    found = find_book(root)
    if found is None:
        return None
    book_meta, chapter_meta = found
    publication = _publication(root, None, book_meta if chapter_meta is None else chapter_meta, report)
    if chapter_meta is not None:
        container = container_of_chapter(book_meta, report)
        is_paper = container.kind is ContainerKind.PROCEEDINGS
        type = WorkType.CONFERENCE_PAPER if is_paper else WorkType.BOOK_CHAPTER
        return dataclasses.replace(publication, type=type, container=container)
    isbns = tuple(Identifier.of("isbn", isbn) for isbn in read_isbns(book_meta, report))
    identifiers = (*publication.identifiers, *isbns)
    container_of = container_of_book(book_meta, report)
    type = WorkType.CONFERENCE_PROCEEDINGS if is_proceedings(book_meta) else WorkType.BOOK
    return dataclasses.replace(publication, type=type, container=container_of, identifiers=identifiers)


def _first_article(root: Element, name: str, report: Report) -> Element:
    articles = list(root.iter("article"))
    articles = [item for item in articles if not any(parent.tag == "article" for parent in item.iterancestors())]
    if not articles:
        raise PublicationRefused(f"{name} cannot become a work: it holds no JATS article")
    if len(articles) > 1:
        report.add("several_articles", f"{name} holds {len(articles)} articles; only the first was read")
    return articles[0]


def _publication(article: Element, journal: Element | None, meta: Element, report: Report) -> Publication:
    preprint = is_preprint(article, journal, meta)
    language = article.get("lang") or None
    title, translated = _titles(article, meta, language)
    identifiers, versions = read_identifiers(meta, report)
    return Publication(
        type=work_type(article, preprint=preprint),
        title=title,
        translated_titles=translated,
        container=read_container(journal, meta, report, preprint=preprint),
        identifiers=identifiers,
        dates=read_dates(meta, report, preprint=preprint),
        **_pages(meta),
        abstract=_abstract(meta, language),
        language=language,
        country=place_of_publication(journal),
        url=_url(meta),
        contributors=read_contributors(article, meta, report),
        funding=read_funding(meta),
        license=_license(meta),
        relations=read_relations(meta, identifiers, versions, report, preprint=preprint),
        retraction=read_retraction(article, meta, title.text),
    )


def _titles(article: Element, meta: Element, language: str | None) -> tuple[Title, tuple[Title, ...]]:
    """The title and its translations; the first translation where there is no title itself."""
    group = first(meta, "title-group")
    group = meta if group is None else group
    element = first(group, "article-title")
    own = None if element is None else element.get("lang")
    title = Title(text(element), _joined(group, "subtitle"), own or language)
    translated = [
        Title(
            text(first(item, "trans-title")), _joined(item, "trans-subtitle") or _subtitle_after(item), _language(item)
        )
        for item in children(group, "trans-title-group")
    ]
    # NLM 2: <trans-title> directly in the group.
    translated += [
        Title(text(item), _subtitle_after(item), item.get("lang")) for item in children(group, "trans-title")
    ]
    given = {item.language for item in translated}
    translated += [item for item in _titles_of_translations(article) if item.language not in given]
    translated = [item for item in translated if item.text and item.text != title.text]
    if not title.text and translated:
        title = translated.pop(0)
    return title, tuple(dict.fromkeys(translated))


def _titles_of_translations(article: Element) -> Iterator[Title]:
    """Titles of the whole text in another language, which SciELO adds as a <sub-article>."""
    for item in children(article, "sub-article"):
        group = first(item, "front-stub/title-group", "front/article-meta/title-group")
        if group is not None and item.get("article-type") == "translation":
            yield Title(text(first(group, "article-title")), _joined(group, "subtitle"), item.get("lang"))


def _subtitle_after(title: Element) -> str | None:
    """A <trans-subtitle> right after a translated title: NLM 2, and OJS, where it misses its group."""
    following = title.getnext()
    return text(following) or None if following is not None and following.tag == "trans-subtitle" else None


def _language(group: Element) -> str | None:
    title = first(group, "trans-title")
    return group.get("lang") or (None if title is None else title.get("lang"))


def _joined(group: Element, tag: str) -> str | None:
    return ": ".join(part for item in children(group, tag) if (part := text(item))) or None


def _pages(meta: Element) -> dict[str, str | None]:
    start, end = text(first(meta, "fpage")), text(first(meta, "lpage"))
    if not start and (match := re.fullmatch(r"(\w+)\s*[-–—]\s*(\w+)", text(first(meta, "page-range")))):
        start, end = match.groups()
    number = text(first(meta, "elocation-id"))
    return {"first_page": start or None, "last_page": end or None, "article_number": number or None}


def _abstract(meta: Element, language: str | None) -> str | None:
    """The main abstract, in the language of the article if there are several; no teaser, summary or graphic."""
    abstracts = [item for item in children(meta, "abstract") if item.get("abstract-type") in _MAIN_ABSTRACTS]
    abstracts = [item for item in abstracts if paragraphs(item)]
    nearest = min(abstracts, key=lambda item: language_distance(item.get("lang"), language), default=None)
    return paragraphs(nearest) or None


def _url(meta: Element) -> str | None:
    """The landing page: a web address that is not that of one file of the article."""
    for item in children(meta, "self-uri"):
        address = (item.get("href") or text(item)).strip()
        kind = item.get("content-type", "").lower()
        is_file = re.search(r"pdf|xml|epub|supplement|image", kind) or re.search(
            r"\.(pdf|xml|epub|zip)$", address.lower()
        )
        if re.fullmatch(r"https?://\S+", address) and not is_file:
            return address
    return None


def _license(meta: Element) -> str | None:
    """URI of the licence: <ali:license_ref>, else the link of <license>, else a Creative Commons link in its text."""
    licenses = [item for group in children(meta, "permissions") for item in children(group, "license")]
    licenses += list(children(meta, "license"))
    references = [
        item
        for parent in [*children(meta, "permissions"), *licenses]
        for item in children(parent, "license_ref")
        if item.get("specific-use") != "textmining" and item.get("applies_to") != "tdm"
    ]
    stated = [text(item) for item in references] + [item.get("href", "").strip() for item in licenses]
    links = [link for item in licenses for link in item.iter("ext-link", "uri")]
    written = [address for link in links for address in (link.get("href", "").strip(), text(link))]
    candidates = [uri for uri in stated if re.fullmatch(r"https?://\S+", uri)]
    candidates += [uri for uri in written if _CREATIVE_COMMONS.fullmatch(uri)]
    return candidates[0] if candidates else None
