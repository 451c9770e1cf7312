"""Invitations: a personal link, single use and hashed at rest, that asks one contributor to connect."""

from __future__ import annotations

import datetime
import re

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from orcid_plugin.errors import InputError, InvitationRefused
from orcid_plugin.settings import Settings, Site
from orcid_plugin.store.encryption import hashed, random_secret
from orcid_plugin.store.tables import Invitation, InvitationLink, InvitationState, Task, TaskState, now

OPEN = (InvitationState.QUEUED, InvitationState.SENT, InvitationState.NOT_SENT, InvitationState.OPENED)
"""States in which the link holds; `NOT_SENT` too, since a mail may arrive although its sending seemed to fail."""


def create(
    session: Session,
    site: Site,
    settings: Settings,
    *,
    publication_key: str,
    contributor_key: str,
    name: str,
    email: str,
    invited_by: str,
) -> tuple[Invitation, str]:
    """A new invitation and the secret of its link; earlier ones of the same contributor hold no longer.

    `name` is the contributor's, `invited_by` who asks. Raises `InputError` for an address that cannot be one.
    """
    if not re.fullmatch(r"[^\s@<>,;\x00-\x1f\x7f]+@[^\s@<>,;\x00-\x1f\x7f]+", email):
        raise InputError(f"{email[:100]!r} is not an e-mail address")
    end(session, site, publication_key, contributor_key, InvitationState.SUPERSEDED)
    token = random_secret()
    invitation = Invitation(
        site=site.key,
        environment=site.environment.name,
        publication_key=publication_key,
        contributor_key=contributor_key,
        name=" ".join(name.split()),
        email=email,
        invited_by=" ".join(invited_by.split()),  # a mail's text is read line by line
        expires_at=now() + datetime.timedelta(days=settings.invitation_days),
    )
    session.add(invitation)
    session.flush()
    session.add(InvitationLink(token_hash=hashed(token), invitation_id=invitation.id))
    session.flush()
    return invitation, token


def end(session: Session, site: Site, publication_key: str, contributor_key: str, state: InvitationState) -> None:
    """Let the open invitations of a contributor hold no longer."""
    session.execute(
        update(Invitation)
        .where(
            Invitation.site == site.key,
            Invitation.publication_key == publication_key,
            Invitation.contributor_key == contributor_key,
            Invitation.state.in_(OPEN),
        )
        .values(state=state)
    )


def mark_sent(session: Session, invitation: Invitation, sent: bool) -> None:
    """Remember whether the mail went out; an invitation that was opened meanwhile stays so."""
    session.execute(
        update(Invitation)
        .where(Invitation.id == invitation.id, Invitation.state == InvitationState.QUEUED)
        .values(
            state=InvitationState.SENT if sent else InvitationState.NOT_SENT,
            sent_at=now() if sent else None,
        )
    )


def mail_settled(session: Session, invitation_id: int, task: Task) -> None:
    """Remember how the mail fared: it went out, it did not, or why it waits."""
    invitation = session.get_one(Invitation, invitation_id)
    if task.state == TaskState.DONE:
        invitation.sent_at, invitation.failure = now(), None
        if invitation.state in {InvitationState.QUEUED, InvitationState.NOT_SENT}:
            invitation.state = InvitationState.SENT
        return
    invitation.failure = task.message
    if task.state == TaskState.FAILED and invitation.state == InvitationState.QUEUED:
        invitation.state = InvitationState.NOT_SENT


def find(session: Session, site: Site, token: str) -> Invitation:
    """The open invitation of a link. Raises `InvitationRefused` that tells why where there is none."""
    invitation = session.scalar(
        select(Invitation)
        .join(InvitationLink)
        .where(
            InvitationLink.token_hash == hashed(token),
            Invitation.site == site.key,
            Invitation.environment == site.environment.name,
        )
    )
    if invitation is None:
        raise InvitationRefused("this invitation link is not known here")
    if invitation.state in _CLOSED:
        raise InvitationRefused(_CLOSED[InvitationState(invitation.state)])
    if invitation.expires_at <= now():
        raise InvitationRefused(f"this invitation held until {invitation.expires_at:%Y-%m-%d}")
    return invitation


_CLOSED = {
    InvitationState.CONNECTED: "this invitation is over: the ORCID iD is connected",
    InvitationState.DENIED: "this invitation was declined",
    InvitationState.SUPERSEDED: "a newer invitation took the place of this one",
}


def opened(session: Session, invitation: Invitation) -> None:
    """Remember that somebody followed the link for the first time."""
    if invitation.state != InvitationState.OPENED:
        invitation.state = InvitationState.OPENED
        invitation.opened_at = now()


def answer(session: Session, invitation_id: int, state: InvitationState) -> None:
    """Use up an invitation: `CONNECTED` or `DENIED`. Raises `InvitationRefused` where it holds no longer."""
    answered = session.execute(
        update(Invitation)
        .where(Invitation.id == invitation_id, Invitation.state.in_(OPEN))
        .values(state=state, answered_at=now())
    )
    if answered.rowcount != 1:  # type: ignore[attr-defined]
        raise InvitationRefused("this invitation was answered meanwhile, or a newer one took its place")
