"""<contributors> of a deposit, and the bare <person_name>s of a dissertation."""

from __future__ import annotations

import dataclasses

from orcid_plugin.metadata import credit
from orcid_plugin.metadata.affiliation import Affiliation
from orcid_plugin.metadata.contributor import Contributor, ContributorKind, ContributorRole
from orcid_plugin.metadata.countries import country_code
from orcid_plugin.metadata.credit import CreditRole, UnknownCreditRole
from orcid_plugin.metadata.identifiers import OrcidId, ror
from orcid_plugin.metadata.readers.people import drop_repeated_orcids, read_orcid
from orcid_plugin.metadata.readers.text import text
from orcid_plugin.metadata.readers.xml import Element, Report, children, first

_ROLES = {
    "author": ContributorRole.AUTHOR,
    "corresponding-author": ContributorRole.AUTHOR,
    "editor": ContributorRole.EDITOR,
    "chair": ContributorRole.CHAIR,
    "translator": ContributorRole.TRANSLATOR,
    "reviewer": ContributorRole.REVIEWER,
    "review-assistant": ContributorRole.REVIEWER,
    "stats-reviewer": ContributorRole.REVIEWER,
    "reviewer-external": ContributorRole.REVIEWER,
}


def read_contributors(work: Element, report: Report) -> tuple[Contributor, ...]:
    """Everybody in the work's own contributor list, in its order."""
    elements = [
        *children(work, "person_name"),
        *(item for group in children(work, "contributors") for item in group),
    ]
    contributors = (_contributor(element, report) for element in elements)
    return drop_repeated_orcids(tuple(item for item in contributors if item), report)


def _contributor(element: Element, report: Report) -> Contributor | None:
    named = _named(element)
    if named is None:
        report.add("contributor_nameless", "a contributor without a name was left out", element)
        return None
    report.person = named.display_name
    orcid, authenticated = _orcid(element, named, report)
    contributor = dataclasses.replace(
        named,
        role=_role(element),
        orcid=orcid,
        authenticated=authenticated,
        credit=_credit(element, report),
        affiliations=_affiliations(element, report),
        corresponding="corresponding-author" in _crossref_roles(element),
    )
    report.person = None
    return contributor


def _named(element: Element) -> Contributor | None:
    if element.tag == "anonymous":
        return Contributor(kind=ContributorKind.ANONYMOUS)
    if element.tag == "organization":
        return Contributor(kind=ContributorKind.GROUP, name=text(element)) if text(element) else None
    # <name> is the one-string name of 5.4.0.
    family = text(first(element, "surname")) or text(first(element, "name"))
    given = text(first(element, "given_name"))
    if not family:
        family, given = given, ""
    suffix = text(first(element, "suffix"))
    return Contributor(given_names=given or None, family_name=family, suffix=suffix or None) if family else None


def _crossref_roles(element: Element) -> list[str]:
    """Contributor roles: the attribute, and in 5.5.0 <role vocab="crossref" type="…"/>."""
    stated = [item.get("type", "") for item in children(element, "role") if item.get("vocab") == "crossref"]
    return [role for role in [element.get("contributor_role", ""), *stated] if role]


def _role(element: Element) -> ContributorRole:
    stated = _crossref_roles(element)
    return _ROLES.get(stated[0], ContributorRole.OTHER) if stated else ContributorRole.AUTHOR


def _orcid(element: Element, named: Contributor, report: Report) -> tuple[OrcidId | None, bool]:
    stated = first(element, "ORCID")
    if stated is None or not text(stated):
        return None, False
    if named.kind is not ContributorKind.PERSON:
        report.add("orcid_not_person", "an iD was left out: only a person has one", stated)
        return None, False
    orcid = read_orcid(text(stated), stated, report)
    return orcid, orcid is not None and stated.get("authenticated", "").strip().lower() in {"true", "1"}


def _credit(element: Element, report: Report) -> tuple[CreditRole, ...]:
    """<role vocab="credit"> of 5.5.0, and <contrib_role>, which Janeway writes in any version."""
    stated = [
        (item, item.get("type") or text(item))
        for item in children(element, "role")
        if item.get("vocab", "").lower() == "credit"
    ]
    stated += [(item, text(first(item, "role_identifier", "role_name"))) for item in children(element, "contrib_role")]
    roles = []
    for item, term in stated:
        try:
            roles.append(CreditRole(credit.parse(term)))
        except UnknownCreditRole as error:
            report.add("credit_unknown", f"a role was left out: {error}", item)
    return tuple(dict.fromkeys(roles))


def _affiliations(element: Element, report: Report) -> tuple[Affiliation, ...]:
    """<affiliation> as text (to 4.8.1), <affiliations> of institutions (from 5.3.0)."""
    read = [Affiliation(name=text(item)) for item in children(element, "affiliation") if text(item)]
    for group in children(element, "affiliations"):
        read += [found for item in children(group, "institution") if (found := _institution(item, report))]
    return tuple(dict.fromkeys(read))


def _institution(element: Element, report: Report) -> Affiliation | None:
    """An institution; one that is identified by its ROR iD only has it as its name too."""
    identifier = None
    for item in children(element, "institution_id"):
        if item.get("type") == "ror" or "ror.org/" in text(item):
            try:
                identifier = identifier or ror(text(item))
            except ValueError as error:
                report.add("ror_invalid", f"an organization id was left out: {error}", item)
    name = text(first(element, "institution_name")) or identifier
    departments = ", ".join(text(item) for item in children(element, "institution_department"))
    city, country = _place(text(first(element, "institution_place")))
    if not name:
        return None
    return Affiliation(name=name, department=departments or None, city=city, country=country, ror=identifier)


def _place(place: str) -> tuple[str | None, str | None]:
    """City and country of "Leuven, Belgium"; of "Boston, MA" it is all the city, the end being no country's name."""
    start, _, end = place.rpartition(",")
    country = country_code(end) if len(end.strip()) > 2 else None
    return (start.strip() if country else place) or None, country
