"""<article-id>, and what stands in for it: a DOI, handle or address in <self-uri>."""

from __future__ import annotations

import re

from orcid_plugin.metadata.identifiers import Identifier
from orcid_plugin.metadata.readers.text import text
from orcid_plugin.metadata.readers.xml import Element, Report, children

_TYPES = {
    "doi": "doi", "pmid": "pmid", "pubmed": "pmid", "medline": "pmid", "pmc": "pmc", "pmcid": "pmc",
    "arxiv": "arxiv", "handle": "handle", "hdl": "handle", "bibcode": "bibcode", "urn": "urn",
}  # fmt: skip
_HANDLE = re.compile(r"https?://hdl\.handle\.net/\S+", re.IGNORECASE)


def read_identifiers(meta: Element, report: Report) -> tuple[tuple[Identifier, ...], tuple[Identifier, ...]]:
    """The article's own identifiers, at most one of a type, and DOIs of its versions (`specific-use="version"`).

    Ids that mean something to the publisher only are not identifiers. Where there is none, the landing page serves.
    """
    own: list[Identifier] = []
    versions: list[Identifier] = []
    for element in children(meta, "article-id"):
        type = _TYPES.get(element.get("pub-id-type", "").strip().lower())
        identifier = _identifier(type, text(element), element, report) if type and text(element) else None
        if identifier is None:
            continue
        if identifier.type == "doi" and "version" in element.get("specific-use", ""):
            versions.append(identifier)
        elif identifier.type not in {item.type for item in own}:
            own.append(identifier)
        elif identifier not in own:
            report.add("identifier_several", f"a second {type} was left out: {identifier.value}", element)
    if versions and not any(item.type == "doi" for item in own):
        own.insert(0, versions.pop(0))
    return tuple(own or _from_links(meta)), tuple(versions)


def _identifier(type: str, printed: str, element: Element, report: Report) -> Identifier | None:
    try:
        return Identifier.of(type, printed)
    except ValueError as error:
        report.add("identifier_invalid", f"an identifier was left out: {error}", element)
        return None


def _from_links(meta: Element) -> list[Identifier]:
    addresses = [(item.get("href") or text(item)).strip() for item in children(meta, "self-uri")]
    for address in addresses:
        if re.match(r"(?:https?://(?:dx\.)?doi\.org/|info:doi/|doi:)", address, re.IGNORECASE):
            return _quietly("doi", address)
    for address in addresses:
        if _HANDLE.fullmatch(address):
            return _quietly("handle", address)
    return next((_quietly("uri", address) for address in addresses if re.match("https?://", address)), [])


def _quietly(type: str, address: str) -> list[Identifier]:
    try:
        return [Identifier.of(type, address)]
    except ValueError:
        return []
