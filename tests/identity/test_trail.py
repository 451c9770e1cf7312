"""Tests of the audit trail: acts of people leave an event, in the transaction that does them."""

from __future__ import annotations

import pytest
import responses
from flask import Flask
from sqlalchemy import select

from orcid_plugin.hooks import registration
from orcid_plugin.identity import trail
from orcid_plugin.store.database import Store
from orcid_plugin.store.tables import AuditEvent
from tests.identity.test_connections import SITE
from tests.mounted import JOSIAH, come_back, deny, grants, runtime_of, sign_in, state_of


def events(store: Store) -> list[tuple[str, str, str | None]]:
    with store.begin() as session:
        return [
            (one.actor, one.action, one.orcid) for one in session.scalars(select(AuditEvent).order_by(AuditEvent.id))
        ]


def test_connecting_denying_and_disconnecting_are_in_the_trail(lite_app: Flask, orcid: responses.RequestsMock) -> None:
    grants(orcid)
    client = lite_app.test_client()
    sign_in(client, "ada")
    deny(client, state_of(client, "/orcid/connect/profile"))
    come_back(client, state_of(client, "/orcid/connect/profile"))
    with lite_app.app_context():
        registration.disconnect("ada")
    assert events(runtime_of(lite_app).store) == [
        ("account:ada", "denied", None),
        ("account:ada", "connected", JOSIAH),
        ("account:ada", "disconnected", JOSIAH),
    ]


def test_what_is_rolled_back_leaves_no_event(store: Store) -> None:
    def fail() -> None:
        with store.begin() as session:
            trail.note(session, SITE, trail.WORKER, "sent", subject="delivery/1", put_code=1001)
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert events(store) == []
