"""What ends up on records, over real HTTP against the emulator, and what each fault on the way leads to."""

from __future__ import annotations

import dataclasses

import pytest

from orcid_plugin.emulator import Fault
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.identifiers import Identifier
from orcid_plugin.metadata.publication import Title
from orcid_plugin.signals import permission_ended
from orcid_plugin.store.tables import DeliveryState, PublicationState

from .conftest import CLIENT, JOSIAH, SCOPES, SOFIA, YUKI, Journal, article


def title_of(journal: Journal, orcid: str = JOSIAH) -> str:
    [work] = journal.works(orcid)
    return str(work.message["title"]["title"]["value"])


def test_a_published_work_arrives_and_its_put_code_is_kept(live: Journal) -> None:
    live.connect()
    assert live.publish() == 1
    live.work()
    [work] = live.works()
    [item] = live.items()
    assert (item.put_code, work.source) == (work.put_code, CLIENT)
    assert live.delivery().state == DeliveryState.SENT
    assert live.calls() == ["POST work 201"]


def test_an_edit_updates_by_put_code_and_nothing_unchanged_is_called(live: Journal) -> None:
    live.connect()
    live.publish()
    live.work()
    live.forget()
    assert live.publish() == 0
    live.work()
    assert live.calls() == []
    assert live.publish(article(title=Title("On whole pots"))) == 1
    live.work()
    assert (live.calls(), title_of(live)) == (["PUT work 200"], "On whole pots")


def test_an_author_who_connects_later_gets_the_work_and_appears_with_the_others(live: Journal) -> None:
    live.connect()
    live.publish()
    live.work()
    live.connect(SOFIA, "a2")
    live.work()
    assert len(live.works(SOFIA)) == 1
    for record in (JOSIAH, SOFIA):
        people = live.works(record)[0].message["contributors"]["contributor"]
        assert [one["contributor-orcid"]["path"] for one in people] == [JOSIAH, SOFIA]


def test_a_withdrawn_publication_disappears_from_all_records(live: Journal) -> None:
    live.connect()
    live.connect(SOFIA, "a2")
    live.publish()
    live.work()
    assert live.become(PublicationState.WITHDRAWN) == 2
    live.work()
    assert (live.works(), live.works(SOFIA), live.items()) == ([], [], [])
    assert live.become(PublicationState.WITHDRAWN) == 0


@pytest.mark.parametrize(("policy", "left"), [("keep", 1), ("delete", 0)])
def test_a_retracted_publication_stays_or_goes_by_the_setting(live: Journal, policy: str, left: int) -> None:
    live.settings = dataclasses.replace(live.settings, retracted=policy)
    live.connect()
    live.publish()
    live.work()
    live.become(PublicationState.RETRACTED)
    live.work()
    assert len(live.works()) == left
    live.connect(SOFIA, "a2")
    live.work()
    assert live.works(SOFIA) == []


def test_an_answer_that_is_lost_after_the_work_was_stored_does_not_make_a_second_one(live: Journal) -> None:
    assert live.registry
    live.registry.faults.plan(Fault(close=True, after=True), methods="POST", path="/work$")
    live.connect()
    live.publish()
    live.work()
    assert (live.delivery().state, live.delivery().code) == (DeliveryState.PENDING, "registry_unreachable")
    live.forget()
    live.work(60)
    assert len(live.works()) == len(live.items()) == 1
    assert live.calls()[0] == "GET works 200"
    assert "POST work 201" not in live.calls()


@pytest.mark.parametrize("told", [True, False])
def test_503_lets_the_whole_site_wait(live: Journal, told: bool) -> None:
    assert live.registry
    headers = (("Retry-After", "120"),) if told else ()
    live.registry.faults.plan(Fault(status=503, body="<html>busy</html>", headers=headers), methods="POST")
    live.connect()
    live.connect(SOFIA, "a2")
    live.publish()
    live.work()
    assert live.calls() == ["POST work 503"]
    [pause] = live.pace.pauses
    assert pause == 120 if told else 1 <= pause <= 10
    live.work(121)
    assert [delivery.state for delivery in live.deliveries()] == [DeliveryState.SENT] * 2


def test_429_never_exhausts_a_delivery(live: Journal) -> None:
    assert live.registry
    live.registry.faults.plan(Fault(status=429, body="Too Many Requests", content_type=""), times=20, methods="POST")
    live.connect()
    live.publish()
    for _ in range(21):
        live.work(4000)
    assert live.delivery().state == DeliveryState.SENT


