"""The editors' page of invitations: what it tells, whom, and sending one again."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from orcid_plugin.hooks import invitations
from orcid_plugin.hooks.invitations import InvitationStatus
from orcid_plugin.identity import invitations as rows
from orcid_plugin.store.tables import Invitation, InvitationState
from tests.mounted import FakeHost, deliver, runtime_of, sign_in, submit

PAGE = "/orcid/invitations?publication=ms-1"


@pytest.fixture
def editor(lite_app: Flask) -> FlaskClient:
    submit(lite_app)
    client = lite_app.test_client()
    sign_in(client, "ada")
    return client


def invite(app: Flask, **options: object) -> InvitationStatus:
    with app.test_request_context():
        made = invitations.invite("ms-1", "2", email="sofia@example.org", invited_by="Ada", **options)  # type: ignore[arg-type]
    deliver(app)
    return made


def send_again(client: FlaskClient, number: int, **form: str) -> int:
    (token,) = set(re.findall(r'name="csrf_token" value="([^"]+)"', client.get(PAGE).text)) or {""}
    return client.post(f"/orcid/invitations/{number}/send", data={"csrf_token": token, **form}).status_code


def test_it_tells_state_history_and_what_is_still_to_come(lite_app: Flask, editor: FlaskClient) -> None:
    assert "Nobody was invited yet." in editor.get(PAGE).text
    made = invite(lite_app)
    with lite_app.app_context():
        invitations.bounced("550 <no> such user", invitation_id=made.id)
    page = editor.get(PAGE).text
    for text in ("Sofia Example", "sofia@example.org", "came back", "550 &lt;no&gt; such user", "0 sent"):
        assert text in page
    assert "by the site itself" in page
    assert "by account ada" not in page


def test_sending_again_comes_back_to_the_page(lite_app: Flask, host: FakeHost, editor: FlaskClient) -> None:
    made = invite(lite_app)
    page = editor.get(PAGE).text
    assert "Links in earlier mails hold as well." in page
    assert "the next one on" in page
    assert send_again(editor, made.id, next=PAGE) == 302
    deliver(lite_app)
    assert len(host.mails) == 2
    assert "by account ada" in editor.get(PAGE).text


def test_two_clicks_send_one_mail(lite_app: Flask, host: FakeHost, editor: FlaskClient) -> None:
    made = invite(lite_app)
    (sendings,) = re.findall(r'name="sendings" value="(\d+)"', editor.get(PAGE).text)
    for _ in range(2):
        assert send_again(editor, made.id, next=PAGE, sendings=sendings) == 302
        deliver(lite_app)
    assert len(host.mails) == 2


def test_one_that_was_answered_meanwhile(lite_app: Flask, editor: FlaskClient) -> None:
    made = invite(lite_app)
    (token,) = set(re.findall(r'name="csrf_token" value="([^"]+)"', editor.get(PAGE).text))
    runtime = runtime_of(lite_app)
    with runtime.store.begin() as session:
        rows.answer(session, made.id, InvitationState.DENIED)
    page = editor.post(f"/orcid/invitations/{made.id}/send", data={"csrf_token": token})
    assert page.status_code == 409
    assert "No invitation was sent" in page.text
    assert "the invitation of Sofia Example is denied" in page.text
    assert "Send again" not in editor.get(PAGE).text


def test_a_draft_and_somebody_who_opted_out(lite_app: Flask, editor: FlaskClient) -> None:
    made = invite(lite_app, draft=True)
    assert re.search(r">Send</button>", editor.get(PAGE).text)
    runtime = runtime_of(lite_app)
    with runtime.store.begin() as session:
        rows.opt_out(session, session.get_one(Invitation, made.id))
    page = editor.get(PAGE).text
    assert "wants no more invitations" in page
    assert "</button>" not in page


@pytest.mark.parametrize("account", [None, "eve"])
def test_it_is_for_editors_alone(lite_app: Flask, editor: FlaskClient, account: str | None) -> None:
    made = invite(lite_app)
    assert send_again(editor, 99) == 404
    sign_in(editor, account)
    assert editor.get(PAGE).status_code == 403
    sign_in(editor, "ada")
    (token,) = set(re.findall(r'name="csrf_token" value="([^"]+)"', editor.get(PAGE).text))
    sign_in(editor, account)
    assert editor.post(f"/orcid/invitations/{made.id}/send", data={"csrf_token": token}).status_code == 403


def test_what_is_not_there_and_forged_forms(lite_app: Flask, editor: FlaskClient) -> None:
    made = invite(lite_app)
    assert editor.get("/orcid/invitations?publication=ms-9").status_code == 404
    assert editor.get("/orcid/invitations?publication=%00").status_code == 403
    assert editor.post(f"/orcid/invitations/{made.id}/send").status_code == 400
