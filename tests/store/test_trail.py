"""Searching what happened, on both databases."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from orcid_plugin.store import trail
from orcid_plugin.store.database import Store
from orcid_plugin.store.tables import AuditEvent, Call
from orcid_plugin.store.trail import Search

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
            last = page[-1]
    assert pages == [["6", "5", "4"], ["3", "2", "1"], ["0"]]


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


@pytest.mark.parametrize("status", ["", "9xx", "teapot", "40", "-40", "٤٠٤"])
def test_what_is_no_status_is_said(store: Store, status: str) -> None:
    with store.begin() as session, pytest.raises(ValueError, match="is no status"):
        trail.calls(session, Search(site="journal", status=status))
