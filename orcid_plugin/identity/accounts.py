"""Which account of the host an iD signs in."""

from __future__ import annotations

from collections.abc import Iterable

from orcid_plugin.host import SignsIn
from orcid_plugin.registry.messages.person import Email
from orcid_plugin.store.tables import Connection, ConnectionState


def of_email(host: SignsIn, emails: Iterable[Email]) -> str | None:
    """The account of the addresses that ORCID has verified; None for none, and where they are those of several."""
    accounts = {host.account_of_email(one.email) for one in emails if one.verified} - {None}
    return accounts.pop() if len(accounts) == 1 else None


def left(connection: Connection) -> bool:
    """Whether the person disconnected, which signing in must not undo."""
    return connection.state in {ConnectionState.DISCONNECTED, ConnectionState.LEAVING}