def test_a_html_page_of_a_proxy_is_judged_by_its_status(live: Journal) -> None:
    assert live.registry
    live.registry.faults.plan(Fault(status=502, body="<html><h1>Bad gateway"), methods="POST")
    live.connect()
    live.publish()
    live.work()
    assert (live.delivery().state, live.delivery().code) == (DeliveryState.PENDING, "registry_error")
    assert "<" not in (live.delivery().message or "")
    live.work(60)
    assert live.delivery().state == DeliveryState.SENT


def test_faults_of_the_registry_end_after_the_last_attempt(live: Journal) -> None:
    assert live.registry
    live.settings = dataclasses.replace(live.settings, max_attempts=2)
    live.registry.faults.plan(Fault(status=500), times=9)
    live.connect()
    live.publish()
    live.work()
    live.work(4000)
    assert (live.delivery().state, live.delivery().code) == (DeliveryState.FAILED, "registry_error")
    assert live.publish() == 1  # publishing again tries again


def test_what_the_person_deletes_stays_deleted(live: Journal) -> None:
    assert live.registry
    live.connect()
    live.publish()
    live.work()
    live.registry.remove_work(JOSIAH, live.works()[0].put_code)
    live.publish(article(title=Title("On whole pots")))
    live.work()
    assert (live.delivery().state, live.delivery().code) == (DeliveryState.CANCELLED, "removed_by_person")
    assert live.publish(article(title=Title("On other pots"))) == 0
    live.work()
    assert live.works() == []
    assert live.send_again() == 1
    live.work()
    assert title_of(live) == "On other pots"
    assert live.send_again() == 0


def test_what_orcid_refused_is_repeated_only_when_an_editor_asks(live: Journal) -> None:
    assert live.registry
    live.registry.faults.plan(Fault(status=400), methods="POST")
    live.connect()
    live.publish()
    live.work()
    assert (live.delivery().state, live.delivery().code) == (DeliveryState.FAILED, "message_refused")
    assert live.publish() == 0
    assert live.send_again() == 1
    live.work()
    assert live.delivery().state == DeliveryState.SENT


def test_a_revoked_permission_is_tried_once_more_then_ends_with_one_notice(live: Journal) -> None:
    assert live.registry
    other = dataclasses.replace(article(), identifiers=(Identifier.of("doi", "10.5555/two"),))
    live.connect()
    live.connect(key="doi:10.5555/two")
    live.registry.withdraw(JOSIAH, CLIENT)
    live.publish()
    live.publish(other, key="doi:10.5555/two")
    notices: list[str] = []

    def note(_site: str, orcid: str, **_: object) -> None:
        notices.append(orcid)

    with permission_ended.connected_to(note):
        live.work()
        assert live.calls() == ["POST works 401"]
        live.work(30)
    assert notices == [JOSIAH]
    assert {(one.state, one.code) for one in live.deliveries()} == {
        (DeliveryState.NEEDS_PERMISSION, "permission_ended")
    }
    assert not any(live.tokens[JOSIAH].access in (one.message or "") for one in live.deliveries())
    live.connect()
    live.work()
    assert len(live.works()) == 2


def test_a_fresh_token_may_take_a_moment(live: Journal) -> None:
    assert live.registry
    live.registry.faults.plan(Fault(status=401, body='{"error":"invalid_token"}'), methods="POST")
    live.connect()
    live.publish()
    live.work()
    live.work(30)
    assert (live.delivery().state, len(live.works())) == (DeliveryState.SENT, 1)


def test_a_work_that_is_there_already_is_adopted(live: Journal) -> None:
    live.connect()
    live.publish()
    live.work()
    [there] = live.works()
    with live.store.begin() as session:
        for item in live.items():
            session.delete(session.merge(item))
    live.publish(article(title=Title("On whole pots")))
    live.forget()
    live.work()
    assert live.calls() == ["POST work 409", "PUT work 200"]
    assert (live.items()[0].put_code, title_of(live)) == (there.put_code, "On whole pots")


def test_two_publications_never_share_one_work(live: Journal) -> None:
    live.connect()
    live.publish()
    live.work()
    live.connect(key="second")
    live.publish(article(title=Title("A twin")), key="second")
    live.work()
    assert (live.delivery().state, live.delivery().code) == (DeliveryState.FAILED, "duplicate")
    assert title_of(live) == "On cracked pots"


