"""The iD that fills the registration form and then belongs to the new account."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import requests
import responses
from flask import Flask, render_template_string, session
from flask.testing import FlaskClient
from sqlalchemy import select, update

from orcid_plugin.errors import IdentityConflict
from orcid_plugin.hooks import registration
from orcid_plugin.host import Purpose
from orcid_plugin.store.tables import Attempt, ConnectionState, Task, now
from tests.mounted import ACCESS, JOSIAH, REVOKE_URL, SOFIA, come_back, deny, grants, runtime_of, sign_in, state_of


@contextmanager
def request_of(app: Flask, client: FlaskClient) -> Iterator[None]:
    """A request of the host's own, from this browser."""
    with client.session_transaction() as cookie:
        values = dict(cookie)
    with app.test_request_context("/register"):
        session.update(values)
        yield


def register(app: Flask, client: FlaskClient, orcid: responses.RequestsMock, person: str = JOSIAH) -> None:
    grants(orcid, person)
    with request_of(app, client):
        url = registration.connect_url(next="/register")
    assert come_back(client, state_of(client, url)).location == "/register"


def test_an_id_waits_for_the_form_and_then_belongs_to_the_account(app: Flask, orcid: responses.RequestsMock) -> None:
    client = app.test_client()
    with request_of(app, client):
        assert registration.pending() is None
    register(app, client, orcid)
    with request_of(app, client):
        person = registration.pending()
        assert person is not None
        assert (person.orcid.path, person.orcid.host, person.name) == (JOSIAH, "sandbox.orcid.org", "Josiah Carberry")
        connected = registration.completed("ada")
        assert connected is not None
        assert connected.scopes == {"/activities/update", "/read-limited", "openid"}
        assert registration.pending() is None
        assert registration.completed("eve") is None
        assert registration.connection("ada") == connected
        assert registration.connection("eve") is None


def test_the_cookie_holds_no_id(app: Flask, orcid: responses.RequestsMock) -> None:
    client = app.test_client()
    register(app, client, orcid)
    with client.session_transaction() as cookie:
        assert JOSIAH not in str(dict(cookie))


def test_another_browser_sees_nothing(app: Flask, orcid: responses.RequestsMock) -> None:
    register(app, app.test_client(), orcid)
    other = app.test_client()
    state_of(other, "/orcid/connect/register")
    with request_of(app, other):
        assert registration.pending() is None
        assert registration.completed("eve") is None


def test_the_newest_id_counts(app: Flask, orcid: responses.RequestsMock) -> None:
    client = app.test_client()
    register(app, client, orcid)
    register(app, client, orcid, SOFIA)
    with request_of(app, client):
        person = registration.pending()
        assert person is not None
        assert person.orcid.path == SOFIA


def test_an_id_waits_for_one_day(app: Flask, orcid: responses.RequestsMock) -> None:
    client = app.test_client()
    register(app, client, orcid)
    with runtime_of(app).store.begin() as database:
        database.execute(update(Attempt).values(used_at=now() - timedelta(hours=25)))
    with request_of(app, client):
        assert registration.pending() is None


def test_an_account_with_another_id(app: Flask, orcid: responses.RequestsMock) -> None:
    client = app.test_client()
    for person in (JOSIAH, SOFIA):
        register(app, client, orcid, person)
        with request_of(app, client):
            if person == JOSIAH:
                registration.completed("ada")
            else:
                with pytest.raises(IdentityConflict):
                    registration.completed("ada")
                connected = registration.connection("ada")
                assert connected is not None
                assert connected.orcid.path == JOSIAH


def test_disconnecting_works_while_orcid_does_not_answer_and_is_told_to_orcid_later(
    app: Flask, orcid: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    client = app.test_client()
    register(app, client, orcid)
    with request_of(app, client):
        registration.completed("ada")
        assert registration.disconnect("ada")
        assert registration.connection("ada") is None
        assert not registration.disconnect("ada")
        assert registration.pending() is None
    for answer in ({"status": 500, "body": "<html>"}, {"body": requests.ReadTimeout()}, {"status": 200}):
        orcid.upsert(responses.POST, REVOKE_URL, **answer)  # type: ignore[arg-type]
        with runtime_of(app).store.begin() as session:
            session.execute(update(Task).values(due_at=now()))
        runtime_of(app).worker(app).run_once()
    assert f"token={ACCESS}" in str(orcid.calls[-1].request.body)
    with runtime_of(app).store.begin() as session:
        assert session.scalars(select(Task.state)).all() == ["done"]
    assert ACCESS not in caplog.text


def test_who_disconnected_may_connect_again_even_another_id(app: Flask, orcid: responses.RequestsMock) -> None:
    client = app.test_client()
    orcid.add(responses.POST, REVOKE_URL)
    sign_in(client, "ada")
    for person in (JOSIAH, SOFIA, JOSIAH):
        grants(orcid, person)
        with request_of(app, client):
            url = registration.profile_url(next="/profile")
        assert come_back(client, state_of(client, url)).location == "/profile"
        with request_of(app, client):
            connected = registration.connection("ada")
            assert connected is not None
            assert (connected.orcid.path, connected.state) == (person, ConnectionState.ACTIVE)
            assert registration.disconnect("ada")


def test_edu_person_orcid_is_the_whole_uri_while_the_permission_holds(
    app: Flask, orcid: responses.RequestsMock
) -> None:
    client = app.test_client()
    register(app, client, orcid)
    with request_of(app, client):
        assert registration.edu_person_orcid("ada") is None
        registration.completed("ada")
        assert registration.edu_person_orcid("ada") == f"https://sandbox.orcid.org/{JOSIAH}"
        registration.disconnect("ada")
        assert registration.edu_person_orcid("ada") is None


def test_who_said_no_is_not_asked_again_and_may_change_their_mind(app: Flask, orcid: responses.RequestsMock) -> None:
    client = app.test_client()
    sign_in(client, "ada")
    deny(client, state_of(client, "/orcid/connect/profile"))
    with app.test_request_context():
        said_no = registration.denied("ada")
        assert said_no is not None
        assert now() - said_no < timedelta(minutes=1)
        assert registration.denied("ada", Purpose.SUBMISSION) is None
        assert registration.denied("bob") is None
        button = '{% from "orcid_plugin/macros.html" import connect_button %}{{ connect_button("/c", declined=no) }}'
        assert "you can change your mind" in render_template_string(button, no=said_no)
        assert "change your mind" not in render_template_string(button, no=None)
    state = state_of(client, "/orcid/connect/profile")
    with app.test_request_context():
        assert registration.denied("ada") == said_no  # setting out is no answer yet
    grants(orcid)
    come_back(client, state)
    with app.test_request_context():
        assert registration.denied("ada") is None
