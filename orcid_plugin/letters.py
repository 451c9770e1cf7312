"""Invitations as people read them: mails from the plugin's templates or the host's own, and the text of an inbox.

Everything is written when somebody is invited, reminders as well: there the language is known, and the host's templates
and addresses are at hand, which a worker that runs beside the app does not have.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from flask import render_template
from sqlalchemy.orm import Session

from orcid_plugin.addresses import is_known, mailed
from orcid_plugin.errors import SettingsError
from orcid_plugin.host import Mail
from orcid_plugin.identity import invitations
from orcid_plugin.identity.authorship import Named
from orcid_plugin.languages import speaking
from orcid_plugin.metadata.review import Review
from orcid_plugin.outbox import inbox, mail
from orcid_plugin.registry.messages import contributors
from orcid_plugin.runtime import Runtime
from orcid_plugin.settings import Site
from orcid_plugin.store import tasks
from orcid_plugin.store.publications import section_of
from orcid_plugin.store.tables import Invitation, PublicationState, Section, now


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What comes of it when somebody connects whom a publication or review names.

    Attributes:
        of_review: it is a review of theirs.
        credited: it is their own work, not one that they reviewed or looked after.
        published: people can read it.
        added: the site puts it on their record, now or when it is published or handed in.
    """

    of_review: bool = False
    credited: bool = False
    published: bool = False
    added: bool = False

    @classmethod
    def to(cls, site: Site, person: Named) -> Promise:
        """What may be promised to a person as things stand."""
        state, document = person.stored.state, person.document
        of_review = person.stored.section == Section.PEER_REVIEW
        credited = isinstance(document, Review) or person.position in contributors.credited(document)
        return cls(
            of_review=of_review,
            credited=credited,
            published=not of_review and state in {PublicationState.PUBLISHED, PublicationState.RETRACTED},
            added=credited and site.api == "member" and state in {PublicationState.DRAFT, PublicationState.PUBLISHED},
        )


def send(session: Session, runtime: Runtime, invitation: Invitation, person: Named, actor: str) -> None:
    """Let the worker send an invitation with a link of its own, its reminders, and end it when its time is over.

    Raises `SettingsError` where it is not known which address people see.
    """
    if not is_known(session, runtime.site.key):
        raise SettingsError(f"public_url of the site {runtime.site.key!r} must be set: its mails lead there")
    token = invitations.queue(session, runtime.site, runtime.settings, invitation, actor)
    with speaking(invitation.language):
        letter = _Letter(runtime, invitation, person, token)
        first = letter.mail() if invitation.email else None
        if invitation.orcid is not None:
            letter.to_inbox(session, first)
        elif first is not None:
            mail.owe(session, runtime.keyring, runtime.site, first, invitation_id=invitation.id)
        if invitation.email:
            letter.remind(session)
    tasks.owe(
        session,
        runtime.keyring,
        runtime.site,
        tasks.EXPIRY,
        {},
        subject_id=invitation.id,
        due_at=invitation.expires_at,
    )


class _Letter:
    """One sending of an invitation."""

    def __init__(self, runtime: Runtime, invitation: Invitation, person: Named, token: str) -> None:
        self._runtime, self._invitation = runtime, invitation
        self._title = " ".join(person.document.title.text.split())
        self._doi = person.document.doi
        self._section = section_of(person.document)
        self._link = mailed(runtime.settings, "orcid_plugin.invitation", token=token)
        self._opt_out = mailed(runtime.settings, "orcid_plugin.opt_out", token=token)
        self._context = {
            "invitation": invitation,
            "publication": person.document,
            "link": self._link,
            "opt_out_link": self._opt_out,
            "site_name": runtime.site.name,
            "support_email": runtime.site.support_email,
            "member": runtime.site.api == "member",
            "promise": Promise.to(runtime.site, person),
        }

    def mail(self, *, reminder: bool = False) -> Mail:
        return Mail(
            to=invitations.mailbox(self._invitation.email),
            subject=self._line("invitation_subject.txt", reminder),
            text=self._text("invitation.txt", reminder),
            html=self._text("invitation.html", reminder),
            unsubscribe_url=self._opt_out,
        )

    def remind(self, session: Session) -> None:
        """Owe the reminders that are left, each for its day and before the invitation ends."""
        invitation, settings = self._invitation, self._runtime.settings
        days = settings.reminder_days[invitation.reminders :]
        times = [now() + datetime.timedelta(days=day) for day in days if day < settings.invitation_days]
        invitation.remind_at = times[0] if times and invitation.orcid is None else None
        reminder = self.mail(reminder=True)
        for at in times:
            mail.owe(
                session,
                self._runtime.keyring,
                self._runtime.site,
                reminder,
                invitation_id=invitation.id,
                remind_at=at,
            )

    def to_inbox(self, session: Session, otherwise: Mail | None) -> None:
        inbox.owe(
            session,
            self._runtime.keyring,
            self._runtime.site,
            self._invitation,
            link=self._link,
            subject=self._line("invitation_subject.txt", False),
            intro=self._line("inbox.txt", False),
            title=self._title,
            doi=self._doi,
            section=self._section,
            mail=otherwise,
        )

    def _text(self, template: str, reminder: bool) -> str:
        return render_template(f"orcid_plugin/mail/{template}", reminder=reminder, **self._context)

    def _line(self, template: str, reminder: bool) -> str:
        return " ".join(self._text(template, reminder).split())
