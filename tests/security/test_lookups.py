"""Secrets that come back from a browser: what the database is asked, and what an old cookie is worth."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import responses
from flask import Flask
from sqlalchemy import event

from orcid_plugin.hooks import registration
from orcid_plugin.store.encryption import hashed
from tests.mounted import SigningHost, come_back, grants, make_app, runtime_of, sign_in, state_of, submit


@contextmanager
def asked(app: Flask) -> Iterator[list[str]]:
    """What the database is given, statement and parameters."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        found.append(f"{statement} {parameters!r}")

    engine = runtime_of(app).store.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_a_secret_is_looked_up_by_its_hash_so_that_time_tells_nothing_of_it(
    app: Flask, orcid: responses.RequestsMock
) -> None:
    grants(orcid)
    submit(app)
    client = app.test_client()
    with asked(app) as statements:
        state = state_of(client, "/orcid/connect/register")
        come_back(client, state)
        client.get("/orcid/invitation/a-guess-of-an-invitation")
    with client.session_transaction() as cookie:
        browser = cookie["orcid_plugin_browser"]
    text = "\n".join(statements)
    for secret in (state, browser, "a-guess-of-an-invitation"):
        assert secret not in text
        assert hashed(secret) in text


def test_who_left_a_cookie_in_a_browser_gains_nothing_when_somebody_signs_in(
    tmp_path: object, orcid: responses.RequestsMock
) -> None:
    host = SigningHost()
    app = make_app(f"sqlite:///{tmp_path}/fixation.sqlite3", host)
    runtime_of(app).store.upgrade()
    grants(orcid)
    victim, attacker = app.test_client(), app.test_client()
    sign_in(victim, "ada")
    come_back(victim, state_of(victim, "/orcid/connect/profile"))
    sign_in(victim, None)

    state_of(attacker, "/orcid/connect/sign-in")
    with attacker.session_transaction() as known, victim.session_transaction() as planted:
        planted["orcid_plugin_browser"] = known["orcid_plugin_browser"]
    come_back(victim, state_of(victim, "/orcid/connect/sign-in"))
    with victim.session_transaction() as after, attacker.session_transaction() as before:
        assert after["account"] == "ada"
        assert after["orcid_plugin_browser"] != before["orcid_plugin_browser"]
    assert attacker.get("/orcid/thanks").status_code == 404
    with attacker.session_transaction() as cookie:
        values = dict(cookie)
    with app.test_request_context():
        from flask import session

        session.update(values)
        assert registration.pending() is None
        assert registration.completed("eve") is None
    runtime_of(app).close()
