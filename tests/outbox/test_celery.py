"""The Celery engine within one process: what is put into the broker, how much, and what hooks notice of it."""

from __future__ import annotations

import base64
import json
import os
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import redis
from celery import Celery
from click.testing import CliRunner
from cryptography.fernet import Fernet
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy import insert, select, update

from orcid_plugin import use_celery
from orcid_plugin.cli import flask_group
from orcid_plugin.emulator import Registry, serve
from orcid_plugin.errors import StoreError
from orcid_plugin.hooks import publication
from orcid_plugin.host import Mail
from orcid_plugin.metadata.identifiers import Identifier
from orcid_plugin.outbox import engines
from orcid_plugin.outbox import mail as mails
from orcid_plugin.outbox.claims import IN_QUEUE
from orcid_plugin.outbox.engines.celery import HOUSEKEEPING, LOOK, SEND, TASK, Bell, Engine
from orcid_plugin.outbox.engines.queue import LOOKS, MOST, Queue
from orcid_plugin.outbox.send import Sender
from orcid_plugin.outbox.writes import Writer
from orcid_plugin.store import publications, sites
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import (
    Connection,
    Delivery,
    DeliveryState,
    PublicationState,
    RecordClaim,
    Task,
    TaskState,
    now,
)
from tests.outbox.celery_host import environment, make, runtime_of
from tests.outbox.conftest import CLIENT, JOSIAH, SOFIA, Journal, article

KEY = Fernet.generate_key().decode()
NOWHERE = "redis://127.0.0.1:1/0"


@dataclass
class Hosted:
    """A host with a Celery app, and the journal that it is."""

    app: Flask
    celery: Celery
    journal: Journal
    broker: str

    @property
    def bell(self) -> Bell:
        bell = runtime_of(self.app).due
        assert isinstance(bell, Bell)
        return bell

    @property
    def engine(self) -> Engine:
        return self.bell.engine

    def messages(self, name: str = "") -> list[tuple[str, list[Any]]]:
        """What waits in the broker, oldest first: names and arguments."""
        found = []
        for raw in reversed(self.raw()):
            message = json.loads(raw)
            arguments, named, _ = json.loads(base64.b64decode(message["body"]))
            assert named == {}
            found.append((message["headers"]["task"], arguments))
        return [one for one in found if one[0] == name or not name]

    def is_telling(self) -> bool:
        """Whether the broker is being told of something."""
        return self.bell._thread is not None

    def raw(self) -> list[bytes]:
        with redis.Redis.from_url(self.broker) as server:
            raw: list[bytes] = server.lrange("celery", 0, -1)
            return raw

    def claims(self) -> dict[str, str]:
        with self.journal.store.begin() as session:
            return {claim.orcid: claim.worker for claim in session.scalars(select(RecordClaim))}


Make = Callable[..., Hosted]


@pytest.fixture
def hosted(postgres_url: str, redis_url: str) -> Iterator[Make]:
    """Makes a host on PostgreSQL and Redis, whose Registry does not answer unless told where it is."""
    made = []

    def make_one(registry: Any = None, *, broker: str = redis_url, celery: Any = None, **settings: Any) -> Hosted:
        url = registry.url if registry else "http://127.0.0.1:1"
        given = {"broker": broker, "database_url": postgres_url, "token_keys": KEY, **settings}
        app, of_app = make(environment(url, **given), **(celery or {}))
        runtime = runtime_of(app)
        runtime.store.upgrade()
        journal = Journal(runtime.store, runtime.settings, Keyring([KEY]), registry.registry if registry else None)
        made.append(runtime)
        return Hosted(app, of_app, journal, broker)

    yield make_one
    for runtime in made:
        runtime.close()


def soon(check: Callable[[], object]) -> None:
    until = time.monotonic() + 20
    while not check() and time.monotonic() < until:
        time.sleep(0.02)
    assert check()


