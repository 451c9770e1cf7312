"""Reviews from the hook to the record: kept, planned, written with their group, named once their subject is public."""

from __future__ import annotations

import dataclasses
import datetime
import json
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from orcid_plugin.emulator import Fault, Researcher
from orcid_plugin.errors import InputError
from orcid_plugin.hooks import invitations, publication, registration, review, submission
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.dates import PartialDate
from orcid_plugin.metadata.publication import Container, Title
from orcid_plugin.metadata.review import Review, ReviewerRole
from orcid_plugin.store.tables import Authorship, Delivery, ReviewGroup, StoredPublication, now
from orcid_plugin.testing.hosts import Connect, Send, Server
from tests.conftest import ROOT
from tests.mounted import article, runtime_of

GROUP = "issn:2049-3630"
REVIEW = Review(
    reviewer=Contributor(given_names="Josiah", family_name="Carberry"),
    title=Title("On cracked pots"),
    completed=PartialDate(2026, 3, 14),
    container=Container(title="Journal of Psychoceramics", issn_print="2049-3630"),
)


@pytest.fixture
def orcid_settings(orcid_settings: dict[str, Any], database_url: str) -> dict[str, Any]:
    """On each kind of database."""
    return {
        **orcid_settings,
        "ORCID_PLUGIN_DATABASE_URL": database_url,
        "ORCID_PLUGIN_SITE_NAME": "Psychoceramics",
        "ORCID_PLUGIN_REVIEW_DELAY_DAYS": 0,
    }


def on_record(server: Server, orcid: str) -> list[dict[str, Any]]:
    return [item.message for item in server.registry.items_of(orcid, "peer-review")]


def deliveries(app: Flask) -> list[tuple[str, str, str, str | None]]:
    with runtime_of(app).store.begin() as session:
        found = session.scalars(select(Delivery).order_by(Delivery.id))
        return [(one.section, one.action, one.state, one.code) for one in found]


def calls(server: Server, path: str) -> list[str]:
    return [f"{one.method} {one.status}" for one in server.registry.journal.entries(path=path)]


def test_a_review_is_on_the_record_with_its_group(
    orcid_app: Flask, orcid_registry: Server, orcid_connection: Any, orcid_worker: Send
) -> None:
    orcid = orcid_connection.researcher.orcid
    with orcid_app.app_context():
        review.completed(REVIEW, key="review-7", account="account-1")
        assert review.status("review-7")[0].delivery == "pending"
    orcid_worker()
    (message,) = on_record(orcid_registry, orcid)
    assert message["review-group-id"] == GROUP
    assert message["review-completion-date"] == {"year": {"value": "2026"}}
    assert not [name for name in message if name.startswith("subject-")]
    with orcid_app.app_context():
        (status,) = review.status("review-7")
    assert (status.name, status.orcid and status.orcid.path, status.delivery) == ("Josiah Carberry", orcid, "sent")
    assert status.put_code
    with runtime_of(orcid_app).store.begin() as session:
        (group,) = session.scalars(select(ReviewGroup))
    assert (group.group_id, bool(group.put_code)) == (GROUP, True)


def test_the_group_is_looked_for_once(
    orcid_app: Flask, orcid_registry: Server, orcid_connection: Any, orcid_worker: Send
) -> None:
    for number in range(3):
        with orcid_app.app_context():
            review.completed(REVIEW, key=f"review-{number}", account="account-1")
        orcid_worker()
    assert len(on_record(orcid_registry, orcid_connection.researcher.orcid)) == 3
    assert calls(orcid_registry, "/v3.0/group-id-record") == ["GET 200"]