def test_a_change_that_the_registry_overlooks_is_made_to_count(live: Journal) -> None:
    live.connect()
    live.publish(article(translated_titles=(Title("Über gesprungene Krüge", language="de"),)))
    live.work()
    assert "translated-title" in live.works()[0].message["title"]
    live.publish()
    live.work()
    assert "translated-title" not in live.works()[0].message["title"]
    assert live.calls("PUT") == ["PUT work 200"] * 3
    assert (live.delivery().state, live.delivery().code) == (DeliveryState.SENT, None)


def test_contributors_after_the_fiftieth_arrive_as_well(live: Journal) -> None:
    crowd = tuple(Contributor(given_names="A", family_name=f"Author{number}") for number in range(60))
    live.connect()
    live.publish(article(contributors=article().contributors + crowd))
    live.work()
    live.publish(article(contributors=(*article().contributors, *crowd[:-1], Contributor(family_name="Last"))))
    live.work()
    names = [one["credit-name"]["value"] for one in live.works()[0].message["contributors"]["contributor"]]
    assert names[-1] == "Last"


@pytest.mark.parametrize("known", [True, False], ids=["connected as well", "new here"])
def test_a_merged_record_is_followed(live: Journal, known: bool) -> None:
    assert live.registry
    live.connect()
    live.publish()
    live.work()
    live.registry.add_researcher(
        dataclasses.replace(live.registry.researchers[JOSIAH], state="deprecated", primary=YUKI)
    )
    if known:
        live.connect(YUKI, None)
    live.publish(article(title=Title("On whole pots")))
    live.work()
    if not known:
        live.work(5)
        live.work(30)
        assert {(one.orcid, one.code) for one in live.deliveries()[1:]} == {(YUKI, "permission_ended")}
        live.connect(YUKI, None)  # the token was for the old record
    live.work(5)
    assert title_of(live, YUKI) == "On whole pots"
    assert [(item.orcid, item.removed_at) for item in live.items()] == [(YUKI, None)]


@pytest.mark.parametrize(("state", "code"), [("locked", "record_locked"), ("deactivated", "record_deactivated")])
def test_a_record_that_cannot_be_written_parks(live: Journal, state: str, code: str) -> None:
    assert live.registry
    live.registry.add_researcher(dataclasses.replace(live.registry.researchers[JOSIAH], state=state))
    live.connect()
    live.publish()
    live.work()
    assert (live.delivery().state, live.delivery().code) == (DeliveryState.PARKED, code)


def test_a_permission_to_read_only_waits_for_a_wider_one(live: Journal) -> None:
    live.connect(scopes=("/read-limited",))
    live.publish()
    live.work()
    assert (live.delivery().state, live.delivery().code) == (DeliveryState.NEEDS_PERMISSION, "scope_missing")
    assert live.calls() == []
    live.connect(scopes=SCOPES)
    live.work()
    assert live.delivery().state == DeliveryState.SENT


def test_a_delete_works_after_the_permission_ended_here(live: Journal) -> None:
    live.connect()
    live.publish()
    live.work()
    with live.store.begin() as session:
        connection = session.merge(live.items()[0]).connection
        connection.state = "revoked"
    live.become(PublicationState.WITHDRAWN)
    live.work()
    assert live.works() == []


def test_a_work_deleted_by_somebody_else_counts_as_deleted(live: Journal) -> None:
    assert live.registry
    live.connect()
    live.publish()
    live.work()
    live.registry.remove_work(JOSIAH, live.works()[0].put_code)
    live.become(PublicationState.WITHDRAWN)
    live.work()
    assert (live.delivery().state, live.items()) == (DeliveryState.SENT, [])


def test_a_refused_message_is_not_sent_again_until_it_changes(live: Journal) -> None:
    assert live.registry
    body = '{"response-code":400,"developer-message":"400 Bad Request: title too silly","error-code":9020}'
    live.registry.faults.plan(Fault(status=400, body=body, content_type="application/json"), methods="POST")
    live.connect()
    live.publish()
    live.work()
    assert (live.delivery().state, live.delivery().code) == (DeliveryState.FAILED, "message_refused")
    assert "title too silly" in (live.delivery().message or "")
    assert live.publish() == 0
    assert live.publish(article(title=Title("On whole pots"))) == 1
    live.work()
    assert live.delivery().state == DeliveryState.SENT
