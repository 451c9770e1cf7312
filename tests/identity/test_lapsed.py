"""Who comes to register and does not: the permission ends a day later; everybody else's stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from orcid_plugin.host import Purpose
from orcid_plugin.identity import attempts, authorship, connections, lapsed
from orcid_plugin.store import tasks
from orcid_plugin.store.database import Store
from orcid_plugin.store.tables import Attempt, AuditEvent, Conflict, Connection, ConnectionState, Task, now
from tests.identity.test_connections import JOSIAH, KEYRING, SITE, answer, rows

LATER = timedelta(days=1, minutes=1)


def come(store: Store, purpose: Purpose, *, outcome: str = attempts.CONNECTED, account: str | None = None) -> int:
    """A trip to ORCID that ended now; returns the id of the connection."""
    with store.begin() as session:
        connection = connections.store_answer(session, SITE, KEYRING, answer(), account)
        session.add(
            Attempt(
                site=SITE.key,
                environment=SITE.environment.name,
                state_hash=f"{purpose}",
                browser_hash="b",
                purpose=purpose,
                scopes="",
                used_at=now(),
                expires_at=now(),
                outcome=outcome,
                connection_id=connection.id,
            )
        )
        return connection.id


def give_up(store: Store, after: timedelta = LATER, site: str = SITE.key) -> int:
    with store.begin() as session:
        return lapsed.give_up(session, KEYRING, site, now() + after)


@pytest.mark.parametrize("purpose", [Purpose.REGISTER, Purpose.SIGN_IN])
@pytest.mark.parametrize("state", [ConnectionState.ACTIVE, ConnectionState.STALE, ConnectionState.REVOKED])
def test_a_form_that_nobody_handed_in(store: Store, purpose: Purpose, state: ConnectionState) -> None:
    number = come(store, purpose)
    with store.begin() as session:
        sign_in = replace(answer(token="sign-in"), scopes=frozenset({"openid"}))
        connections.store_answer(session, SITE, KEYRING, sign_in, None)
        session.get_one(Connection, number).state = state
    assert give_up(store, timedelta(hours=23)) == 0
    assert give_up(store, site="another") == 0
    assert give_up(store) == 1
    assert rows(store) == []
    with store.begin() as session:
        found = session.scalars(select(Task)).all()
        assert {tasks.payload_of(KEYRING, one)["token"] for one in found} == {"token-1", "sign-in"}
        # Another person's connection may get the number, which on SQLite is used again.
        assert {(one.subject_id, one.client_id) for one in found} == {(None, SITE.client_id)}
        assert session.scalars(select(Attempt.connection_id)).all() == [None]
        event = session.scalars(select(AuditEvent)).one()
        assert (event.action, event.actor, event.orcid) == ("registration_lapsed", "worker", JOSIAH)
    assert give_up(store) == 0


class TestKept:
    def stays(self, store: Store) -> None:
        assert give_up(store) == 0
        assert len(rows(store)) == 1
        with store.begin() as session:
            assert session.scalars(select(Task)).all() == []

    def test_of_somebody_who_has_an_account(self, store: Store) -> None:
        come(store, Purpose.REGISTER, outcome=attempts.REGISTERED, account="ada")
        self.stays(store)

    def test_of_somebody_whose_account_was_taken_away(self, store: Store) -> None:
        come(store, Purpose.REGISTER, outcome=attempts.REGISTERED)
        self.stays(store)

    def test_of_a_contributor(self, store: Store) -> None:
        number = come(store, Purpose.SIGN_IN)
        with store.begin() as session:
            authorship.link(session, SITE, "ms-1", "1", session.get_one(Connection, number))
        self.stays(store)

    @pytest.mark.parametrize("purpose", [Purpose.SUBMISSION, Purpose.INVITATION, Purpose.PROFILE])
    def test_of_somebody_who_came_for_something_else_too(self, store: Store, purpose: Purpose) -> None:
        come(store, Purpose.REGISTER)
        come(store, purpose)
        self.stays(store)

    def test_that_was_imported(self, store: Store) -> None:
        with store.begin() as session:
            connections.store_answer(session, SITE, KEYRING, answer(), None)
        self.stays(store)

    def test_that_is_in_a_conflict(self, store: Store) -> None:
        number = come(store, Purpose.REGISTER)
        with store.begin() as session:
            of_conflict: dict[str, Any] = {"site": SITE.key, "environment": "sandbox", "connection_id": number}
            session.add(Conflict(**of_conflict, account="bob", browser_hash="b", expires_at=now()))
        self.stays(store)

    def test_that_the_person_ended(self, store: Store) -> None:
        number = come(store, Purpose.REGISTER)
        with store.begin() as session:
            session.get_one(Connection, number).state = ConnectionState.DISCONNECTED
        self.stays(store)
