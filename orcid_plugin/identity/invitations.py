"""Invitations: a personal link, single use and hashed at rest, that asks one contributor to connect.

Each change of state leaves an event in the audit trail, with `invitation/ID` as its subject.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Mapping
from typing import Any

import idna
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from orcid_plugin.errors import InputError, InvitationRefused
from orcid_plugin.identity import opt_outs, trail
from orcid_plugin.settings import Settings, Site
from orcid_plugin.store import publications, tasks
from orcid_plugin.store.encryption import hashed, random_secret
from orcid_plugin.store.tables import (
    Invitation,
    InvitationLink,
    InvitationReason,
    InvitationState,
    PublicationState,
    Task,
    TaskState,
    now,
)

UNDELIVERED = (InvitationState.QUEUED, InvitationState.NOT_SENT, InvitationState.BOUNCED)
"""States in which no mail is known to have arrived."""

OPEN = (InvitationState.DRAFT, *UNDELIVERED, InvitationState.SENT, InvitationState.OPENED)
"""States that wait for an answer. Links hold in all of them: a mail may arrive although it seemed to fail."""


_LOCAL = r"""(?!=\?)[^\s@<>()\[\],;:\\"\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]+"""


def require_address(email: str) -> None:
    """Raise `InputError` for what cannot be an e-mail address, or is one with comments, quotes and the like.

    Mail programs send those to somebody else (RFC 5322, 3.2.3; RFC 2047): `eve(x)@y` to `eve@y`.
    """
    local, _, domain = email.rpartition("@")
    if not re.fullmatch(_LOCAL, local) or _ascii(domain) is None:
        raise InputError(f"{email[:100]!r} is not an e-mail address")


def mailbox(email: str) -> str:
    """The address as mail servers take it: a domain with other letters in its ASCII form (RFC 5890)."""
    local, _, domain = email.rpartition("@")
    return f"{local}@{_ascii(domain) or domain}"


def _ascii(domain: str) -> str | None:
    try:
        return idna.encode(domain, uts46=True).decode() if not domain.endswith(".") else None
    except idna.IDNAError:
        return None


def create(
    session: Session,
    site: Site,
    *,
    actor: str,
    publication_key: str,
    contributor_key: str,
    name: str,
    email: str,
    orcid: str | None = None,
    invited_by: str,
    reason: InvitationReason,
    language: str,
) -> Invitation:
    """A new invitation, as a draft; earlier ones of the same contributor hold no longer.

    `name` is the contributor's, `invited_by` who asks, `orcid` the iD whose inbox it goes to, where it goes to one.
    Raises `InputError` for an address that cannot be one.
    """
    if email or not orcid:
        require_address(email)
    end(session, site, publication_key, contributor_key, state=InvitationState.SUPERSEDED, actor=actor)
    invitation = Invitation(
        site=site.key,
        environment=site.environment.name,
        publication_key=publication_key,
        contributor_key=contributor_key,
        name=" ".join(name.split()),
        email=email,
        orcid=orcid,
        invited_by=" ".join(invited_by.split()),  # a mail's text is read line by line
        reason=reason,
        language=language,
        state=InvitationState.DRAFT,
        expires_at=now(),
    )
    session.add(invitation)
    session.flush()
    _note(session, invitation, actor, "invitation_drafted")
    return invitation


def queue(session: Session, site: Site, settings: Settings, invitation: Invitation, actor: str) -> str:
    """Make the secret of a new link, for one sending and its reminders; its whole time begins anew.

    What waited to be sent with an earlier link is cancelled; the links that are out go on holding.
    """
    token = random_secret()
    tasks.cancel(session, site, {tasks.MAIL, tasks.REMINDER, tasks.INBOX}, invitation.id)
    invitation.state, invitation.failure = InvitationState.QUEUED, None
    invitation.expires_at = now() + datetime.timedelta(days=settings.invitation_days)
    session.add(InvitationLink(token_hash=hashed(token), invitation_id=invitation.id))
    session.flush()
    _note(session, invitation, actor, "invitation_queued", language=invitation.language)
    return token


def sent_today(session: Session, site: Site, publication_key: str) -> int:
    """How many invitations about a publication were sent, or sent again, within a day."""
    return (
        session.scalar(
            select(func.count())
            .select_from(InvitationLink)
            .join(Invitation)
            .where(
                Invitation.site == site.key,
                Invitation.publication_key == publication_key,
                InvitationLink.created_at > now() - datetime.timedelta(days=1),
            )
        )
        or 0
    )


def of_publication(
    session: Session, site: Site, publication_key: str, contributor_key: str | None = None
) -> list[Invitation]:
    """The invitations of a publication, or of one of its contributors, the newest first."""
    query = select(Invitation).where(
        Invitation.site == site.key,
        Invitation.environment == site.environment.name,
        Invitation.publication_key == publication_key,
    )
    if contributor_key is not None:
        query = query.where(Invitation.contributor_key == contributor_key)
    return list(session.scalars(query.order_by(Invitation.id.desc())))


def end(
    session: Session, site: Site, publication_key: str, contributor_key: str, *, state: InvitationState, actor: str
) -> None:
    """Let the open invitations of a contributor hold no longer."""
    for invitation in of_publication(session, site, publication_key, contributor_key):
        if invitation.state in OPEN:
            _become(session, invitation, state, actor)


def of_link(session: Session, site: Site, token: str) -> Invitation:
    """The invitation of a link, in whatever state it is. Raises `InvitationRefused` for a link that is none."""
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
    return invitation


def find(session: Session, site: Site, token: str) -> Invitation:
    """The open invitation of a link. Raises `InvitationRefused` that tells why where there is none."""
    invitation = of_link(session, site, token)
    if invitation.state in _CLOSED:
        raise InvitationRefused(_CLOSED[InvitationState(invitation.state)])
    if invitation.state not in OPEN or invitation.expires_at <= now():
        raise InvitationRefused(f"this invitation held until {invitation.expires_at:%Y-%m-%d}")
    return invitation


_CLOSED = {
    InvitationState.CONNECTED: "this invitation is over: the ORCID iD is connected",
    InvitationState.DENIED: "this invitation was declined",
    InvitationState.SUPERSEDED: "a newer invitation took the place of this one",
}


def opened(session: Session, invitation: Invitation) -> None:
    """Remember that somebody followed the link for the first time."""
    _become(session, invitation, InvitationState.OPENED, trail.PERSON, opened_at=now())


def answer(session: Session, invitation_id: int, state: InvitationState) -> None:
    """Use up an invitation: `CONNECTED` or `DENIED`. Raises `InvitationRefused` where it holds no longer."""
    answered = session.execute(
        update(Invitation)
        .where(Invitation.id == invitation_id, Invitation.state.in_(OPEN))
        .values(state=state, answered_at=now(), remind_at=None)
    )
    if answered.rowcount != 1:  # type: ignore[attr-defined]
        raise InvitationRefused("this invitation was answered meanwhile, or a newer one took its place")
    _note(session, session.get_one(Invitation, invitation_id), trail.PERSON, f"invitation_{state}")


def opt_out(session: Session, invitation: Invitation) -> None:
    """Write no invitation of this site to the person any more. The link goes on holding, if they change their mind."""
    opt_outs.add(session, invitation.site, invitation.email, invitation.orcid or "")
    invitation.remind_at = None
    _note(session, invitation, trail.PERSON, "invitations_opted_out")


def bounced(session: Session, site: Site, actor: str, reason: str, invitation_ids: Collection[int]) -> int:
    """Remember that the mails of these invitations came back; returns how many were waiting for an answer."""
    found = session.scalars(
        select(Invitation).where(
            Invitation.site == site.key,
            Invitation.id.in_(invitation_ids),
            Invitation.state.in_([*UNDELIVERED, InvitationState.SENT]),
        )
    ).all()
    for invitation in found:
        tasks.cancel(session, site, {tasks.MAIL, tasks.REMINDER}, invitation.id)
        invitation.failure, invitation.remind_at = reason, None
        _become(session, invitation, InvitationState.BOUNCED, actor, {"reason": reason})
    return len(found)


def unwanted(session: Session, invitation: Invitation) -> str | None:
    """Why no mail of an invitation is to go out any more, or None."""
    if invitation.state not in OPEN:
        return f"The invitation is {invitation.state} already."
    if invitation.expires_at <= now():
        return "The time of the invitation is over."
    if opt_outs.exists(session, invitation.site, invitation.email, invitation.orcid or ""):
        return "The person wants no invitations any more."
    return _without_publication(session, invitation)


def _without_publication(session: Session, invitation: Invitation) -> str | None:
    stored = publications.find(session, invitation.site, invitation.publication_key)
    if stored is None or stored.state == PublicationState.WITHDRAWN:
        return "The publication is withdrawn."
    named = {one.key for one in publications.document_of(stored).contributors}
    return None if invitation.contributor_key in named else "The publication no longer names the person."


def mail_settled(session: Session, task: Task) -> None:
    """Remember how the mail of an invitation fared, or its notification: it arrived, it did not, or why it waits."""
    invitation = session.get_one(Invitation, task.subject_id)
    invitation.failure = task.message
    if task.state == TaskState.DONE:
        invitation.sent_at = now()
        if invitation.state in UNDELIVERED:
            _become(session, invitation, InvitationState.SENT, trail.WORKER)
    elif task.state in {TaskState.FAILED, TaskState.CANCELLED} and invitation.state == InvitationState.QUEUED:
        invitation.remind_at = None
        _become(session, invitation, InvitationState.NOT_SENT, trail.WORKER, {"reason": task.message})


def goes_by_mail(session: Session, invitation: Invitation, reason: str) -> None:
    """The inbox at ORCID did not take it: a mail is owed instead."""
    _note(session, invitation, trail.WORKER, "invitation_inbox_refused", orcid=invitation.orcid, reason=reason)
    invitation.orcid = None
    invitation.remind_at = _next_reminder(session, invitation)
    session.flush()


def reminder_settled(session: Session, task: Task) -> None:
    """Count a reminder that went out, and remember when the next one is due."""
    invitation = session.get_one(Invitation, task.subject_id)
    if task.state == TaskState.DONE:
        invitation.reminders += 1
        _note(session, invitation, trail.WORKER, "invitation_reminded", number=invitation.reminders)
    invitation.remind_at = _next_reminder(session, invitation)


def _next_reminder(session: Session, invitation: Invitation) -> datetime.datetime | None:
    return session.scalar(
        select(func.min(Task.due_at)).where(
            Task.site == invitation.site,
            Task.kind == tasks.REMINDER,
            Task.subject_id == invitation.id,
            Task.state == TaskState.PENDING,
        )
    )


def expire(session: Session, task: Task) -> None:
    """Remember that an invitation was not answered in its time, which a later sending may have made longer."""
    invitation = session.get_one(Invitation, task.subject_id)
    if invitation.state in OPEN and invitation.expires_at <= task.due_at:
        _become(session, invitation, InvitationState.EXPIRED, trail.WORKER)


def _become(
    session: Session,
    invitation: Invitation,
    state: InvitationState,
    actor: str,
    details: Mapping[str, Any] | None = None,
    **values: Any,
) -> None:
    """Let an invitation that waits for an answer be in another state, and set `values` of its row.

    Nothing happens to one that was answered or ended since it was read, or that is in this state already.
    """
    if state not in OPEN:
        values["remind_at"] = None
    session.flush()
    changed = session.execute(
        update(Invitation)
        .where(Invitation.id == invitation.id, Invitation.state.in_(set(OPEN) - {state}))
        .values(state=state, **values)
        .execution_options(synchronize_session=False)
    )
    session.refresh(invitation)
    if changed.rowcount == 1:  # type: ignore[attr-defined]
        _note(session, invitation, actor, f"invitation_{state}", **details or {})


def _note(session: Session, invitation: Invitation, actor: str, action: str, **details: Any) -> None:
    trail.note(
        session,
        invitation.site,
        actor,
        action,
        publication_key=invitation.publication_key,
        subject=subject(invitation),
        **details,
    )


def subject(invitation: Invitation) -> str:
    """What an invitation is called in the audit trail."""
    return f"invitation/{invitation.id}"
