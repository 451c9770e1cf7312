"""The BibTeX citation of a publication.

Values are LaTeX with their accents as commands; every value parses back to what it was. Braces protect the capitals
of names and acronyms from styles that print titles in lower case.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from itertools import pairwise

from bibtexparser.entrypoint import write_string
from bibtexparser.library import Library
from bibtexparser.model import Entry, Field
from pylatexenc.latex2text import LatexNodes2Text
from pylatexenc.latexencode import UnicodeToLatexEncoder

from orcid_plugin.metadata.contributor import Contributor, ContributorKind, ContributorRole
from orcid_plugin.metadata.publication import Container, ContainerKind, Publication
from orcid_plugin.metadata.vocabulary import WorkType
from orcid_plugin.registry.messages import text
from orcid_plugin.registry.messages.contributors import makers
from orcid_plugin.registry.messages.external_ids import external_ids

ENTRY_TYPES = {
    WorkType.JOURNAL_ARTICLE: "article",
    WorkType.MAGAZINE_ARTICLE: "article",
    WorkType.NEWSLETTER_ARTICLE: "article",
    WorkType.NEWSPAPER_ARTICLE: "article",
    WorkType.BOOK_REVIEW: "article",
    WorkType.BOOK: "book",
    WorkType.EDITED_BOOK: "book",
    WorkType.BOOK_CHAPTER: "incollection",
    WorkType.DICTIONARY_ENTRY: "incollection",
    WorkType.ENCYCLOPEDIA_ENTRY: "incollection",
    WorkType.CONFERENCE_ABSTRACT: "inproceedings",
    WorkType.CONFERENCE_PAPER: "inproceedings",
    WorkType.CONFERENCE_POSTER: "inproceedings",
    WorkType.CONFERENCE_PRESENTATION: "inproceedings",
    WorkType.CONFERENCE_PROCEEDINGS: "proceedings",
    WorkType.DISSERTATION_THESIS: "phdthesis",
    WorkType.MANUAL: "manual",
    WorkType.REPORT: "techreport",
    WorkType.TECHNICAL_STANDARD: "techreport",
    WorkType.WORKING_PAPER: "techreport",
}
"""Entry types of the standard BibTeX styles; every other work type is `misc`."""

_CONTAINER_FIELD = {
    "article": "journal",
    "incollection": "booktitle",
    "inproceedings": "booktitle",
    "misc": "howpublished",
}
_PUBLISHER_FIELD = {"phdthesis": "school", "techreport": "institution", "manual": "organization"}
_WITH_EDITORS = frozenset({"book", "incollection", "inproceedings", "proceedings"})
_ENDS = (".", ":", "?", "!")
_CORE = re.compile(r"[^\W_](?:.*[^\W_])?")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})

_ENCODER = UnicodeToLatexEncoder(
    non_ascii_only=False,
    replacement_latex_protection="braces-all",
    unknown_char_policy="keep",
    unknown_char_warning=False,
)
_DECODER = LatexNodes2Text()
# BibTeX counts `\{` as a brace, so that one without its partner would break the entry; the decoder takes
# `\textasciicircum` for another character.
_SPECIALS = {"{": r"{\ensuremath{\lbrace}}", "}": r"{\ensuremath{\rbrace}}", "^": r"{\string^}"}


def citation(publication: Publication) -> str:
    """The publication as one BibTeX entry."""
    kind = ENTRY_TYPES.get(publication.type, "misc")
    fields = _people(publication, kind) | {"title": _title(publication)} | _fields(publication, kind)
    entry = Entry(kind, _key(publication), [Field(name, value) for name, value in fields.items() if value])
    # The parser would enclose the month's macro in braces or not depending on its version.
    return write_string(Library([entry]), unparse_stack=[]).strip() + "\n"


def latex(value: str) -> str:
    """Text as LaTeX that decodes to the same text; what pylatexenc cannot bring back stays a Unicode character."""
    pieces = []
    for before, char in zip(" " + value, value, strict=False):
        # Two hyphens, quotes … in a row would be printed as one other character.
        ligature = char in "-'`," and (char == before or (char == "`" and before in "?!"))
        pieces.append(f"{{{char}}}" if ligature else _latex_char(char))
    return "".join(pieces)


@functools.cache
def _latex_char(char: str) -> str:
    if char in _SPECIALS:
        return _SPECIALS[char]
    # Fractions and superscript digits: pylatexenc's decoder lacks its own macros for them.
    if unicodedata.category(char) == "No":
        return char
    encoded: str = _ENCODER.unicode_to_latex(char)
    return encoded if _DECODER.latex_to_text(encoded) == char else char


def _fields(publication: Publication, kind: str) -> dict[str, str | None]:
    container = publication.container or Container()
    identifiers = external_ids(publication)
    date = publication.dates.publication
    # A report's series may come as its journal; a repository is no series.
    periodical = container.title if container.kind is ContainerKind.JOURNAL and kind not in _CONTAINER_FIELD else None
    return {
        _CONTAINER_FIELD.get(kind, ""): _text(container.title) if kind in _CONTAINER_FIELD else None,
        "series": _text(container.series or periodical),
        _PUBLISHER_FIELD.get(kind, "publisher"): _text(container.publisher),
        "volume": _text(container.volume),
        "number": _text(container.issue),
        "pages": _pages(publication),
        "year": f"{{{date.year}}}" if date else None,
        "month": _MONTHS[date.month - 1] if date and date.month else None,
        "day": f"{{{date.day}}}" if date and date.day else None,
        "doi": _verbatim(*[one.value for one in identifiers if (one.type, one.relationship) == ("doi", "self")][:1]),
        "issn": _verbatim(*[one.value for one in identifiers if one.type == "issn"]),
        "isbn": _verbatim(*[one.value for one in identifiers if one.type == "isbn"]),
        "url": _verbatim(*filter(None, [text.web_address(publication.url)])),
    }


def _text(value: str | None) -> str | None:
    cleaned = text.clean(value)
    return f"{{{latex(cleaned)}}}" if cleaned else None


def _verbatim(*values: str) -> str | None:
    """Identifiers and addresses, which BibTeX styles print as they are; one that would break the entry is left out."""
    legal = [value for value in values if not re.search(r"[{}\\]", value)]
    return f"{{{', '.join(legal)}}}" if legal else None


def _pages(publication: Publication) -> str | None:
    first, last = text.clean(publication.first_page), text.clean(publication.last_page)
    if first and last and first != last:
        return f"{{{latex(first)}--{latex(last)}}}"
    return _text(first or last or publication.article_number)


def _title(publication: Publication) -> str | None:
    words = (text.clean(text.joined(publication.title.text, publication.title.subtitle)) or "").split()
    inside = [word for before, word in pairwise(words) if word[0].isalpha() and not before.endswith(_ENDS)]
    sentence_case = sum(word[0].isupper() for word in inside) * 2 < len(inside)
    protected = (_word(word, before, sentence_case) for before, word in pairwise([".", *words]))
    return f"{{{' '.join(protected)}}}"


def _word(word: str, before: str, sentence_case: bool) -> str:
    """One word of the title, in braces if a style must not lower its capitals: an acronym, a formula, a name."""
    match = _CORE.search(word)
    if match is None:
        return latex(word)
    is_name = sentence_case and match[0][0].isupper() and not before.endswith(_ENDS)
    if not is_name and not any(char.isupper() for char in match[0][1:]):
        return latex(word)
    # Marks stay outside the braces: a style keeps the capital after ": " only where it sees the colon.
    return f"{latex(word[: match.start()])}{{{latex(match[0])}}}{latex(word[match.end() :])}"


def _people(publication: Publication, kind: str) -> dict[str, str | None]:
    named = [c for c in makers(publication.type, publication.contributors) if c.kind is not ContributorKind.ANONYMOUS]
    people = {"author": _names(named, ContributorRole.AUTHOR)}
    # An article's handling editor is no part of its citation.
    return people | {"editor": _names(named, ContributorRole.EDITOR)} if kind in _WITH_EDITORS else people


def _names(people: list[Contributor], role: ContributorRole) -> str | None:
    names = " and ".join(filter(None, (_name(person) for person in people if person.role is role)))
    return f"{{{names}}}" if names else None


def _name(contributor: Contributor) -> str | None:
    family, given = text.clean(contributor.family_name), text.clean(contributor.given_names)
    if contributor.kind is ContributorKind.GROUP or not (family and given):
        whole = text.clean(contributor.display_name)
        return f"{{{latex(whole)}}}" if whole else None
    parts = (family, text.clean(contributor.suffix), given)
    return ", ".join(_name_part(part) for part in parts if part)


def _name_part(part: str) -> str:
    # A comma or the word "and" outside braces would end the part or the name.
    return f"{{{latex(part)}}}" if "," in part or "and" in part.lower().split() else latex(part)


def _key(publication: Publication) -> str:
    people = [c for c in publication.contributors if c.kind is not ContributorKind.ANONYMOUS]
    family = _ascii(people[0].family_name or people[0].display_name)[:30] if people else ""
    date = publication.dates.publication
    words = [_ascii(word) for word in (text.clean(publication.title.text) or "").split()]
    word = next((word for word in words if len(word) > 3), "")[:30]
    return f"{family}{date.year if date else ''}{word}" or "work"


def _ascii(value: str) -> str:
    folded = unicodedata.normalize("NFKD", value.casefold().translate(_LETTERS))
    return re.sub(r"[^a-z0-9]", "", folded)