def owe(journal: Journal, number: int, *, site: str = "journal") -> None:
    """So many people, each of whose records is owed an article, since a time that differs."""
    here = {"site": site, "environment": "emulator"}
    granted = {"client_id": CLIENT, "scopes": "/activities/update", "sealed_token_answer": "x", "state": "active"}
    with journal.store.begin() as session:
        stored = publications.save(session, site, "k", article(), PublicationState.PUBLISHED)
        stored.planned_at = now()
        session.flush()
        people = [{**here, **granted, "orcid": f"0000-0000-{site[:4]}-{one:04}"} for one in range(number)]
        found = session.execute(insert(Connection).returning(Connection.id, Connection.orcid), people).all()
        of_article = {**here, "publication_id": stored.id, "section": "work", "action": "put"}
        session.execute(
            insert(Delivery),
            [
                {**of_article, "connection_id": id, "orcid": orcid, "due_at": now() - timedelta(seconds=9999 - id)}
                for id, orcid in found
            ],
        )


def end_leases(journal: Journal) -> None:
    """As if nobody had come for what waits, for long enough."""
    with journal.store.begin() as session:
        session.execute(update(RecordClaim).values(lease_until=now()))
        session.execute(update(Task).values(lease_until=now()))


def test_a_message_names_a_site_and_a_record_and_nothing_else(hosted: Make) -> None:
    with serve(Registry.seeded()) as server:
        one = hosted(server)
        one.journal.publish()
        one.journal.connect()
        secret = one.journal.tokens[JOSIAH].access
    letter = Mail(to="ada@example.org", subject="Greetings", text="Come", html="<p>Come</p>")
    with one.journal.store.begin() as session:
        mails.owe(session, one.journal.keyring, one.journal.site, letter)
    one.bell.set()
    soon(lambda: one.messages(LOOK))
    one.engine.look()
    assert one.messages() == [(LOOK, []), (SEND, ["journal", JOSIAH]), (TASK, [])]
    for raw in one.raw():
        said = raw.decode() + base64.b64decode(json.loads(raw)["body"]).decode()
        for hidden in (secret, KEY, "ada@example.org", "Greetings", "Carberry", "Josiah", "cracked", "10.5555"):
            assert hidden not in said


