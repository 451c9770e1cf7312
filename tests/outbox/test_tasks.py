"""Tests of what is owed beside records: mails, revocations, and how a worker brings them to an end."""

from __future__ import annotations

import dataclasses
import socketserver
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from orcid_plugin.emulator import Fault
from orcid_plugin.host import Mail
from orcid_plugin.identity import connections
from orcid_plugin.outbox import mail as mails
from orcid_plugin.outbox import plan
from orcid_plugin.outbox.engines.embedded import Worker
from orcid_plugin.store import tasks
from orcid_plugin.store.tables import Connection, Task, TaskState
from tests.outbox.conftest import JOSIAH, Journal, article

LETTER = Mail(to="sofia@example.org", subject="Ünicode", text="Follow https://j.example/x", html="<p>Follow</p>")


@dataclasses.dataclass
class Mailbox:
    """A host that has nothing but a mailer."""

    sent: list[Mail] = dataclasses.field(default_factory=list)
    broken: bool = False

    def send_mail(self, mail: Mail) -> None:
        if self.broken:
            raise OSError(f"no server for {mail.text}")
        self.sent.append(mail)


def worker(journal: Journal, host: Mailbox | None = None) -> Worker:
    return Worker(journal.duties(host=host), journal.due)


def task(journal: Journal) -> Task:
    with journal.store.begin() as session:
        return session.scalars(select(Task).order_by(Task.id.desc())).first()  # type: ignore[return-value]


def owe_letter(journal: Journal) -> None:
    with journal.store.begin() as session:
        mails.owe(session, journal.keyring, journal.site, LETTER)


def test_a_mail_goes_through_the_host_and_is_kept_no_longer_than_that(journal: Journal) -> None:
    owe_letter(journal)
    assert "Follow" not in str(task(journal).sealed_payload)
    host = Mailbox()
    worker(journal, host).run_once()
    assert host.sent == [LETTER]
    assert (task(journal).state, task(journal).sealed_payload) == (TaskState.DONE, None)
    worker(journal, host).run_once()
    assert len(host.sent) == 1


