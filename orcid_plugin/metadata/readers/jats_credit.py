"""CRediT roles in JATS: <role> with JATS4R attributes, with a content-type, as plain text, and eLife's footnotes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from orcid_plugin.metadata import credit
from orcid_plugin.metadata.credit import Credit, CreditRole, Degree, UnknownCreditRole
from orcid_plugin.metadata.readers.text import text
from orcid_plugin.metadata.readers.xml import Element, Report

_DEGREE = re.compile(r"\s*[(\[](lead|equal|supporting)[)\]]\s*$", re.IGNORECASE)
_NOT_CREDIT = {"corresponding author", "author", "corresponding", "first author", "senior author", "co-author"}


def read_roles(contrib: Element, contribution_notes: Iterable[Element], report: Report) -> tuple[CreditRole, ...]:
    """The CRediT roles of one author, each once, in the order given.

    `contribution_notes` are the footnotes of type `con` that the author's <xref>s reach. An unknown term is reported
    and left out; so is a role whose attributes name two different terms (JATS4R demands that they agree).
    """
    roles: dict[Credit, CreditRole] = {}
    for element in contrib.iterchildren("role"):
        for role in _roles(element, report):
            roles.setdefault(role.role, role)
    for note in contribution_notes:
        for role in _terms(text(note, frozenset({"label"})), None, note, report):
            roles.setdefault(role.role, role)
    return tuple(roles.values())


def _roles(element: Element, report: Report) -> list[CreditRole]:
    vocabulary = element.get("vocab", "").strip().lower()
    if vocabulary and "credit" not in vocabulary and "casrai" not in vocabulary:
        return []
    degree = _degree(element, report)
    terms = [
        element.get("vocab-term-identifier", ""),
        element.get("vocab-term", ""),
        element.get("content-type", ""),
        element.get("specific-use", ""),
    ]
    named = {role for term in terms if term and (role := _known(term))}
    if len(named) > 1:
        words = " and ".join(sorted(role.label for role in named))
        report.add("credit_conflict", f"a CRediT role was left out: its attributes name both {words}", element)
        return []
    if named:
        return [CreditRole(named.pop(), degree or _degree_in(text(element)))]
    printed = text(element)
    if not printed or printed.casefold() in _NOT_CREDIT:
        return []
    return _terms(printed, degree, element, report)


def _terms(printed: str, degree: Degree | None, element: Element, report: Report) -> list[CreditRole]:
    """The roles in a printed term, or in a list of terms parted by punctuation."""
    roles, unknown = [], []
    whole = _known(_DEGREE.sub("", printed))
    for term in [printed] if whole else re.split(r"[;,.|]", printed):
        if role := _known(_DEGREE.sub("", term)):
            roles.append(CreditRole(role, degree or _degree_in(term)))
        elif term.strip():
            unknown.append(term.strip())
    if unknown:
        terms = ", ".join(repr(term[:60]) for term in unknown[:5]) if roles else repr(printed[:100])
        report.add("credit_unknown", f"not CRediT and left out: {terms}", element)
    return roles


def _known(term: str) -> Credit | None:
    try:
        return credit.parse(term)
    except UnknownCreditRole:
        return None


def _degree(element: Element, report: Report) -> Degree | None:
    given = element.get("degree-contribution", "").strip().lower()
    if not given:
        return None
    try:
        return Degree(given)
    except ValueError:
        report.add("degree_unknown", f"the degree {given[:60]!r} is none of lead, equal, supporting", element)
        return None


def _degree_in(term: str) -> Degree | None:
    match = _DEGREE.search(term)
    return Degree(match[1].lower()) if match else None
