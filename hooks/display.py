"""Display: a publication's people on its page, in its files and for harvesters, from `hooks.publication.status`.

An iD that ORCID did not vouch for is shown with a mark that says so, and is in no metadata that knows no such mark
(ORCID: iD display guidelines). Whose name is withheld is not named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from orcid_plugin.hooks.publication import ContributorStatus
from orcid_plugin.languages import gettext
from orcid_plugin.metadata.contributor import ContributorKind, ContributorRole
from orcid_plugin.metadata.identifiers import OrcidId

_SCHEMA_ORG = {ContributorRole.EDITOR: "editor", ContributorRole.TRANSLATOR: "translator"}


def printed_orcid(status: ContributorStatus) -> str | None:
    """The iD as it is printed behind its icon: the https URI, marked "(unauthenticated)" where it is; None without one.

    The mark is in the language of the request; `with languages.speaking("de"):` chooses another.
    """
    if status.orcid is None:
        return None
    return status.orcid.uri if status.authenticated else f"{status.orcid.uri} {gettext('(unauthenticated)')}"


def creators(statuses: Iterable[ContributorStatus]) -> list[ContributorStatus]:
    """Those who made it, in order: its authors; where nobody is one, all but its reviewers; those of a review alone."""
    return [one for one, made_it in _named(statuses) if made_it]


def citation_tags(statuses: Iterable[ContributorStatus]) -> Iterator[tuple[str, str]]:
    """Name and content of the meta elements about a page's authors, which the macro `citation_meta` prints.

    They are Highwire Press's, which Google Scholar and Zotero read: what follows a `citation_author` is about that one.
    """
    for one in creators(statuses):
        yield "citation_author", _line(one.contributor.inverted_name)
        for affiliation in one.contributor.affiliations:
            yield "citation_author_institution", _line(affiliation.name)
        if orcid := _proven(one):
            yield "citation_author_orcid", orcid.uri


def schema_org(statuses: Iterable[ContributorStatus]) -> dict[str, list[dict[str, Any]]]:
    """The people as properties of a schema.org CreativeWork: `author`, `editor`, `translator`, `contributor`.

    Put it into a page with a filter that leaves no `</script>` in it, as Flask's `tojson` is.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for one, made_it in _named(statuses):
        name = _SCHEMA_ORG.get(one.contributor.role, "author" if made_it else "contributor")
        found.setdefault(name, []).append(_of_schema_org(one))
    return found


def dublin_core(statuses: Iterable[ContributorStatus]) -> list[tuple[str, str]]:
    """The people as `oai_dc` has them: `creator` or `contributor`, and the text.

    Dublin Core knows no identifiers of people, so that the iD stands behind the inverted name, as in `Carberry, Josiah;
    https://orcid.org/0000-0002-1825-0097` (DINI certificate 2019, E.A.3-10).
    """
    found = []
    for one, made_it in _named(statuses):
        name, orcid = _line(one.contributor.inverted_name), _proven(one)
        found.append(("creator" if made_it else "contributor", f"{name}; {orcid}" if orcid else name))
    return found


def _named(statuses: Iterable[ContributorStatus]) -> list[tuple[ContributorStatus, bool]]:
    """All who have a name, and whether each is among those who made it."""
    named = [one for one in statuses if one.name.strip() and one.contributor.kind is not ContributorKind.ANONYMOUS]
    roles = {one.contributor.role for one in named}
    making = roles & {ContributorRole.AUTHOR} or roles - {ContributorRole.REVIEWER} or roles
    return [(one, one.contributor.role in making) for one in named]


def _proven(status: ContributorStatus) -> OrcidId | None:
    return status.orcid if status.authenticated else None


def _of_schema_org(status: ContributorStatus) -> dict[str, Any]:
    one, orcid = status.contributor, _proven(status)
    kind = "Organization" if one.kind is ContributorKind.GROUP else "Person"
    described: dict[str, Any] = {"@type": kind, "name": _line(status.name)}
    if orcid:
        described |= {"@id": orcid.uri, "sameAs": orcid.uri}  # the latter is what Google reads
    for name, text in (("givenName", one.given_names), ("familyName", one.family_name)):
        if text:
            described[name] = _line(text)
    if one.affiliations:
        described["affiliation"] = [
            {"@type": "Organization", "name": _line(place.name)} | ({"@id": place.ror} if place.ror else {})
            for place in one.affiliations
        ]
    return described


def _line(text: str) -> str:
    return " ".join(text.split())
