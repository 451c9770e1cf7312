"""The journal's own Crossref deposit, schema 5.5.0. It knows nothing of iDs: `hooks.deposit.crossref` adds them."""

from __future__ import annotations

import datetime

from lxml import etree

from orcid_plugin.metadata.affiliation import Affiliation
from orcid_plugin.metadata.contributor import Contributor, ContributorKind
from orcid_plugin.metadata.dates import PartialDate
from orcid_plugin.metadata.publication import Container, Publication

JOURNAL = "Journal of Imaginary Results"
PUBLISHER = "Imaginary Press"
EMAIL = "deposits@journal.example"
VERSION = "5.5.0"
NAMESPACE = f"http://www.crossref.org/schema/{VERSION}"


def build(publication: Publication, *, landing_page: str, at: datetime.datetime) -> bytes:
    """The deposit of one article that has a DOI, as UTF-8; `at` becomes Crossref's time stamp."""
    stamp = f"{at:%Y%m%d%H%M%S}"
    batch = etree.Element(_name("doi_batch"), nsmap={None: NAMESPACE}, version=VERSION)  # type: ignore[dict-item]
    head = _add(batch, "head")
    _add(head, "doi_batch_id", f"imaginary-{stamp}")
    _add(head, "timestamp", stamp)
    depositor = _add(head, "depositor")
    _add(depositor, "depositor_name", PUBLISHER)
    _add(depositor, "email_address", EMAIL)
    _add(head, "registrant", PUBLISHER)
    journal = _add(_add(batch, "body"), "journal")
    _journal(_add(journal, "journal_metadata"), publication.container or Container())
    _article(journal, publication, landing_page, at)
    etree.indent(batch, "  ")
    return etree.tostring(batch, encoding="UTF-8", xml_declaration=True)


def _journal(metadata: etree._Element, container: Container) -> None:
    _add(metadata, "full_title", _cut(container.title or JOURNAL, 255))
    for medium, issn in (("print", container.issn_print), ("electronic", container.issn_electronic)):
        if issn:
            _add(metadata, "issn", issn, media_type=medium)


def _article(journal: etree._Element, publication: Publication, landing_page: str, at: datetime.datetime) -> None:
    article = _add(journal, "journal_article", publication_type="full_text")
    titles = _add(article, "titles")
    _add(titles, "title", publication.title.text)
    if publication.title.subtitle:
        _add(titles, "subtitle", publication.title.subtitle)
    if publication.contributors:
        contributors = _add(article, "contributors")
        for position, contributor in enumerate(publication.contributors):
            _contributor(contributors, contributor, "first" if position == 0 else "additional")
    _date(_add(article, "publication_date", media_type="online"), publication.dates.publication, at)
    doi_data = _add(article, "doi_data")
    _add(doi_data, "doi", publication.doi or "")
    _add(doi_data, "resource", landing_page)


def _contributor(parent: etree._Element, contributor: Contributor, sequence: str) -> None:
    attributes = {"sequence": sequence, "contributor_role": contributor.role.value}
    if contributor.kind is ContributorKind.GROUP:
        _add(parent, "organization", _cut(contributor.display_name or "Group", 511), **attributes)
        return
    if contributor.kind is ContributorKind.ANONYMOUS or not contributor.display_name:
        person = _add(parent, "anonymous", **attributes)
    else:
        person = _add(parent, "person_name", **attributes)
        # A name in one piece stands in surname alone: Crossref allows no given_name without one.
        given, family = contributor.given_names, contributor.family_name
        if given and family:
            _add(person, "given_name", _cut(given, 200))
        _add(person, "surname", _cut(family or given or contributor.display_name, 200))
        if contributor.suffix:
            _add(person, "suffix", _cut(contributor.suffix, 10))
    if contributor.affiliations:
        affiliations = _add(person, "affiliations")
        for affiliation in contributor.affiliations:
            _institution(affiliations, affiliation)


def _institution(parent: etree._Element, affiliation: Affiliation) -> None:
    institution = _add(parent, "institution")
    _add(institution, "institution_name", _cut(affiliation.name, 1024))
    if affiliation.ror:
        _add(institution, "institution_id", affiliation.ror, type="ror")


def _date(parent: etree._Element, date: PartialDate | None, at: datetime.datetime) -> None:
    date = date or PartialDate(at.year, at.month, at.day)
    if date.month:
        _add(parent, "month", f"{date.month:02d}")
    if date.day:
        _add(parent, "day", f"{date.day:02d}")
    _add(parent, "year", str(date.year))


def _add(parent: etree._Element, tag: str, text: str | None = None, **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, _name(tag), attributes)
    element.text = text
    return element


def _name(tag: str) -> str:
    return f"{{{NAMESPACE}}}{tag}"


def _cut(text: str, length: int) -> str:
    return text[:length].strip()