class TestHowMuchIsPutThere:
    def test_never_more_than_a_limit_however_much_is_due_and_however_often_it_looks(self, hosted: Make) -> None:
        one = hosted()
        owe(one.journal, 5 * MOST)
        for _ in range(5):
            one.engine.look()
        put = [arguments[1] for _, arguments in one.messages(SEND)]
        assert len(put) == len(set(put)) == MOST
        with one.journal.store.begin() as session:
            oldest = session.scalars(select(Delivery.orcid).order_by(Delivery.due_at).limit(MOST)).all()
        assert put == list(oldest)

    def test_what_was_lost_is_put_there_again_and_only_then(self, hosted: Make) -> None:
        one = hosted()
        owe(one.journal, 3)
        for _ in range(2):
            one.engine.look()
        assert len(one.messages(SEND)) == 3
        end_leases(one.journal)
        one.engine.look()
        assert len(one.messages(SEND)) == 6
        assert set(one.claims().values()) == {IN_QUEUE}

    def test_what_was_lost_and_is_owed_no_more_leaves_nothing_behind(self, hosted: Make) -> None:
        one = hosted()
        owe(one.journal, 1)
        one.engine.look()
        with one.journal.store.begin() as session:
            session.execute(update(Delivery).values(state=DeliveryState.CANCELLED))
        one.engine.look()
        assert len(one.claims()) == 1
        end_leases(one.journal)
        one.engine.look()
        assert one.claims() == {}

    def test_a_reservation_lasts_for_many_looks(self, hosted: Make) -> None:
        one = hosted(poll_seconds=2)
        owe(one.journal, 1)
        one.engine.look()
        with one.journal.store.begin() as session:
            (claim,) = session.scalars(select(RecordClaim))
        assert LOOKS * 2 - 10 < (claim.lease_until - now()).total_seconds() <= LOOKS * 2

    def test_as_many_records_of_a_site_as_its_pace_allows_so_that_none_waits_in_a_worker(self, hosted: Make) -> None:
        one = hosted(pace=3, poll_seconds=2)
        owe(one.journal, 50)
        for _ in range(3):
            one.engine.look()
        assert len(one.messages(SEND)) == 6
        with one.journal.store.begin() as session:  # workers have them now, and are not done
            session.execute(update(RecordClaim).values(worker="busy"))
        one.engine.look()
        assert len(one.messages(SEND)) == 6

    def test_a_record_with_many_works_takes_the_place_of_one(self, hosted: Make) -> None:
        one = hosted(pace=3, poll_seconds=1)
        for key in map(str, range(5)):
            one.journal.connect(key=key)
            one.journal.publish(article(identifiers=(Identifier.of("doi", f"10.5555/{key}"),)), key=key)
        one.journal.connect(SOFIA, "a2", key="0")
        one.engine.look()
        assert one.messages() == [(SEND, ["journal", JOSIAH]), (SEND, ["journal", SOFIA])]

    def test_a_site_with_thousands_keeps_no_other_waiting(self, hosted: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(random, "shuffle", lambda senders: senders.sort(key=lambda sender: sender.site.key))
        one = hosted()
        owe(one.journal, 5 * MOST)
        own = {name: getattr(one.journal.settings, name) for name in ("environment", "web_url", "api_url")}
        own |= {"public_api_url": "http://127.0.0.1:1", "client_id": "APP-OTHER", "client_secret": "secret"}
        with one.journal.store.begin() as session:
            sites.save(session, one.journal.settings, one.journal.keyring, "small", own)
        owe(one.journal, 2, site="small")
        one.engine.look()
        assert [arguments[0] for _, arguments in one.messages(SEND)].count("small") == 2

    def test_tasks_are_limited_and_put_there_once_too(self, hosted: Make) -> None:
        one = hosted()
        with one.journal.store.begin() as session:
            for number in range(MOST + 20):
                letter = Mail(to=f"{number}@example.org", subject="s", text="t", html="h")
                mails.owe(session, one.journal.keyring, one.journal.site, letter)
        for _ in range(3):
            one.engine.look()
        assert len(one.messages(TASK)) == MOST
        end_leases(one.journal)
        one.engine.look()
        assert len(one.messages(TASK)) == 2 * MOST

    def test_one_process_at_a_time_fills_the_queue(self, hosted: Make) -> None:
        one, other = hosted(), hosted()
        owe(one.journal, 1)
        with Queue(other.engine.duties).turn() as turn:
            assert turn
            one.engine.look()
            assert one.messages(SEND) == []
        one.engine.look()
        assert len(one.messages(SEND)) == 1

    def test_what_was_forgotten_is_planned_first(self, hosted: Make) -> None:
        one = hosted()
        one.journal.connect()
        with one.journal.store.begin() as session:
            publications.save(session, "journal", "doi:10.5555/one", article(), PublicationState.PUBLISHED)
        one.engine.look()
        assert one.messages() == [(SEND, ["journal", JOSIAH])]


class TestASiteThatIsToldToWait:
    def test_gets_no_worker_until_the_time_is_over(
        self, hosted: Make, redis_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Sender, "send_next", lambda *_: pytest.fail("a token may be refreshed by this"))
        one = hosted(pace_storage=redis_url)
        one.journal.publish()
        one.journal.connect()
        one.engine.look()
        sender = one.engine.duties.sender("journal")
        assert sender is not None
        sender.pace.pause(60)
        one.engine.send("journal", JOSIAH)
        assert one.claims() == {}
        one.engine.look()
        assert len(one.messages(SEND)) == 1
        with redis.Redis.from_url(redis_url) as server:  # a minute later
            server.delete(*[key for key in server.scan_iter() if key.endswith(b":pause")])
        one.engine.look()
        assert len(one.messages(SEND)) == 2


class TestHooks:
    @pytest.fixture(autouse=True)
    def in_a_hurry(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(engines.celery, "GATHER", 0.2)

    def publish(self, one: Hosted, key: str = "k") -> None:
        with one.app.app_context():
            publication.published(article(), key=key)

    def test_wake_a_worker_once_it_is_committed(self, hosted: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        one, seen = hosted(), []

        def wake(engine: Engine) -> None:
            with one.journal.store.begin() as session:
                seen.append(publications.find(session, "journal", "k") is not None)

        monkeypatch.setattr(Engine, "wake", wake)
        self.publish(one)
        soon(lambda: seen)
        assert seen == [True]

    def test_are_told_together_where_many_come_at_once(self, hosted: Make) -> None:
        one = hosted()
        began = time.monotonic()
        for _ in range(30):
            one.bell.set()
            time.sleep(0.01)
        seconds = time.monotonic() - began
        soon(lambda: not one.is_telling())
        assert 1 <= len(one.messages(LOOK)) <= 2 + seconds / engines.celery.GATHER

    def test_do_not_fail_while_the_broker_is_down_which_is_said_once(
        self, hosted: Make, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one = hosted(broker=NOWHERE, celery={"broker_connection_timeout": 0.5})
        tried: list[None] = []
        wake = one.engine.wake
        monkeypatch.setattr(one.engine, "wake", lambda: (tried.append(None), wake()))
        for number in range(2):
            self.publish(one, f"k{number}")
            soon(lambda expected=number + 1: len(tried) == expected)
        soon(lambda: not one.is_telling())
        assert caplog.text.count("does not answer") == 1

    def test_do_not_wait_for_a_broker_that_says_nothing(self, hosted: Make) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            broker = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
            one = hosted(broker=broker, celery={"broker_connection_timeout": 0.5})
            self.publish(one)
            assert one.is_telling()
        soon(lambda: not one.is_telling())


class TestOnASingleMachine:
    """Messages are done at once, by `task_always_eager`."""

    @pytest.fixture
    def eager(self, hosted: Make, tmp_path: Any) -> Iterator[Hosted]:
        with serve(Registry.seeded()) as server:
            database_url = f"sqlite:///{tmp_path / 'eager.sqlite3'}"
            celery = {"task_always_eager": True, "task_eager_propagates": True}
            yield hosted(server, broker=NOWHERE, database_url=database_url, celery=celery)

    def test_all_that_is_due_is_done(self, eager: Hosted) -> None:
        eager.journal.publish()
        eager.journal.connect()
        eager.journal.connect(SOFIA, "a2")
        with eager.journal.store.begin() as session:
            letter = Mail(to="ada@example.org", subject="s", text="t", html="h")
            mails.owe(session, eager.journal.keyring, eager.journal.site, letter)
        eager.celery.tasks[LOOK].delay()
        assert [one.state for one in eager.journal.deliveries()] == [DeliveryState.SENT] * 2
        assert eager.app.extensions["orcid_plugin"].host.mails == [letter]
        with eager.journal.store.begin() as session:
            assert session.scalars(select(Task.state)).all() == [TaskState.DONE]
        assert eager.claims() == {}
        eager.celery.tasks[HOUSEKEEPING].delay()

    def test_a_message_that_comes_again_does_nothing(self, eager: Hosted) -> None:
        eager.journal.publish()
        eager.journal.connect()
        for _ in range(3):
            eager.celery.tasks[SEND].delay("journal", JOSIAH)
        assert eager.journal.calls() == ["POST work 201"]
        assert eager.claims() == {}

    def test_a_record_that_another_worker_holds_is_left_to_it(self, eager: Hosted) -> None:
        eager.journal.publish()
        eager.journal.connect()
        sender = eager.engine.duties.sender("journal")
        assert sender is not None
        with eager.journal.store.begin() as session:
            assert replace(sender.claims, worker="other").claim(session, JOSIAH, now())
        eager.celery.tasks[SEND].delay("journal", JOSIAH)
        assert eager.journal.calls() == []
        assert eager.claims() == {JOSIAH: "other"}

    def test_a_run_whose_lease_ended_leaves_the_record_to_another_of_the_same_process(
        self, eager: Hosted, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for url in ("https://example.org/before", "https://example.org/now"):  # changes go one by one
            for key in ("doi:10.5555/one", "doi:10.5555/two"):
                eager.journal.connect(key=key)
                eager.journal.publish(article(identifiers=(Identifier.of("doi", key[4:]),), url=url), key=key)
            if not eager.journal.works():
                eager.engine.send("journal", JOSIAH)
        put, entered, go_on = Writer.put, threading.Event(), threading.Event()
        seen: list[str] = []

        def put_slowly(writer: Writer, job: Any, work: Any) -> Any:
            seen.append(threading.current_thread().name)
            if seen == ["MainThread"]:
                end_leases(eager.journal)
                other.start()
                assert entered.wait(20)
            elif not entered.is_set():
                entered.set()
                assert go_on.wait(20)
            return put(writer, job, work)

        monkeypatch.setattr(Writer, "put", put_slowly)
        other = threading.Thread(target=eager.engine.send, args=("journal", JOSIAH), name="other")
        eager.engine.send("journal", JOSIAH)
        assert seen == ["MainThread", "other"]
        go_on.set()
        other.join()
        assert seen == ["MainThread", "other", "other"]
        assert len(eager.journal.works()) == 2

    def test_a_record_with_much_to_send_lets_others_have_their_turn(
        self, eager: Hosted, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(engines.celery, "SHARE", 0)
        eager.journal.publish()
        eager.journal.connect()
        eager.celery.tasks[LOOK].delay()
        assert eager.journal.calls() == []
        assert eager.claims() == {}

    def test_a_forked_process_works_with_connections_and_a_name_of_its_own(
        self, eager: Hosted, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = eager.engine.duties
        assert eager.engine.duties is before
        monkeypatch.setattr(os, "getpid", lambda: 1)
        assert eager.engine.duties is not before

    def test_hooks_leave_it_to_the_test_when_messages_are_sent(self, eager: Hosted) -> None:
        eager.engine.wake()
        assert eager.journal.calls() == []

    @pytest.mark.parametrize(
        "arguments",
        [(), ("journal",), ("journal", "nobody"), (1, JOSIAH), ("journal", {"a": 1}), ("journal", JOSIAH, "more")],
    )
    def test_nonsense_is_dropped(self, eager: Hosted, arguments: Any, caplog: pytest.LogCaptureFixture) -> None:
        eager.celery.tasks[SEND].delay(*arguments)
        assert "a message is dropped" in caplog.text

    def test_a_site_that_is_unknown_is_named(self, eager: Hosted, caplog: pytest.LogCaptureFixture) -> None:
        eager.celery.tasks[SEND].delay("elsewhere", JOSIAH)
        assert "nothing can be sent for the site elsewhere" in caplog.text

    def test_the_trouble_of_a_database_is_celerys_to_tell(self, eager: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail() -> None:
            raise StoreError("gone")

        monkeypatch.setattr(eager.engine.duties.store, "begin", fail)
        with pytest.raises(StoreError):
            eager.celery.tasks[SEND].delay("journal", JOSIAH)


class TestRegistration:
    def test_beat_has_two_entries(self, hosted: Make) -> None:
        one = hosted(poll_seconds=7)
        schedule = {name: entry["schedule"] for name, entry in one.celery.conf.beat_schedule.items()}
        assert schedule == {LOOK: 7, HOUSEKEEPING: 3600}

    def test_the_tasks_are_those_of_one_celery_app(self, hosted: Make) -> None:
        one = hosted()
        assert {LOOK, SEND, TASK, HOUSEKEEPING} <= one.celery.tasks.keys()
        assert not {LOOK, SEND, TASK, HOUSEKEEPING} & Celery("another").tasks.keys()

    def test_a_worker_gets_more_time_than_a_lease_lasts(self, hosted: Make) -> None:
        one = hosted()
        sender = one.engine.duties.sender("journal")
        assert sender is not None
        assert one.celery.tasks[SEND].soft_time_limit > sender.claims.lease.total_seconds()
        assert one.celery.tasks[SEND].time_limit > one.celery.tasks[SEND].soft_time_limit

    def test_an_app_that_is_made_anew_takes_the_place_of_the_one_before(self, hosted: Make) -> None:
        one, other = hosted(), hosted()
        owe(one.journal, 1)
        use_celery(other.app, one.celery)
        one.celery.tasks[LOOK].apply(throw=True)
        assert len(other.messages(SEND)) == 1
        assert other.engine._celery is one.celery


class TestCheck:
    def said(self, one: Hosted) -> str:
        result = CliRunner().invoke(flask_group, ["check"], obj=_info(one.app))
        assert result.exit_code == 1, result.output
        return result.output

    def test_names_a_broker_that_does_not_answer(self, hosted: Make) -> None:
        said = self.said(hosted(broker=NOWHERE, celery={"broker_connection_timeout": 1}))
        assert "fault  broker: it does not answer" in said

    def test_names_that_no_worker_answers_and_that_each_keeps_a_pace_of_its_own(self, hosted: Make) -> None:
        said = self.said(hosted())
        assert "fault  workers: none that has the plugin's tasks answers" in said
        assert "fault  pace: " in said


def _info(app: Flask) -> Any:
    return ScriptInfo(create_app=lambda: app)
