"""An attempt is used once, whoever comes at the same moment; how states and links are kept is seen in tests/web."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urljoin, urlsplit

from hypothesis import example, given
from hypothesis import strategies as st
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


@given(st.text(alphabet="/\\\t\n\r .:@?#%aehltv\x00\x7f\u2028", max_size=12))
@example("//evil.example")
@example("/\\evil.example")
@example("\\/evil.example")
@example("/\t/evil.example")
@example("/\r\n/evil.example")
@example("https:/evil.example")
def test_no_next_url_leaves_the_host(text: str) -> None:
    kept = attempts.local_path(text)
    if kept is not None:
        assert kept == text
        # As browsers read it: a backslash is a slash, tabs and line ends are dropped (WHATWG URL).
        read = kept.replace("\\", "/").replace("\t", "").replace("\n", "").replace("\r", "").strip()
        assert urlsplit(urljoin("https://journal.example/orcid/callback", read)).netloc == "journal.example"
        assert read.startswith("/")
        assert not read.startswith("//")
