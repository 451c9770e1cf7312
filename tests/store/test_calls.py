"""The log of calls: kept in batches, whatever the database does."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from requests.structures import CaseInsensitiveDict

from orcid_plugin.registry.answers import Answer
from orcid_plugin.registry.exchanges import Exchange
from orcid_plugin.settings import Settings
from orcid_plugin.store import trail
from orcid_plugin.store.calls import CallLog, about
from orcid_plugin.store.database import Store
from orcid_plugin.store.tables import Call

JOSIAH = "0000-0002-1825-0097"


def exchange(status: int | None = 201, orcid: str = JOSIAH) -> Exchange:
    answer = Answer(status, CaseInsensitiveDict(), b'{"a": "\xff\x00"}') if status is not None else None
    return Exchange(
        method="POST",
        address=f"https://api.orcid.org/v3.0/{orcid}/work",
        answer=answer,
        milliseconds=12,
        correlation_id="abc",
        data=b"{}",
    )


def kept(store: Store) -> list[Call]:
    with store.begin() as session:
        return list(reversed(trail.calls(session, trail.Search(site="journal"))))


def settings(**changes: Any) -> Settings:
    return Settings(site="journal", **changes)


def test_calls_of_many_threads_are_all_kept_with_what_they_were_about(store: Store) -> None:
    calls = CallLog(store)
    observe = calls.observer(settings())
    assert observe is not None

    def work(number: int) -> None:
        with about(publication_keys=[f"ms-{number}"]):
            for _ in range(5):
                observe(exchange())

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    calls.flush()
    rows = kept(store)
    assert sorted(row.publication_key or "" for row in rows) == sorted(f"ms-{number % 4}" for number in range(20))
    assert {(row.method, row.status, row.orcid, row.milliseconds, row.correlation_id) for row in rows} == {
        ("POST", 201, JOSIAH, 12, "abc")
    }


@pytest.mark.parametrize(
    ("policy", "with_bodies"), [("no", []), ("errors", [404, None]), ("all", [201, 404, None])], ids=str
)
def test_bodies_by_the_setting(store: Store, policy: str, with_bodies: list[int | None]) -> None:
    calls = CallLog(store)
    observe = calls.observer(settings(call_log_bodies=policy))
    assert observe is not None
    for status in (201, 404, None):
        observe(exchange(status))
    calls.flush()
    assert [row.status for row in kept(store) if row.request_body] == with_bodies


def test_a_site_that_keeps_none() -> None:
    assert CallLog(Store.open("sqlite://")).observer(settings(call_log_days=0)) is None


def test_a_database_that_fails_fails_no_call(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'nowhere' / 'store.sqlite'}")
    calls = CallLog(store)
    observe = calls.observer(settings())
    assert observe is not None
    observe(exchange())
    calls.flush()
    assert "1 calls cannot be kept in the log of calls: NotMigrated" in caplog.text
    store.close()


def test_a_call_within_a_transaction_does_not_wait_for_it(store: Store) -> None:
    calls = CallLog(store)
    observe = calls.observer(settings())
    assert observe is not None
    with store.begin() as session:
        session.add(Call(site="other", method="GET", url="/", milliseconds=1, correlation_id="x"))
        session.flush()
        observe(exchange())
    calls.flush()
    assert len(kept(store)) == 1
