"""What the worker does at ORCID is in the audit trail, with the transaction that says so."""

from __future__ import annotations

import dataclasses
from typing import Any

from orcid_plugin.emulator import Fault
from orcid_plugin.metadata.identifiers import Identifier
from orcid_plugin.metadata.publication import Title
from orcid_plugin.store import trail
from orcid_plugin.store.tables import AuditEvent, PublicationState
from orcid_plugin.store.trail import Search

from .conftest import CLIENT, JOSIAH, KEY, YUKI, Journal, article


def events(journal: Journal) -> list[AuditEvent]:
    with journal.store.begin() as session:
        return list(reversed(trail.events(session, Search(site="journal"))))


def acts(journal: Journal) -> list[tuple[str, dict[str, Any] | None]]:
    return [(event.action, event.details) for event in events(journal)]


def test_what_was_created_updated_and_deleted_with_its_put_code(live: Journal) -> None:
    live.connect()
    live.publish()
    live.work()
    live.publish(article(title=Title("On whole pots")))
    live.work()
    live.become(PublicationState.WITHDRAWN)
    live.work()
    known = {"section": "work", "put_code": 1001}
    assert acts(live) == [("item_created", known), ("item_updated", known), ("item_deleted", known)]
    for event in events(live):
        assert (event.actor, event.orcid, event.publication_key) == ("worker", JOSIAH, KEY)
        assert event.subject.startswith("delivery/")


def test_a_work_that_the_person_deleted(live: Journal) -> None:
    assert live.registry
    live.connect()
    live.publish()
    live.work()
    live.registry.remove_work(JOSIAH, 1001)
    live.publish(article(title=Title("On whole pots")))
    live.work()
    assert acts(live)[1:] == [("item_removed_by_person", {"section": "work", "put_code": 1001})]


def test_a_failure_is_one_event_when_no_further_attempt_is_made(live: Journal) -> None:
    assert live.registry
    live.settings = dataclasses.replace(live.settings, max_attempts=2)
    live.registry.faults.plan(Fault(status=500), times=9)
    live.connect()
    live.publish()
    live.work()
    assert acts(live) == []
    live.work(4000)
    assert acts(live) == [("delivery_failed", {"section": "work", "code": "registry_error"})]


def test_a_permission_that_ended_is_one_event_whatever_waited_for_it(live: Journal) -> None:
    assert live.registry
    live.connect()
    live.connect(key="second")
    live.registry.withdraw(JOSIAH, CLIENT)
    live.publish()
    live.publish(article(identifiers=(Identifier.of("doi", "10.5555/two"),)), key="second")
    live.work()
    live.work(30)
    assert [event.action for event in events(live)] == ["permission_ended"]


def test_a_record_that_moved_to_a_primary_one(live: Journal) -> None:
    assert live.registry
    live.connect()
    moved = dataclasses.replace(live.registry.researchers[JOSIAH], state="deprecated", primary=YUKI)
    live.registry.add_researcher(moved)
    live.publish()
    live.work()
    [event] = events(live)
    assert (event.action, event.details) == ("record_moved", {"old": JOSIAH, "new": YUKI})
