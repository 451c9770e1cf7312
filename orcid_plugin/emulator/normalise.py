"""ORCID's normalisers of external identifiers, from its own expressions; two identifiers are one if these agree."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from functools import lru_cache

from orcid_plugin.metadata.vocabulary import IDENTIFIER_TYPES

_DOI = re.compile(r"(10(?:\.[0-9a-zA-Z]+)+/(?:(?![\"&'])\S)+)")
_ISSN = re.compile(r"(?:^|[^\d])(\d{4} ?[-–]? ?\d{3}[\dXx])(?:$|[^-\d])")
_ISBN = re.compile(r"([0-9][-0-9 ]{8,15}[0-9xX])(?:$|[^0-9])")
_PMID = re.compile(
    r"(?:^\s*|PMID:?\s*|pubmed/|med/|pubmed\.ncbi\.nlm\.nih\.gov/)(\d+)(?:$|[^a-zA-Z0-9.\-])", re.IGNORECASE
)
_PMC = re.compile(r"(?:^|[Pp][Mm][Cc]-?/?)\s*(\d{5,9}(?!.+PMC))(?:$|\b)")
_ARXIV = re.compile(r"(?:arxiv:)?(\d{4}\.\d{4,5}(?:v\d)?|[\w.\-]+/\d{7}(?:v\d)?)\b", re.IGNORECASE)
_BIBCODE = re.compile(r"(?:^|[^.a-zA-Z0-9])([0-9]{4}[.a-zA-Z0-9&]{15})(?:$|[^.a-zA-Z0-9])")
_RRID = re.compile(
    r"(?:rrid:)?(AB_\d{6}|CVCL_[0-9A-Z]{4}|SCR_\d{6}|IMSR_JAX:\d{6}|Addgene_\d{5}|SAMN\d{8}|MMRRC_\d{6}-UCD)", re.I
)


def _unescaped(text: str) -> str:
    while (plain := html.unescape(text)) != text:
        text = plain
    return text


def _first(expression: re.Pattern[str], form: Callable[[str], str] = str) -> Callable[[str], str]:
    def normalise(text: str) -> str:
        match = expression.search(text)
        return form(match[1]) if match else ""

    return normalise


def _issn(text: str) -> str:
    digits = re.sub(r"[^0-9X]", "", text.upper())
    return f"{digits[:4]}-{digits[4:]}"


def _isbn(text: str) -> str:
    digits = text.replace("-", "").replace(" ", "").replace("x", "X")
    return digits if len(digits) in {10, 13} else ""


def _uri(text: str) -> str:
    return text if re.match(r"(?:https?|ftps?)://", text, re.IGNORECASE) else f"http://{text}"


_NORMALISERS: dict[str, Callable[[str], str]] = {
    "doi": lambda text: _first(_DOI)(_unescaped(text)),
    "issn": _first(_ISSN, _issn),
    "isbn": _first(_ISBN, _isbn),
    "pmid": _first(_PMID),
    "pmc": _first(_PMC),
    "arxiv": _first(_ARXIV, lambda value: f"arXiv:{value}"),
    "bibcode": _first(_BIBCODE),
    "rrid": _first(_RRID, lambda value: f"RRID:{value}"),
    "uri": _uri,
}


@lru_cache(maxsize=100_000)  # every item of a record is asked again for each list, and for each new item
def normalise(type: str, value: str) -> str:
    """The normalised value, or an empty string where the type's form does not fit."""
    known = IDENTIFIER_TYPES.get(type)
    folded = value if known is not None and known.case_sensitive else value.lower()
    return _NORMALISERS.get(type, str)(folded)


def key(type: str, value: str) -> tuple[str, str]:
    """What two identifiers have in common when they are the same: the raw value stands in where it has no form."""
    return type, normalise(type, value) or value
