"""Several workers, workers that die, and what may go wrong inside one."""

from __future__ import annotations

import datetime
import json
import threading
import time
from collections import Counter
from typing import Any

import pytest
from limits.errors import StorageError
from requests.structures import CaseInsensitiveDict
from sqlalchemy import false, select

from orcid_plugin.emulator import Client
from orcid_plugin.errors import SettingsError
from orcid_plugin.identity import authorship, connections
from orcid_plugin.metadata import json_form
from orcid_plugin.metadata.publication import Title
from orcid_plugin.outbox import plan
from orcid_plugin.outbox.claims import Claims
from orcid_plugin.outbox.duties import Duties
from orcid_plugin.outbox.engines.embedded import Worker
from orcid_plugin.outbox.pace import AWAY, Pace
from orcid_plugin.outbox.settle import Settler
from orcid_plugin.outbox.writes import Writer
from orcid_plugin.registry.answers import Answer
from orcid_plugin.registry.oauth_answers import TokenAnswer
from orcid_plugin.store import publications, sites
from orcid_plugin.store.database import Store
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import (
    Connection,
    Delivery,
    DeliveryState,
    PublicationState,
    RecordClaim,
    StoredPublication,
)

from .conftest import CLIENT, JOSIAH, SCOPES, SOFIA, Journal, StillPace, article, settings_for


