"""What a host sees of publishing: calls that return at once, and a status for each contributor."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from flask import Flask

from orcid_plugin.errors import InputError, PublicationRefused
from orcid_plugin.hooks import publication as hook
from orcid_plugin.hooks import submission
from orcid_plugin.identity import authorship, connections
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.identifiers import Identifier, OrcidId
from orcid_plugin.metadata.publication import Publication
from orcid_plugin.registry.oauth import TokenAnswer
from orcid_plugin.store.tables import Delivery, Item, StoredPublication
from tests.mounted import JOSIAH, article, make_app, runtime_of

KEY = "doi:10.5555/demo.1"


def connect(app: Flask, *, key: str = KEY, contributor: str = "1", scopes: str = "/activities/update") -> None:
    """Josiah gives permission and is linked to a contributor."""
    runtime = runtime_of(app)
    answer = TokenAnswer(
        orcid=JOSIAH,
        name="Josiah Carberry",
        access_token="t",
        refresh_token=None,
        scopes=frozenset(scopes.split()),
        expires_in=None,
        raw={"access_token": "t"},
    )
    with runtime.store.begin() as session:
        connection = connections.store_answer(session, runtime.site, runtime.keyring, answer, None)
        authorship.link(session, runtime.site, key, contributor, connection)


def owed(app: Flask) -> list[tuple[str, str]]:
    with runtime_of(app).store.begin() as session:
        return [(one.action, one.state) for one in session.query(Delivery).order_by(Delivery.id)]


def test_publishing_stores_plans_and_wakes_the_worker(app: Flask) -> None:
    connect(app)
    with app.app_context():
        hook.published(article())
    assert owed(app) == [("put", "pending")]
    assert runtime_of(app).due.is_set()


def test_a_submission_is_published_under_its_key(lite_app: Flask) -> None:
    with lite_app.app_context():
        submission.submitted(article(), key="ms-1")
        connect(lite_app, key="ms-1")
        hook.published(article(), key="ms-1")
    assert owed(lite_app) == [("put", "pending")]
    with runtime_of(lite_app).store.begin() as session:
        assert [(one.key, one.state) for one in session.query(StoredPublication)] == [("ms-1", "published")]


@pytest.mark.parametrize(
    ("identifiers", "key"),
    [
        ((Identifier.of("pmid", "7"), Identifier.of("doi", "10.5555/ABC")), "doi:10.5555/abc"),
        ((Identifier.of("handle", "20.500/1"), Identifier.of("pmid", "7")), "handle:20.500/1"),
    ],
)
def test_the_key_is_the_doi_else_the_first_own_identifier(identifiers: tuple[Identifier, ...], key: str) -> None:
    assert hook.default_key(dataclasses.replace(article(), identifiers=identifiers)) == key


def test_without_key_and_identifier_it_is_refused(lite_app: Flask) -> None:
    nameless = dataclasses.replace(article(), identifiers=())
    with lite_app.app_context():
        with pytest.raises(PublicationRefused, match="no identifier"):
            hook.published(nameless)
        hook.published(nameless, key="ms-1")


def test_missing_credentials_do_not_break_publishing(tmp_path: Any, caplog: pytest.LogCaptureFixture) -> None:
    app = make_app(f"sqlite:///{tmp_path / 'bare.sqlite3'}", client_id=None)
    runtime = runtime_of(app)
    runtime.store.upgrade()
    with app.app_context():
        hook.published(article())
        [first, *_] = hook.status(KEY)
    assert first.connection is None
    assert "nothing can be planned" in caplog.text
    runtime.close()


def test_withdrawing_and_retracting(lite_app: Flask) -> None:
    connect(lite_app)
    with lite_app.app_context():
        hook.published(article())
        hook.retracted(KEY)
        assert owed(lite_app) == [("put", "cancelled")]
        hook.published(article())
        hook.withdrawn(KEY)
        assert owed(lite_app) == [("put", "cancelled")] * 2
        for call in (hook.withdrawn, hook.retracted):
            with pytest.raises(InputError, match="'unknown'"):
                call("unknown")


def test_status_tells_of_each_contributor_in_order(app: Flask) -> None:
    connect(app)
    with app.app_context():
        hook.published(article())
        with runtime_of(app).store.begin() as session:
            authorship.decline(session, runtime_of(app).site, KEY, "2")
        josiah, sofia, group = hook.status(KEY)
    assert (josiah.key, josiah.orcid, josiah.authenticated) == ("1", OrcidId(JOSIAH, "sandbox.orcid.org"), True)
    assert (josiah.connection, josiah.delivery, josiah.put_code) == ("active", "pending", None)
    assert (sofia.name, sofia.orcid, sofia.connection, sofia.declined) == ("Sofia Example", None, None, True)
    assert (group.name, group.delivery) == ("The Group", None)


def test_status_shows_the_put_code_and_the_reason_of_a_failure(lite_app: Flask) -> None:
    connect(lite_app)
    with lite_app.app_context():
        hook.published(article())
        with runtime_of(lite_app).store.begin() as session:
            delivery = session.query(Delivery).one()
            delivery.state, delivery.code, delivery.message = "failed", "message_refused", "No."
            values = {name: getattr(delivery, name) for name in ("site", "environment", "orcid", "connection_id")}
            session.add(
                Item(
                    **values,
                    client_id=delivery.connection.client_id,
                    publication_id=delivery.publication_id,
                    section="work",
                    put_code=77,
                    content_hash="",
                )
            )
        josiah = hook.status(KEY)[0]
        assert hook.status("unknown") == []
    assert (josiah.delivery, josiah.code, josiah.message, josiah.put_code) == ("failed", "message_refused", "No.", 77)


def test_an_id_that_is_only_claimed_is_shown_as_such(lite_app: Flask) -> None:
    claimed = Contributor(family_name="Garcia", orcid=OrcidId(JOSIAH), authenticated=True)
    publication: Publication = dataclasses.replace(article(), contributors=(claimed,))
    with lite_app.app_context():
        hook.published(publication)
        [status] = hook.status(KEY)
    assert (status.orcid, status.authenticated, status.connection) == (OrcidId(JOSIAH), False, None)


def test_an_editor_sends_to_one_record_again(app: Flask) -> None:
    connect(app)
    with app.app_context():
        hook.published(article())
        with runtime_of(app).store.begin() as session:
            session.query(Delivery).update({"state": "failed", "code": "duplicate"})
        runtime_of(app).due.clear()
        assert hook.send_again(KEY, JOSIAH) == 1
        assert runtime_of(app).due.is_set()
        with pytest.raises(InputError, match="no publication with the key 'unknown'"):
            hook.send_again("unknown", JOSIAH)
    assert owed(app) == [("put", "failed"), ("put", "pending")]
