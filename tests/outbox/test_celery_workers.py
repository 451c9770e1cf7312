"""The Celery engine as hosts run it: worker processes, beat, a broker, PostgreSQL, and the emulator over HTTP."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
import redis
from click.testing import CliRunner
from cryptography.fernet import Fernet
from flask.cli import ScriptInfo
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from sqlalchemy import select, update

from orcid_plugin.cli import flask_group
from orcid_plugin.emulator import Fault, Registry, Server, serve
from orcid_plugin.host import Mail
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.identifiers import Identifier
from orcid_plugin.outbox import mail as mails
from orcid_plugin.outbox.claims import IN_QUEUE
from orcid_plugin.outbox.engines.celery import SEND, TASK, Bell, Engine
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import DeliveryState, RecordClaim, Task, TaskState, now
from tests.conftest import lacking
from tests.installation import ROOT
from tests.outbox.celery_host import environment, make, runtime_of
from tests.outbox.conftest import JOSIAH, SOFIA, YUKI, Journal, article

PEOPLE = (JOSIAH, SOFIA, YUKI)


class Service:
    """A journal with a broker, whose Celery workers are two processes."""

    def __init__(self, server: Server, database_url: str, broker: str, folder: Path) -> None:
        key = Fernet.generate_key().decode()
        options = {"broker": broker, "pace_storage": broker, "database_url": database_url, "token_keys": key}
        self._environment, self._folder = environment(server.url, **options), folder
        self.app, self.celery = make(self._environment)
        self.runtime, self.registry = runtime_of(self.app), server.registry
        self.runtime.store.upgrade()
        self.journal = Journal(self.runtime.store, self.runtime.settings, Keyring([key]), self.registry)

    @property
    def engine(self) -> Engine:
        assert isinstance(self.runtime.due, Bell)
        return self.runtime.due.engine

    @contextmanager
    def working(self) -> Iterator[None]:
        """While workers and beat run."""
        options = f"--beat --schedule {self._folder / 'beat'} --concurrency 2 --prefetch-multiplier 1 --loglevel INFO"
        command = [sys.executable, "-m", "celery", "-A", "tests.outbox.celery_host", "worker", *options.split()]
        with (self._folder / "log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            try:
                yield
            finally:
                os.killpg(process.pid, signal.SIGKILL)  # its pool and its beat as well
                process.wait()

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text()

    def soon(self, check: Callable[[], object]) -> None:
        until = time.monotonic() + 60
        while not check() and time.monotonic() < until:
            time.sleep(0.05)
        assert check(), self.log[-5000:]

    def publish(self, works: int, url: str = "https://example.org") -> None:
        """So many works of everybody, or the same again with another address."""
        authors = tuple(Contributor(family_name=orcid, key=orcid) for orcid in PEOPLE)
        for number in range(works):
            doi = f"10.5555/{number}"
            for orcid in PEOPLE:
                self.journal.connect(orcid, orcid, key=doi)
            identifiers = (Identifier.of("doi", doi),)
            self.journal.publish(article(identifiers=identifiers, contributors=authors, url=url), key=doi)

    def write_to(self, address: str) -> None:
        with self.journal.store.begin() as session:
            mail = Mail(to=address, subject="s", text="t", html="h")
            mails.owe(session, self.journal.keyring, self.journal.site, mail)

    def is_done(self) -> bool:
        with self.journal.store.begin() as session:
            tasks = set(session.scalars(select(Task.state)))
        return tasks <= {TaskState.DONE} and {one.state for one in self.journal.deliveries()} == {DeliveryState.SENT}

    def holder(self, orcid: str) -> str | None:
        with self.journal.store.begin() as session:
            return session.scalar(select(RecordClaim.worker).where(RecordClaim.orcid == orcid))

    def works(self) -> list[int]:
        """How many are on each record."""
        return [len(self.registry.works_of(orcid)) for orcid in PEOPLE]

    def calls(self, methods: str = "POST PUT") -> Counter[tuple[str, str]]:
        """How often each record was written to. New works go there together, changes one by one."""
        entries = self.registry.journal.entries(methods=methods, path="/work")
        return Counter((entry.method, entry.path.split("/")[2]) for entry in entries)

    def overlaps(self) -> int:
        """How many calls to a record began before the one before was answered."""
        calls = defaultdict(list)
        for entry in self.registry.journal.entries(path="/v3.0/"):
            calls[entry.path.split("/")[2]].append((entry.at, entry.at + entry.duration))
        return sum(later[0] < earlier[1] for of_one in calls.values() for earlier, later in pairwise(sorted(of_one)))


Make = Callable[[str], Service]


@pytest.fixture
def service(postgres_url: str, tmp_path: Path) -> Iterator[Make]:
    """Makes a service whose broker is at a URL."""
    made: list[Service] = []
    with serve(Registry.seeded()) as server:
        yield lambda broker: made.append(Service(server, postgres_url, broker, tmp_path)) or made[-1]  # type: ignore[func-returns-value]
        for one in made:
            one.runtime.close()


@contextmanager
def own_redis() -> Iterator[tuple[str, Callable[[float], None]]]:
    """A Redis of the test's own: its URL, and a call that ends it and starts it anew, empty, after so many seconds."""
    if shutil.which("redis-server") is None:
        lacking("redis", "no redis-server is on the path")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    url = f"redis://127.0.0.1:{port}/0"

    def start() -> subprocess.Popen[bytes]:
        command = ["redis-server", "--bind", "127.0.0.1", "--port", port, "--save", ""]
        started = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        with redis.Redis.from_url(url, retry=Retry(ConstantBackoff(0.1), 100)) as server:
            server.ping()
        return started

    def end() -> None:
        process.kill()
        process.wait()

    def start_anew(pause: float) -> None:
        nonlocal process
        end()
        time.sleep(pause)
        process = start()

    process = start()
    try:
        yield url, start_anew
    finally:
        end()


