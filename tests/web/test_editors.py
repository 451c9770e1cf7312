"""The page on which an editor sees what happened to a publication at ORCID, and sends it again."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from orcid_plugin.errors import InputError
from orcid_plugin.hooks import publication as hook
from orcid_plugin.store.tables import AuditEvent, Call, Delivery, DeliveryState, InvitationState
from tests.hooks.test_publication import KEY, connect
from tests.mounted import JOSIAH, article, runtime_of, sign_in

URL = "/orcid/history?publication=doi:10.5555/demo.1"


@pytest.fixture
def app(lite_app: Flask) -> Flask:
    """What was sent to Josiah's record failed; ORCID refused it in a call that is in the log."""
    connect(lite_app)
    with lite_app.app_context():
        hook.published(article())
    with runtime_of(lite_app).store.begin() as session:
        delivery = session.query(Delivery).one()
        delivery.state, delivery.attempts = DeliveryState.FAILED, 1
        delivery.code, delivery.message = "message_refused", "ORCID refused <b>it</b>."
        call = {"method": "POST", "url": "https://api.orcid.org/v3.0/work", "correlation_id": "0ff1ce"}
        session.add(Call(site="default", publication_key=KEY, status=400, milliseconds=7, **call))
    return lite_app


def editor(app: Flask, account: str | None = "ada") -> FlaskClient:
    client = app.test_client()
    sign_in(client, account)
    return client


def token_of(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


def test_the_page_shows_the_state_the_reason_and_the_call(app: Flask) -> None:
    page = editor(app).get(URL)
    assert page.status_code == 200
    for text in ("failed", "message_refused", "ORCID refused &lt;b&gt;it&lt;/b&gt;.", JOSIAH, "0ff1ce", "On &lt;i&gt;"):
        assert text in page.text


def test_each_event_is_told_in_words(app: Flask) -> None:
    states = set(InvitationState) - {InvitationState.DRAFT}
    names = [*(f"invitation_{state}" for state in states), "invitation_drafted", "invitation_reminded"]
    names += ["invitation_inbox_refused", "invitations_opted_out", "unlinked", "connected", "denied", "signed_in"]
    with runtime_of(app).store.begin() as session:
        session.add_all(AuditEvent(site="default", actor="worker", action=name, publication_key=KEY) for name in names)
    page = editor(app).get(URL).text
    assert [name for name in names if "_" in name and name in page] == []
    assert "the invitation was replaced by a newer one" in page


def test_sending_again_is_planned_noted_and_said(app: Flask) -> None:
    client = editor(app)
    form = {"csrf_token": token_of(client.get(URL).text), "orcid": JOSIAH}
    answer = client.post(URL, data=form)
    assert answer.status_code == 302
    page = client.get(answer.location).text
    assert "It is on its way again." in page
    assert "asked to send it again" in page
    assert "by ada" in page
    assert "Send again" not in page  # it is on its way
    with app.app_context():
        [record] = hook.history(KEY).records
    assert (record.state, record.can_send_again) == (DeliveryState.PENDING, False)
    assert (
        "That record is owed nothing."
        in client.get(client.post(URL, data=form | {"orcid": "0000-0001-5109-3700"}).location).text
    )


def test_a_form_of_another_site_is_refused(app: Flask) -> None:
    assert editor(app).post(URL, data={"orcid": JOSIAH}).status_code == 400


@pytest.mark.parametrize("orcid", ["", "nobody", "\x00"])
def test_what_is_no_id_is_refused(app: Flask, orcid: str) -> None:
    client = editor(app)
    form = {"csrf_token": token_of(client.get(URL).text), "orcid": orcid}
    assert client.post(URL, data=form).status_code == 400


@pytest.mark.parametrize(
    ("account", "url", "status"),
    [
        (None, URL, 403),
        ("eve", URL, 403),
        ("ada", "/orcid/history?publication=unknown", 404),
        ("ada", "/orcid/history?publication=%00", 404),
        ("ada", "/orcid/history", 404),
    ],
)
def test_who_sees_it_and_of_what(app: Flask, account: str | None, url: str, status: int) -> None:
    client = editor(app, account)
    assert client.get(url).status_code == status
    assert client.post(url, data={"csrf_token": "x", "orcid": JOSIAH}).status_code in {400, status}


def test_the_address_of_the_page_and_the_values_for_a_page_of_the_hosts_own(app: Flask) -> None:
    with app.test_request_context():
        assert hook.history_url(KEY) == URL
        history = hook.history(KEY)
        with pytest.raises(InputError, match="unknown"):
            hook.history("unknown")
    [record], [call] = history.records, history.calls
    assert (record.orcid, record.code, record.put_code, record.can_send_again) == (
        JOSIAH,
        "message_refused",
        None,
        True,
    )
    assert (call.status, call.correlation_id) == (400, "0ff1ce")
