"""Mails: through the site's SMTP server, or the host's own mailer."""

from __future__ import annotations

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
from orcid_plugin.outbox.tasks import Postponed, Refused
from orcid_plugin.settings import Settings, Site
from orcid_plugin.store import tasks
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import Task

NO_MAILER_PAUSE = 300.0
"""Seconds until a worker that has no way to send mails looks again."""


def owe(session: Session, keyring: Keyring, site: Site, mail: Mail, *, invitation_id: int | None = None) -> Task:
    """Let a worker send a mail; that of an invitation tells it how the mail fared."""
    return tasks.owe(session, keyring, site, tasks.MAIL, asdict(mail), subject_id=invitation_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailer:
    """Sends mails: by ORCID_PLUGIN_SMTP_URL where that is set, else by the host within `context`, its app's context."""

    host: Host | None
    context: Callable[[], AbstractContextManager[object]]

    def perform(self, settings: Settings, task: Task, payload: Mapping[str, str]) -> None:
        """Send one mail. Raises what the server or the host raises."""
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
        if task.subject_id is not None:
            invitations.mail_settled(session, task.subject_id, task)


def _send(settings: Settings, mail: Mail) -> None:
    if settings.mail_from is None:
        raise SettingsError("ORCID_PLUGIN_MAIL_FROM must be set together with ORCID_PLUGIN_SMTP_URL")
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.mail_from, mail.to, mail.subject
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=settings.mail_from.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834, 5: out-of-office replies are kept away
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
