"""Identifiers of people and works: their forms, checked and normalised."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from orcid_plugin.errors import InvalidOrcidId
from orcid_plugin.metadata.vocabulary import IDENTIFIER_TYPES, Relationship

PRODUCTION_HOST = "orcid.org"
SANDBOX_HOST = "sandbox.orcid.org"

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_DASHES = re.compile("[\u00ad\u02d7\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_ORCID = re.compile(
    r"(?:(?:https?://)?(?P<host>(?:www\.|sandbox\.)?orcid\.org)/)?"
    r"(?P<path>[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]|[0-9]{15}[0-9X])/?",
    re.IGNORECASE | re.ASCII,
)
_PATH = re.compile(r"(?:[0-9]{4}-){3}[0-9]{3}[0-9X]")


@dataclass(frozen=True, slots=True)
class OrcidId:
    """An ORCID iD whose check digit is right.

    Attributes:
        path: the 16 characters with hyphens, `0000-0002-1825-0097`, an `X` in upper case (ORCID's own word: `path`).
        host: the host of its URI, `orcid.org` or `sandbox.orcid.org`.
    """

    path: str
    host: str = PRODUCTION_HOST

    def __post_init__(self) -> None:
        if _PATH.fullmatch(self.path) is None:
            raise InvalidOrcidId(f"{self.path[:100]!r} is not an ORCID iD: expected 16 digits like 0000-0002-1825-0097")
        if self.path[-1:] != check_digit(self.path[:-1]):
            raise InvalidOrcidId(f"{self.path!r} is not an ORCID iD: its check digit is wrong")

    @classmethod
    def parse(cls, text: str) -> OrcidId:
        """Read an iD in any common form: bare or URL, http or https, www, sandbox, last slash, any dash or none, `x`.

        Raises `InvalidOrcidId` for anything else, and for a wrong check digit (ISO/IEC 7064 MOD 11-2).
        """
        match = _ORCID.fullmatch(_DASHES.sub("-", _INVISIBLE.sub("", text).strip()))
        if match is None:
            raise InvalidOrcidId(
                f"{text.strip()[:100]!r} is not an ORCID iD: expected 16 digits like 0000-0002-1825-0097"
            )
        digits = match["path"].replace("-", "").upper()
        host = (match["host"] or PRODUCTION_HOST).lower().removeprefix("www.")
        return cls("-".join(digits[start : start + 4] for start in range(0, 16, 4)), host)

    @property
    def uri(self) -> str:
        """The https URI that ORCID displays and Crossref, DataCite and JATS expect."""
        return f"https://{self.host}/{self.path}"

    @property
    def is_sandbox(self) -> bool:
        return self.host == SANDBOX_HOST

    def __str__(self) -> str:
        return self.uri


def check_digit(digits: str) -> str:
    """ISO/IEC 7064 MOD 11-2 check character of the first 15 digits of an iD; hyphens do not count."""
    total = 0
    for digit in digits.replace("-", ""):
        total = (total + int(digit)) * 2
    result = (12 - total % 11) % 11
    return "X" if result == 10 else str(result)


@dataclass(frozen=True, slots=True)
class Identifier:
    """An external identifier of a work.

    Attributes:
        type: one of ORCID's identifier types (`vocabulary.IDENTIFIER_TYPES`).
        value: normalised: DOI bare and lower case, ISSN `NNNN-NNNX`, ISBN without hyphens, `pmc` as `PMC123`.
        relationship: how it relates to the work that carries it.
        url: where it resolves, or None.
    """

    type: str
    value: str
    relationship: Relationship = Relationship.SELF
    url: str | None = None

    @classmethod
    def of(cls, type: str, text: str, relationship: Relationship = Relationship.SELF) -> Identifier:
        """An identifier with its value normalised and its URL filled in.

        Raises `ValueError` for a type that ORCID does not know and a value that its type does not allow.
        """
        if type not in IDENTIFIER_TYPES:
            raise ValueError(f"{type!r} is not an identifier type of ORCID")
        value = _NORMALISERS.get(type, str.strip)(text)
        if not value:
            raise ValueError(f"the {type} is empty")
        return cls(type, value, relationship, resolve(type, value))


def resolve(type: str, value: str) -> str | None:
    """The address at which a normalised identifier resolves, or None where its type has no resolver."""
    if type == "uri":
        return value
    if type == "arxiv":
        value = value.removeprefix("arXiv:")
    resolver = IDENTIFIER_TYPES[type].resolver
    return f"{resolver}{_quote(value)}" if resolver else None


def _quote(value: str) -> str:
    # Old DOIs hold characters that no URI may: `10.1002/(sici)1097-4571(199806)49:8<693::aid-asi4>3.0.co;2-o`.
    return re.sub(r"[^!-~]|[\"#%<>?\[\]\\^`{|}]", lambda match: "".join(f"%{b:02X}" for b in match[0].encode()), value)


_DOI_PREFIX = re.compile(r"(?:https?://)?(?:dx\.|www\.)?doi\.org/|(?:info:)?doi[:/]?\s*", re.IGNORECASE)


def _doi(text: str) -> str:
    value = _INVISIBLE.sub("", text).strip()
    while prefix := _DOI_PREFIX.match(value):  # "doi: https://doi.org/10.…" occurs
        value = value[prefix.end() :]
        if prefix[0].endswith("org/"):
            value = unquote(value)
    if re.fullmatch(r"10(?:\.[0-9a-zA-Z]+)+/\S+", value) is None:
        raise ValueError(f"{text.strip()[:200]!r} is not a DOI")
    return value.lower()


def ror(text: str) -> str:
    """A ROR iD as `https://ror.org/…`, from a URL or bare; raises `ValueError` for anything else."""
    match = re.fullmatch(r"(?:(?:https?://)?(?:www\.)?ror\.org/)?(0[a-z0-9]{6}[0-9]{2})/?", text.strip(), re.IGNORECASE)
    if match is None:
        raise ValueError(f"{text.strip()[:100]!r} is not a ROR iD")
    return f"https://ror.org/{match[1].lower()}"


def _issn(text: str) -> str:
    # At its import idutils compiles patterns for longer than it takes to import Flask.
    from idutils import is_issn  # noqa: PLC0415

    digits = re.sub(r"(?i)^\s*issn:?|[\s-]", "", _DASHES.sub("-", text)).upper()
    value = f"{digits[:4]}-{digits[4:]}"
    # Only zeros pass the check, and stand where software found no ISSN.
    if not re.fullmatch(r"(?!0000-0000)[0-9]{4}-[0-9]{3}[0-9X]", value) or not is_issn(value):
        raise ValueError(f"{text.strip()[:100]!r} is not an ISSN")
    return value


def _isbn(text: str) -> str:
    from idutils import is_isbn  # noqa: PLC0415

    value = re.sub(r"(?i)^\s*isbn(?:-1[03])?:?|[\s-]", "", _DASHES.sub("-", text)).upper()
    if not re.fullmatch(r"[0-9]{9}[0-9X]|[0-9]{13}", value) or not is_isbn(value):
        raise ValueError(f"{text.strip()[:100]!r} is not an ISBN")
    return value


def _pattern(pattern: str, form: str, name: str) -> Callable[[str], str]:
    def normalise(text: str) -> str:
        match = re.fullmatch(pattern, text.strip(), re.IGNORECASE)
        if match is None:
            raise ValueError(f"{text.strip()[:200]!r} is not {name}")
        return form.format(match[1])

    return normalise


_NORMALISERS: dict[str, Callable[[str], str]] = {
    "doi": _doi,
    "issn": _issn,
    "isbn": _isbn,
    "pmid": _pattern(
        r"(?:pmid:?\s*|https?://(?:www\.)?(?:pubmed\.)?ncbi\.nlm\.nih\.gov/(?:pubmed/)?)?([0-9]+)/?",
        "{}",
        "a PubMed id",
    ),
    "pmc": _pattern(r"(?:\S*/)?(?:pmc)?-?([0-9]{4,9})/?", "PMC{}", "a PubMed Central id"),
    "arxiv": _pattern(
        r"(?:https?://arxiv\.org/abs/|arxiv:)?([0-9]{4}\.[0-9]{4,5}(?:v[0-9]+)?|[\w.-]+/[0-9]{7}(?:v[0-9]+)?)",
        "arXiv:{}",
        "an arXiv id",
    ),
    "handle": _pattern(r"(?:https?://hdl\.handle\.net/|hdl:)?([0-9.]+/\S+)", "{}", "a handle"),
    "uri": _pattern(r"((?:https?|ftp)://\S+)", "{}", "a URI"),
}
