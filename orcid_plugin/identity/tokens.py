"""The tokens of a connection: kept sealed, and owed back to ORCID when they are kept no longer.

There are two at most: the one in use, and beside it the newest that allows less, as that of a mere sign-in. It must not
be given back while the person is connected, since ORCID skips its question for consent only while a token of exactly
the same scopes holds (ORCID-Source: `/oauth/authorize`).
"""

from __future__ import annotations

import datetime
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session

from orcid_plugin.errors import UnusableKey
from orcid_plugin.registry.oauth_answers import TokenAnswer
from orcid_plugin.store import tasks
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import Connection, ConnectionState, now

log = logging.getLogger("orcid_plugin.identity")


def keep(keyring: Keyring, connection: Connection, answer: TokenAnswer) -> None:
    """Put ORCID's newest answer in the place of the one in use."""
    connection.scopes = " ".join(sorted(answer.scopes))
    connection.sealed_token_answer = keyring.seal(json.dumps(answer.raw), connection.seal_owner)
    connection.token_hash = keyring.lookup(answer.access_token)
    connection.expires_at = (
        now() + datetime.timedelta(seconds=answer.expires_in) if answer.expires_in is not None else None
    )


def keep_beside(keyring: Keyring, connection: Connection, answer: dict[str, Any]) -> None:
    """Put an answer that allows less beside the one in use."""
    connection.sealed_sign_in_answer = keyring.seal(json.dumps(answer), connection.seal_owner)
    connection.sign_in_token_hash = keyring.lookup(str(answer["access_token"]))


def set_aside(connection: Connection) -> None:
    """Keep what was in use beside the wider answer that takes its place."""
    connection.sealed_sign_in_answer = connection.sealed_token_answer
    connection.sign_in_token_hash = connection.token_hash


def forget(connection: Connection) -> None:
    """Keep nothing that could write to the record, or stands for a permission."""
    connection.state = ConnectionState.DISCONNECTED
    connection.sealed_token_answer = ""
    connection.token_hash = connection.expires_at = None
    forget_beside(connection)


def forget_beside(connection: Connection) -> None:
    """Keep only the token in use."""
    connection.sealed_sign_in_answer = connection.sign_in_token_hash = None


def opened(keyring: Keyring, connection: Connection, sealed: str) -> dict[str, Any]:
    """An answer that the connection keeps. Raises `UnusableKey`."""
    answer: dict[str, Any] = json.loads(keyring.open(sealed, connection.seal_owner))
    return answer


def lock(session: Session, connection: Connection) -> None:
    """Read the row again, and let nobody else change its tokens until the transaction ends.

    What was read before may be the past: a worker renews tokens while people come and go.
    """
    if connection.id is not None:  # else it is new
        session.flush()
        session.refresh(connection, with_for_update={"key_share": True})


@contextmanager
def owing_back(session: Session, keyring: Keyring, connection: Connection) -> Iterator[None]:
    """Whatever token the connection keeps before, and not after, is owed back to ORCID, which gave it.

    Nothing takes a token from a connection but within this.
    """
    lock(session, connection)
    client_id, before = connection.client_id, _kept(connection)
    yield
    after = _kept(connection)
    for sealed in [one for one in before if one not in after]:
        try:
            token = str(opened(keyring, connection, sealed)["access_token"])
        except UnusableKey as error:
            log.warning("a token of %s ends here, but not at ORCID: %s", connection.orcid, error)
            continue
        if set(keyring.lookups(token)).isdisjoint(after.values()):  # else ORCID gave the same one again
            tasks.owe_revocation(
                session,
                keyring,
                site=connection.site,
                environment=connection.environment,
                client_id=client_id,
                token=token,
                subject_id=connection.id,
            )


def _kept(connection: Connection) -> dict[str, str | None]:
    """The answers, sealed, with the hashes of their tokens; that of somebody who is leaving is owed back already."""
    found = {connection.sealed_sign_in_answer: connection.sign_in_token_hash}
    if connection.state != ConnectionState.LEAVING:
        found[connection.sealed_token_answer] = connection.token_hash
    return {sealed: token_hash for sealed, token_hash in found.items() if sealed}
