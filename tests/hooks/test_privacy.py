"""What a person may ask for: their data, and that nothing of them is left."""

from __future__ import annotations

import dataclasses
import json
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import select, update

from orcid_plugin.cli import main
from orcid_plugin.errors import InputError
from orcid_plugin.hooks import invitations, privacy, publication, registration, review, submission
from orcid_plugin.host import Account
from orcid_plugin.identity import authorship, conflicts, opt_outs
from orcid_plugin.identity.person import HOLDINGS
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.dates import PartialDate
from orcid_plugin.metadata.publication import Title
from orcid_plugin.metadata.review import Review
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import (
    AuditEvent,
    Authorship,
    Base,
    Call,
    Conflict,
    Connection,
    Invitation,
    OptOut,
    Task,
    TaskState,
    now,
)
from orcid_plugin.testing.hosts import Connect, Connected, Credentials, MakeResearcher, Send, SimpleHost
from tests.installation import ROOT
from tests.mounted import SOFIA, article, dump, runtime_of

POINTING = {"orcid_plugin_connection", "orcid_plugin_invitation"}
TELLING = {"orcid", "account", "email", "email_hash", "name", "subject_id", "document"}


@pytest.fixture
def orcid_settings(orcid_client: Credentials, database_url: str) -> dict[str, Any]:
    """On each kind of database."""
    return {
        **orcid_client.settings,
        "ORCID_PLUGIN_TOKEN_KEYS": Fernet.generate_key().decode(),
        "ORCID_PLUGIN_DATABASE_URL": database_url,
    }


def test_every_column_about_people_is_in_the_list() -> None:
    found = {}
    for table in Base.metadata.tables.values():
        columns = {
            column.name
            for column in table.columns
            if column.name in TELLING or any(key.column.table.name in POINTING for key in column.foreign_keys)
        }
        if columns:
            found[table.name] = columns
    assert {holding.table.__tablename__: set(holding.columns) for holding in HOLDINGS} == found


def test_the_document_tells_what_becomes_of_each_table() -> None:
    told = (ROOT / "docs" / "export.md").read_text()
    for holding in HOLDINGS:
        assert f"| `{holding.table.__tablename__}` | {holding.fate} |" in told


def josiah(app: Flask) -> str:
    """Somebody of whom every table knows something; returns the iD."""
    runtime = runtime_of(app)
    with app.test_request_context():
        found = registration.connection("account-1")
        assert found is not None
        orcid = found.orcid.path
        publication_ = article("Josiah", "Sofia")
        submission.submitted(publication_, key="ms-1")
        submission.link_account("ms-1", "1", "account-1")
        publication.published(publication_, key="ms-1")
        reviewer = Contributor(given_names="Josiah", family_name="Reviewer-Name")
        review.completed(
            Review(reviewer=reviewer, completed=PartialDate(2026), subject_key="ms-1"), key="r-1", account="account-1"
        )
    with runtime.store.begin() as session:
        opt_outs.add(session, "default", "josiah@example.org", orcid)
        call = {"site": "default", "method": "POST", "url": "/work", "milliseconds": 1, "correlation_id": "c"}
        session.add(Call(orcid=orcid, request_body="his own", **call))
        session.add(Call(orcid=SOFIA, request_body=f"a co-author, {orcid}", response_body="ok", **call))
    return orcid


def test_all_that_is_stored_is_shown_without_secrets(
    orcid_app: Flask, orcid_connection: Connected, orcid_worker: Send
) -> None:
    orcid = josiah(orcid_app)
    orcid_worker()
    with orcid_app.app_context():
        data = privacy.data_of(account="account-1")
        assert privacy.data_of(orcid=orcid).keys() == data.keys()
        assert privacy.data_of(orcid=SOFIA).keys() == {"call"}
        assert privacy.data_of(account="nobody") == {}
    assert {"connection", "attempt", "authorship", "item", "delivery", "audit_event", "call", "opt_out"} <= data.keys()
    (connection,) = data["connection"]
    assert (connection["orcid"], connection["account"], connection["token_is_kept"]) == (orcid, "account-1", True)
    text = json.dumps(data)
    with runtime_of(orcid_app).store.begin() as session:
        stored = session.scalars(select(Connection)).one()
    for secret in (orcid_connection.token.access, stored.sealed_token_answer, stored.token_hash or "?", "_hash"):
        assert secret not in text


def look_once_more(app: Flask, worker: Send) -> None:
    """A minute later, when all calls are in the log."""
    for thread in threading.enumerate():
        if thread.name == "orcid_plugin calls":
            thread.join()
    with runtime_of(app).store.begin() as session:
        session.execute(update(Task).where(Task.state == TaskState.PENDING).values(due_at=now()))
    worker()


