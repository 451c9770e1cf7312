"""New works of one record go there together, and each has its own outcome."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, update

from orcid_plugin.emulator import Fault
from orcid_plugin.metadata.identifiers import Identifier
from orcid_plugin.metadata.publication import Title
from orcid_plugin.outbox.writes import Writer
from orcid_plugin.store import trail
from orcid_plugin.store.tables import DeliveryState, RecordClaim

from .conftest import JOSIAH, SOFIA, Journal, article


def publish(live: Journal, *numbers: int, doi: str = "") -> None:
    for number in numbers:
        identifier = Identifier.of("doi", doi or f"10.5555/{number}")
        live.publish(article(title=Title(f"Pot {number}"), identifiers=(identifier,)), key=f"ms-{number}")
        live.connect(key=f"ms-{number}")


def states(live: Journal) -> list[tuple[str, str | None]]:
    return [(one.state, one.code) for one in live.deliveries()]


def titles(live: Journal) -> list[str]:
    return sorted(work.message["title"]["title"]["value"] for work in live.works())


def test_with_one_call_each_gets_its_own_put_code(live: Journal) -> None:
    publish(live, 1, 2, 3)
    live.work()
    assert live.calls() == ["POST works 200"]
    by_title = {work.message["title"]["title"]["value"]: work.put_code for work in live.works()}
    stored = {live.stored(f"ms-{number}"): by_title[f"Pot {number}"] for number in (1, 2, 3)}
    assert {item.publication_id: item.put_code for item in live.items()} == {
        row.id: code for row, code in stored.items() if row
    }
    live.forget()
    live.publish(article(title=Title("Pot 1, mended"), identifiers=(Identifier.of("doi", "10.5555/1"),)), key="ms-1")
    live.work()
    assert live.calls() == ["PUT work 200"]


def test_a_hundred_with_each_call(live: Journal) -> None:
    publish(live, *range(103))
    live.work()
    assert live.calls() == ["POST works 200", "POST works 200"]
    assert len(live.works()) == 103


def test_what_is_not_new_goes_by_itself(live: Journal) -> None:
    publish(live, 1)
    live.work()
    live.forget()
    live.publish(article(title=Title("Pot 1, mended"), identifiers=(Identifier.of("doi", "10.5555/1"),)), key="ms-1")
    publish(live, 2, 3)
    live.work()
    assert live.calls() == ["POST works 200", "PUT work 200"]


def test_records_are_not_mixed(live: Journal) -> None:
    for number in (1, 2):
        publish(live, number)
        live.connect(SOFIA, "a2", key=f"ms-{number}")
    live.work()
    assert [len(live.works(orcid)) for orcid in (JOSIAH, SOFIA)] == [2, 2]


def test_two_of_one_doi_are_one_work_and_one_failure(live: Journal) -> None:
    publish(live, 1, 2, doi="10.5555/same")
    publish(live, 3)
    live.work()
    assert states(live) == [("sent", None), ("failed", "duplicate"), ("sent", None)]
    assert titles(live) == ["Pot 1", "Pot 3"]


def test_a_work_that_is_there_already_is_adopted(live: Journal) -> None:
    publish(live, 1)
    live.work()
    with live.store.begin() as session:
        session.delete(session.merge(live.items()[0]))  # as after a restored backup
    live.send_again(key="ms-1")
    publish(live, 2)
    live.work()
    assert {state for state, _ in states(live)} == {DeliveryState.SENT}
    assert titles(live) == ["Pot 1", "Pot 2"]


def test_an_answer_that_was_lost_leaves_no_second_work(live: Journal) -> None:
    assert live.registry
    publish(live, 1, 2, 3)
    live.registry.faults.plan(Fault(close=True, after=True), methods="POST")
    live.work()
    assert states(live) == [("pending", "registry_unreachable")] * 3
    live.work(60)
    assert states(live) == [("sent", None)] * 3
    assert titles(live) == ["Pot 1", "Pot 2", "Pot 3"]


def test_a_record_with_room_for_some_takes_them_one_by_one(live: Journal) -> None:
    assert live.registry
    full = '{"response-code":409,"developer-message":"409 Conflict: 10,000","error-code":9048}'
    live.registry.faults.plan(Fault(status=409, body=full, content_type="application/json"), path="/works$")
    publish(live, 1, 2)
    live.work()
    assert live.calls() == ["POST works 409", "POST work 201", "POST work 201"]


def test_who_loses_the_record_between_those_one_by_one_leaves_the_rest(
    live: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert live.registry
    full = '{"response-code":409,"developer-message":"409 Conflict: 10,000","error-code":9048}'
    live.registry.faults.plan(Fault(status=409, body=full, content_type="application/json"), path="/works$")
    publish(live, 1, 2, 3)
    put = Writer.put

    def slowly(writer: Writer, job: Any, item: Any) -> Any:
        with live.store.begin() as session:
            session.execute(update(RecordClaim).values(worker="somebody else"))
        return put(writer, job, item)

    monkeypatch.setattr(Writer, "put", slowly)
    live.work()
    assert titles(live) == ["Pot 1"]
    monkeypatch.undo()
    with live.store.begin() as session:
        session.execute(delete(RecordClaim))  # somebody else died too
    live.work()
    assert titles(live) == ["Pot 1", "Pot 2", "Pot 3"]
    assert states(live) == [("sent", None)] * 3


def test_one_that_orcid_refuses_does_not_keep_the_others_away(live: Journal) -> None:
    assert live.registry
    refusal = '{"error":{"response-code":400,"developer-message":"400 Bad Request: silly","error-code":9020}}'
    work = '{"work":{"put-code":77,"title":{"title":{"value":"x"}},"type":"journal-article"}}'
    answer = Fault(status=200, body=f'{{"bulk":[{refusal},{work}]}}', content_type="application/json")
    alone = refusal.removeprefix('{"error":').removesuffix("}")
    live.registry.faults.plan(answer, path="/works$")
    live.registry.faults.plan(Fault(status=400, body=alone, content_type="application/json"), path="/work$")
    publish(live, 1, 2)
    live.work()
    assert states(live) == [("failed", "message_refused"), ("sent", None)]
    assert "silly" in (live.deliveries()[0].message or "")
    assert [item.put_code for item in live.items()] == [77]


def test_the_call_is_found_by_each_publication(live: Journal) -> None:
    publish(live, 1, 2)
    live.work()
    with live.store.begin() as session:
        rows = [trail.calls(session, trail.Search(site="journal", publication_key=f"ms-{number}")) for number in (1, 2)]
    (first,), (second,) = rows
    assert (first.method, first.status, first.orcid) == ("POST", 200, JOSIAH)
    assert first.correlation_id == second.correlation_id