def test_a_mailer_that_fails_is_asked_again_later_and_says_why_without_the_letter(
    journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    owe_letter(journal)
    host = Mailbox(broken=True)
    worker(journal, host).run_once()
    found = task(journal)
    assert (found.state, found.code, found.attempts) == (TaskState.PENDING, "internal_error", 1)
    assert "OSError" in str(found.message)
    assert "Follow" not in f"{found.message} {caplog.text}"
    host.broken = False
    worker(journal, host).run_once()
    assert host.sent == []  # not before its time
    journal.clock.turn(3600)
    worker(journal, host).run_once()
    assert host.sent == [LETTER]


def test_in_the_end_a_task_is_given_up_with_the_reason(journal: Journal) -> None:
    owe_letter(journal)
    host = Mailbox(broken=True)
    for _ in range(journal.settings.max_attempts):
        worker(journal, host).run_once()
        journal.clock.turn(100_000)
    found = task(journal)
    assert found.state == TaskState.FAILED
    assert "given up after 12 attempts" in str(found.message)


def test_what_was_given_up_is_done_after_all_when_somebody_says_so(journal: Journal) -> None:
    journal = dataclasses.replace(journal, settings=dataclasses.replace(journal.settings, max_attempts=1))
    owe_letter(journal)
    worker(journal, Mailbox(broken=True)).run_once()
    failed, host = task(journal), Mailbox()
    assert failed.state == TaskState.FAILED
    with journal.store.begin() as session:
        assert not tasks.retry(session, "another-site", failed.id)
        assert tasks.retry(session, "journal", failed.id)
        assert not tasks.retry(session, "journal", failed.id)
    worker(journal, host).run_once()
    assert host.sent == [LETTER]
    assert task(journal).sealed_payload is None


def test_without_any_mailer_a_mail_waits_and_names_the_setting(journal: Journal) -> None:
    owe_letter(journal)
    for _ in range(20):
        worker(journal).run_once()
        journal.clock.turn(301)
    found = task(journal)
    assert (found.state, found.code, found.attempts) == (TaskState.PENDING, "no_mailer", 0)
    assert "ORCID_PLUGIN_SMTP_URL" in str(found.message)


def test_a_cancelled_task_is_not_done(journal: Journal) -> None:
    with journal.store.begin() as session:
        mails.owe(session, journal.keyring, journal.site, LETTER, invitation_id=7)
        tasks.cancel(session, journal.site, {tasks.MAIL}, 7)
    host = Mailbox()
    worker(journal, host).run_once()
    assert host.sent == []


def test_what_a_dead_worker_left_is_done_by_another_one_when_its_lease_ends(journal: Journal) -> None:
    owe_letter(journal)

    class Killed(BaseException):
        pass

    class Fatal(Mailbox):
        def send_mail(self, mail: Mail) -> None:
            raise Killed

    with pytest.raises(Killed):
        worker(journal, Fatal()).run_once()
    host = Mailbox()
    worker(journal, host).run_once()
    assert host.sent == []
    journal.clock.turn(601)
    worker(journal, host).run_once()
    assert host.sent == [LETTER]


def test_several_workers_do_a_task_once(journal: Journal) -> None:
    for _ in range(20):
        owe_letter(journal)
    host = Mailbox()
    threads = [threading.Thread(target=worker(journal, host).run_once) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(host.sent) == 20


class MailServer(socketserver.StreamRequestHandler):
    """As much SMTP (RFC 5321) as a client needs to hand in a mail."""

    letters: list[bytes]
    refused = b""

    def handle(self) -> None:
        self.wfile.write(b"220 mail.example\r\n")
        for line in self.rfile:
            verb = line.split()[0].upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                letter = b""
                while not letter.endswith(b"\r\n.\r\n"):
                    letter += self.rfile.readline()
                type(self).letters.append(letter)
            if verb == b"RCPT" and self.refused:
                self.wfile.write(self.refused + b"\r\n")
                continue
            self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 fine\r\n")
            if verb == b"QUIT":
                return


@pytest.fixture
def smtp(journal: Journal) -> Iterator[type[MailServer]]:
    handler = type("Handler", (MailServer,), {"letters": []})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        journal.settings = dataclasses.replace(
            journal.settings,
            smtp_url=f"smtp://127.0.0.1:{server.server_address[1]}",
            mail_from="orcid@journal.example",
            support_email="help@journal.example",
        )
        yield handler
        server.shutdown()
        thread.join()


def test_a_mail_goes_through_the_sites_own_server(journal: Journal, smtp: type[MailServer]) -> None:
    owe_letter(journal)
    worker(journal).run_once()
    assert task(journal).state == TaskState.DONE
    (letter,) = smtp.letters
    for header in (b"From: orcid@journal.example", b"To: sofia@example.org", b"Reply-To: help@journal.example"):
        assert header in letter
    assert b"Subject: =?utf-8?" in letter
    assert b"text/plain" in letter
    assert b"text/html" in letter


def test_an_address_that_the_server_refuses_for_good_is_not_tried_again(
    journal: Journal, smtp: type[MailServer]
) -> None:
    smtp.refused = b"550 nobody here"
    owe_letter(journal)
    worker(journal).run_once()
    assert (task(journal).state, task(journal).code) == (TaskState.FAILED, "mail_refused")


def test_an_address_that_the_server_refuses_for_now_is_tried_again(journal: Journal, smtp: type[MailServer]) -> None:
    smtp.refused = b"451 busy"
    owe_letter(journal)
    worker(journal).run_once()
    assert task(journal).state == TaskState.PENDING


class TestDisconnecting:
    def leave(self, journal: Journal, *, removing: bool) -> None:
        with journal.store.begin() as session:
            connection = session.scalar(select(Connection).where(Connection.orcid == JOSIAH))
            assert connection is not None
            connection.account = "ada"
            session.flush()
            assert connections.disconnect(session, journal.keyring, journal.site, "ada", removing=removing)
            if removing:
                plan.plan_items(session, journal.site, journal.settings, connection)

    def connection(self, journal: Journal) -> Connection:
        with journal.store.begin() as session:
            return session.scalars(select(Connection).where(Connection.orcid == JOSIAH)).one()

    @pytest.fixture
    def published(self, live: Journal) -> Journal:
        live.publish(article())
        live.connect()
        live.work()
        assert len(live.works()) == 1
        return live

    def test_the_permission_is_revoked_at_orcid_and_the_work_stays(self, published: Journal) -> None:
        self.leave(published, removing=False)
        found = self.connection(published)
        assert (found.state, found.account, found.sealed_token_answer) == ("disconnected", None, "")
        worker(published).run_once()
        assert published.registry is not None
        assert published.registry.tokens[published.tokens[JOSIAH].access].state == "revoked"
        assert len(published.works()) == 1

    def test_what_was_written_is_removed_first_if_the_person_wants_it(self, published: Journal) -> None:
        self.leave(published, removing=True)
        assert self.connection(published).state == "leaving"
        worker(published).run_once()
        assert published.works() == []
        published.clock.turn(6)
        worker(published).run_once()
        assert published.registry is not None
        assert published.registry.tokens[published.tokens[JOSIAH].access].state == "revoked"
        found = self.connection(published)
        assert (found.state, found.sealed_token_answer) == ("disconnected", "")
        assert published.items() == []

    def test_the_token_is_kept_until_the_deletes_are_over(self, published: Journal) -> None:
        assert published.registry is not None
        published.registry.faults.plan(Fault(500), times=100, methods="DELETE")
        self.leave(published, removing=True)
        worker(published).run_once()
        published.clock.turn(6)
        worker(published).run_once()
        assert self.connection(published).state == "leaving"
        published.registry.faults.clear()
        published.clock.turn(3600)
        worker(published).run_once()
        published.clock.turn(6)
        worker(published).run_once()
        assert published.works() == []
        assert self.connection(published).state == "disconnected"

    def test_nothing_new_is_written_for_somebody_who_is_leaving(self, published: Journal) -> None:
        self.leave(published, removing=True)
        published.publish(article(url="https://example.org/new"))
        worker(published).run_once()
        assert published.works() == []
        assert "PUT work 200" not in published.calls()

    def test_who_connects_again_meanwhile_stays_connected(self, published: Journal) -> None:
        self.leave(published, removing=True)
        published.connect()
        worker(published).run_once()
        published.clock.turn(6)
        worker(published).run_once()
        assert self.connection(published).state == "active"
        assert len(published.works()) == 1

    def test_while_orcid_is_down_the_revocation_waits(self, published: Journal) -> None:
        assert published.registry is not None
        self.leave(published, removing=False)
        published.registry.faults.plan(Fault(503), path="/oauth/revoke")
        worker(published).run_once()
        assert (task(published).state, task(published).attempts) == (TaskState.PENDING, 1)
        published.clock.turn(3600)
        worker(published).run_once()
        assert published.registry.tokens[published.tokens[JOSIAH].access].state == "revoked"
