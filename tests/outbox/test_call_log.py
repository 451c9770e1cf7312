"""The worker keeps its calls to ORCID, and clears away what is old."""

from __future__ import annotations

import datetime

from orcid_plugin.emulator import Fault
from orcid_plugin.store import tasks, trail
from orcid_plugin.store.tables import AuditEvent, Call, now

from .conftest import JOSIAH, KEY, Journal


def calls(journal: Journal) -> list[Call]:
    with journal.store.begin() as session:
        return list(reversed(trail.calls(session, trail.Search(site="journal"))))


def test_the_calls_of_a_delivery_are_found_by_person_and_publication(live: Journal) -> None:
    assert live.registry
    live.registry.faults.plan(Fault(status=500, body="Oops"), methods="POST")
    live.connect()
    live.publish()
    live.work()
    live.work(60)
    rows = calls(live)
    assert [(row.method, row.status) for row in rows] == [("POST", 500), ("GET", 200), ("POST", 201)]
    assert {(row.orcid, row.publication_key) for row in rows} == {(JOSIAH, KEY)}
    assert [bool(row.request_body) for row in rows] == [True, False, False]
    assert rows[0].response_body == "Oops"
    token = live.tokens[JOSIAH].access
    assert not any(token in str(vars(row)) for row in rows)


def test_a_revocation_is_a_call_about_the_person(live: Journal) -> None:
    number = live.connect()
    with live.store.begin() as session:
        payload = {"token": live.tokens[JOSIAH].access}
        tasks.owe(session, live.keyring, live.site, tasks.REVOKE, payload, subject_id=number)
    live.work()
    [row] = calls(live)
    assert (row.method, row.url.rpartition("/")[2], row.status, row.orcid) == ("POST", "revoke", 200, JOSIAH)


def test_once_an_hour_the_worker_deletes_what_is_old(journal: Journal) -> None:
    def add(days: int) -> None:
        at = now() - datetime.timedelta(days=days)
        with journal.store.begin() as session:
            session.add(Call(site="journal", at=at, method="GET", url="/", milliseconds=1, correlation_id="c"))
            session.add(AuditEvent(site="journal", at=at, actor="worker", action="item_created"))

    worker = journal.worker()
    add(91)
    add(89)
    worker.run_once()
    assert len(calls(journal)) == 1
    add(91)
    worker.run_once()
    assert len(calls(journal)) == 2
    journal.clock.turn(3601)
    worker.run_once()
    assert len(calls(journal)) == 1