def test_a_journal_without_issn_has_a_group_of_its_own(
    orcid_settings: dict[str, Any], orcid_registry: Server, orcid_connect: Connect, orcid_app: Flask, orcid_worker: Send
) -> None:
    runtime = runtime_of(orcid_app)
    settings = dataclasses.replace(runtime.settings, review_group_id="orcid-generated:psychoceramics")
    orcid_app.extensions["orcid_plugin"] = dataclasses.replace(runtime, settings=settings)
    connected = orcid_connect(orcid_registry.registry.researchers["0000-0001-2345-6789"], "rae")
    with orcid_app.app_context():
        review.completed(dataclasses.replace(REVIEW, container=None), key="review-7", account="rae")
    runtime_of(orcid_app).worker().run_once()
    assert calls(orcid_registry, "/v3.0/group-id-record") == ["GET 200", "POST 201"]
    (message,) = on_record(orcid_registry, connected.researcher.orcid)
    assert message["review-group-id"] == "orcid-generated:psychoceramics"


def test_without_group_it_fails_with_a_sentence_that_names_the_setting(
    orcid_app: Flask, orcid_registry: Server, orcid_connection: Any, orcid_worker: Send
) -> None:
    with orcid_app.app_context():
        review.completed(dataclasses.replace(REVIEW, container=None), key="review-7", account="account-1")
        (status,) = review.status("review-7")
    assert (status.delivery, status.code) == ("failed", "publication_refused")
    assert "ORCID_PLUGIN_REVIEW_GROUP_ID" in (status.message or "")
    assert orcid_worker() == 0


def test_a_group_that_cannot_be_had_ends_nobodys_permission(
    orcid_app: Flask, orcid_registry: Server, orcid_connection: Any, orcid_worker: Send
) -> None:
    body = '{"error":"invalid_token","error_description":"Invalid access token"}'
    fault = Fault(status=401, body=body, content_type="application/json")
    orcid_registry.registry.faults.plan(fault, path="/v3.0/group-id-record", times=2)
    with orcid_app.app_context():
        review.completed(REVIEW, key="review-7", account="account-1")
    orcid_worker()
    assert deliveries(orcid_app) == [("peer-review", "put", "pending", "group_unavailable")]
    with orcid_app.app_context():
        assert registration.connection("account-1").state == "active"  # type: ignore[union-attr]
        (status,) = review.status("review-7")
        assert "The group issn:2049-3630 of the review cannot be had" in (status.message or "")


def test_a_group_that_was_deleted_at_orcid_is_made_anew(
    orcid_app: Flask, orcid_registry: Server, orcid_connection: Any, orcid_worker: Send
) -> None:
    with runtime_of(orcid_app).store.begin() as session:
        session.add(ReviewGroup(environment="emulator", group_id="orcid-generated:gone", put_code=1))
    runtime = runtime_of(orcid_app)
    settings = dataclasses.replace(runtime.settings, review_group_id="orcid-generated:gone")
    orcid_app.extensions["orcid_plugin"] = dataclasses.replace(runtime, settings=settings)
    worker = runtime_of(orcid_app).worker()
    with orcid_app.app_context():
        review.completed(REVIEW, key="review-7", account="account-1")
    worker.run_once()
    assert deliveries(orcid_app)[-1][2:] == ("failed", "message_refused")
    with orcid_app.test_request_context():
        assert review.send_again("review-7", orcid_connection.researcher.orcid) == 1
    worker.run_once()
    assert deliveries(orcid_app)[-1][2:] == ("sent", None)


def test_the_subject_is_named_once_it_is_public_and_no_longer_than_that(
    orcid_app: Flask, orcid_registry: Server, orcid_connection: Any, orcid_worker: Send
) -> None:
    orcid = orcid_connection.researcher.orcid
    named = dataclasses.replace(REVIEW, subject_key="ms-1", identified=True)
    with orcid_app.app_context():
        submission.submitted(article(), key="ms-1")
        review.completed(named, key="review-7", account="account-1")
    orcid_worker()
    (before,) = on_record(orcid_registry, orcid)
    put_code = orcid_registry.registry.items_of(orcid, "peer-review")[0].put_code
    assert "subject-name" not in before

    with orcid_app.app_context():
        publication.published(article(), key="ms-1")
    orcid_worker()
    (public,) = on_record(orcid_registry, orcid)
    assert orcid_registry.registry.items_of(orcid, "peer-review")[0].put_code == put_code
    assert public["subject-name"]["title"]["value"] == "On tests & trees"
    assert public["review-completion-date"] == {
        "year": {"value": "2026"},
        "month": {"value": "03"},
        "day": {"value": "14"},
    }

    with orcid_app.app_context():
        publication.withdrawn("ms-1")
    orcid_worker()
    (withdrawn,) = on_record(orcid_registry, orcid)
    assert "subject-name" not in withdrawn


