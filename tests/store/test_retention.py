"""What is old goes, site by site; what somebody denied stays."""

from __future__ import annotations

import datetime

import pytest
from sqlalchemy import select

from orcid_plugin.settings import Settings
from orcid_plugin.store import retention
from orcid_plugin.store.database import Store
from orcid_plugin.store.tables import Attempt, AuditEvent, Call, Task, now

AGES = (1, 100, 500)
"""Days."""


def fill(store: Store, site: str) -> None:
    with store.begin() as session:
        for days in AGES:
            at = now() - datetime.timedelta(days=days)
            session.add(AuditEvent(site=site, at=at, actor="worker", action="item_created"))
            session.add(Call(site=site, at=at, method="GET", url="/", milliseconds=1, correlation_id="c"))
            for outcome in ("connected", "denied", None):
                session.add(
                    Attempt(
                        site=site,
                        environment="sandbox",
                        state_hash=f"{site} {days} {outcome}",
                        browser_hash="",
                        purpose="profile",
                        scopes="",
                        expires_at=at,
                        used_at=at,
                        outcome=outcome,
                    )
                )


def left(store: Store, site: str) -> tuple[list[int], list[int], list[tuple[int, str | None]]]:
    """Ages of events, calls and attempts."""

    def age(at: datetime.datetime | None) -> int:
        assert at is not None
        return (now() - at).days

    with store.begin() as session:
        events = [age(row.at) for row in session.scalars(select(AuditEvent).filter_by(site=site).order_by("id"))]
        calls = [age(row.at) for row in session.scalars(select(Call).filter_by(site=site).order_by("id"))]
        attempts = session.scalars(select(Attempt).filter_by(site=site).order_by(Attempt.id))
        return events, calls, [(age(row.used_at), row.outcome) for row in attempts]


def test_each_kind_by_its_own_setting_and_one_site_alone(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "CHUNK", 1)
    fill(store, "journal")
    fill(store, "other")
    untouched = left(store, "other")
    assert retention.expire(store, Settings(site="journal", audit_days=400), now()) == 1 + 2 + 2
    events, calls, attempts = left(store, "journal")
    assert (events, calls) == ([1, 100], [1])
    assert [attempt for attempt in attempts if attempt[0] == 500] == [(500, "denied")]
    assert len(attempts) == 7
    assert left(store, "other") == untouched


def test_events_are_kept_for_ever_unless_a_setting_says_otherwise(store: Store) -> None:
    fill(store, "journal")
    retention.expire(store, Settings(site="journal", call_log_days=0), now())
    events, calls, _ = left(store, "journal")
    assert (events, calls) == (list(AGES), [])


def test_tasks_that_are_over_go_and_those_that_wait_stay(store: Store) -> None:
    old = now() - datetime.timedelta(days=91)
    with store.begin() as session:
        for state in ("pending", "running", "done", "failed", "cancelled"):
            for at in (old, now()):
                session.add(Task(site="journal", environment="sandbox", kind="mail", state=state, updated_at=at))
    retention.expire(store, Settings(site="journal"), now())
    with store.begin() as session:
        kept = session.execute(select(Task.state, Task.updated_at < now() - datetime.timedelta(days=90))).all()
    assert sorted(state for state, is_old in kept if is_old) == ["pending", "running"]
    assert len(kept) == 7
