"""Invitations in the inbox of an ORCID record (permission notifications, premium members), else by mail."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from orcid_plugin.errors import (
    AnswerError,
    InvalidMessage,
    OAuthError,
    OAuthUnavailable,
    OrcidPluginError,
    RegistryFault,
    SlowDown,
)
from orcid_plugin.host import Mail
from orcid_plugin.identity import invitations
from orcid_plugin.outbox import mail as mails
from orcid_plugin.outbox.tasks import Refused, Unwanted
from orcid_plugin.registry.cache import Cache
from orcid_plugin.registry.client import Client
from orcid_plugin.registry.messages.item import ExternalId
from orcid_plugin.registry.messages.notification import AuthorizationUrl, NotificationItem, PermissionNotification
from orcid_plugin.registry.transport import Transport
from orcid_plugin.settings import Settings, Site
from orcid_plugin.store import tasks
from orcid_plugin.store.calls import about
from orcid_plugin.store.database import Store
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import Invitation, Section, Task, TaskState

SCOPE = "/premium-notification"
LONGEST = 1000
"""Characters of an intro and of an item's name (notification-permission-3.0.xsd)."""

LATER = (SlowDown, RegistryFault, OAuthUnavailable)
"""Refusals that say nothing about this person: the same is tried again."""


def owe(
    session: Session,
    keyring: Keyring,
    site: Site,
    invitation: Invitation,
    *,
    link: str,
    subject: str,
    intro: str,
    title: str,
    doi: str | None,
    section: Section,
    mail: Mail | None,
) -> Task:
    """Let a worker put an invitation into the inbox of `invitation.orcid`, and send `mail` where ORCID refuses it."""
    payload = {"link": link, "subject": subject, "intro": intro, "title": title, "section": section}
    optional = {"doi": doi, "mail": json.dumps(mails.payload_of(mail)) if mail else None}
    given = {name: value for name, value in optional.items() if value is not None}
    return tasks.owe(session, keyring, site, tasks.INBOX, payload | given, subject_id=invitation.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """Posts permission notifications with tokens of the site's own; what ORCID refuses goes by mail."""

    store: Store
    keyring: Keyring
    transport_of: Callable[[Settings], Transport]
    cache: Cache = field(default_factory=Cache)

    def perform(self, settings: Settings, task: Task, payload: Mapping[str, str]) -> None:
        """Post one notification, unless it is there already, or owe its mail instead."""
        site = settings.the_site()
        with self.store.begin() as session:
            invitation = session.get_one(Invitation, task.subject_id)
            if (reason := invitations.unwanted(session, invitation)) is not None:
                raise Unwanted("not_wanted", reason)
        try:
            with about(orcid=invitation.orcid, publication_keys=[invitation.publication_key]):
                put_code = self._put(settings, str(invitation.orcid), _notification(payload))
        except LATER:
            raise
        except (AnswerError, OAuthError, InvalidMessage) as error:
            self._by_mail(site, invitation.id, payload.get("mail"), error)
            return
        with self.store.begin() as session:
            session.get_one(Invitation, invitation.id).put_code = put_code

    def settled(self, session: Session, task: Task) -> None:
        """Tell the invitation, unless its mail is owed now and will."""
        invitation = session.get_one(Invitation, task.subject_id)
        if task.state != TaskState.DONE or invitation.orcid is not None:
            invitations.mail_settled(session, task)

    def _put(self, settings: Settings, orcid: str, notification: PermissionNotification) -> int | None:
        site, transport = settings.the_site(), self.transport_of(settings)
        client = Client(site.environment, transport)
        oauth = site.oauth(transport, self.cache)

        def put(token: str) -> int | None:
            # A worker may have died between ORCID's answer and its note of it.
            for posted in client.items(orcid, token, PermissionNotification):
                if posted.authorization_url.uri == notification.authorization_url.uri:
                    return posted.put_code
            return client.create(orcid, token, notification)

        return oauth.as_client(SCOPE, put)

    def _by_mail(self, site: Site, invitation_id: int, mail: str | None, error: OrcidPluginError) -> None:
        if mail is None:
            raise Refused(error.code, f"The ORCID inbox does not take it, and no e-mail address is known: {error}")
        with self.store.begin() as session:
            invitation = session.get_one(Invitation, invitation_id)
            invitations.goes_by_mail(session, invitation, str(error))
            mails.owe(session, self.keyring, site, Mail(**json.loads(mail)), invitation_id=invitation_id)


def _notification(payload: Mapping[str, str]) -> PermissionNotification:
    doi = payload.get("doi")
    # Not the address of ORCID's own page: there is no browser yet that an attempt could be bound to.
    return PermissionNotification(
        authorization_url=AuthorizationUrl(uri=payload["link"]),
        subject=payload["subject"][:LONGEST],
        intro=payload["intro"][:LONGEST],
        items=(
            NotificationItem(
                type=payload.get("section", Section.WORK),  # what was owed by an earlier version tells none
                name=payload["title"][:LONGEST],
                external_id=ExternalId("doi", doi, "self", f"https://doi.org/{doi}") if doi else None,
            ),
        ),
    )
