"""Dates in queries, as Solr writes them: `2024-05-01T12:00:00Z`, `NOW`, and sums with either (`NOW/DAY-7DAYS`)."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta

from orcid_plugin.emulator.refusals import Refusal

_DATE = re.compile(r"(NOW|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z)((?:/[A-Z]+|[+-]\d{1,6}[A-Z]+)*)", re.ASCII)
_SUM = re.compile(r"(?:/|([+-]\d+))([A-Z]+?)S?(?=[/+-]|$)", re.ASCII)
_LENGTHS = {
    "DAY": timedelta(days=1),
    "HOUR": timedelta(hours=1),
    "MINUTE": timedelta(minutes=1),
    "SECOND": timedelta(seconds=1),
    "MILLISECOND": timedelta(milliseconds=1),
}
_MONTHS = {"YEAR": 12, "MONTH": 1}


def instant(text: str, now: float) -> int:
    """The moment that a text names, in milliseconds since 1970; refused with 9012 if it is no date.

    `now` is in seconds since 1970.
    """
    try:
        return _instant(text, now)
    except (ValueError, KeyError, OverflowError):
        raise Refusal(9012, f"Invalid Date String:'{text}'") from None


def _instant(text: str, now: float) -> int:
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(text)
    moment = datetime.fromtimestamp(now, UTC) if match[1] == "NOW" else datetime.fromisoformat(match[1])
    for number, unit in _SUM.findall(match[2]):
        moment = _shifted(moment, int(number), unit) if number else _rounded_down(moment, unit)
    return int(moment.timestamp() * 1000)


def _shifted(moment: datetime, number: int, unit: str) -> datetime:
    if unit not in _MONTHS:
        return moment + number * _LENGTHS[unit]
    year, month = divmod(moment.year * 12 + moment.month - 1 + number * _MONTHS[unit], 12)
    last = calendar.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))


def _rounded_down(moment: datetime, unit: str) -> datetime:
    if unit in _MONTHS:
        midnight = _rounded_down(moment, "DAY")
        return midnight.replace(day=1, month=1 if unit == "YEAR" else moment.month)
    since_midnight = moment - moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return moment - since_midnight % _LENGTHS[unit]
