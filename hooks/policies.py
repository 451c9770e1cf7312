"""Policies: whose authenticated iD a site wants, as a warning or as a condition; the host decides what waits for it.

Nothing here stops anything by itself. Ask at the moments that matter: `check` when something is submitted, accepted or
published, `check_account` when somebody becomes a reviewer or an editor.
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from orcid_plugin.errors import InputError, SettingsError
from orcid_plugin.identity import authorship, connections
from orcid_plugin.metadata.contributor import ContributorKind, ContributorRole
from orcid_plugin.runtime import Runtime, current
from orcid_plugin.settings import Settings
from orcid_plugin.store import publications
from orcid_plugin.store.tables import StoredPublication, now

log = logging.getLogger("orcid_plugin.hooks")

Who = Literal["submitter", "author", "reviewer", "editor"]

_OF_ROLE: dict[ContributorRole, Who] = {
    ContributorRole.AUTHOR: "author",
    ContributorRole.REVIEWER: "reviewer",
    ContributorRole.EDITOR: "editor",
    ContributorRole.CHAIR: "editor",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """An authenticated iD that a site wants and has not.

    Attributes:
        code: `submitter_id_missing`, `author_id_missing`, `reviewer_id_missing` or `editor_id_missing`.
        blocks: whether the site makes it a condition; else it is a warning.
        message: the same as a sentence in English; the macro `requirements` says it in the reader's language.
        name, contributor_key: of the contributor who lacks it; None where it is an account.
        account: the host's id of the account that lacks it, or None.
        until: a time of grace ends then, and from then on this blocks; None where nothing changes by itself.
    """

    code: str
    blocks: bool
    message: str
    name: str | None = None
    contributor_key: str | None = None
    account: str | None = None
    until: datetime.datetime | None = None


def check(
    publication_key: str, *, submitter_account: str | None = None, imported: bool = False, publishing: bool = False
) -> list[Requirement]:
    """Which iDs are missing on a submission or publication, by the ORCID_PLUGIN_REQUIRE_* settings of the site.

    `submitter_account` is the account of the submitting author, if that is to be checked. Nothing is missing on what
    was `imported`, or was first stored before ORCID_PLUGIN_REQUIRE_FROM. At the moment of `publishing` everything is a
    warning, unless ORCID_PLUGIN_REQUIRE_AT_PUBLICATION. The dead, groups and those without a name lack nothing. Raises
    `InputError` for an unknown key.
    """
    runtime = current()
    with runtime.store.begin() as session:
        stored = publications.find(session, runtime.settings.site, publication_key)
        if stored is None:
            raise InputError(f"no publication with the key {publication_key!r} is known")
        if imported or not _has_credentials(runtime):
            return []
        policy = _Policy(runtime.settings, since=stored.created_at, publishing=publishing)
        found = list(_of_account(runtime, session, policy, "submitter", submitter_account))
        return found + list(_of_contributors(runtime, session, policy, stored))


def check_account(
    account_id: str, who: Literal["reviewer", "editor"], *, since: datetime.datetime | None = None
) -> Requirement | None:
    """What is missing of somebody who reviews or edits, and is on no publication as such; None if nothing is.

    `since` is when they were asked to, in UTC where it has no time zone: the days of grace count from then, and who was
    asked before ORCID_PLUGIN_REQUIRE_FROM is exempt.
    """
    runtime = current()
    if since is not None and since.tzinfo is None:
        since = since.replace(tzinfo=datetime.UTC)
    if not _has_credentials(runtime):
        return None
    with runtime.store.begin() as session:
        return next(_of_account(runtime, session, _Policy(runtime.settings, since=since), who, account_id), None)


@dataclass(frozen=True, slots=True)
class _Policy:
    """The settings as they stand for something that began at `since`."""

    settings: Settings
    since: datetime.datetime | None
    publishing: bool = False

    def lacking(
        self, who: Who, *, name: str | None = None, contributor_key: str | None = None, account: str | None = None
    ) -> Requirement | None:
        """What follows from a missing iD."""
        demands = {
            "submitter": self.settings.require_submitter,
            "author": self.settings.require_authors,
            "reviewer": self.settings.require_reviewers,
            "editor": self.settings.require_editors,
        }
        if demands[who] == "no" or self._is_exempt():
            return None
        may_block = demands[who] == "block" and (not self.publishing or self.settings.require_at_publication)
        until = self._grace_ends() if may_block else None
        return Requirement(
            code=f"{who}_id_missing",
            blocks=may_block and until is None,
            message=f"{name or f'The {who}'} has not connected an ORCID iD.",
            name=name,
            contributor_key=contributor_key,
            account=account,
            until=until,
        )

    def _is_exempt(self) -> bool:
        first = self.settings.require_from
        return first is not None and self.since is not None and self.since.date() < first

    def _grace_ends(self) -> datetime.datetime | None:
        """When the time of grace ends, if it has not."""
        ends = self.since and self.since + datetime.timedelta(days=self.settings.require_grace_days)
        return ends if ends and ends > now() else None


def _has_credentials(runtime: Runtime) -> bool:
    try:
        return bool(runtime.site)
    except SettingsError as error:
        log.error("nobody can connect, so no ORCID iD is required: %s", error)
        return False


def _of_account(
    runtime: Runtime, session: Session, policy: _Policy, who: Who, account: str | None
) -> Iterator[Requirement]:
    if account is None or connections.of_account(session, runtime.site, account) is not None:
        return
    if lacking := policy.lacking(who, account=account):
        yield lacking


def _of_contributors(
    runtime: Runtime, session: Session, policy: _Policy, stored: StoredPublication
) -> Iterator[Requirement]:
    document = publications.document_of(stored)
    proven = authorship.proven(
        document.contributors,
        authorship.connections(session, runtime.site, stored, document),
        trust_metadata=runtime.settings.trust_metadata,
        id_host=runtime.settings.registry.id_host,
    )
    for one in proven:
        if one.authenticated or one.deceased or one.kind is not ContributorKind.PERSON or one.role not in _OF_ROLE:
            continue
        if lacking := policy.lacking(_OF_ROLE[one.role], name=one.display_name, contributor_key=one.key):
            yield lacking
