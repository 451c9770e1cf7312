"""Dates as JATS and Crossref write them: <year>, <month>, <day>, or one string."""

from __future__ import annotations

import re

from orcid_plugin.metadata.dates import PartialDate
from orcid_plugin.metadata.readers.text import text
from orcid_plugin.metadata.readers.xml import Element, Report

_MONTHS = {
    name: number
    for names in (
        "january february march april may june july august september october november december",
        "jan feb mar apr may jun jul aug sep oct nov dec",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "januar februar märz april mai juni juli august september oktober november dezember",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    )
    for number, name in enumerate(names.split(), start=1)
} | {"sept": 9}
_IN_WORDS = (
    re.compile(
        r"(?P<day>[0-9]{1,2})\.?(?:st|nd|rd|th)?\s+(?:de\s+)?(?P<month>[^\W\d]+)\.?,?\s+(?:de\s+)?(?P<year>[0-9]{4})"
    ),
    re.compile(r"(?P<month>[^\W\d]+)\.?\s+(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>[0-9]{4})"),
    re.compile(r"(?P<year>[0-9]{4}),?\s+(?P<month>[^\W\d]+)\.?(?:\s+(?P<day>[0-9]{1,2}))?"),
    re.compile(r"(?P<month>[^\W\d]+)\.?,?\s+(?:de\s+)?(?P<year>[0-9]{4})(?P<day>)"),
)


def read_date(element: Element, report: Report) -> PartialDate | None:
    """The date in `element`, exactly as precise as it is given; None with a finding if there is no such day.

    Understands months as numbers, names and abbreviations, the attribute `iso-8601-date` and <string-date>.
    A part that is empty or zero is not given.
    """
    try:
        date = _date(element)
    except ValueError as error:
        report.add("date_invalid", f"a date was left out: {error}", element)
        return None
    if date is None:
        report.add("date_invalid", "a date was left out: it has no year", element)
    return date


def _date(element: Element) -> PartialDate | None:
    # Only the attribute is Gregorian by definition, where a calendar is named.
    gregorian = element.get("calendar", "gregorian").strip().lower().startswith("gregorian")
    year = text(element.find("year")) if gregorian else ""
    if year:
        if re.fullmatch("[0-9]{4}", year) is None:
            raise ValueError(f"{year[:40]!r} is not a year")
        return PartialDate(int(year), _month(text(element.find("month"))), _number("day", text(element.find("day"))))
    if written := element.get("iso-8601-date") or (gregorian and text(element.find("string-date"))):
        return from_string(written)
    if gregorian and len(element) == 0 and text(element):
        return from_string(text(element))
    return None


def from_string(written: str) -> PartialDate:
    """Read ISO 8601 (a time is ignored) or a day written in words; raises `ValueError` for anything else."""
    written = written.strip()
    if match := re.fullmatch(r"([0-9]{4})(?:-?([0-9]{2})(?:-?([0-9]{2}))?)?(?:T.*)?", written):
        return PartialDate(int(match[1]), _month(match[2] or ""), _number("day", match[3] or ""))
    for pattern in _IN_WORDS:
        if (match := pattern.fullmatch(written)) and match["month"].casefold() in _MONTHS:
            return PartialDate(int(match["year"]), _month(match["month"]), _number("day", match["day"] or ""))
    raise ValueError(f"{written[:60]!r} is not a date")


def _month(month: str) -> int | None:
    return _MONTHS.get(month.casefold().rstrip(".")) or _number("month", month)


def _number(name: str, digits: str) -> int | None:
    if digits and re.fullmatch("[0-9]{1,2}", digits) is None:
        raise ValueError(f"{digits[:40]!r} is not a {name}")
    return int(digits or 0) or None
