"""Two transactions at the same moment, on both databases: the second starts while the first is still open."""

from __future__ import annotations

import datetime
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from orcid_plugin.identity import authorship
from orcid_plugin.outbox import plan
from orcid_plugin.outbox.claims import Claims
from orcid_plugin.outbox.jobs import open_job
from orcid_plugin.store import publications
from orcid_plugin.store.tables import Connection, Delivery, DeliveryState, PublicationState

from .conftest import JOSIAH, KEY, Journal, article

LEASE = datetime.timedelta(minutes=5)
T = TypeVar("T")


def together(journal: Journal, first: Callable[[Session], T], second: Callable[[Session], T]) -> tuple[T, T]:
    """Run `first` and, before it commits, `second`."""
    begun = threading.Event()

    def run_second() -> T:
        begun.wait()
        with journal.store.begin() as session:
            return second(session)

    with ThreadPoolExecutor(1) as pool:
        later = pool.submit(run_second)
        with journal.store.begin() as session:
            one = first(session)
            begun.set()
            time.sleep(0.1)  # long enough for the other to come to where it must wait
        return one, later.result(timeout=20)


@pytest.mark.parametrize("left_over", [False, True], ids=["free", "left by a dead worker"])
def test_one_record_has_one_worker(journal: Journal, left_over: bool) -> None:
    journal.connect()
    journal.publish()
    at = journal.clock()
    if left_over:
        with journal.store.begin() as session:
            assert Claims(journal.site, "dead", LEASE).claim_next(session, at - 2 * LEASE) is None
            assert Claims(journal.site, "dead", -LEASE).claim_next(session, at) == JOSIAH
    one, two = (Claims(journal.site, name, LEASE) for name in ("one", "two"))
    found = together(
        journal,
        lambda session: one.claim_next(session, at),
        lambda session: two.claim_next(session, at),
    )
    assert found == (JOSIAH, None)
    with journal.store.begin() as session:
        two.release(session, JOSIAH)  # not its own
        assert one.renew(session, JOSIAH, at)
        assert not two.renew(session, JOSIAH, at)
        one.release(session, JOSIAH)
        assert two.claim_next(session, at) == JOSIAH


def test_publishing_and_connecting_at_once_miss_nothing(journal: Journal) -> None:
    journal.connect(contributor=None)

    def publish(session: Session) -> int:
        stored = publications.save(session, "journal", KEY, article(), PublicationState.PUBLISHED)
        return plan.plan_publication(session, journal.site, journal.settings, stored)

    def connect(session: Session) -> int:
        connection = session.query(Connection).one()
        authorship.link(session, journal.site, KEY, "a1", connection)
        return plan.plan_connection(session, journal.site, journal.settings, connection)

    assert together(journal, publish, connect) == (0, 1)


def test_two_edits_at_once_owe_one_delivery(journal: Journal) -> None:
    journal.connect()
    journal.publish()
    with journal.store.begin() as session:
        session.query(Delivery).update({"state": "sent"})

    def publish(session: Session) -> int:
        stored = publications.find(session, "journal", KEY)
        assert stored
        return plan.plan_publication(session, journal.site, journal.settings, stored)

    assert together(journal, publish, publish) == (1, 1)
    assert [one.state for one in journal.deliveries()] == ["sent", "pending"]


def test_withdrawing_while_a_worker_picks_it_up_leaves_nothing_on_the_record(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.connect()
    journal.publish()
    looked, look = threading.Event(), plan._open

    def look_slowly(*arguments: Any) -> list[Delivery]:
        found = list(look(*arguments))
        looked.set()
        time.sleep(0.1)
        return found

    def pick_up() -> object:
        looked.wait()
        with journal.store.begin() as session:
            due = select(Delivery).where(Delivery.state == DeliveryState.PENDING).with_for_update()
            delivery = session.scalar(due)
            if delivery is None:
                return None
            return open_job(session, journal.site, journal.settings, journal.keyring, delivery)

    monkeypatch.setattr(plan, "_open", look_slowly)
    with ThreadPoolExecutor(1) as pool:
        picked_up = pool.submit(pick_up)
        journal.become(PublicationState.WITHDRAWN)
        assert picked_up.result(timeout=20) is None
    assert journal.delivery().state == DeliveryState.CANCELLED
