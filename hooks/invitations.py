"""Invitations: ask a contributor to connect, see where that stands, ask again, learn of mails that came back."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import has_request_context
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from orcid_plugin import languages, letters
from orcid_plugin.errors import InputError, NotInvited
from orcid_plugin.identity import authorship, invitations, opt_outs, trail
from orcid_plugin.identity.authorship import Named
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.runtime import Runtime, actor, current
from orcid_plugin.store.tables import (
    AuditEvent,
    Invitation,
    InvitationReason,
    InvitationState,
    PublicationState,
)

__all__ = [
    "Event",
    "InvitationReason",
    "InvitationState",
    "InvitationStatus",
    "bounced",
    "find",
    "invite",
    "of_publication",
    "opt_in",
    "resend",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to an invitation.

    Attributes:
        actor: `account:ID`, `person` (who was invited), `worker` or `command`.
        action: `invitation_` and the new state, or `drafted`, `reminded`, `inbox_refused`; `invitations_opted_out`.
    """

    at: datetime.datetime
    actor: str
    action: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationStatus:
    """Where an invitation stands.

    Attributes:
        email: where it goes; empty where it goes to an inbox at ORCID and no address is known.
        orcid: bare iD of the record whose inbox it goes to, or None.
        invited_by: name of who asks; empty where that is the site itself.
        failure: why it was not sent yet, or came back, as a sentence; or None.
        reminders: how many were sent; `remind_at`: when the next one is due, or None.
        opted_out: the person wants no invitations any more.
        history: what happened, in order.
    """

    id: int
    publication_key: str
    contributor_key: str
    name: str
    email: str
    orcid: str | None
    invited_by: str
    reason: InvitationReason
    language: str | None
    state: InvitationState
    failure: str | None
    reminders: int
    remind_at: datetime.datetime | None
    created_at: datetime.datetime
    sent_at: datetime.datetime | None
    opened_at: datetime.datetime | None
    answered_at: datetime.datetime | None
    expires_at: datetime.datetime
    opted_out: bool
    history: Sequence[Event]

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.state in invitations.OPEN

    @property
    def sendings(self) -> int:
        """How often it was given to be sent, reminders not counted."""
        return sum(event.action == "invitation_queued" for event in self.history)


def invite(
    publication_key: str,
    contributor_key: str,
    *,
    email: str | None = None,
    invited_by: str = "",
    reason: InvitationReason | str = InvitationReason.CO_AUTHOR,
    language: str | None = None,
    again: bool = False,
    draft: bool = False,
    limited: bool = True,
) -> InvitationStatus:
    """Ask a contributor to connect; an earlier invitation of theirs holds no longer. The worker sends the mail.

    With ORCID_PLUGIN_INBOX_INVITATIONS it goes to the ORCID inbox of a contributor whose iD the metadata states, and by
    mail only where ORCID refuses that. Nobody should be asked whom the host's editors do not know: who may call this is
    the host's decision.

    Arguments:
        invited_by: name of who asks, as the mail states it; empty: the site itself asks.
        reason: why, which mail and page say: `co_author`, `earlier_work`, `reviewer`; `again` of whom `hooks.sites`
            finds to have permitted it to former credentials.
        language: of the mail (BCP 47); None: that of the inviter's browser.
        again: ask also somebody who has declined.
        draft: prepare it only; `resend` sends it.
        limited: whether ORCID_PLUGIN_INVITATIONS_PER_DAY counts.

    Raises `NotInvited` for somebody who is connected, has declined or wants no invitations, without any address, and
    after too many invitations today; `InputError` for a contributor that is not known and for what is no address;
    `SettingsError` where it is not known which address people see.
    """
    runtime = current()
    email = (email or "").strip()
    with runtime.store.begin() as session:
        person = authorship.named(session, runtime.site, publication_key, contributor_key)
        if limited:
            _require_room(session, runtime, publication_key)
        refused = refusal(session, runtime, person, email, again=again)
        if refused is not None:
            raise refused
        with languages.speaking(language):
            spoken = languages.chosen()
        invitation = invitations.create(
            session,
            runtime.site,
            actor=actor(),
            publication_key=publication_key,
            contributor_key=contributor_key,
            name=person.contributor.display_name,
            email=email,
            orcid=inbox_of(runtime, person.contributor),
            invited_by=invited_by,
            reason=reason_of(reason),
            language=spoken,
        )
        if not draft:
            letters.send(session, runtime, invitation, person, actor())
        status = _statuses(session, [invitation])[0]
    runtime.due.set()
    return status


def resend(invitation_id: int) -> InvitationStatus:
    """Send a draft, or an open or expired invitation once more; links in earlier mails hold as well.

    It then has its whole time again, and what is left of its reminders, and takes the place of a newer one. Raises
    `NotInvited` as `invite` does, also for somebody who has declined since it was made, and for one that was answered,
    or whose place another one took.
    """
    runtime = current()
    with runtime.store.begin() as session:
        invitation = _invitation(session, runtime, invitation_id)
        key = invitation.publication_key
        person = authorship.named(session, runtime.site, key, invitation.contributor_key)
        session.refresh(invitation, with_for_update=True)  # it may be answered just now
        if invitation.state not in {*invitations.OPEN, InvitationState.EXPIRED}:
            raise NotInvited("answered", f"the invitation of {invitation.name} is {invitation.state}: make a new one")
        _require_room(session, runtime, key)
        declined = authorship.declined_at(session, runtime.site, person)
        on_purpose = declined is None or declined < invitation.created_at
        refused = refusal(session, runtime, person, invitation.email, again=on_purpose)
        if refused is not None:
            raise refused
        if invitation.state == InvitationState.EXPIRED:
            state, contributor = InvitationState.SUPERSEDED, invitation.contributor_key
            invitations.end(session, runtime.site, key, contributor, state=state, actor=actor())
        invitation.orcid = inbox_of(runtime, person.contributor)
        letters.send(session, runtime, invitation, person, actor())
        status = _statuses(session, [invitation])[0]
    runtime.due.set()
    return status


