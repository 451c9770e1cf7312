"""CRediT, the Contributor Roles Taxonomy (ANSI/NISO Z39.104-2022): its 14 roles and every spelling of them in use."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit


class Credit(StrEnum):
    """A CRediT role; the value is the last path segment of its NISO URI."""

    CONCEPTUALIZATION = "conceptualization"
    DATA_CURATION = "data-curation"
    FORMAL_ANALYSIS = "formal-analysis"
    FUNDING_ACQUISITION = "funding-acquisition"
    INVESTIGATION = "investigation"
    METHODOLOGY = "methodology"
    PROJECT_ADMINISTRATION = "project-administration"
    RESOURCES = "resources"
    SOFTWARE = "software"
    SUPERVISION = "supervision"
    VALIDATION = "validation"
    VISUALIZATION = "visualization"
    WRITING_ORIGINAL_DRAFT = "writing-original-draft"
    WRITING_REVIEW_EDITING = "writing-review-editing"

    @property
    def label(self) -> str:
        """The term as NISO prints it, with an en dash in the two writing roles."""
        if self is Credit.WRITING_ORIGINAL_DRAFT:
            return "Writing – original draft"
        if self is Credit.WRITING_REVIEW_EDITING:
            return "Writing – review & editing"
        return self.value.replace("-", " ").capitalize()

    @property
    def uri(self) -> str:
        """NISO's URI, as JATS4R asks for it (https, trailing slash)."""
        return f"https://credit.niso.org/contributor-roles/{self.value}/"

    @property
    def orcid_uri(self) -> str:
        """The only form that ORCID accepts as a contributor role (http, trailing slash)."""
        return f"http://credit.niso.org/contributor-roles/{self.value}/"


class Degree(StrEnum):
    """Degree of contribution (JATS `degree-contribution`)."""

    LEAD = "lead"
    EQUAL = "equal"
    SUPPORTING = "supporting"


@dataclass(frozen=True, slots=True)
class CreditRole:
    """One CRediT role of one person, with the degree if it was stated."""

    role: Credit
    degree: Degree | None = None


class UnknownCreditRole(ValueError):
    """A term that is none of the 14 roles in any known spelling; never guessed at."""


def parse(term: str) -> Credit:
    """The role meant by a URI, slug or printed term, in any spelling known to occur.

    Understands NISO's URIs (http and https, with or without the last slash), casrai's URIs, slugs, the printed terms
    of PLOS, SciELO, MDPI, BMJ and eLife: any case, British spelling, any dash, "and" or "&".
    Raises `UnknownCreditRole` for the rest.
    """
    role = _BY_WORDS.get(_words(_last_part(term)))
    if role is None:
        raise UnknownCreditRole(f"{term.strip()[:100]!r} is not a CRediT role")
    return role


def _last_part(term: str) -> str:
    if re.match(r"\s*https?://", term, re.IGNORECASE) is None:
        return term
    try:
        url = urlsplit(term.strip())
    except ValueError:
        return ""
    host = (url.hostname or "").removeprefix("www.")
    if host not in {"credit.niso.org", "casrai.org", "credit.casrai.org", "dictionary.casrai.org"}:
        return ""
    return url.fragment or url.path.rstrip("/").rpartition("/")[2]


def _words(text: str) -> str:
    words = re.findall(r"[^\W_]+", text.casefold().replace("&amp;", " ").replace("%20", " "))
    return " ".join(re.sub(r"isation$", "ization", word) for word in words if word != "and")


_OTHER_WORDING = {
    "writing original draft preparation": Credit.WRITING_ORIGINAL_DRAFT,
    "writing preparing original draft": Credit.WRITING_ORIGINAL_DRAFT,
    "writing original draft writing": Credit.WRITING_ORIGINAL_DRAFT,
    "original draft preparation": Credit.WRITING_ORIGINAL_DRAFT,
    "writing reviewing editing": Credit.WRITING_REVIEW_EDITING,
    "writing review editing preparation": Credit.WRITING_REVIEW_EDITING,
    "review editing": Credit.WRITING_REVIEW_EDITING,
}
_BY_WORDS = {_words(role.value): role for role in Credit} | _OTHER_WORDING
