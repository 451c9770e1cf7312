"""The contributors of a work message, from those of a publication."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from orcid_plugin.metadata.contributor import Contributor, ContributorKind, ContributorRole
from orcid_plugin.metadata.publication import Publication
from orcid_plugin.metadata.vocabulary import WorkType
from orcid_plugin.registry.messages import text
from orcid_plugin.registry.messages.item import ContributorOrcid
from orcid_plugin.registry.messages.work import LIMITS, WorkContributor

_BASE_ROLES = {
    ContributorRole.AUTHOR: "author",
    ContributorRole.EDITOR: "editor",
    ContributorRole.CHAIR: "chair-or-translator",
    ContributorRole.TRANSLATOR: "chair-or-translator",
}

_EDITED = frozenset(
    {WorkType.BOOK, WorkType.EDITED_BOOK, WorkType.CONFERENCE_PROCEEDINGS, WorkType.JOURNAL_ISSUE, WorkType.REPORT}
)
"""Types whose editors are among those who made them."""


def makers(publication_type: WorkType, contributors: Sequence[Contributor]) -> tuple[Contributor, ...]:
    """Those who made the work: all but its reviewers, who are the authors of a review and of nothing else."""
    if publication_type is WorkType.REVIEW:
        author = ContributorRole.AUTHOR
        return tuple(replace(c, role=author) if c.role is ContributorRole.REVIEWER else c for c in contributors)
    return tuple(c for c in contributors if c.role is not ContributorRole.REVIEWER)


def credited(publication: Publication) -> frozenset[int]:
    """Positions of the contributors on whose own records the work belongs.

    Reviewers of an article did not make it, and its editors only looked after it: the work of editors is what they
    edited as a whole, and what has no author.
    """
    kept = set(ContributorRole) - {ContributorRole.REVIEWER}
    if publication.type is WorkType.REVIEW:
        kept.add(ContributorRole.REVIEWER)
    authored = any(one.role is ContributorRole.AUTHOR for one in publication.contributors)
    if authored and publication.type not in _EDITED:
        kept -= {ContributorRole.EDITOR, ContributorRole.CHAIR}
    return frozenset(position for position, one in enumerate(publication.contributors) if one.role in kept)


def work_contributors(contributors: Sequence[Contributor], id_host: str) -> tuple[WorkContributor, ...]:
    """The contributors in order, all entries of one person together.

    The Registry groups entries by iD only, so that a person with an authenticated iD gets an entry for each role, and
    anybody else a single one however often the publication names them. Anonymous authors and those with neither name
    nor iD have no entry; they keep their place, so that nobody else becomes `first`.
    """
    people: dict[object, list[WorkContributor]] = {}
    named_as: dict[str | None, ContributorRole] = {}
    for position, contributor in enumerate(contributors):
        name = text.clean(contributor.display_name, LIMITS["credit-name"])
        orcid = contributor.authenticated_orcid
        if contributor.kind is ContributorKind.ANONYMOUS or not (name or orcid):
            continue
        name_known = name in named_as
        # A byline names each author once, so that two authors of one name are two people; the name of an author
        # among the editors, or an editor in two offices, is one person.
        roles_of_name = {named_as.setdefault(name, contributor.role), contributor.role}
        if orcid is None and name_known and roles_of_name != {ContributorRole.AUTHOR}:
            continue
        entry = WorkContributor(
            orcid=ContributorOrcid(orcid.path, id_host) if orcid else None,
            credit_name=name,
            sequence="additional" if position else "first",
        )
        entries = people.setdefault(orcid.path if orcid else position, [])
        first = entries[0] if entries else entry
        known = {one.role for one in entries}
        entries += [replace(first, role=role) for role in _roles(contributor) if role not in known]
    return tuple(entry for entries in people.values() for entry in entries)


def _roles(contributor: Contributor) -> tuple[str | None, ...]:
    """CRediT roles if ORCID can show them all as one person's, else the role on the publication, if ORCID has it."""
    credit = tuple(dict.fromkeys(credit.role.orcid_uri for credit in contributor.credit))
    if len(credit) == 1 or (credit and contributor.authenticated_orcid):
        return credit
    return (_BASE_ROLES.get(contributor.role),)
