"""Mails: through the site's SMTP server, or the host's own mailer."""

from __future__ import annotations

import datetime
import smtplib
import ssl
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

from sqlalchemy.orm import Session

from orcid_plugin.errors import SettingsError
from orcid_plugin.host import Host, Mail
from orcid_plugin.identity import invitations
from orcid_plugin.outbox.tasks import Postponed, Refused, Unwanted
from orcid_plugin.settings import Settings, Site
from orcid_plugin.store import tasks
from orcid_plugin.store.database import Store
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import Invitation, InvitationState, Task

_REMINDED = {InvitationState.SENT, InvitationState.OPENED}

NO_MAILER_PAUSE = 300.0
"""Seconds until a worker that has no way to send mails looks again."""


def owe(
    session: Session,
    keyring: Keyring,
    site: Site,
    mail: Mail,
    *,
    invitation_id: int | None = None,
    remind_at: datetime.datetime | None = None,
) -> Task:
    """Let a worker send a mail; that of an invitation is sent while it is open, and tells it how the mail fared.

    With `remind_at` it is a reminder for that time, sent only if the invitation's first mail went out.
    """
    kind = tasks.REMINDER if remind_at else tasks.MAIL
    return tasks.owe(session, keyring, site, kind, payload_of(mail), subject_id=invitation_id, due_at=remind_at)


def payload_of(mail: Mail) -> dict[str, str]:
    """A mail as a task holds it."""
    return {name: value for name, value in asdict(mail).items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailer:
    """Sends mails: by ORCID_PLUGIN_SMTP_URL where that is set, else by the host within `context`, its app's context."""

    store: Store
    host: Host | None
    context: Callable[[], AbstractContextManager[object]]

    def perform(self, settings: Settings, task: Task, payload: Mapping[str, str]) -> None:
        """Send one mail. Raises what the server or the host raises, `Unwanted` where its invitation is over."""
        if task.subject_id is not None:
            self._require_wanted(task, task.subject_id)
        mail = Mail(**payload)
        if settings.smtp_url is not None:
            _send(settings, mail)
        elif self.host is not None:
            with self.context():
                self.host.send_mail(mail)
        else:
            raise Postponed(
                "no_mailer",
                "No mail can be sent: set ORCID_PLUGIN_SMTP_URL, or run the worker as `flask orcid worker`.",
                NO_MAILER_PAUSE,
            )

    def settled(self, session: Session, task: Task) -> None:
        """Tell the invitation."""
        if task.subject_id is not None and task.kind == tasks.REMINDER:
            invitations.reminder_settled(session, task)
        elif task.subject_id is not None:
            invitations.mail_settled(session, task)

    def _require_wanted(self, task: Task, invitation_id: int) -> None:
        with self.store.begin() as session:
            invitation = session.get_one(Invitation, invitation_id)
            reason = invitations.unwanted(session, invitation)
        mailed = invitation.state in _REMINDED and invitation.orcid is None
        if reason is None and task.kind == tasks.REMINDER and not mailed:
            reason = "There was no mail that could be repeated."
        if reason is not None:
            raise Unwanted("not_wanted", reason)


@dataclass(frozen=True, slots=True)
class Expiry:
    """Ends invitations that were not answered in their time."""

    def perform(self, settings: Settings, task: Task, payload: Mapping[str, str]) -> None:
        """Nothing is to be done beside what `settled` notes."""

    def settled(self, session: Session, task: Task) -> None:
        """Mark the invitation."""
        invitations.expire(session, task)


def _send(settings: Settings, mail: Mail) -> None:
    if settings.mail_from is None:
        raise SettingsError("ORCID_PLUGIN_MAIL_FROM must be set together with ORCID_PLUGIN_SMTP_URL")
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.mail_from, mail.to, mail.subject
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=settings.mail_from.rpartition("@")[2])
    for name, value in mail.headers.items():
        message[name] = value
    if settings.support_email is not None:
        message["Reply-To"] = settings.support_email
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    try:
        with _connected(str(settings.smtp_url), settings.connect_timeout, settings.read_timeout) as server:
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        status, _ = next(iter(error.recipients.values()), (0, b""))
        if status >= 500:  # RFC 5321, 4.2.1: never
            raise Refused("mail_refused", f"the mail server refuses the address (SMTP {status})") from None
        raise


def _connected(url: str, connect_timeout: float, read_timeout: float) -> smtplib.SMTP:
    parts, context = urlsplit(url), ssl.create_default_context()
    host = parts.hostname or "localhost"
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=connect_timeout, context=context)
    else:
        server = smtplib.SMTP(host, parts.port or 25, timeout=connect_timeout)
    try:
        if server.sock is not None:
            server.sock.settimeout(read_timeout)
        server.ehlo_or_helo_if_needed()
        if parts.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=context)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server