class WatchedRegistry:
    """Stands for the transport: takes a moment for each call, and notices two at once for one record."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.overlaps = 0

    def observed(self, _: object) -> WatchedRegistry:
        return self

    def send(self, method: str, url: str, data: bytes = b"", **_: Any) -> Answer:
        record = url.split("/")[4]
        with self._lock:
            self._busy[record] += 1
            self.overlaps += self._busy[record] > 1
            self.calls[f"{method} {record}"] += 1
        time.sleep(0.002)
        with self._lock:
            self._busy[record] -= 1
        if method == "POST":
            sent = json.loads(data)["bulk"]
            stored = [{"work": {**one["work"], "put-code": number}} for number, one in enumerate(sent, start=1)]
            data = json.dumps({"bulk": stored}).encode()
        return Answer(200, CaseInsensitiveDict(), data)


def test_workers_never_overlap_on_one_record(journal: Journal, database_url: str) -> None:
    def publish(title: str) -> None:
        for number in range(10):
            changes = {"title": Title(title), "url": f"https://example.org/{number}", "identifiers": ()}
            journal.publish(article(**changes), key=f"doi:10.5555/{number}")

    for number in range(10):
        for orcid, contributor in ((JOSIAH, "a1"), (SOFIA, "a2")):
            journal.connect(orcid, contributor, key=f"doi:10.5555/{number}")
    registry = WatchedRegistry()
    stores = [Store.open(database_url) for _ in range(4)]

    def work(store: Store) -> None:
        duties = Duties(
            store,
            journal.keyring,
            registry,  # type: ignore[arg-type]
            journal.settings,
            pace=StillPace(),  # type: ignore[arg-type]
        )
        Worker(duties, threading.Event()).run_until_idle(20)

    publish("On cracked pots")
    work(stores[0])
    publish("On whole pots")
    threads = [threading.Thread(target=work, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores:
        store.close()
    assert registry.overlaps == 0
    assert registry.calls == {f"POST {JOSIAH}": 1, f"POST {SOFIA}": 1, f"PUT {JOSIAH}": 10, f"PUT {SOFIA}": 10}
    assert len(journal.items()) == 20
    with journal.store.begin() as session:
        assert session.query(RecordClaim).count() == 0


class Killed(BaseException):
    """The process ends here."""


def test_a_worker_that_dies_between_the_answer_and_its_commit_makes_no_second_work(
    live: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise Killed

    live.connect()
    live.publish()
    with monkeypatch.context() as dying:
        dying.setattr(Settler, "record", die)
        dying.setattr(Claims, "release", lambda *_: None)
        with pytest.raises(Killed):
            live.work()
    assert (len(live.works()), live.items()) == (1, [])
    assert live.work() == 0  # the dead one still holds the record
    live.work(3600)
    assert [item.put_code for item in live.items()] == [live.works()[0].put_code]
    assert live.calls("POST") == ["POST work 201"]
    assert live.delivery().state == DeliveryState.SENT


def test_an_edit_that_joins_during_the_call_is_sent_as_well(live: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    put = Writer.put

    def put_slowly(writer: Writer, job: Any, work: Any) -> Any:
        written = put(writer, job, work)
        if not live.items():
            live.publish(article(url="https://example.org/new"))
        return written

    monkeypatch.setattr(Writer, "put", put_slowly)
    live.connect()
    live.publish()
    live.work()
    assert live.calls() == ["POST work 201", "PUT work 200"]
    assert live.works()[0].message["url"]["value"] == "https://example.org/new"
    assert live.delivery().state == DeliveryState.SENT


def test_what_was_sent_with_the_credentials_before_is_remembered_as_theirs(
    live: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.connect()
    live.publish()
    live.work()
    put = Writer.put

    def connected_again_meanwhile(writer: Writer, job: Any, work: Any) -> Any:
        written = put(writer, job, work)
        with live.store.begin() as session:
            session.query(Connection).update({"client_id": "APP-OF-ANOTHER-SITE0"})
        return written

    live.publish(article(url="https://example.org/new"))
    monkeypatch.setattr(Writer, "put", connected_again_meanwhile)
    live.work()
    assert [(item.client_id, item.put_code) for item in live.items()] == [(CLIENT, live.works()[0].put_code)]
    assert live.delivery().state == DeliveryState.SENT


def test_a_worker_whose_record_was_taken_stops(live: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Claims, "renew", lambda *_: False)
    monkeypatch.setattr(Claims, "_due_record", _only_once(Claims._due_record))
    live.connect()
    live.publish()
    live.work()
    assert live.calls() == []


def test_what_is_due_is_found_by_indexes(live: Journal) -> None:
    claims = Claims(live.site, "worker", datetime.timedelta(minutes=5))
    at = live.clock()
    of_record = select(Delivery.id).where(Delivery.orcid == JOSIAH, claims.due(at))
    with live.store.begin() as session:
        for query, index in ((claims._due_record(at), "delivery_due"), (of_record, "delivery_orcid")):
            sql = query.compile(live.store.engine, compile_kwargs={"literal_binds": True})
            steps = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}").all()
            assert any(f"USING INDEX ix_orcid_plugin_{index} " in str(step) for step in steps)
            assert not any("SCAN orcid_plugin_delivery" in str(step) or "TEMP B-TREE" in str(step) for step in steps)


def _only_once(method: Any) -> Any:
    calls: list[object] = []

    def due(claims: Claims, at: Any) -> Any:
        calls.append(at)
        found = method(claims, at)
        return found if len(calls) == 1 else found.where(false())

    return due


def test_a_mistake_in_one_delivery_leaves_the_others_alone(live: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    put = Writer.put

    def stumble(writer: Writer, job: Any, work: Any) -> Any:
        if job.orcid == JOSIAH:
            raise ZeroDivisionError
        return put(writer, job, work)

    monkeypatch.setattr(Writer, "put", stumble)
    live.connect()
    live.connect(SOFIA, "a2")
    live.publish()
    live.work()
    assert [(one.state, one.code) for one in live.deliveries()] == [
        (DeliveryState.PENDING, "internal_error"),
        (DeliveryState.SENT, None),
    ]


def test_an_outcome_that_cannot_be_stored_stops_nobody_else(live: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    record = Settler.record

    def stumble(settler: Settler, session: Any, job: Any, put_code: int) -> None:
        if job.orcid == JOSIAH:
            raise ZeroDivisionError
        record(settler, session, job, put_code)

    live.connect()
    live.connect(SOFIA, "a2")
    live.publish()
    with monkeypatch.context() as stumbling:
        stumbling.setattr(Settler, "record", stumble)
        live.work()
    assert [(one.state, one.code) for one in live.deliveries()] == [
        (DeliveryState.PENDING, "internal_error"),
        (DeliveryState.SENT, None),
    ]
    live.work(3600)
    assert [one.state for one in live.deliveries()] == [DeliveryState.SENT] * 2
    assert len(live.works()) == 1


def test_a_token_that_no_key_opens_is_told(live: Journal) -> None:
    live.connect()
    live.publish()
    live.keyring = Keyring(["A" * 43 + "="])
    live.work()
    assert (live.delivery().state, live.delivery().code) == (DeliveryState.PENDING, "token_key")


def test_a_disconnected_person_is_left_alone(live: Journal) -> None:
    live.connect()
    live.publish()
    live.work()
    live.connect(SOFIA, "a2")
    with live.store.begin() as session:
        for connection in {session.merge(one).connection for one in live.deliveries()}:
            connection.state, connection.sealed_token_answer = "disconnected", ""
    live.forget()
    live.work()
    assert {(one.state, one.code) for one in live.deliveries()[1:]} == {(DeliveryState.CANCELLED, "disconnected")}
    assert live.calls() == []


def test_the_thread_wakes_at_once_and_stops(live: Journal) -> None:
    live.connect()
    worker = live.worker()
    worker.start()
    live.publish()
    live.due.set()
    until = time.monotonic() + 10
    while not live.works() and time.monotonic() < until:
        time.sleep(0.01)
    worker.stop()
    worker.stop()
    assert len(live.works()) == 1


def test_a_database_that_fails_does_not_end_the_worker(live: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    stop, failures = threading.Event(), []

    def fail(*_: object) -> None:
        failures.append(1)
        if len(failures) == 2:
            stop.set()
        raise OSError("gone")

    worker = live.worker()
    monkeypatch.setattr(worker, "run_once", fail)
    worker.run(stop)
    assert len(failures) == 2


def test_idle_means_that_nothing_is_pending(live: Journal) -> None:
    live.connect(scopes=("/read-limited",))
    live.publish()
    assert live.worker().run_until_idle(5)
    live.connect(SOFIA, "a2")
    live.pace.pause(60)
    assert not live.worker().run_until_idle(0)


def test_a_site_without_credentials_is_named_once_and_keeps_no_other_from_its_work(
    live: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    live.publish()
    live.connect()
    with live.store.begin() as session:
        sites.save(session, live.settings, live.keyring, "mute", {})
        session.add(StoredPublication(site="mute", key="k", state="published", document=json_form.dump(article())))
    worker = live.worker()
    assert worker.run_once() == 1
    worker.run_once()
    assert len(live.works()) == 1
    assert [record.getMessage() for record in caplog.records if "mute" in record.getMessage()] == [
        "nothing can be sent for the site mute: ORCID_PLUGIN_CLIENT_ID and ORCID_PLUGIN_CLIENT_SECRET must be set: "
        "the API credentials that ORCID gave you"
    ]


def test_one_worker_sends_for_all_sites_each_with_its_own_credentials(live: Journal) -> None:
    assert live.registry is not None
    live.registry.add_client(Client("APP-SECONDJOURNAL000", "second-secret", "Second"))
    registry = {name: getattr(live.settings, name) for name in ("environment", "web_url", "api_url", "public_api_url")}
    own = {**registry, "client_id": "APP-SECONDJOURNAL000", "client_secret": "second-secret"}
    with live.store.begin() as session:
        sites.save(session, live.settings, live.keyring, "second", own)
    live.publish()
    live.connect()
    token = live.registry.issue_token("APP-SECONDJOURNAL000", SCOPES, JOSIAH)
    with live.store.begin() as session:
        second = sites.settings_of(session, live.settings, live.keyring, "second")
        answer = TokenAnswer(
            orcid=JOSIAH,
            name=None,
            access_token=token.access,
            refresh_token=None,
            scopes=frozenset(SCOPES),
            expires_in=None,
            raw={"access_token": token.access},
        )
        connection = connections.store_answer(session, second.the_site(), live.keyring, answer, None)
        stored = publications.save(session, "second", "k", article(), PublicationState.PUBLISHED)
        authorship.link(session, second.the_site(), "k", "a1", connection)
        plan.plan_publication(session, second.the_site(), second, stored)
    assert live.worker().run_until_idle(10)
    assert {work.source for work in live.works()} == {"APP-EMULATORMEMBER00", "APP-SECONDJOURNAL000"}


@pytest.mark.parametrize("storage", ["memory", "redis"])
def test_the_pace_holds_and_a_pause_stops_everybody(storage: str, request: pytest.FixtureRequest) -> None:
    url = "memory://" if storage == "memory" else request.getfixturevalue("redis_url")
    settings = settings_for()
    settings = type(settings)(client_id="A", client_secret="b", pace=2, pace_storage=url)
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        time.sleep(seconds)

    pace = Pace(settings, settings.the_site(), sleep)
    for _ in range(3):
        pace.wait()
    assert slept
    assert not pace.paused()
    pace.pause(60)
    pace.pause(0.01)
    time.sleep(1.1)
    assert pace.paused()
    if storage == "redis":
        assert Pace(settings, settings.the_site()).paused()


def test_a_storage_that_stops_answering_is_replaced(caplog: pytest.LogCaptureFixture) -> None:
    settings = type(settings_for())(client_id="A", client_secret="b", pace_storage="redis://127.0.0.1:1/0")
    pace = Pace(settings, settings.the_site())
    pace.wait()
    assert "does not answer" in caplog.text


def test_a_storage_that_answers_again_is_used_again(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = type(settings_for())(client_id="A", client_secret="b", pace_storage=redis_url)
    pace, other = (Pace(settings, settings.the_site()) for _ in range(2))

    def fail(*_: object) -> None:
        raise StorageError(OSError("away"))

    with monkeypatch.context() as away:
        away.setattr(pace._storage, "get", fail)
        assert not pace.paused()
    other.pause(60)
    assert not pace.paused()  # not asked yet
    later = time.monotonic() + AWAY
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert pace.paused()


def test_a_storage_of_an_unknown_kind_is_a_fault_of_the_settings() -> None:
    settings = type(settings_for())(client_id="A", client_secret="b", pace_storage="parchment://")
    with pytest.raises(SettingsError, match="ORCID_PLUGIN_PACE_STORAGE"):
        Pace(settings, settings.the_site())
