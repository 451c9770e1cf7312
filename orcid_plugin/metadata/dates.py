"""Dates exactly as precise as they were given: a year, a year and month, or a full day. Nothing is ever padded."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

_ISO = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?")


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """A calendar date of year, year-month or year-month-day precision (1900 to 2100, ORCID's `fuzzy-date`).

    Raises `ValueError` for a day without a month, and for a date that the calendar does not have.
    """

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if not 1900 <= self.year <= 2100:
            raise ValueError(f"the year {self.year} is not between 1900 and 2100")
        if self.day is not None and self.month is None:
            raise ValueError("a day is given without a month")
        try:
            datetime.date(self.year, self._first(self.month), self._first(self.day))
        except ValueError as error:
            raise ValueError(f"the calendar has no {self}") from error

    @staticmethod
    def _first(part: int | None) -> int:
        return 1 if part is None else part

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Read `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; raises `ValueError` for anything else."""
        match = _ISO.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is not a date of the form YYYY, YYYY-MM or YYYY-MM-DD")
        year, month, day = match.groups()
        return cls(int(year), int(month) if month else None, int(day) if day else None)

    def __str__(self) -> str:
        parts = [f"{self.year:04d}"]
        parts += [f"{part:02d}" for part in (self.month, self.day) if part is not None]
        return "-".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """The dates of a publication, named as JATS and Crossref name them."""

    online: PartialDate | None = None
    print: PartialDate | None = None
    posted: PartialDate | None = None
    issue: PartialDate | None = None
    received: PartialDate | None = None
    accepted: PartialDate | None = None
    copyright: int | None = None

    @property
    def publication(self) -> PartialDate | None:
        """The date on which it became public: online, else posted, else print, else that of its issue."""
        return self.online or self.posted or self.print or self.issue