def test_after_an_erasure_no_table_knows_them(
    orcid_app: Flask, orcid_connection: Connected, orcid_worker: Send
) -> None:
    orcid = josiah(orcid_app)
    orcid_worker()
    with orcid_app.app_context():
        done = privacy.erase(account="account-1")
    assert done.done
    with runtime_of(orcid_app).store.begin() as session:
        assert [one.kind for one in session.query(Task)] == ["revoke", "erase"]
    look_once_more(orcid_app, orcid_worker)
    assert done.not_revoked == ()
    (item,) = done.remaining
    assert (item.orcid, item.put_code, item.publication_key) == (orcid, 1001, "ms-1")
    left = dump(orcid_app)
    for known in (orcid, "account-1", "josiah@example.org", "Reviewer-Name", orcid_connection.token.access):
        assert known not in left
    with runtime_of(orcid_app).store.begin() as session:
        assert session.query(OptOut).count() == 2
        *_, erased, revoked = session.scalars(select(AuditEvent).order_by(AuditEvent.id))
        assert (erased.actor, erased.action, erased.orcid) == ("command", "person_erased", None)
        assert (revoked.action, revoked.orcid) == ("token_revoked", None)
        assert {"connected", "registered"} <= {one.action for one in session.query(AuditEvent)}
    assert orcid_connection.registry.tokens[orcid_connection.token.access].state == "revoked"
    assert len(orcid_connection.works) == 1
    with orcid_app.app_context():
        assert privacy.data_of(account="account-1", orcid=orcid).keys() == {"opt_out"}
        again = privacy.erase(orcid=orcid)
    assert (again.done, again.rows, again.remaining) == (True, {}, ())


def test_works_are_removed_first_where_that_is_asked(
    orcid_app: Flask, orcid_connection: Connected, orcid_worker: Send
) -> None:
    orcid = josiah(orcid_app)
    orcid_worker()
    assert len(orcid_connection.works) == 1
    with orcid_app.app_context():
        asked = privacy.erase(orcid=orcid, remove_works=True)
    assert (asked.done, asked.rows, asked.remaining) == (False, {}, ())
    orcid_worker()
    assert orcid_connection.works == []
    look_once_more(orcid_app, orcid_worker)
    look_once_more(orcid_app, orcid_worker)
    assert orcid not in dump(orcid_app)
    assert orcid_connection.registry.tokens[orcid_connection.token.access].state == "revoked"
    with runtime_of(orcid_app).store.begin() as session:
        assert session.scalars(select(AuditEvent.action).order_by(AuditEvent.id.desc())).first() == "person_erased"


@pytest.mark.parametrize("remove_works", [False, True])
def test_who_erases_themselves_is_not_named_as_who_did_it(
    orcid_app: Flask, orcid_host: SimpleHost, orcid_connection: Connected, orcid_worker: Send, remove_works: bool
) -> None:
    orcid = josiah(orcid_app)
    orcid_worker()
    orcid_host.account = Account("account-1", "Josiah")
    with orcid_app.test_request_context():
        privacy.erase(account="account-1", remove_works=remove_works)
    look_once_more(orcid_app, orcid_worker)
    look_once_more(orcid_app, orcid_worker)
    left = dump(orcid_app)
    assert "account-1" not in left
    assert orcid not in left
    with runtime_of(orcid_app).store.begin() as session:
        erased = session.scalars(select(AuditEvent).where(AuditEvent.action == "person_erased")).all()
        assert {event.actor for event in erased} == {"account:erased"}


def test_a_record_that_was_merged_is_erased_by_both_its_ids(
    orcid_app: Flask,
    orcid_connection: Connected,
    orcid_worker: Send,
    orcid_researcher_factory: MakeResearcher,
) -> None:
    former = josiah(orcid_app)
    orcid_worker()
    kept = orcid_researcher_factory().orcid
    researchers = orcid_connection.registry.researchers
    researchers[former] = dataclasses.replace(researchers[former], state="deprecated", primary=kept)
    with orcid_app.app_context():
        publication.published(dataclasses.replace(article("Josiah", "Sofia"), title=Title("Anew")), key="ms-1")
        orcid_worker()
        shown = privacy.data_of(orcid=kept)
        assert (
            shown
            == privacy.data_of(orcid=former)
            == privacy.data_of(account="account-1") | {"audit_event": shown["audit_event"]}
        )
        assert {former, kept} <= {one["orcid"] for one in shown["audit_event"]}
        privacy.erase(orcid=kept)
    look_once_more(orcid_app, orcid_worker)
    left = dump(orcid_app)
    for known in (former, kept, "account-1"):
        assert known not in left


def test_events_of_others_name_them_no_longer(orcid_app: Flask, orcid_connection: Connected) -> None:
    runtime = runtime_of(orcid_app)
    with runtime.store.begin() as session:
        connection = session.scalars(select(Connection)).one()
        for account in ("account-2", "account-3"):
            conflicts.begin(session, runtime.site, connection, account)
            found = session.scalars(select(Conflict).where(Conflict.account == account)).one()
            conflicts.keep(session, runtime.site, found, connection, "account-1")
    with orcid_app.app_context():
        before = privacy.data_of(account="account-1")["audit_event"]
        privacy.erase(account="account-2")
        after = privacy.data_of(account="account-1")["audit_event"]
    assert "account-2" not in dump(orcid_app)
    assert "account-3" in dump(orcid_app)
    assert [one["action"] for one in after if one["actor"] != "account:erased"] == [
        one["action"] for one in before if one["actor"] != "account:account-2"
    ]


