"""Where a contributor works, as the article states it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Affiliation:
    """One affiliation of a contributor.

    Attributes:
        name: institution and what else the article says in one line, plain text.
        ror: ROR iD as `https://ror.org/…`, or None.
        country: ISO 3166-1 alpha-2 in upper case, or None.
    """

    name: str
    department: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None
    ror: str | None = None
