"""<aff> in JATS and NLM: tagged part by part, or a line of text."""

from __future__ import annotations

import re

from orcid_plugin.metadata.affiliation import Affiliation
from orcid_plugin.metadata.countries import country_code
from orcid_plugin.metadata.identifiers import ror
from orcid_plugin.metadata.readers.text import text
from orcid_plugin.metadata.readers.xml import Element, Report

_NOT_NAME = frozenset({"label", "email", "phone", "fax", "xref", "target", "institution-id"})
_DEPARTMENT = re.compile(r"dept|department|division|orgdiv|org-division|school|faculty", re.IGNORECASE)
_ROR = re.compile(r"https?://ror\.org/0[a-z0-9]{6}[0-9]{2}\b", re.IGNORECASE)
# Possessive and anchored at the start of a word: else a long text of @ would be searched for ever.
_EMAIL = r"(?<![\w.+%'-])[\w.+%'-]++@[\w.-]*+"
_ADDRESS = re.compile(
    rf"[,;]? ?\(?{_ROR.pattern}\)?"
    rf"|[,;.]? ?\b(?:e-?mail|electronic mail)\b[^:,;@]{{0,25}}?(?:: ?{_EMAIL}|: ?$| {_EMAIL}|$)"
    rf"|[,;]? ?{_EMAIL}",
    re.IGNORECASE,
)
_SPARE = {"original", "normalized", "orgsub", "position"}


def read_affiliation(aff: Element, report: Report) -> Affiliation | None:
    """The affiliation in <aff>; None for an empty one.

    Where everything is tagged, each part goes to its own attribute. Where part of it is bare text, `name` holds the
    whole line, because a tagged institution alone would lose its department.
    """
    institutions = [item for item in aff.iter("institution") if item.get("content-type") not in _SPARE and text(item)]
    departments = [item for item in institutions if _DEPARTMENT.search(item.get("content-type", ""))]
    names = [item for item in institutions if item not in departments]
    country = next(aff.iter("country"), None)
    tagged = bool(names) and not _has_bare_text(aff)
    name = ", ".join(text(item) for item in names) if tagged else _line(aff)
    if not name:
        return None
    return Affiliation(
        name=name,
        department=", ".join(text(item) for item in departments) or None if tagged else None,
        city=_place(aff, "city"),
        region=_place(aff, "state") or _place(aff, "region"),
        country=country_code(country.get("country")) or country_code(text(country)) if country is not None else None,
        ror=_ror(aff, report),
    )


def _line(aff: Element) -> str:
    original = next((item for item in aff.iter("institution") if item.get("content-type") == "original"), None)
    line = text(original if original is not None else aff, _NOT_NAME)
    mark = aff[0] if len(aff) > 0 and aff[0].tag == "sup" and not (aff.text or "").strip() else None
    line = _ADDRESS.sub("", line.removeprefix(text(mark)))
    line = re.sub(r"\s+([,;.])", r"\1", line)
    line = re.sub(r"([,;])(?:\s*[,;])+", r"\1", line)
    line = re.sub(r"[,;]?\s*\((?:[A-Z][.-]\s*)*\)", "", line)  # whose e-mail address stood there: "(J.-M.C.)"
    return line.strip(" ,;.:").lstrip("*†‡§¶‖# ")


def _has_bare_text(aff: Element) -> bool:
    pieces = [aff.text, *(child.tail for child in aff.iter() if child is not aff and _is_line(child.getparent()))]
    pieces += [text(line) for line in aff.iterchildren("addr-line") if len(line) == 0 and not line.get("content-type")]
    return any(re.search(r"\w", piece or "") for piece in pieces)


def _is_line(element: Element | None) -> bool:
    return element is not None and element.tag in {"aff", "addr-line", "institution-wrap"}


def _place(aff: Element, kind: str) -> str | None:
    tags = (
        item for item in aff.iter(kind, "named-content", "addr-line") if kind in (item.tag, item.get("content-type"))
    )
    return next((place for item in tags if (place := text(item).strip(" ,;"))), None)


def _ror(aff: Element, report: Report) -> str | None:
    for item in aff.iter("institution-id", "ext-link", "uri"):
        printed = text(item) or item.get("href", "")
        if item.get("institution-id-type", "").lower() != "ror" and "ror.org/" not in printed.lower():
            continue
        try:
            return ror(printed)
        except ValueError as error:
            report.add("ror_invalid", f"an organization id was left out: {error}", item)
    printed_ids = {match.lower() for match in _ROR.findall(text(aff))}
    return ror(printed_ids.pop()) if len(printed_ids) == 1 else None