CHANGED = "https://example.org/changed"
ONCE = {("POST", orcid): 1 for orcid in PEOPLE}
"""Calls that put the new works of everybody on their records."""


def test_many_works_for_several_records_whatever_the_broker_repeats(service: Make, redis_url: str) -> None:
    one = service(redis_url)
    one.registry.faults.plan(Fault(delay=0.03), times=None, path="/work")
    one.publish(6)
    one.engine.look()
    with redis.Redis.from_url(redis_url) as broker:
        messages = broker.lrange("celery", 0, -1)
        assert len(messages) == len(PEOPLE)
        broker.rpush("celery", *reversed(messages), *messages)  # repeated, and out of order
        for name, arguments in ((SEND, ("journal", "nonsense")), (TASK, ("nonsense",)), ("orcid_plugin.unknown", ())):
            one.celery.send_task(name, arguments)
        with one.working():
            one.soon(one.is_done)
            one.publish(6, CHANGED)
            broker.rpush("celery", *messages)  # again, much later
            one.write_to("ada@example.org")
            one.soon(lambda: broker.llen("celery") == 0 and one.is_done())
            checked = CliRunner().invoke(flask_group, ["check"], obj=ScriptInfo(create_app=lambda: one.app))
    assert one.calls() == ONCE | {("PUT", orcid): 6 for orcid in PEOPLE}
    assert one.works() == [6, 6, 6]
    assert one.overlaps() == 0
    assert "a message is dropped" in one.log
    assert "Received unregistered task" in one.log
    assert "ada@example.org" not in one.log
    assert checked.exit_code == 0, checked.output
    assert "ok     workers: celery@" in checked.output
    assert [one.holder(orcid) for orcid in PEOPLE] == [None] * 3


def test_what_orcid_asks_one_process_all_processes_do(service: Make, redis_url: str) -> None:
    one = service(redis_url)
    one.publish(8)
    with one.working():
        one.soon(one.is_done)
        one.registry.faults.plan(Fault(429, headers=(("Retry-After", "3"),)), methods="PUT")
        one.registry.faults.plan(Fault(delay=0.2), times=None, path="/work")
        one.publish(8, CHANGED)
        one.soon(lambda: one.registry.journal.entries(status=429))
        (told,) = one.registry.journal.entries(status=429)
        one.soon(one.is_done)
    pause = told.at + told.duration + 0.5, told.at + 3  # half a second for what was under way
    assert not [entry for entry in one.registry.journal.entries(path="/v3.0/") if pause[0] < entry.at < pause[1]]
    assert one.calls("PUT").total() == 3 * 8 + 1


def test_a_process_that_is_killed_after_its_call_leaves_no_work_twice(service: Make, redis_url: str) -> None:
    one = service(redis_url)
    one.registry.faults.plan(Fault(after=True, delay=10), methods="POST", path=f"{JOSIAH}/work")
    one.publish(2)
    with one.working():
        one.soon(lambda: one.works()[0] == 2)
        holder = one.holder(JOSIAH)
        assert holder is not None
        os.kill(int(holder.split(":")[1]), signal.SIGKILL)
        one.soon(lambda: "WorkerLostError" in one.log)
        one.soon(lambda: one.works() == [2, 2, 2])
        assert one.holder(JOSIAH) == holder  # its message has come back, and was of no use: the lease lasts
        with one.journal.store.begin() as session:
            session.execute(update(RecordClaim).values(lease_until=now()))
        one.soon(one.is_done)
    assert one.calls("POST") == ONCE
    assert one.works() == [2, 2, 2]


def test_a_broker_that_loses_everything_and_is_away_for_a_while_keeps_nothing_back(service: Make) -> None:
    with own_redis() as (url, start_anew):
        one = service(url)
        one.publish(6)
        one.engine.look()
        start_anew(0)
        assert [one.holder(orcid) for orcid in PEOPLE] == [IN_QUEUE] * 3  # what they wait in is gone
        with one.working():
            one.soon(one.is_done)
            one.registry.faults.plan(Fault(delay=0.2), times=None, path="/work")
            one.publish(6, CHANGED)
            one.soon(lambda: one.calls("PUT").total() > 2)
            start_anew(1)
            one.write_to("ada@example.org")
            one.soon(one.is_done)
    assert one.calls() == ONCE | {("PUT", orcid): 6 for orcid in PEOPLE}
    assert one.works() == [6, 6, 6]
    assert one.overlaps() == 0
