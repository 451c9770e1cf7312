"""<journal-meta>: the journal or preprint server that an article stands in, with its volume and issue."""

from __future__ import annotations

from orcid_plugin.metadata.countries import country_code
from orcid_plugin.metadata.identifiers import Identifier
from orcid_plugin.metadata.publication import Container, ContainerKind
from orcid_plugin.metadata.readers.text import text
from orcid_plugin.metadata.readers.xml import Element, Report, children, first

_TITLES = (
    "journal-title-group/journal-title",
    "journal-title",
    "journal-title-group/abbrev-journal-title",
    "abbrev-journal-title",
)
_TITLE_IDS = {"nlm-ta", "iso-abbrev", "nlm-journal-title"}


def read_container(journal: Element | None, meta: Element, report: Report, *, preprint: bool) -> Container | None:
    """The journal, or the repository of a preprint; None if nothing is said about it."""
    issns = read_issns(journal, report)
    container = Container(
        title=_title(journal),
        issn_print=issns.get("print"),
        issn_electronic=issns.get("electronic"),
        publisher=text(first(journal, "publisher/publisher-name", "publisher")) or None,
        volume=text(first(meta, "volume")) or None,
        issue=text(first(meta, "issue")) or None,
        kind=ContainerKind.REPOSITORY if preprint else ContainerKind.JOURNAL,
    )
    return None if container == Container(kind=container.kind) else container


def _title(journal: Element | None) -> str | None:
    titles = [text(first(journal, path)) for path in _TITLES]
    titles += [text(item) for item in children(journal, "journal-id") if item.get("journal-id-type") in _TITLE_IDS]
    return next((title for title in titles if title), None)


def read_issns(journal: Element | None, report: Report) -> dict[str, str]:
    """ISSNs by medium; one of an unstated medium fills what is missing, electronic first."""
    found: dict[str, str] = {}
    unstated = []
    for element in children(journal, "issn", "issn-l"):
        printed = text(element)
        medium = f"{element.get('pub-type', '')} {element.get('publication-format', '')}".lower()
        if not printed:
            continue
        try:
            issn = Identifier.of("issn", printed).value
        except ValueError as error:
            report.add("issn_invalid", f"an ISSN was left out: {error}", element)
            continue
        if "epub" in medium or "electronic" in medium or "online" in medium:
            found.setdefault("electronic", issn)
        elif "ppub" in medium or "print" in medium:
            found.setdefault("print", issn)
        else:
            unstated.append(issn)
    for issn in unstated:
        if issn not in found.values():
            found.setdefault("print" if "electronic" in found else "electronic", issn)
    return found


def place_of_publication(journal: Element | None) -> str | None:
    """The country of <publisher-loc>: tagged, or the last part of "San Francisco, USA"; None if it names none."""
    place = first(journal, "publisher/publisher-loc")
    country = first(place, "country")
    if country is not None:
        return country_code(country.get("country")) or country_code(text(country))
    last = text(place).rpartition(",")[2].strip(" .")
    # Two letters at the end are more often a state of the USA (CA, IL, MA) than a country.
    return country_code(last) if len(last) > 2 or last in {"UK", "US"} else None
