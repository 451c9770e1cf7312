"""Tests of the migrations: from empty and from every earlier revision to the tables of this version."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text

from orcid_plugin.store.database import Store
from orcid_plugin.store.migrations import schema
from orcid_plugin.store.tables import Base

SCRIPTS = ScriptDirectory(str(Path(schema.__file__).parent))
REVISIONS = [script.revision for script in SCRIPTS.walk_revisions()]


def own_tables(engine: Engine) -> set[str]:
    return {name for name in inspect(engine).get_table_names() if name.startswith("orcid_plugin_")}


@pytest.mark.parametrize("start", [None, *REVISIONS])
def test_every_revision_leads_to_the_tables_of_this_version(database_url: str, start: str | None) -> None:
    store = Store.open(database_url)
    if start:
        schema.upgrade(store.engine, start)
        assert store.revision() == start
    store.upgrade()
    store.require_migrated()
    command.check(schema.config(store.engine))
    assert own_tables(store.engine) == {*Base.metadata.tables, schema.VERSION_TABLE}
    store.close()


def test_there_is_one_newest_revision() -> None:
    assert SCRIPTS.get_heads() == [schema.head()]


def test_upgrading_twice_is_harmless(store: Store) -> None:
    before = store.revision()
    store.upgrade()
    assert store.revision() == before == schema.head()


def test_a_host_that_shares_the_database_keeps_its_tables_and_its_own_revision(database_url: str) -> None:
    host = create_engine(database_url)
    with host.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('host-7')"))
        connection.execute(text("CREATE TABLE article (id INTEGER PRIMARY KEY, title TEXT)"))
        connection.execute(text("INSERT INTO article VALUES (1, 'A')"))

    store = Store(host)
    store.upgrade()
    command.check(schema.config(host))

    with host.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == ["host-7"]
        assert connection.execute(text("SELECT id, title FROM article")).all() == [(1, "A")]
    assert set(inspect(host).get_table_names()) - own_tables(host) == {"alembic_version", "article"}
    host.dispose()


def test_every_name_of_the_plugin_can_be_told_from_the_hosts() -> None:
    for table in Base.metadata.tables.values():
        assert table.name.startswith("orcid_plugin_")
        assert all("orcid_plugin_" in str(index.name) for index in table.indexes)


def test_revocations_that_wait_get_the_client_of_their_connection(database_url: str) -> None:
    store = Store.open(database_url)
    schema.upgrade(store.engine, "0004")
    day = "'2026-01-01 00:00:00+00:00'"
    with store.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO orcid_plugin_connection (id, site, environment, client_id, orcid, scopes, "
                f"sealed_token_answer, state, created_at, updated_at) VALUES "
                f"(7, 's', 'e', 'APP-7', '0000-0002-1825-0097', '', '', 'disconnected', {day}, {day})"
            )
        )
        for number, kind, subject in ((1, "revoke", 7), (2, "revoke", 8), (3, "mail", 7)):
            connection.execute(
                text(
                    "INSERT INTO orcid_plugin_task (id, site, environment, kind, subject_id, sealed_payload, state, "
                    f"attempts, due_at, created_at, updated_at) VALUES ({number}, 's', 'e', '{kind}', {subject}, 'x', "
                    f"'pending', 0, {day}, {day}, {day})"
                )
            )
    store.upgrade()
    with store.engine.connect() as connection:
        found = connection.execute(text("SELECT client_id FROM orcid_plugin_task ORDER BY id")).scalars().all()
    assert found == ["APP-7", None, None]
    store.close()


def test_two_processes_may_upgrade_at_once(database_url: str) -> None:
    code = "import sys; from orcid_plugin.store.database import Store; Store.open(sys.argv[1]).upgrade()"
    started = [
        subprocess.Popen([sys.executable, "-c", code, database_url], stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    ends = [(process.communicate()[1], process.returncode) for process in started]
    assert [status for _, status in ends] == [0, 0, 0], ends[0][0] + ends[1][0] + ends[2][0]


def test_links_of_invitations_that_are_out_keep_holding(database_url: str) -> None:
    store = Store.open(database_url)
    schema.upgrade(store.engine, "0002")
    day = "2026-01-01 00:00:00+00:00"
    with store.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO orcid_plugin_invitation (id, site, environment, token_hash, publication_key, "
                "contributor_key, name, email, invited_by, state, created_at, expires_at) VALUES "
                f"(7, 's', 'e', 'hash', 'p', 'c', 'n', 'm', 'i', 'sent', '{day}', '{day}')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO orcid_plugin_attempt (id, site, environment, state_hash, browser_hash, purpose, "
                "invitation_id, scopes, created_at, expires_at) VALUES "
                f"(1, 's', 'e', 'h', 'b', 'invitation', 7, '', '{day}', '{day}')"
            )
        )
    store.upgrade()
    with store.engine.connect() as connection:
        links = connection.execute(text("SELECT token_hash, invitation_id FROM orcid_plugin_invitation_link")).all()
        attempts = connection.execute(text("SELECT invitation_id FROM orcid_plugin_attempt")).all()
    assert ([tuple(row) for row in links], [tuple(row) for row in attempts]) == ([("hash", 7)], [(7,)])
    store.close()
