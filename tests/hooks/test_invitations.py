"""Invitations from the draft to the answer: mails, reminders, bounces, opt-outs, limits, and what editors see."""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections.abc import Iterator
from typing import Any

import pytest
import responses
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from orcid_plugin.errors import InputError, InvitationRefused, NotInvited
from orcid_plugin.hooks import invitations, publication, submission
from orcid_plugin.hooks.invitations import InvitationStatus
from orcid_plugin.host import Mail
from orcid_plugin.identity import authorship
from orcid_plugin.identity import invitations as rows
from orcid_plugin.identity.authorship import Named
from orcid_plugin.runtime import Runtime
from orcid_plugin.store import tasks
from orcid_plugin.store.tables import Authorship, Invitation, InvitationState, Task, TaskState, now
from tests.mounted import (
    JOSIAH,
    FakeHost,
    come_back,
    deliver,
    dump,
    grants,
    make_app,
    query_of,
    runtime_of,
    sign_in,
    state_of,
    submit,
)
from tests.mounted import SOFIA as SOFIA_ID

SOFIA = "sofia@example.org"


@pytest.fixture
def app(tmp_path: Any, host: FakeHost) -> Iterator[Flask]:
    app = make_app(f"sqlite:///{tmp_path / 'lite.sqlite3'}", host, public_url="https://journal.example")
    runtime = runtime_of(app)
    runtime.store.upgrade()
    submit(app)
    with app.app_context():
        yield app
    runtime.close()


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    return runtime_of(app)


def invite(contributor: str = "2", **options: Any) -> InvitationStatus:
    return invitations.invite("ms-1", contributor, **{"email": SOFIA, "invited_by": "Ada Editor", **options})


def later(app: Flask, days: float) -> None:
    """Let time pass for what is owed, and let a worker do what is due then."""
    runtime = runtime_of(app)
    with runtime.store.begin() as session:
        for task in session.scalars(select(Task)):
            task.due_at -= datetime.timedelta(days=days)
        for invitation in session.scalars(select(Invitation)):
            invitation.expires_at -= datetime.timedelta(days=days)
    deliver(app)


def link(mail: Mail) -> str:
    found = re.search(r"^https://journal\.example/orcid/invitation/(\S+)$", mail.text, re.MULTILINE)
    assert found
    return found[1]


def actions(invitation_id: int) -> list[tuple[str, str]]:
    return [(event.actor, event.action) for event in invitations.find(invitation_id).history]


