"""An attempt is used once, whoever comes at the same moment; how states and links are kept is seen in tests/web."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from orcid_plugin.errors import AttemptRefused
from orcid_plugin.host import Purpose
from orcid_plugin.identity import attempts
from orcid_plugin.settings import Settings
from orcid_plugin.store.database import Store
from orcid_plugin.store.tables import Attempt, now
from tests.identity.test_connections import SITE, at_once


def start(store: Store) -> str:
    with store.begin() as session:
        return attempts.start(session, SITE, Settings(), purpose=Purpose.PROFILE, browser="b", account="ada")


def test_only_one_of_many_takes_it(store: Store) -> None:
    state = start(store)

    def take() -> None:
        with store.begin() as session:
            attempts.take(session, SITE, state=state, browser="b", account="ada")

    raised = at_once(*[take] * 5)
    assert [type(error) for error in raised] == [AttemptRefused] * 4


def test_what_was_never_used_is_forgotten(store: Store) -> None:
    start(store)
    used = start(store)
    with store.begin() as session:
        attempts.take(session, SITE, state=used, browser="b", account="ada")
        for attempt in session.scalars(select(Attempt)):
            attempt.expires_at = now() - timedelta(days=2)
    start(store)
    with store.begin() as session:
        assert [attempt.used_at is not None for attempt in session.scalars(select(Attempt).order_by(Attempt.id))] == [
            True,
            False,
        ]