def bounced(reason: str, *, email: str | None = None, invitation_id: int | None = None) -> int:
    """The host's mailer reports that mails to an address, or of one invitation, came back; returns how many that are.

    `reason` is a sentence for editors. Reminders are not sent any more; links hold, and `resend` tries once more.
    """
    runtime = current()
    with runtime.store.begin() as session:
        ids = [] if invitation_id is None else [invitation_id]
        if email is not None:
            same = func.lower(Invitation.email) == email.strip().lower()
            ids += session.scalars(select(Invitation.id).where(Invitation.site == runtime.known_site.key, same))
        return invitations.bounced(session, runtime.known_site, trail.WORKER, " ".join(reason.split()), ids)


def opt_in(email: str) -> bool:
    """The person asked for it: invitations may go to this address again. False where they might before."""
    runtime = current()
    with runtime.store.begin() as session:
        return opt_outs.remove(session, runtime.known_site, email)


def find(invitation_id: int) -> InvitationStatus:
    """One invitation. Raises `InputError` where there is none of this number."""
    runtime = current()
    with runtime.store.begin() as session:
        return _statuses(session, [_invitation(session, runtime, invitation_id)])[0]


def of_publication(publication_key: str) -> list[InvitationStatus]:
    """All invitations of a publication, the newest first."""
    runtime = current()
    with runtime.store.begin() as session:
        return _statuses(session, invitations.of_publication(session, runtime.known_site, publication_key))


def refusal(session: Session, runtime: Runtime, person: Named, email: str, *, again: bool = False) -> NotInvited | None:
    """Why a person is not to be invited, or None."""
    name, orcid = person.contributor.display_name, inbox_of(runtime, person.contributor) or ""
    if person.stored.state == PublicationState.WITHDRAWN:
        return NotInvited("withdrawn", f"the publication is withdrawn, so there is nothing to invite {name} to")
    if authorship.is_connected(session, runtime.site, person):
        return NotInvited("connected", f"{name} is connected already, so there is nothing to invite to")
    declined = authorship.declined_at(session, runtime.site, person)
    if declined is not None and not again:
        sentence = f"{name} declined on {declined:%Y-%m-%d}: ask once more only if they wish it (again=True)"
        return NotInvited("declined", sentence)
    if not email and not orcid:
        return NotInvited("no_address", f"no e-mail address of {name} is known")
    if opt_outs.exists(session, runtime.site, email, orcid):
        return NotInvited("opted_out", f"{name} has asked for no more invitations")
    return None


def inbox_of(runtime: Runtime, contributor: Contributor) -> str | None:
    """The bare iD whose inbox at ORCID is asked, where the site has such credentials and the metadata states the iD."""
    orcid, settings = contributor.orcid, runtime.settings
    if not settings.inbox_invitations or orcid is None or orcid.host != settings.registry.id_host:
        return None
    return orcid.path


def _require_room(session: Session, runtime: Runtime, publication_key: str) -> None:
    most = runtime.settings.invitations_per_day
    if has_request_context() and invitations.sent_today(session, runtime.site, publication_key) >= most:
        raise NotInvited("limit", f"{most} invitations about this publication were sent today: go on tomorrow")


def reason_of(reason: InvitationReason | str) -> InvitationReason:
    """The reason of this name. Raises `InputError` for one that is not known."""
    try:
        return InvitationReason(reason)
    except ValueError:
        raise InputError(f"{str(reason)[:50]!r} is no reason to invite: {', '.join(InvitationReason)}") from None


def _invitation(session: Session, runtime: Runtime, invitation_id: int) -> Invitation:
    found = session.scalar(
        select(Invitation).where(
            Invitation.id == invitation_id,
            Invitation.site == runtime.known_site.key,
            Invitation.environment == runtime.known_site.environment.name,
        )
    )
    if found is None:
        raise InputError(f"there is no invitation {invitation_id} here")
    return found


def _statuses(session: Session, found: Sequence[Invitation]) -> list[InvitationStatus]:
    histories: defaultdict[str | None, list[Event]] = defaultdict(list)
    if found:
        events = session.scalars(
            select(AuditEvent)
            .where(
                AuditEvent.site == found[0].site,
                AuditEvent.subject.in_([invitations.subject(one) for one in found]),
            )
            .order_by(AuditEvent.id)
        )
        for event in events:
            histories[event.subject].append(
                Event(at=event.at, actor=event.actor, action=event.action, details=event.details or {})
            )
    return [
        InvitationStatus(
            id=one.id,
            publication_key=one.publication_key,
            contributor_key=one.contributor_key,
            name=one.name,
            email=one.email,
            orcid=one.orcid,
            invited_by=one.invited_by,
            reason=InvitationReason(one.reason),
            language=one.language,
            state=InvitationState(one.state),
            failure=one.failure,
            reminders=one.reminders,
            remind_at=one.remind_at,
            created_at=one.created_at,
            sent_at=one.sent_at,
            opened_at=one.opened_at,
            answered_at=one.answered_at,
            expires_at=one.expires_at,
            opted_out=opt_outs.exists(session, one.site, one.email, one.orcid or ""),
            history=tuple(histories[invitations.subject(one)]),
        )
        for one in found
    ]