class TestSending:
    def test_the_worker_sends_and_each_step_is_in_the_trail(self, app: Flask, host: FakeHost) -> None:
        made = invite()
        assert (made.state, made.sent_at, made.is_open) == (InvitationState.QUEUED, None, True)
        deliver(app)
        sent = invitations.find(made.id)
        assert (sent.state, sent.failure, sent.reminders) == (InvitationState.SENT, None, 0)
        app.test_client().get(f"/orcid/invitation/{link(host.mails[0])}")
        opened = invitations.find(made.id)
        assert opened.opened_at is not None
        assert opened.remind_at is not None
        assert actions(made.id) == [
            ("command", "invitation_drafted"),
            ("command", "invitation_queued"),
            ("worker", "invitation_sent"),
            ("person", "invitation_opened"),
        ]

    def test_who_is_signed_in_is_named_in_the_trail(self, app: Flask) -> None:
        client = app.test_client()
        sign_in(client, "ada")

        @app.get("/invite")
        def view() -> str:
            return str(invite().id)

        assert ("account:ada", "invitation_queued") in actions(int(client.get("/invite").text))

    def test_a_mailer_that_fails_is_seen_and_tried_again(self, app: Flask, host: FakeHost, runtime: Runtime) -> None:
        host.broken_mailer = True
        made = invite()
        deliver(app)
        waiting = invitations.find(made.id)
        assert waiting.state == InvitationState.QUEUED
        assert "OSError" in str(waiting.failure)
        assert "orcid/invitation/" not in str(waiting.failure)
        host.broken_mailer = False
        later(app, 1)
        assert invitations.find(made.id).state == InvitationState.SENT
        assert invitations.find(made.id).failure is None

    def test_one_that_was_given_up_can_be_sent_again(self, tmp_path: Any) -> None:
        host = FakeHost(broken_mailer=True)
        app = make_app(f"sqlite:///{tmp_path}/x.sqlite3", host, public_url="https://journal.example", max_attempts=1)
        runtime_of(app).store.upgrade()
        submit(app)
        with app.app_context():
            made = invite()
            deliver(app)
            failed = invitations.find(made.id)
            assert (failed.state, failed.remind_at) == (InvitationState.NOT_SENT, None)
            assert "given up" in str(failed.failure)
            host.broken_mailer = False
            assert invitations.resend(made.id).state == InvitationState.QUEUED
            deliver(app)
            assert invitations.find(made.id).state == InvitationState.SENT
        runtime_of(app).close()

    def test_a_draft_is_sent_when_the_host_says_so(self, app: Flask, host: FakeHost) -> None:
        draft = invite(draft=True)
        deliver(app)
        assert (draft.state, host.mails) == (InvitationState.DRAFT, [])
        invitations.resend(draft.id)
        deliver(app)
        assert [mail.to for mail in host.mails] == [SOFIA]

    def test_resending_keeps_the_earlier_link(self, app: Flask, host: FakeHost, runtime: Runtime) -> None:
        made = invite()
        deliver(app)
        invitations.resend(made.id)
        deliver(app)
        first, second = map(link, host.mails)
        assert first != second
        with runtime.store.begin() as session:
            assert rows.find(session, runtime.site, first).id == rows.find(session, runtime.site, second).id == made.id
            rows.answer(session, made.id, InvitationState.DENIED)
        for token in (first, second):  # one answer uses up all
            with runtime.store.begin() as session, pytest.raises(InvitationRefused):
                rows.find(session, runtime.site, token)
        with pytest.raises(InputError, match="is denied: make a new one"):
            invitations.resend(made.id)

    def test_an_answer_meanwhile_counts(self, app: Flask, runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
        made = invite()
        denied = update(Invitation).values(state=InvitationState.DENIED)
        with runtime.store.begin() as session:
            found = session.get_one(Invitation, made.id)
            session.execute(denied.execution_options(synchronize_session=False))  # in another transaction
            rows.opened(session, found)
            rows.bounced(session, runtime.site, "worker", "no such address", [made.id])
        assert invitations.find(made.id).state == InvitationState.DENIED
        assert ("person", "invitation_opened") not in actions(made.id)
        with runtime.store.begin() as session:
            session.execute(denied.values(state=InvitationState.SENT))
        named = authorship.named

        def answered_meanwhile(session: Session, *of: Any) -> Named:
            session.execute(denied.execution_options(synchronize_session=False))
            return named(session, *of)

        monkeypatch.setattr(authorship, "named", answered_meanwhile)
        with pytest.raises(NotInvited, match="is denied"):
            invitations.resend(made.id)

    @pytest.mark.parametrize(
        ("reason", "sentence"),
        [
            ("co_author", "names you as one of its contributors"),
            ("earlier_work", "that appeared there and names you"),
            ("reviewer", "since you review for it"),
        ],
    )
    def test_mail_and_page_say_who_asks_and_why(self, app: Flask, host: FakeHost, reason: str, sentence: str) -> None:
        for number, (who, start) in enumerate(
            [("Ada Editor", "Ada Editor of Journal of Tests asks"), ("", "Journal of Tests asks")]
        ):
            invite(reason=reason, invited_by=who)
            deliver(app)
            page = app.test_client().get(f"/orcid/invitation/{link(host.mails[number])}").text
            for text in (host.mails[number].text, host.mails[number].html, page):
                assert f"{start} you to connect your ORCID iD" in text
                assert sentence in text

    def test_a_mail_in_plain_text_has_names_as_they_are_written(self, tmp_path: Any, host: FakeHost) -> None:
        url = f"sqlite:///{tmp_path}/x.sqlite3"
        app = make_app(url, host, public_url="https://journal.example", site_name="Arts & Letters")
        runtime_of(app).store.upgrade()
        submit(app)
        with app.app_context():
            invite(invited_by="Fiona O'Brien")
            deliver(app)
        assert "Fiona O'Brien of Arts & Letters asks you" in host.mails[0].text
        assert "Fiona O&#39;Brien of Arts &amp; Letters asks you" in host.mails[0].html
        runtime_of(app).close()

    def test_an_unknown_reason(self, app: Flask) -> None:
        with pytest.raises(InputError, match="co_author, earlier_work, reviewer"):
            invite(reason="spam")

    def test_the_language_is_chosen(self, app: Flask, host: FakeHost) -> None:
        assert invite(language="de-AT").language == "de"
        assert invite("1", language="tlh").language == "en"
        deliver(app)
        assert [mail.text.split()[0] for mail in host.mails] == ["Guten", "Dear"]

    def test_mails_say_how_to_end_them(self, app: Flask, host: FakeHost) -> None:
        invite()
        deliver(app)
        (mail,) = host.mails
        address = f"https://journal.example/orcid/invitation/{link(mail)}/no-more"
        assert address in mail.text
        assert address in mail.html
        assert mail.headers == {
            "Auto-Submitted": "auto-generated",
            "List-Unsubscribe": f"<{address}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }

    def test_no_link_is_readable_at_rest(self, app: Flask, host: FakeHost) -> None:
        invite()
        waiting = dump(app)
        deliver(app)
        assert link(host.mails[0]) not in waiting + dump(app)


class TestReminders:
    def test_they_come_on_their_days_and_then_no_more(self, app: Flask, host: FakeHost) -> None:
        made = invite()
        deliver(app)
        assert made.remind_at is not None
        assert datetime.timedelta(days=6.9) < made.remind_at - now() < datetime.timedelta(days=7)
        later(app, 6)
        assert len(host.mails) == 1
        later(app, 1)
        later(app, 14)
        later(app, 30)
        assert [mail.subject.partition(":")[0] for mail in host.mails[1:]] == ["Reminder", "Reminder"]
        assert "a reminder of an invitation" in host.mails[1].text
        assert len({link(mail) for mail in host.mails}) == 1
        found = invitations.find(made.id)
        assert (found.reminders, found.remind_at) == (2, None)

    @pytest.mark.parametrize("state", [InvitationState.CONNECTED, InvitationState.DENIED])
    def test_not_after_an_answer(self, app: Flask, host: FakeHost, runtime: Runtime, state: InvitationState) -> None:
        made = invite()
        deliver(app)
        with runtime.store.begin() as session:
            rows.answer(session, made.id, state)
        later(app, 30)
        assert len(host.mails) == 1
        with runtime.store.begin() as session:
            assert {task.state for task in session.scalars(select(Task).where(Task.kind == tasks.REMINDER))} == {
                TaskState.CANCELLED
            }

    def test_not_after_the_end_of_its_time(self, app: Flask, host: FakeHost) -> None:
        made = invite()
        deliver(app)
        later(app, 61)
        assert len(host.mails) == 1
        assert invitations.find(made.id).state == InvitationState.EXPIRED
        assert actions(made.id)[-1] == ("worker", "invitation_expired")
        page = app.test_client().get(f"/orcid/invitation/{link(host.mails[0])}")
        assert page.status_code == 400

    def test_not_about_what_is_withdrawn_or_names_the_person_no_longer(self, app: Flask, host: FakeHost) -> None:
        first, second = invite("1"), invite("2")
        deliver(app)
        submit(app, "ms-1", "Josiah")
        later(app, 7)
        assert [mail.subject.split(":")[0] for mail in host.mails[2:]] == ["Reminder"]
        invite("1")
        publication.withdrawn("ms-1")
        later(app, 21)
        assert len(host.mails) == 3
        newest, *_ = invitations.of_publication("ms-1")
        assert (newest.state, newest.failure) == (InvitationState.NOT_SENT, "The publication is withdrawn.")
        assert invitations.find(first.id).state == InvitationState.SUPERSEDED
        assert invitations.find(second.id).reminders == 0

    def test_none_repeats_a_mail_that_never_went_out(self, app: Flask, host: FakeHost, runtime: Runtime) -> None:
        made = invite()
        deliver(app)
        assert invitations.bounced("550 no such user", invitation_id=made.id) == 1
        later(app, 30)
        assert len(host.mails) == 1

    def test_sending_again_leaves_the_rest_of_them_and_more_time(self, app: Flask, host: FakeHost) -> None:
        made = invite()
        deliver(app)
        later(app, 8)
        again = invitations.resend(made.id)
        assert (again.reminders, len(host.mails)) == (1, 2)
        assert again.expires_at > now() + datetime.timedelta(days=59)
        deliver(app)
        later(app, 22)
        later(app, 35)
        assert [mail.subject.partition(":")[0] == "Reminder" for mail in host.mails] == [False, True, False, True]
        later(app, 4)
        assert invitations.find(made.id).state == InvitationState.EXPIRED

    def test_an_expired_one_can_be_sent_again(self, app: Flask, host: FakeHost) -> None:
        made = invite()
        deliver(app)
        later(app, 61)
        invitations.resend(made.id)
        deliver(app)
        assert invitations.find(made.id).state == InvitationState.SENT
        for mail in (host.mails[0], host.mails[-1]):
            assert app.test_client().get(f"/orcid/invitation/{link(mail)}").status_code == 200

    def test_an_expired_one_that_is_sent_again_takes_the_place_of_a_newer_one(
        self, app: Flask, runtime: Runtime
    ) -> None:
        first = invite()
        deliver(app)
        later(app, 61)
        assert invitations.find(first.id).state == InvitationState.EXPIRED
        second = invite()
        invitations.resend(first.id)
        assert invitations.find(second.id).state == InvitationState.SUPERSEDED
        assert invitations.find(first.id).state == InvitationState.QUEUED

    def test_an_expired_one_is_not_sent_again_to_who_declined_since(self, app: Flask, runtime: Runtime) -> None:
        first = invite()
        deliver(app)
        later(app, 61)
        with runtime.store.begin() as session:
            authorship.decline(session, runtime.site, "ms-1", "2")
        with pytest.raises(NotInvited, match="declined"):
            invitations.resend(first.id)
        second = invite(again=True)
        deliver(app)
        later(app, 61)
        assert invitations.resend(second.id).state == InvitationState.QUEUED

    def test_a_site_may_send_none(self, tmp_path: Any) -> None:
        host = FakeHost()
        app = make_app(f"sqlite:///{tmp_path}/x.sqlite3", host, public_url="https://journal.example", reminder_days="")
        runtime_of(app).store.upgrade()
        submit(app)
        with app.app_context():
            assert invite().remind_at is None
            later(app, 59)
        assert len(host.mails) == 1
        runtime_of(app).close()


class TestBounces:
    def test_by_address_and_by_number(self, app: Flask) -> None:
        made, other = invite(), invite("1", email="josiah@example.org")
        deliver(app)
        assert invitations.bounced("550 5.1.1 no such user\n", email="Sofia@Example.org") == 1
        found = invitations.find(made.id)
        assert (found.state, found.failure) == (InvitationState.BOUNCED, "550 5.1.1 no such user")
        assert found.is_open
        assert invitations.bounced("mailbox full", invitation_id=other.id) == 1
        assert invitations.bounced("mailbox full", email="nobody@example.org") == 0

    def test_somebody_who_follows_the_link_all_the_same(self, app: Flask, host: FakeHost) -> None:
        made = invite()
        deliver(app)
        invitations.bounced("late report", invitation_id=made.id)
        assert app.test_client().get(f"/orcid/invitation/{link(host.mails[0])}").status_code == 200
        assert invitations.find(made.id).state == InvitationState.OPENED
        assert invitations.bounced("another", invitation_id=made.id) == 0


class TestOptingOut:
    def test_one_post_is_enough_and_a_look_does_nothing(self, app: Flask, host: FakeHost) -> None:
        made = invite()
        deliver(app)
        mails = app.test_client()
        address = f"/orcid/invitation/{link(host.mails[0])}/no-more"
        page = mails.get(address)
        assert "Send me no more invitations" in page.text
        assert SOFIA in page.text
        assert not invitations.find(made.id).opted_out
        done = mails.post(address, data={"List-Unsubscribe": "One-Click"})  # no cookie, no CSRF token: RFC 8058
        assert (done.status_code, mails.post(address).status_code) == (200, 200)
        assert "no more invitations" in done.text
        found = invitations.find(made.id)
        assert (found.opted_out, found.remind_at) == (True, None)
        assert actions(made.id)[-1] == ("person", "invitations_opted_out")

        later(app, 30)
        assert len(host.mails) == 1
        with pytest.raises(NotInvited, match="Sofia Example has asked for no more invitations") as caught:
            invitations.resend(made.id)
        assert caught.value.code == "not_invited_opted_out"
        with pytest.raises(NotInvited, match="no more invitations"):
            invite("1", email=f" {SOFIA.upper()} ")
        # The link holds for somebody who changes their mind.
        assert app.test_client().get(f"/orcid/invitation/{link(host.mails[0])}").status_code == 200
        assert invitations.opt_in(SOFIA)
        assert not invitations.opt_in(SOFIA)
        invite()

    def test_works_when_the_invitation_is_over(self, app: Flask, host: FakeHost, runtime: Runtime) -> None:
        made = invite()
        deliver(app)
        with runtime.store.begin() as session:
            rows.answer(session, made.id, InvitationState.DENIED)
        address = f"/orcid/invitation/{link(host.mails[0])}/no-more"
        assert app.test_client().post(address).status_code == 200
        assert app.test_client().post("/orcid/invitation/guessed/no-more").status_code == 400

    def test_a_mail_that_waits_is_not_sent_any_more(self, app: Flask, host: FakeHost, runtime: Runtime) -> None:
        made = invite()
        with runtime.store.begin() as session:
            rows.opt_out(session, session.get_one(Invitation, made.id))
        deliver(app)
        found = invitations.find(made.id)
        assert (host.mails, found.state) == ([], InvitationState.NOT_SENT)
        assert "wants no invitations" in str(found.failure)

    def test_the_address_is_not_kept_for_it(self, app: Flask, runtime: Runtime) -> None:
        made = invite(email="private@example.org")
        with runtime.store.begin() as session:
            rows.opt_out(session, session.get_one(Invitation, made.id))
            session.execute(update(Invitation).values(email="-"))
        assert "private@example.org" not in dump(app)


class TestRefusals:
    def test_who_declined_is_asked_again_only_on_purpose(self, app: Flask, runtime: Runtime) -> None:
        with runtime.store.begin() as session:
            session.add(Authorship(site="default", publication_key="ms-1", contributor_key="2", denied_at=now()))
        with pytest.raises(NotInvited, match=rf"Sofia Example declined on {now():%Y-%m-%d}") as caught:
            invite()
        assert caught.value.reason == "declined"
        assert invite(again=True).state == InvitationState.QUEUED

    def test_without_an_address(self, app: Flask) -> None:
        with pytest.raises(NotInvited, match="no e-mail address of Sofia Example"):
            invite(email=None)

    def test_to_what_is_withdrawn(self, app: Flask) -> None:
        made = invite()
        publication.withdrawn("ms-1")
        for again in (lambda: invite("1"), lambda: invitations.resend(made.id)):
            with pytest.raises(NotInvited, match="withdrawn") as caught:
                again()
            assert caught.value.code == "not_invited_withdrawn"

    def test_an_author_cannot_send_without_end(self, tmp_path: Any) -> None:
        app = make_app(f"sqlite:///{tmp_path}/x.sqlite3", invitations_per_day=2)
        runtime_of(app).store.upgrade()
        submit(app)
        submit(app, "ms-2")
        with app.test_request_context():
            made = invite()
            invitations.resend(made.id)
            for again in (lambda: invite("1"), lambda: invitations.resend(made.id)):
                with pytest.raises(NotInvited, match="2 invitations about this publication were sent today"):
                    again()
            invitations.invite("ms-2", "1", email=SOFIA)
        runtime_of(app).close()

    def test_of_another_site(self, app: Flask, runtime: Runtime) -> None:
        made = invite()
        with runtime.store.begin() as session:
            session.execute(update(Invitation).values(site="other"))
        for call in (invitations.find, invitations.resend):
            with pytest.raises(InputError, match="there is no invitation"):
                call(made.id)


def test_the_list_has_all_of_a_publication(app: Flask) -> None:
    first, second, third = invite(), invite(), invite("1", email="j@example.org")
    found = invitations.of_publication("ms-1")
    assert [one.id for one in found] == [third.id, second.id, first.id]
    assert [one.state for one in found] == [InvitationState.QUEUED, InvitationState.QUEUED, InvitationState.SUPERSEDED]
    assert found[2].history[-1].action == "invitation_superseded"
    assert invitations.of_publication("ms-9") == []


def test_a_template_of_the_hosts_own_takes_the_place_of_a_mail(tmp_path: Any, host: FakeHost) -> None:
    folder = tmp_path / "templates" / "orcid_plugin" / "mail"
    folder.mkdir(parents=True)
    own = "{{ invitation.name }}: {{ link }} {{ opt_out_link }} {{ publication.title.text }} {{ reminder }}"
    (folder / "invitation.txt").write_text(own)
    app = make_app(f"sqlite:///{tmp_path}/x.sqlite3", host, public_url="https://journal.example")
    app.jinja_loader.searchpath[:] = [str(tmp_path / "templates")]  # type: ignore[union-attr]
    runtime_of(app).store.upgrade()
    submit(app)
    with app.app_context():
        invite()
        later(app, 7)
    sent, reminder = host.mails
    assert sent.text.startswith("Sofia Example: https://journal.example/orcid/invitation/")
    assert sent.text.endswith("/no-more On <i>tests</i> & trees False")
    assert reminder.text.endswith("True")
    assert "<html" in sent.html
    runtime_of(app).close()


class TestNewVersions:
    def test_a_link_leads_to_the_version_that_took_its_place(
        self, app: Flask, host: FakeHost, runtime: Runtime
    ) -> None:
        with runtime.store.begin() as session:
            session.add(Authorship(site="default", publication_key="ms-1", contributor_key="1", denied_at=now()))
        invite()
        deliver(app)
        with pytest.raises(InputError, match="there is no publication 'ms-1v2'"):
            submission.replaced("ms-1", "ms-1v2")
        revised = dataclasses.replace(
            submission_of(app), title=dataclasses.replace(submission_of(app).title, text="A second thought")
        )
        submission.submitted(revised, key="ms-1v2")
        submission.replaced("ms-1", "ms-1v2")
        submission.replaced("ms-1", "ms-1v2")
        page = app.test_client().get(f"/orcid/invitation/{link(host.mails[0])}")
        assert "A second thought" in page.text
        assert [one.publication_key for one in invitations.of_publication("ms-1v2")] == ["ms-1v2"]
        assert invitations.of_publication("ms-1") == []
        with pytest.raises(NotInvited, match="declined"):
            invitations.invite("ms-1v2", "1", email="josiah@example.org")

    def test_whom_the_new_version_invited_itself_has_one_invitation(self, app: Flask) -> None:
        old = invite()
        submission.submitted(submission_of(app), key="ms-1v2")
        new = invitations.invite("ms-1v2", "2", email=SOFIA)
        submission.replaced("ms-1", "ms-1v2")
        submission.replaced("ms-1v2", "ms-1v2")
        assert invitations.find(old.id).state == InvitationState.SUPERSEDED
        assert invitations.find(new.id).state == InvitationState.QUEUED

    def test_an_expired_one_follows_as_well(self, app: Flask) -> None:
        old = invite()
        deliver(app)
        later(app, 61)
        submission.submitted(submission_of(app), key="ms-1v2")
        submission.replaced("ms-1", "ms-1v2")
        assert invitations.resend(old.id).publication_key == "ms-1v2"

    def test_who_is_connected_stays_so_and_a_trip_under_way_ends_at_the_new_version(
        self, app: Flask, host: FakeHost, orcid: responses.RequestsMock
    ) -> None:
        editor, invited = app.test_client(), app.test_client()
        sign_in(editor, "ada")
        grants(orcid, JOSIAH)
        come_back(editor, state_of(editor, "/orcid/connect/submission?publication=ms-1&contributor=1"))
        invite()
        deliver(app)
        path = f"/orcid/invitation/{link(host.mails[0])}"
        (token,) = re.findall(r'name="csrf_token" value="([^"]+)"', invited.get(path).text)
        there = query_of(invited.post(path, data={"csrf_token": token, "answer": "connect"}))

        publication.published(submission_of(app), key="ms-1v2")
        submission.replaced("ms-1", "ms-1v2")
        grants(orcid, SOFIA_ID)
        assert come_back(invited, there["state"]).status_code == 302
        connected = [(one.orcid.path, one.connection) for one in publication.status("ms-1v2") if one.orcid]
        assert connected == [(JOSIAH, "active"), (SOFIA_ID, "active")]
        assert [one.orcid.path for one in publication.status("ms-1") if one.orcid] == [JOSIAH]


def submission_of(app: Flask) -> Any:
    from orcid_plugin.store import publications

    runtime = runtime_of(app)
    with runtime.store.begin() as session:
        stored = publications.find(session, "default", "ms-1")
        assert stored is not None
        return publications.publication_of(stored)
