"""Searching what happened, on both databases."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from sqlalchemy import text

from orcid_plugin.store import trail
from orcid_plugin.store.database import Store
from orcid_plugin.store.tables import AuditEvent, Call
from orcid_plugin.store.trail import Place, Search

JOSIAH = "0000-0002-1825-0097"
NOON = datetime.datetime(2026, 11, 1, 12, tzinfo=datetime.UTC)


def event(minutes: int, **fields: Any) -> AuditEvent:
    at = NOON + datetime.timedelta(minutes=minutes)
    return AuditEvent(**{"site": "journal", "actor": "worker", "action": "item_created", "at": at, **fields})


def call(minutes: int, status: int | None, **fields: Any) -> Call:
    at = NOON + datetime.timedelta(minutes=minutes)
    known = {"site": "journal", "at": at, "method": "GET", "url": "/", "milliseconds": 5, "correlation_id": "c"}
    return Call(status=status, **{**known, **fields})


def found(store: Store, **search: Any) -> list[int]:
    """Minutes of the events that are found, in their order."""
    with store.begin() as session:
        rows = trail.events(session, Search(**{"site": "journal", **search}))
    return [int((row.at - NOON).total_seconds() // 60) for row in rows]


@pytest.fixture
def events(store: Store) -> Store:
    with store.begin() as session:
        session.add_all(
            [
                event(1, actor="account:ada", action="connected", account="ada", orcid=JOSIAH),
                event(2, publication_key="ms-1", orcid=JOSIAH),
                event(3, actor="account:ada", action="send_again", publication_key="ms-1"),
                event(4, site="other", orcid=JOSIAH, publication_key="ms-1"),
            ]
        )
    return store


@pytest.mark.parametrize(
    ("search", "minutes"),
    [
        ({}, [3, 2, 1]),
        ({"site": "other"}, [4]),
        ({"orcid": JOSIAH}, [2, 1]),
        ({"account": "ada"}, [3, 1]),
        ({"publication_key": "ms-1"}, [3, 2]),
        ({"action": "send_again"}, [3]),
        ({"since": NOON + datetime.timedelta(minutes=2)}, [3, 2]),
        ({"until": NOON + datetime.timedelta(minutes=2)}, [1]),
        ({"orcid": JOSIAH, "publication_key": "ms-1"}, [2]),
        ({"limit": 1}, [3]),
    ],
)
def test_events_of_one_site_newest_first(events: Store, search: dict[str, Any], minutes: list[int]) -> None:
    assert found(events, **search) == minutes


def test_pages_follow_each_other_also_among_events_of_one_moment(store: Store) -> None:
    with store.begin() as session:
        session.add_all([event(0, subject=str(number)) for number in range(7)])
    pages: list[list[str | None]] = []
    last = None
    with store.begin() as session:
        while page := trail.events(session, Search(site="journal", limit=3, before=last)):
            pages.append([row.subject for row in page])
            last = Place(page[-1].at, page[-1].id)
    assert pages == [["6", "5", "4"], ["3", "2", "1"], ["0"]]


def test_a_page_begins_where_a_row_was_that_has_expired_meanwhile(store: Store) -> None:
    with store.begin() as session:
        session.add_all([event(number, subject=str(number)) for number in range(3)])
    with store.begin() as session:
        (last,) = trail.events(session, Search(site="journal", limit=1))
        session.delete(last)
    with store.begin() as session:
        page = trail.events(session, Search(site="journal", before=Place(last.at, last.id)))
    assert [row.subject for row in page] == ["1", "0"]


def test_all_that_matches_is_counted_whatever_a_page_holds(events: Store) -> None:
    with events.begin() as session:
        assert trail.count(session, AuditEvent, Search(site="journal", orcid=JOSIAH, limit=1)) == 2
        assert trail.count(session, Call, Search(site="journal", status="error")) == 0


@pytest.mark.parametrize(
    ("status", "statuses"),
    [
        (None, [None, 500, 409, 404, 201]),
        ("409", [409]),
        ("4xx", [409, 404]),
        ("none", [None]),
        ("error", [None, 500, 409, 404]),
    ],
)
def test_calls_by_what_ORCID_answered(store: Store, status: str | None, statuses: list[int | None]) -> None:  # noqa: N802
    with store.begin() as session:
        session.add_all([call(number, one) for number, one in enumerate([201, 404, 409, 500, None])])
    with store.begin() as session:
        assert [row.status for row in trail.calls(session, Search(site="journal", status=status))] == statuses


MANY = 100_000
FILL = (
    "INSERT INTO orcid_plugin_audit_event (site, at, actor, action, account, orcid, publication_key) "
    "SELECT 'journal', timestamp '2026-01-01' + n * interval '1 minute', "
    "CASE WHEN n % 3 = 0 THEN 'account:a' || n % 5000 ELSE 'worker' END, "
    "CASE WHEN n % 20000 = 0 THEN 'log_exported' ELSE 'item_created' END, "
    "CASE WHEN n % 2 = 0 THEN 'a' || n % 5000 END, 'iD ' || n % 5000, 'ms-' || n % 5000 "
    f"FROM generate_series(1, {MANY}) AS n",
    "INSERT INTO orcid_plugin_call "
    "(site, at, method, url, status, milliseconds, correlation_id, orcid, publication_key) "
    "SELECT 'journal', timestamp '2026-01-01' + n * interval '1 minute', 'GET', '/', "
    "CASE WHEN n % 5000 = 0 THEN NULL WHEN n % 2000 = 1 THEN 409 WHEN n % 20000 = 3 THEN 500 ELSE 200 END, 5, 'c', "
    f"'iD ' || n % 5000, 'ms-' || n % 5000 FROM generate_series(1, {MANY}) AS n",
    "ANALYZE orcid_plugin_audit_event, orcid_plugin_call",
)
SEARCHES: tuple[dict[str, Any], ...] = (
    {},
    {"orcid": "iD 77"},
    {"publication_key": "ms-77"},
    {"since": NOON},
    {"until": datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)},
    {"before": Place(datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC), 9)},
    {"orcid": "iD 77", "before": Place(datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC), 9)},
)


def test_no_search_among_many_looks_at_every_row(postgres_url: str) -> None:
    store = Store.open(postgres_url)
    store.upgrade()
    with store.begin() as session:
        for statement in FILL:
            session.execute(text(statement))
    of_events = [*SEARCHES, *({"action": word} for word in ("item_created", "log_exported", "odd")), {"account": "a78"}]
    of_calls = [*SEARCHES, *({"status": status} for status in ("200", "409", "499", "4xx", "5xx", "error", "none"))]
    asked = [(AuditEvent, one) for one in of_events] + [(Call, one) for one in of_calls]
    with store.begin() as session:
        for table, search in asked:
            statement = trail.statement(table, Search(site="journal", **search)).compile(store.engine)
            explained = session.connection().exec_driver_sql(
                f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", bound(statement)
            )
            (plan,) = explained.scalar_one()
            assert visited(plan["Plan"]) < MANY / 10, (table, search, plan)
    store.close()


def bound(statement: Any) -> dict[str, Any]:
    """The parameters as the driver takes them."""
    convert = statement._bind_processors
    return {name: convert.get(name, lambda given: given)(value) for name, value in statement.params.items()}


def visited(plan: dict[str, Any]) -> int:
    """How many rows the steps of a plan looked at."""
    own = (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
    return max([own, *map(visited, plan.get("Plans", []))])


@pytest.mark.parametrize("status", ["", "9xx", "teapot", "40", "-40", "٤٠٤"])
def test_what_is_no_status_is_said(store: Store, status: str) -> None:
    with store.begin() as session, pytest.raises(ValueError, match="is no status"):
        trail.calls(session, Search(site="journal", status=status))
