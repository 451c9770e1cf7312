"""<pub-date> and <history> of JATS 1.0 to 1.4 and NLM: old @pub-type, new @date-type with @publication-format."""

from __future__ import annotations

import re
from collections.abc import Iterator

from orcid_plugin.metadata.dates import Dates, PartialDate
from orcid_plugin.metadata.readers.dates import read_date
from orcid_plugin.metadata.readers.text import text
from orcid_plugin.metadata.readers.xml import Element, Report, children, first

_PUBLISHED = {"", "pub", "publication", "published", "original-publication", "first-publication", "publication-date",
              "version-of-record"}  # fmt: skip
_ONLINE = {"epub", "epreprint", "online", "electronic", "epub-original", "epub-first", "e-pub", "ahead-of-print"}
_SLOTS = {
    "preprint": ("posted",),
    **dict.fromkeys(_ONLINE, ("online",)),
    **dict.fromkeys(("ppub", "print"), ("print",)),
    **dict.fromkeys(("epub-ppub", "ppub-epub"), ("online", "print")),
    **dict.fromkeys(("collection", "issue", "issue-pub", "cover", "cover-date", "publication-year"), ("issue",)),
}


def read_dates(meta: Element, report: Report, *, preprint: bool) -> Dates:
    """The dates of publication, receipt and acceptance, the first of each kind; `posted` is that of a preprint.

    Other dates (in PubMed Central, corrected, retracted, revised …) say nothing that a work message needs.
    """
    found: dict[str, PartialDate] = {}
    for element in children(meta, "pub-date"):
        _collect(element, _slots(element), found, report)
    for element in _history(meta):
        kind = _kind(element)
        if kind in {"received", "accepted"}:
            _collect(element, (kind,), found, report)
        elif kind in _ONLINE | {"pub", "published"} and not {"online", "print"} & found.keys():
            _collect(element, ("online",), found, report)
    if preprint and "online" in found:
        found.setdefault("posted", found.pop("online"))
    return Dates(**found, copyright=_copyright(meta))


def _collect(element: Element, slots: tuple[str, ...], found: dict[str, PartialDate], report: Report) -> None:
    wanted = [slot for slot in slots if slot not in found]
    if wanted and (date := read_date(element, report)):
        found.update(dict.fromkeys(wanted, date))


def _kind(element: Element) -> str:
    return (element.get("date-type") or element.get("pub-type") or "").strip().lower().replace("_", "-")


def _slots(element: Element) -> tuple[str, ...]:
    """Which of `Dates` an element gives."""
    kind = _kind(element)
    if kind in _PUBLISHED:
        medium = element.get("publication-format", "").strip().lower()
        return ("print",) if medium in {"print", "ppub", "paper"} else ("online",)
    return _SLOTS.get(kind, ())


def _history(meta: Element) -> Iterator[Element]:
    yield from children(first(meta, "history"), "date")
    for history in children(meta, "pub-history"):
        yield from history.iter("date")


def _copyright(meta: Element) -> int | None:
    year = text(first(meta, "permissions/copyright-year", "copyright-year"))
    return int(year) if re.fullmatch("(?:19|20)[0-9]{2}", year) else None