def test_an_anonymous_review_never_names_what_is_public(
    orcid_app: Flask, orcid_registry: Server, orcid_connection: Any, orcid_worker: Send
) -> None:
    with orcid_app.app_context():
        publication.published(article(), key="ms-1")
        review.completed(dataclasses.replace(REVIEW, subject_key="ms-1"), key="review-7", account="account-1")
        publication.published(dataclasses.replace(article(), title=Title("Another title")), key="ms-1")
    orcid_worker()
    (message,) = on_record(orcid_registry, orcid_connection.researcher.orcid)
    assert not [name for name in message if name.startswith("subject-")]
    assert "ms-1" not in json.dumps(message)
    assert "review-7" not in json.dumps(message)


def test_a_new_version_takes_over_its_reviews(
    orcid_app: Flask, orcid_registry: Server, orcid_connection: Any, orcid_worker: Send
) -> None:
    named = dataclasses.replace(REVIEW, subject_key="ms-1", identified=True)
    with orcid_app.app_context():
        submission.submitted(article(), key="ms-1")
        review.completed(named, key="review-7", account="account-1")
        publication.published(dataclasses.replace(article(), title=Title("Second")), key="ms-1-v2")
        submission.replaced("ms-1", "ms-1-v2")
    orcid_worker()
    (message,) = on_record(orcid_registry, orcid_connection.researcher.orcid)
    assert message["subject-name"]["title"]["value"] == "Second"


def test_an_anonymous_review_waits_for_a_moment_that_tells_nothing(orcid_app: Flask, orcid_connection: Any) -> None:
    runtime = runtime_of(orcid_app)
    settings = dataclasses.replace(runtime.settings, review_delay_days=30)
    orcid_app.extensions["orcid_plugin"] = dataclasses.replace(runtime, settings=settings)
    worker = runtime_of(orcid_app).worker()
    with orcid_app.app_context():
        for number in range(8):
            review.completed(REVIEW, key=f"review-{number}", account="account-1")
            review.completed(REVIEW, key=f"review-{number}", account="account-1")  # the moment stays
        publication.published(article(), key="ms-1")
        named = dataclasses.replace(REVIEW, subject_key="ms-1", identified=True)
        review.completed(named, key="review-named", account="account-1")
    with runtime.store.begin() as session:
        rows = session.execute(
            select(Delivery.due_at, StoredPublication.not_before, StoredPublication.key)
            .join(StoredPublication)
            .order_by(Delivery.id)
        ).all()
    moments = [row.due_at for row in rows if row.key != "review-named"]
    assert len(set(moments)) == 8
    assert moments == [row.not_before for row in rows if row.key != "review-named"]
    assert max(moments) <= now() + datetime.timedelta(days=30)
    assert max(moments) > now() + datetime.timedelta(days=3)
    assert worker.run_once() <= 2  # the named one, and hardly another


def test_an_edit_updates_and_a_withdrawal_deletes(
    orcid_app: Flask, orcid_registry: Server, orcid_connection: Any, orcid_worker: Send
) -> None:
    orcid = orcid_connection.researcher.orcid
    with orcid_app.app_context():
        review.completed(REVIEW, key="review-7", account="account-1")
    orcid_worker()
    with orcid_app.app_context():
        review.completed(REVIEW, key="review-7", account="account-1")
    assert orcid_worker() == 0
    with orcid_app.app_context():
        review.completed(dataclasses.replace(REVIEW, role=ReviewerRole.EDITOR), key="review-7", account="account-1")
    orcid_worker()
    assert [one["reviewer-role"] for one in on_record(orcid_registry, orcid)] == ["editor"]
    with orcid_app.app_context():
        review.withdrawn("review-7")
    orcid_worker()
    assert on_record(orcid_registry, orcid) == []


