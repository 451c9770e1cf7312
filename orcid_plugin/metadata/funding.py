"""Who paid: funders and awards."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Funding:
    """One award, or a funder without one.

    Attributes:
        funder: name of the funder, plain text.
        funder_id: DOI of the Open Funder Registry or ROR iD, as a URL.
        award_number: the funder's own number of the grant, as printed.
        award_doi: DOI of the grant (bare, lower case), where it has one.
        award_url: page of the grant.
    """

    funder: str | None = None
    funder_id: str | None = None
    award_number: str | None = None
    award_doi: str | None = None
    award_url: str | None = None
