"""Country codes from the names that articles print."""

from __future__ import annotations

from functools import cache

from babel import Locale

from orcid_plugin.metadata.vocabulary import COUNTRY_CODES

_LANGUAGES = ("en", "es", "pt", "fr", "de", "it")
_OTHER_NAMES = {
    "usa": "US", "us": "US", "united states of america": "US", "the united states": "US",
    "uk": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB",
    "peoples republic of china": "CN", "pr china": "CN", "p r china": "CN", "mainland china": "CN",
    "korea": "KR", "republic of korea": "KR", "the republic of korea": "KR", "islamic republic of iran": "IR",
    "russian federation": "RU", "the netherlands": "NL", "holland": "NL", "viet nam": "VN", "czech republic": "CZ",
    "turkey": "TR", "türkiye": "TR", "republic of ireland": "IE", "taiwan roc": "TW", "republic of serbia": "RS",
    "méxico": "MX", "perú": "PE", "brasil": "BR", "uae": "AE", "kingdom of saudi arabia": "SA", "hong kong": "HK",
    "macau": "MO", "syrian arab republic": "SY", "united republic of tanzania": "TZ", "slovak republic": "SK",
}  # fmt: skip


def country_code(text: str | None) -> str | None:
    """ISO 3166-1 alpha-2 of a code or of a country's name in a common language; None for anything else."""
    if not text:
        return None
    if text.strip().upper() in COUNTRY_CODES:
        return text.strip().upper()
    return _codes().get(_folded(text))


def _folded(name: str) -> str:
    return " ".join(name.casefold().replace("'", "").replace("’", "").replace(".", " ").replace(",", " ").split())


@cache
def _codes() -> dict[str, str]:
    names = {
        _folded(name): code
        for language in reversed(_LANGUAGES)
        for code, name in Locale(language).territories.items()
        if code in COUNTRY_CODES
    }
    return names | _OTHER_NAMES
