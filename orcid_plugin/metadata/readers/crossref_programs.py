"""Funding, licence, relations and Crossmark updates of a work in a deposit."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from orcid_plugin.metadata.dates import PartialDate
from orcid_plugin.metadata.funding import Funding
from orcid_plugin.metadata.identifiers import Identifier, ror
from orcid_plugin.metadata.publication import Relation, RelationType, Retraction
from orcid_plugin.metadata.readers.dates import from_string
from orcid_plugin.metadata.readers.text import text
from orcid_plugin.metadata.readers.xml import Element, Report, children, collapse, first

_IDENTIFIER_TYPES = {"doi": "doi", "pmid": "pmid", "pmcid": "pmc", "arxiv": "arxiv", "handle": "handle", "uri": "uri",
                     "purl": "uri", "issn": "issn", "isbn": "isbn", "ark": "ark"}  # fmt: skip
_FUNDER_IDS = {"funder_identifier", "ror"}
_UPDATES = {
    "retraction": RelationType.IS_RETRACTION_OF,
    "partial_retraction": RelationType.IS_RETRACTION_OF,
    "correction": RelationType.IS_CORRECTION_OF,
    "corrigendum": RelationType.IS_CORRECTION_OF,
    "erratum": RelationType.IS_CORRECTION_OF,
    "new_version": RelationType.IS_VERSION_OF,
    "new_edition": RelationType.IS_VERSION_OF,
}


def _own(work: Element, *tags: str) -> Iterator[Element]:
    """Descendants of a work, without those of its components and citations."""
    for child in work:
        if child.tag in tags:
            yield child
        elif child.tag not in {"component_list", "citation_list", "content_item"}:
            yield from _own(child, *tags)


def read_funding(work: Element) -> tuple[Funding, ...]:
    """The FundRef program: each award of each funder, in groups or flat."""
    funding: list[Funding] = []
    for program in _own(work, "program"):
        groups = [item for item in children(program, "assertion") if item.get("name") == "fundgroup"]
        for group in groups or [program]:
            funding.extend(_group(group))
    return tuple(dict.fromkeys(funding))


def _group(group: Element) -> list[Funding]:
    pairs = [(funder, award) for funder in _funders(group) or [Funding()] for award in _awards(group) or [Funding()]]
    funding = (
        dataclasses.replace(funder, award_number=award.award_number, award_doi=award.award_doi)
        for funder, award in pairs
    )
    return [item for item in funding if item != Funding()]


def _funders(group: Element) -> list[Funding]:
    """Funders with their id, which stands in the name, beside the only name, or instead of it."""
    names = [item for item in children(group, "assertion") if item.get("name") == "funder_name"]
    beside = [item for item in children(group, "assertion") if item.get("name") in _FUNDER_IDS]
    if len(names) == 1:
        return [_funder(names[0], [*_ids_in(names[0]), *beside])]
    return [_funder(name, _ids_in(name)) for name in names] + [_funder(None, [item]) for item in beside]


def _ids_in(name: Element) -> list[Element]:
    return [item for item in name.iter("assertion") if item.get("name") in _FUNDER_IDS]


def _funder(name: Element | None, identifiers: list[Element]) -> Funding:
    printed = "" if name is None else collapse(name.text or "")
    return Funding(funder=printed or None, funder_id=_funder_id(identifiers))


def _awards(group: Element) -> list[Funding]:
    """Award numbers, and DOIs of grants, which may hold their number."""
    awards = []
    for item in group.iter("assertion"):
        number = item if item.get("name") == "award_number" else first(item, "assertion[@name='award_number']")
        parent = item.getparent()
        if item.get("name") == "grant_doi":
            awards.append(Funding(award_number=text(number) or None, award_doi=_doi(collapse(item.text or ""))))
        elif item is number and (parent is None or parent.get("name") != "grant_doi"):
            awards.append(Funding(award_number=text(item) or None))
    return [award for award in awards if award != Funding()]


def _doi(printed: str) -> str | None:
    try:
        return Identifier.of("doi", printed).value
    except ValueError:
        return None


def _funder_id(identifiers: list[Element]) -> str | None:
    for item in identifiers:
        if item.get("name") == "ror":
            try:
                return ror(text(item))
            except ValueError:
                continue
        if match := re.search(r"(?:^|10\.13039/)([0-9]+)$", text(item)):
            return f"https://doi.org/10.13039/{match[1]}"
    return None


def read_license(work: Element) -> str | None:
    """URI of the licence of the version of record, else of one for no version in particular, else of another."""
    references = [item for item in _own(work, "license_ref") if re.fullmatch(r"https?://\S+", text(item))]
    rank = {"vor": 0, None: 1, "am": 2, "stm-asf": 3, "tdm": 4}
    references.sort(key=lambda item: rank.get(item.get("applies_to"), 3))
    return text(references[0]) if references and references[0].get("applies_to") != "tdm" else None


def read_relations(
    work: Element, own: tuple[Identifier, ...], report: Report
) -> tuple[tuple[Relation, ...], Retraction | None]:
    """Relations to other works, and whether a Crossmark update marks the work itself as retracted."""
    relations: list[Relation] = []
    retraction = None
    mine = {(identifier.type, identifier.value) for identifier in own}
    for element in _own(work, "inter_work_relation", "intra_work_relation", "update"):
        identifier = _identifier(element, report)
        if identifier is None:
            continue
        if (identifier.type, identifier.value) not in mine:
            relations.append(Relation(_type(element), identifier))
        elif element.get("type") in {"retraction", "withdrawal", "removal"}:
            retraction = Retraction(date=_date(element))
    return tuple(dict.fromkeys(relations)), retraction


def _type(element: Element) -> RelationType:
    if element.tag == "update":
        return _UPDATES.get(element.get("type", ""), RelationType.OTHER)
    kebab = re.sub("[A-Z]", lambda letter: f"-{letter[0].lower()}", element.get("relationship-type", ""))
    return RelationType(kebab) if kebab in set(RelationType) else RelationType.OTHER


def _identifier(element: Element, report: Report) -> Identifier | None:
    stated = element.get("identifier-type", "doi" if element.tag == "update" else "").lower()
    printed = text(first(element, "doi")) or text(element)
    type = _IDENTIFIER_TYPES.get(stated)
    if type is None:
        return None  # an accession number, a UUID: nothing that ORCID has a type for
    try:
        return Identifier.of(type, printed)
    except ValueError as error:
        report.add("relation_invalid", f"a relation was left out: {error}", element)
        return None


def _date(element: Element) -> PartialDate | None:
    try:
        return from_string(element.get("date", ""))
    except ValueError:
        return None
