"""Invitations in the inbox of an ORCID record, against the emulator, and the mail where that is refused."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from orcid_plugin.emulator import Fault, Server
from orcid_plugin.emulator.values import Notification
from orcid_plugin.errors import NotInvited
from orcid_plugin.hooks import invitations, submission
from orcid_plugin.hooks.invitations import InvitationStatus
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.store import tasks
from orcid_plugin.store.tables import InvitationState, Task
from tests.mounted import JOSIAH, FakeHost, article, deliver, dump, make_app, runtime_of

PREMIUM = ("APP-EMULATORPREMIUM0", "emulator-premium-secret")
MEMBER = ("APP-EMULATORMEMBER00", "emulator-member-secret")
MakeApp = Callable[..., Flask]


@pytest.fixture
def journal(tmp_path: Any, host: FakeHost, orcid_registry: Server) -> Iterator[MakeApp]:
    made: list[Flask] = []

    def make(credentials: tuple[str, str] = PREMIUM, **settings: Any) -> Flask:
        app = make_app(
            f"sqlite:///{tmp_path}/store.sqlite3",
            host,
            environment="emulator",
            client_id=credentials[0],
            client_secret=credentials[1],
            web_url=orcid_registry.web,
            api_url=orcid_registry.api,
            public_api_url=orcid_registry.public_api,
            public_url="https://journal.example",
            **({"inbox_invitations": "yes"} | settings),
        )
        made.append(app)
        runtime_of(app).store.upgrade()
        one, two, group = article().contributors
        stated = dataclasses.replace(one, orcid=OrcidId(JOSIAH), authenticated=False)
        with app.app_context():
            submission.submitted(dataclasses.replace(article(), contributors=(stated, two, group)), key="ms-1")
        return app

    yield make
    for app in made:
        runtime_of(app).close()


def invite(app: Flask, contributor: str = "1", email: str | None = "josiah@example.org") -> InvitationStatus:
    with app.app_context():
        made = invitations.invite("ms-1", contributor, email=email, invited_by="Ada O'Brien")
        deliver(app)
        return invitations.find(made.id)


def inbox(server: Server) -> list[Notification]:
    return [one for one in server.registry.notifications.values() if one.type == "permission"]


def test_it_goes_to_the_inbox_of_the_iD_that_the_metadata_states(  # noqa: N802 (iD)
    journal: MakeApp, host: FakeHost, orcid_registry: Server
) -> None:
    app = journal()
    made = invite(app, email=None)
    (found,) = inbox(orcid_registry)
    assert (made.state, made.orcid, made.failure, made.remind_at) == (InvitationState.SENT, JOSIAH, None, None)
    assert host.mails == []
    assert found.orcid == JOSIAH
    assert found.message["notification-subject"] == "Your ORCID iD for “On <i>tests</i> & trees”"
    assert "Ada O'Brien of Journal of Tests asks you" in found.message["notification-intro"]
    (item,) = found.message["items"]["item"]
    assert (item["item-type"], item["item-name"]) == ("work", "On <i>tests</i> & trees")
    assert item["external-id"]["external-id-value"] == "10.5555/demo.1"
    address = found.message["authorization-url"]["uri"]
    page = app.test_client().get(address.removeprefix("https://journal.example"))
    assert page.status_code == 200
    assert "Josiah Example" in page.text


def test_nobody_who_was_asked_there_is_reminded_by_mail(journal: MakeApp, host: FakeHost) -> None:
    app = journal()
    assert invite(app).remind_at is None
    with runtime_of(app).store.begin() as session:
        for task in session.scalars(select(Task).where(Task.kind == "reminder")):
            task.due_at = task.created_at
    deliver(app)
    assert host.mails == []


def test_who_states_no_iD_gets_a_mail(journal: MakeApp, host: FakeHost, orcid_registry: Server) -> None:  # noqa: N802
    made = invite(journal(), "2", "sofia@example.org")
    assert (made.state, made.orcid, inbox(orcid_registry)) == (InvitationState.SENT, None, [])
    assert [mail.to for mail in host.mails] == ["sofia@example.org"]


def test_nobody_is_notified_unless_the_site_says_so(journal: MakeApp, host: FakeHost, orcid_registry: Server) -> None:
    invite(journal(inbox_invitations="no"))
    assert (len(host.mails), inbox(orcid_registry)) == (1, [])


def opted_out(server: Server) -> None:
    person = server.registry.researchers[JOSIAH]
    server.registry.researchers[JOSIAH] = dataclasses.replace(person, notifications=False)


def locked(server: Server) -> None:
    person = server.registry.researchers[JOSIAH]
    server.registry.researchers[JOSIAH] = dataclasses.replace(person, state="locked")


@pytest.mark.parametrize(
    ("happen", "credentials", "sentence"),
    [(opted_out, PREMIUM, "9032"), (locked, PREMIUM, "9018"), (lambda server: None, MEMBER, "scope")],
)
def test_what_the_inbox_refuses_goes_by_mail(
    journal: MakeApp,
    host: FakeHost,
    orcid_registry: Server,
    happen: Callable[[Server], None],
    credentials: tuple[str, str],
    sentence: str,
) -> None:
    happen(orcid_registry)
    made = invite(journal(credentials))
    assert inbox(orcid_registry) == []
    assert [mail.to for mail in host.mails] == ["josiah@example.org"]
    assert (made.state, made.orcid) == (InvitationState.SENT, None)
    assert made.remind_at is not None
    (refused,) = [event for event in made.history if event.action == "invitation_inbox_refused"]
    assert sentence in refused.details["reason"]


@pytest.mark.parametrize("email", ["josiah@example.org", None])
def test_a_refusal_that_repeats_the_personal_link_is_kept_without_it(
    journal: MakeApp, orcid_registry: Server, email: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    app = journal()
    with app.app_context():
        made = invitations.invite("ms-1", "1", email=email, invited_by="Ada Editor")
    runtime = runtime_of(app)
    with runtime.store.begin() as session:
        (task,) = session.scalars(select(Task).where(Task.kind == "inbox"))
        link = tasks.payload_of(runtime.keyring, task)["link"]
    said = json.dumps({"response-code": 400, "error-code": 9001, "developer-message": f"Not an address: {link}"})
    orcid_registry.registry.faults.plan(Fault(status=400, body=said), methods="POST", path="notification-permission")
    deliver(app)
    with app.app_context():
        kept = invitations.find(made.id)
    assert "Not an address: …" in repr(kept)
    secret = link.rpartition("/")[2]
    for place in (repr(kept), dump(app), caplog.text):
        assert secret not in place


def test_without_an_address_that_is_said(journal: MakeApp, orcid_registry: Server) -> None:
    opted_out(orcid_registry)
    app = journal()
    made = invite(app, email=None)
    assert made.state == InvitationState.NOT_SENT
    assert "no e-mail address is known" in str(made.failure)
    with app.app_context(), pytest.raises(NotInvited, match="no e-mail address"):
        invitations.invite("ms-1", "2")


def test_an_answer_that_got_lost_is_not_asked_for_twice(journal: MakeApp, orcid_registry: Server) -> None:
    app = journal()
    orcid_registry.registry.faults.plan(Fault(close=True, after=True), methods="POST", path="notification-permission")
    made = invite(app)
    assert made.state == InvitationState.QUEUED
    assert made.failure
    with runtime_of(app).store.begin() as session:
        for task in session.scalars(select(Task).where(Task.kind == "inbox")):
            task.due_at = task.created_at
    deliver(app)
    with app.app_context():
        assert invitations.find(made.id).state == InvitationState.SENT
    assert len(inbox(orcid_registry)) == 1


def test_who_wants_no_invitations_gets_none_there_either(journal: MakeApp, orcid_registry: Server) -> None:
    app = journal()
    invite(app)
    (found,) = inbox(orcid_registry)
    path = found.message["authorization-url"]["uri"].removeprefix("https://journal.example")
    assert app.test_client().post(f"{path}/no-more").status_code == 200
    with app.app_context(), pytest.raises(NotInvited, match="no more invitations"):
        invitations.invite("ms-1", "1", email="another@example.org")