def test_a_reviewer_who_connects_later_gets_the_credit_of_earlier_reviews(
    orcid_app: Flask, orcid_registry: Server, orcid_connect: Connect, orcid_researcher: Researcher, orcid_worker: Send
) -> None:
    with orcid_app.app_context():
        review.completed(REVIEW, key="review-7", account="rae")
        review.completed(REVIEW, key="review-8", account="somebody-else")
    assert orcid_worker() == 0
    orcid_connect(orcid_researcher, "rae")
    orcid_worker()
    assert len(on_record(orcid_registry, orcid_researcher.orcid)) == 1


def test_a_review_that_was_lost_on_the_way_is_found_again(
    orcid_app: Flask, orcid_registry: Server, orcid_connection: Any, orcid_worker: Send
) -> None:
    orcid = orcid_connection.researcher.orcid
    with orcid_app.app_context():
        review.completed(REVIEW, key="review-7", account="account-1")
    orcid_registry.registry.faults.plan(Fault(status=500, after=True), path=f"/v3.0/{orcid}/peer-review")
    orcid_worker()
    with runtime_of(orcid_app).store.begin() as session:
        session.query(Delivery).update({"due_at": now()})
    orcid_worker()
    assert deliveries(orcid_app)[-1][2] == "sent"
    assert len(on_record(orcid_registry, orcid)) == 1


def test_a_reviewer_is_invited_without_an_account(orcid_app: Flask, orcid_host: Any) -> None:
    with orcid_app.test_request_context():
        review.requested(dataclasses.replace(REVIEW, completed=None), key="review-7")
        invitations.invite("review-7", review.REVIEWER, email="rae@example.org", reason="reviewer")
        assert review.status("review-7")[0].invitation == "queued"
    runtime_of(orcid_app).worker(orcid_app).run_once()
    (mail,) = orcid_host.mails
    assert "since you review for it" in " ".join(mail.text.split())
    assert "On cracked pots" in mail.text


def test_keys_of_publications_and_reviews_are_not_mixed_up(orcid_app: Flask) -> None:
    with orcid_app.app_context():
        publication.published(article(), key="42")
        with pytest.raises(InputError, match="'42' is the key of a publication"):
            review.completed(REVIEW, key="42")
        review.requested(REVIEW, key="43")
        with pytest.raises(InputError, match="'43' is the key of a review"):
            publication.published(article(), key="43")


def test_a_review_needs_a_date(orcid_app: Flask) -> None:
    with orcid_app.app_context(), pytest.raises(InputError, match="'r' has no date of completion"):
        review.completed(dataclasses.replace(REVIEW, completed=None), key="r")


def test_who_declined_a_review_is_not_linked_by_connecting_elsewhere(
    orcid_app: Flask, orcid_connect: Connect, orcid_researcher: Researcher, orcid_worker: Send
) -> None:
    with orcid_app.app_context():
        review.completed(REVIEW, key="review-7", account="rae")
    with runtime_of(orcid_app).store.begin() as session:
        session.query(Authorship).update({"denied_at": now()})
    orcid_connect(orcid_researcher, "rae")
    assert orcid_worker() == 0


def test_the_documented_calls(orcid_app: Flask) -> None:
    example = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "reviews.md").read_text(), re.DOTALL)
    assert example
    with orcid_app.test_request_context():
        names: dict[str, Any] = {}
        exec(example[1], names)
        (status,) = names["review"].status("review-7")
    assert (status.name, status.invitation, status.delivery) == ("Sofia Garcia", "queued", None)
