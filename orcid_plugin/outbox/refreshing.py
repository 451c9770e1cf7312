"""A new token in the place of one that is over, before something is written with it."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable
from dataclasses import dataclass

from orcid_plugin.errors import GrantRefused, NotConnected, UnusableAnswer
from orcid_plugin.identity import connections, tokens, trail
from orcid_plugin.registry.oauth import OAuthClient
from orcid_plugin.registry.oauth_answers import TokenAnswer
from orcid_plugin.settings import Site
from orcid_plugin.store.calls import about
from orcid_plugin.store.database import Store
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import Connection

log = logging.getLogger("orcid_plugin.outbox")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresher:
    """Renews tokens for whoever holds the claim on a record: two at once would make each other's token void."""

    site: Site
    store: Store
    keyring: Keyring
    oauth: OAuthClient
    clock: Callable[[], datetime.datetime]

    def refresh(self, orcid: str) -> None:
        """Renew the token of the record's connection if it is over. Where there is none to be had, it is `revoked`.

        Raises `OAuthError` and `Unreachable` where ORCID cannot tell at the moment, `UnusableKey`.
        """
        with self.store.begin() as session:
            connection = connections.of_orcid(session, self.site, orcid)
            if connection is None or not connections.is_over(connection, self.clock()):
                return
            token = connections.access_token(self.keyring, connection)
            refresh_token = connections.refresh_token(self.keyring, connection)
        answer = self._renewed(refresh_token, orcid) if refresh_token else None
        with self.store.begin() as session:
            held = session.get_one(Connection, connection.id, with_for_update=True)
            if not self._holds(held, token):  # the person connected again meanwhile, or disconnected
                if answer is not None:
                    connections.give_back(session, self.keyring, self.site, answer.access_token, orcid)
            elif answer is not None and answer.refresh_token == refresh_token:
                # ORCID revokes pairs: giving back the old access token, which is over, would end this permission.
                tokens.keep(self.keyring, held, answer)
            elif answer is not None:
                with tokens.owing_back(session, self.keyring, held):
                    tokens.keep(self.keyring, held, answer)
            elif connections.permission_ended(session, held):
                trail.note(session, self.site, trail.WORKER, "permission_ended", connection=held)
                log.warning("the permission of %s was given for a time, which is over", orcid)

    def _holds(self, connection: Connection, token: str) -> bool:
        """Whether a connection has this token still; it may have been sealed anew under another key."""
        try:
            return connections.access_token(self.keyring, connection) == token
        except NotConnected:
            return False

    def _renewed(self, refresh_token: str, orcid: str) -> TokenAnswer | None:
        """ORCID's new token; None where it gives none any more."""
        try:
            with about(orcid=orcid):
                answer = self.oauth.refresh(refresh_token, refused=self._give_back)
        except GrantRefused:
            return None
        if answer.orcid != orcid:
            self._give_back(answer.access_token)
            raise UnusableAnswer("unusable_answer", "the new token is for another iD", 200)
        return answer

    def _give_back(self, token: str) -> None:
        with self.store.begin() as session:
            connections.give_back(session, self.keyring, self.site, token)
