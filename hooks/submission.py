"""Submission: contributors connect on the form, are the submitter, or are invited by mail."""

from __future__ import annotations

import datetime
import logging
from collections import Counter
from dataclasses import dataclass

from flask import render_template, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from orcid_plugin.addresses import mailed
from orcid_plugin.errors import InputError
from orcid_plugin.host import Mail, Purpose
from orcid_plugin.identity import authorship, connections, invitations
from orcid_plugin.metadata.contributor import Contributor, ContributorKind
from orcid_plugin.metadata.publication import Publication
from orcid_plugin.outbox import plan
from orcid_plugin.runtime import Runtime, current, current_host
from orcid_plugin.store import publications
from orcid_plugin.store.tables import ConnectionState, Invitation, InvitationState, StoredPublication

log = logging.getLogger("orcid_plugin.hooks")


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationStatus:
    """Where an invitation stands after `invite`: `sent`, or `not_sent` when the host's mailer failed."""

    publication_key: str
    contributor_key: str
    name: str
    email: str
    state: InvitationState
    expires_at: datetime.datetime


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
        plan.one_at_a_time(session, runtime.site.key)
        publications.save(session, runtime.site.key, key, publication, None)


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

    False where the account has no active connection. Raises `IdentityConflict` where their iD is already another
    contributor's, `InputError` for a contributor that is not known.
    """
    runtime = current()
    with runtime.store.begin() as session:
        plan.one_at_a_time(session, runtime.site.key)
        _contributor(session, runtime, publication_key, contributor_key)
        connection = connections.of_account(session, runtime.site, account_id)
        if connection is None or connection.state != ConnectionState.ACTIVE:
            return False
        authorship.link(session, runtime.site, publication_key, contributor_key, connection)
        plan.plan_connection(session, runtime.site, runtime.settings, connection)
    runtime.due.set()
    return True


def invite(publication_key: str, contributor_key: str, *, email: str, invited_by: str) -> InvitationStatus:
    """Ask a contributor by mail to connect; an earlier invitation of theirs holds no longer.

    `invited_by` is the name of who asks, as the mail states it. A mailer that fails leaves the invitation as
    `not_sent`. Raises `InputError` for a contributor that is not known or is connected already, and for an address
    that cannot be one; `SettingsError` where it is not known which address people see.
    """
    runtime, host = current(), current_host()
    with runtime.store.begin() as session:
        stored, publication, position = _contributor(session, runtime, publication_key, contributor_key)
        contributor = publication.contributors[position]
        connection = authorship.connections(session, runtime.site, stored, publication).get(position)
        if connection is not None and connection.state == ConnectionState.ACTIVE:
            raise InputError(f"{contributor.display_name} is connected already, so there is nothing to invite to")
        invitation, token = invitations.create(
            session,
            runtime.site,
            runtime.settings,
            publication_key=publication_key,
            contributor_key=contributor_key,
            name=contributor.display_name,
            email=email.strip(),
            invited_by=invited_by,
        )
        mail = _mail(runtime, invitation, publication, mailed("orcid_plugin.invitation", token=token))
    try:
        host.send_mail(mail)
    except Exception as error:  # whatever the host's mailer raises; its text may repeat the mail
        log.warning("the invitation of a contributor could not be sent: %s", type(error).__name__)
        sent = False
    else:
        sent = True
    with runtime.store.begin() as session:
        invitations.mark_sent(session, invitation, sent)
    return InvitationStatus(
        publication_key=publication_key,
        contributor_key=contributor_key,
        name=invitation.name,
        email=invitation.email,
        state=InvitationState.SENT if sent else InvitationState.NOT_SENT,
        expires_at=invitation.expires_at,
    )


def _contributor(
    session: Session, runtime: Runtime, publication_key: str, contributor_key: str
) -> tuple[StoredPublication, Publication, int]:
    """The publication, locked so that two editors act one after the other, and the position of a person on it."""
    stored = session.scalar(
        select(StoredPublication)
        .where(StoredPublication.site == runtime.site.key, StoredPublication.key == publication_key)
        .with_for_update()
    )
    if stored is None:
        raise InputError(f"there is no publication {publication_key!r}: call submitted(…) first")
    publication = publications.publication_of(stored)
    for position, contributor in enumerate(publication.contributors):
        if contributor.key == contributor_key:
            return stored, publication, _person(contributor, position)
    raise InputError(f"the publication {publication_key!r} has no contributor {contributor_key!r}")


def _person(contributor: Contributor, position: int) -> int:
    if contributor.kind is not ContributorKind.PERSON:
        raise InputError(f"{contributor.display_name} is not a person, so there is no ORCID iD to connect")
    return position


def _mail(runtime: Runtime, invitation: Invitation, publication: Publication, link: str) -> Mail:
    context = {
        "invitation": invitation,
        "publication": publication,
        "link": link,
        "site_name": runtime.site.name,
        "support_email": runtime.site.support_email,
        "member": runtime.site.api == "member",
    }
    return Mail(
        to=invitation.email,
        subject=" ".join(render_template("orcid_plugin/mail/invitation_subject.txt", **context).split()),
        text=render_template("orcid_plugin/mail/invitation.txt", **context),
        html=render_template("orcid_plugin/mail/invitation.html", **context),
    )
