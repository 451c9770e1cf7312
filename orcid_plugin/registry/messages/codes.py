"""Language and country codes of metadata, mapped into the lists that ORCID accepts."""

from __future__ import annotations

from babel.core import get_global

from orcid_plugin.metadata.vocabulary import COUNTRY_CODES, LANGUAGE_CODES

# ORCID kept the codes that ISO 639 gave up in 1989.
_OLD_SPELLING = {"he": "iw", "id": "in", "yi": "ji"}
_ISO_639_1 = {**get_global("language_aliases"), "tgl": "tl"}
_TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})


def language_code(tag: str | None) -> str | None:
    """ORCID's code of a BCP 47 tag or an ISO 639-1, 639-2 or 639-3 code; None for what ORCID has no code for."""
    primary, *subtags = (tag or "").strip().replace("_", "-").lower().split("-")
    if len(primary) == 3:
        # CLDR's aliases hold the bibliographic (`ger`) and the terminological (`deu`) codes alike.
        primary = _ISO_639_1.get(primary, primary)
    if primary == "zh":
        return "zh_TW" if "hans" not in subtags and _TRADITIONAL.intersection(subtags) else "zh_CN"
    code = _OLD_SPELLING.get(primary, primary)
    return code if code in LANGUAGE_CODES else None


def country_code(code: str | None) -> str | None:
    """An ISO 3166-1 alpha-2 code in upper case that ORCID accepts (`UK` becomes `GB`), or None."""
    upper = (code or "").strip().upper()
    upper = "GB" if upper == "UK" else upper
    return upper if upper in COUNTRY_CODES else None
