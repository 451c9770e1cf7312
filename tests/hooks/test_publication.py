"""What a host sees of publishing: calls that return at once, and a status for each contributor."""

from __future__ import annotations

import dataclasses
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask, session
from sqlalchemy import event

from orcid_plugin.errors import InputError, PublicationRefused
from orcid_plugin.hooks import publication as hook
from orcid_plugin.hooks import submission
from orcid_plugin.identity import authorship, connections
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.identifiers import Identifier, OrcidId, check_digit
from orcid_plugin.metadata.publication import Publication
from orcid_plugin.registry.oauth_answers import TokenAnswer
from orcid_plugin.store import publications, trail
from orcid_plugin.store.tables import Authorship, Connection, Delivery, Item, StoredPublication
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


def test_publishing_twice_at_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(app)
    find = publications.find

    def find_slowly(*arguments: Any) -> StoredPublication | None:
        found = find(*arguments)
        time.sleep(0.1)
        return found

    def publish(_: int) -> None:
        with app.app_context():
            hook.published(article())

    monkeypatch.setattr(publications, "find", find_slowly)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(publish, range(2)))
    assert owed(app) == [("put", "pending")]


def statements(app: Flask, authors: int) -> list[int]:
    """How many statements publishing, publishing again, the status and withdrawing take."""
    runtime, key = runtime_of(app), f"doi:10.5555/{authors}"
    publication = article(*[f"A{number}" for number in range(authors)], doi=f"10.5555/{authors}")
    with runtime.store.begin() as session:
        for number in range(authors):
            digits = f"{authors:07}{number:08}"
            orcid = OrcidId.parse(digits + check_digit(digits)).path
            made = Connection(
                site="default",
                environment="sandbox",
                client_id="APP-1234567890ABCDEF",
                orcid=orcid,
                scopes="/activities/update",
                sealed_token_answer="",
            )
            session.add(
                Authorship(site="default", publication_key=key, contributor_key=str(number + 1), connection=made)
            )
    executed: list[str] = []

    def count(*arguments: Any) -> None:
        executed.append(arguments[2])

    event.listen(runtime.store.engine, "before_cursor_execute", count)
    counts = []
    with app.app_context():
        for call in (
            lambda: hook.published(publication),
            lambda: hook.published(dataclasses.replace(publication, url="https://example.org/new")),
            lambda: hook.status(key),
            lambda: hook.withdrawn(key),
        ):
            executed.clear()
            call()
            counts.append(len([one for one in executed if not one.startswith("INSERT INTO orcid_plugin_delivery")]))
    event.remove(runtime.store.engine, "before_cursor_execute", count)
    return counts


def test_many_connected_authors_take_no_more_statements_than_few(app: Flask) -> None:
    assert statements(app, 40) == statements(app, 2)


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


def test_an_editor_who_sends_again_is_in_the_trail_and_so_is_a_command(lite_app: Flask) -> None:
    connect(lite_app)
    with lite_app.test_request_context():
        session["account"] = "ada"
        hook.published(article())
        hook.send_again(KEY, JOSIAH)
    with lite_app.app_context():
        hook.send_again(KEY, JOSIAH)
    with runtime_of(lite_app).store.begin() as database:
        found = trail.events(database, trail.Search(site="default", action="send_again"))
    assert [(one.actor, one.orcid, one.publication_key) for one in found] == [
        ("command", JOSIAH, KEY),
        ("account:ada", JOSIAH, KEY),
    ]