def test_somebody_who_declined_is_forgotten_with_that(orcid_app: Flask) -> None:
    runtime = runtime_of(orcid_app)
    with orcid_app.test_request_context():
        submission.submitted(article("Josiah", "Sofia"), key="ms-1")
        invitations.invite("ms-1", "1", email="josiah@example.org", invited_by="Ada Editor")
        with runtime.store.begin() as session:
            for contributor in ("1", "2"):
                authorship.decline(session, runtime.site, "ms-1", contributor)
        assert [one["contributor_key"] for one in privacy.data_of(email="josiah@example.org")["authorship"]] == ["1"]
        privacy.erase(email="josiah@example.org")
    with runtime.store.begin() as session:
        assert [one.contributor_key for one in session.scalars(select(Authorship))] == ["2"]


def test_who_connects_again_before_the_works_are_gone_is_not_erased(
    orcid_app: Flask, orcid_connection: Connected, orcid_connect: Connect, orcid_worker: Send
) -> None:
    orcid = josiah(orcid_app)
    orcid_worker()
    with orcid_app.app_context():
        privacy.erase(orcid=orcid, remove_works=True)
        orcid_connect(orcid_connection.researcher, "account-1")
    orcid_worker()
    look_once_more(orcid_app, orcid_worker)
    with orcid_app.app_context():
        assert registration.connection("account-1") is not None


def test_others_keep_what_is_theirs(
    orcid_app: Flask, orcid_connection: Connected, orcid_connect: Connect, orcid_researcher_factory: MakeResearcher
) -> None:
    josiah(orcid_app)
    ada = orcid_researcher_factory()
    orcid_connect(ada, "account-2")
    with orcid_app.app_context():
        submission.link_account("ms-1", "2", "account-2")
        before = privacy.data_of(account="account-2")
        privacy.erase(account="account-1")
        after = privacy.data_of(account="account-2")
    assert {"connection", "attempt", "authorship"} <= after.keys()
    assert after | {"audit_event": None} == before | {"audit_event": None}


def test_somebody_who_was_only_invited_is_found_by_their_address(orcid_app: Flask) -> None:
    with orcid_app.test_request_context():
        submission.submitted(article("Josiah"), key="ms-1")
        invitations.invite("ms-1", "1", email="Josiah@Example.org", invited_by="Ada Editor")
        data = privacy.data_of(email="josiah@example.org")
        assert [one["name"] for one in data["invitation"]] == ["Josiah Example"]
        assert {"invitation", "invitation_link", "task"} <= data.keys()
        privacy.erase(email="josiah@example.org")
    assert "josiah@example.org" not in dump(orcid_app).lower()
    with runtime_of(orcid_app).store.begin() as session:
        assert session.query(Invitation).count() == 0
        assert [one.kind for one in session.query(Task)] == ["erase"]


def test_a_permission_that_no_key_can_revoke_is_told(orcid_app: Flask, orcid_connection: Connected) -> None:
    orcid = orcid_connection.researcher.orcid
    with runtime_of(orcid_app).store.begin() as session:
        connection = session.scalars(select(Connection)).one()
        connection.sealed_token_answer = Keyring([Fernet.generate_key().decode()]).seal("{}", connection.seal_owner)
    with orcid_app.app_context():
        done = CliRunner().invoke(main, ["person", "erase", "--orcid", orcid, "--yes"])
    assert done.exit_code == 0, done.output
    assert f"The permission of {orcid} is not revoked" in done.stdout
    assert "ORCID_PLUGIN_TOKEN_KEYS" in done.stdout


def test_nobody_named_is_refused(orcid_app: Flask) -> None:
    with orcid_app.app_context():
        for call in (privacy.data_of, privacy.erase):
            with pytest.raises(InputError):
                call()


def test_the_file_of_somebodys_data_is_its_owners_alone(
    orcid_app: Flask, orcid_connection: Connected, tmp_path: Path
) -> None:
    with orcid_app.app_context():
        CliRunner().invoke(main, ["person", "export", "--account", "account-1", "--output", str(tmp_path / "data")])
    assert "account-1" in (tmp_path / "data").read_text()
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o600


def test_on_the_command_line(orcid_app: Flask, orcid_connection: Connected) -> None:
    orcid = josiah(orcid_app)
    with orcid_app.app_context():
        shown = CliRunner().invoke(main, ["person", "export", "--orcid", f"https://orcid.org/{orcid}"])
        assert json.loads(shown.stdout)["connection"][0]["account"] == "account-1"
        asked = CliRunner().invoke(main, ["person", "erase", "--account", "account-1"], input="n\n")
        assert asked.exit_code == 1
        done = CliRunner().invoke(main, ["person", "erase", "--account", "account-1", "--yes"])
        assert done.exit_code == 0, done.output
        assert "      1 connection\n" in done.stdout
        assert "Nothing was stored" in CliRunner().invoke(main, ["person", "erase", "--orcid", orcid, "--yes"]).stdout
        assert CliRunner().invoke(main, ["person", "export"]).exit_code == 2
