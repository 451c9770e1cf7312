"""Submission: contributors connect on the form, are the submitter, or are invited by mail."""

from __future__ import annotations

import datetime
from collections import Counter

from flask import url_for

from orcid_plugin.errors import InputError
from orcid_plugin.hooks.invitations import InvitationStatus, invite
from orcid_plugin.host import Purpose
from orcid_plugin.identity import authorship, connections, trail
from orcid_plugin.metadata.contributor import ContributorKind
from orcid_plugin.metadata.publication import Publication
from orcid_plugin.outbox import plan
from orcid_plugin.runtime import actor, current
from orcid_plugin.store import publications
from orcid_plugin.store.tables import ConnectionState

__all__ = ["InvitationStatus", "connect_url", "invite", "link_account", "replaced", "submitted"]


def submitted(publication: Publication, *, key: str) -> None:
    """Keep a submission as a draft, so that its contributors can connect; nothing is sent to ORCID.

    `key` is the host's own id of the submission. Every person needs a `Contributor.key` of their own that stays the
    same up to the last version; raises `InputError` that names those without.
    """
    people = [one for one in publication.contributors if one.kind is ContributorKind.PERSON]
    lacking = [one.display_name for one in people if not one.key]
    if lacking:
        raise InputError(f"these contributors have no key: {', '.join(lacking)}")
    keys = Counter(one.key for one in publication.contributors if one.key)
    if twice := [contributor for contributor, count in keys.items() if count > 1]:
        raise InputError(f"these contributor keys occur twice: {', '.join(twice)}")
    runtime = current()
    with runtime.store.begin() as session:
        plan.one_at_a_time(session, runtime.known_site.key)
        publications.save(session, runtime.known_site.key, key, publication, None)


def replaced(old_key: str, new_key: str) -> None:
    """A new version has a key of its own: its contributors stay who they were, and open invitations lead to it.

    Contributors are matched by `Contributor.key`. The old version keeps its connections, since it may be on records.
    Not needed where all versions have one key. Raises `InputError` where one of the two is not known.
    """
    runtime = current()
    with runtime.store.begin() as session:
        plan.one_at_a_time(session, runtime.known_site.key)
        for key in (old_key, new_key):
            if publications.find(session, runtime.known_site.key, key) is None:
                raise InputError(f"there is no publication {key!r}: call submitted(…) or published(…) first")
        authorship.inherit(session, runtime.known_site, old_key, new_key, actor=actor())
        publications.plan_again(session, runtime.known_site.key, new_key)
    runtime.due.set()


def connect_url(publication_key: str, contributor_key: str, *, next: str | None = None) -> str:
    """The link of the button beside a contributor: whoever signs in at ORCID becomes that contributor."""
    return url_for(
        "orcid_plugin.connect",
        purpose=Purpose.SUBMISSION,
        publication=publication_key,
        contributor=contributor_key,
        next=next,
    )


def link_account(publication_key: str, contributor_key: str, account_id: str) -> bool:
    """The contributor is somebody with an account: their connection counts for this publication as well.

    False where the account has no active connection yet; it then counts from the moment when there is one. Raises
    `IdentityConflict` where their iD is already another contributor's, `InputError` for a contributor that is not
    known.
    """
    runtime = current()
    with runtime.store.begin() as session:
        plan.one_at_a_time(session, runtime.settings.site)
        authorship.named(session, runtime.known_site, publication_key, contributor_key)
        authorship.belongs_to(session, runtime.settings.site, publication_key, contributor_key, account_id)
        connection = connections.of_account(session, runtime.known_site, account_id)
        if connection is None or connection.state != ConnectionState.ACTIVE:
            return False
        authorship.link(session, runtime.known_site, publication_key, contributor_key, connection)
        plan.plan_connection(session, runtime.known_site, runtime.settings, connection)
    runtime.due.set()
    return True


def declined(publication_key: str, contributor_key: str) -> datetime.datetime | None:
    """When a contributor said no, at ORCID or to an invitation, unless they have connected since; else None."""
    runtime = current()
    with runtime.store.begin() as session:
        return authorship.declined(session, runtime.known_site, publication_key, contributor_key)


def unlink(publication_key: str, contributor_key: str) -> bool:
    """Take back that a contributor is the person of a connection, as when the wrong one connected at the form.

    What was written to that person's record for this publication is deleted there; their connection stays. False where
    the contributor had none. Raises `InputError` for a contributor that is not known. An iD that the metadata itself
    marks authenticated links by itself: correct the metadata as well.
    """
    runtime = current()
    with runtime.store.begin() as session:
        plan.one_at_a_time(session, runtime.site.key)
        stored = authorship.named(session, runtime.site, publication_key, contributor_key).stored
        connection = authorship.unlink(session, runtime.site, publication_key, contributor_key)
        if connection is None:
            return False
        plan.plan_publication(session, runtime.site, runtime.settings, stored)
        trail.note(
            session,
            runtime.site,
            actor(),
            "unlinked",
            connection=connection,
            publication_key=publication_key,
            contributor=contributor_key,
        )
    runtime.due.set()
    return True
