"""<funding-group> of JATS, and <contract-sponsor> of NLM 2."""

from __future__ import annotations

import re

from orcid_plugin.metadata.funding import Funding
from orcid_plugin.metadata.identifiers import Identifier, ror
from orcid_plugin.metadata.readers.text import text
from orcid_plugin.metadata.readers.xml import Element, children

_NONE: list[Element | None] = [None]
_FUNDER_DOI = re.compile(r"10\.13039/[0-9A-Za-z.]+")


def read_funding(meta: Element) -> tuple[Funding, ...]:
    """Each award of each funder, and funders without an award; a funding statement alone names nobody reliably."""
    funding = []
    for group in children(meta, "funding-group"):
        for award_group in children(group, "award-group"):
            funding.extend(_award_group(award_group))
        for source in children(group, "funding-source"):
            funding.append(_funding(source, None))
    for sponsor in children(meta, "contract-sponsor"):
        numbers: list[Element | None] = [
            item for item in children(meta, "contract-num") if item.get("rid") in (None, sponsor.get("id"))
        ]
        funding.extend(_funding(sponsor, number) for number in numbers or _NONE)
    return tuple(dict.fromkeys(item for item in funding if item != Funding()))


def _award_group(group: Element) -> list[Funding]:
    sources: list[Element | None] = list(children(group, "funding-source"))
    awards: list[Element | None] = [award for award in children(group, "award-id") if text(award)]
    return [_funding(source, award) for source in sources or _NONE for award in awards or _NONE]


def _funding(source: Element | None, award: Element | None) -> Funding:
    number = text(award)
    link = "" if award is None else award.get("href", "")
    return Funding(
        funder=_name(source),
        funder_id=_funder_id(source),
        award_number=number or None,
        award_doi=_doi(number) or _doi(link),
        award_url=link if re.match(r"https?://", link) else None,
    )


def _name(source: Element | None) -> str | None:
    if source is None:
        return None
    institution = next((item for item in source.iter("institution") if text(item)), None)
    return text(institution if institution is not None else source) or None


def _funder_id(source: Element | None) -> str | None:
    if source is None:
        return None
    printed = [text(item) for item in source.iter("institution-id", "named-content")] + [source.get("href", "")]
    for candidate in printed:
        if doi := _FUNDER_DOI.search(candidate):
            return f"https://doi.org/{doi[0]}"
    for candidate in printed:
        if "ror.org/" in candidate:
            try:
                return ror(candidate)
            except ValueError:
                continue
    return None


def _doi(printed: str) -> str | None:
    try:
        return Identifier.of("doi", printed).value
    except ValueError:
        return None
