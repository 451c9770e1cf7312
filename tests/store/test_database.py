"""Tests of the engine, its sessions, and what they say when the database is in trouble."""

from __future__ import annotations

import datetime
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import IntegrityError, StatementError

from orcid_plugin.errors import NotMigrated, SettingsError, StoreError
from orcid_plugin.store.database import Store
from orcid_plugin.store.tables import Attempt, Connection, StoredPublication

NOBODY = "postgresql://somebody:s3cr3t@127.0.0.1:9/nothing"


def publication(key: str = "1") -> StoredPublication:
    return StoredPublication(site="journal", key=key, document={"title": "Ünïcode \U0001f52c"})


def connection(**values: object) -> Connection:
    given = {
        "site": "journal",
        "environment": "sandbox",
        "client_id": "APP-1",
        "orcid": "0000-0002-1825-0097",
        "account": "7",
        "scopes": "/activities/update /read-limited",
        "sealed_token_answer": "x",
    }
    return Connection(**(given | values))


def test_what_a_transaction_stores_the_next_one_finds(store: Store) -> None:
    with store.begin() as session:
        session.add(publication())
    with store.begin() as session:
        assert session.query(StoredPublication).one().document == {"title": "Ünïcode \U0001f52c"}


def test_an_exception_rolls_back(store: Store) -> None:
    with pytest.raises(IntegrityError), store.begin() as session:
        session.add_all([publication("fine"), publication("same"), publication("same")])
    with store.begin() as session:
        assert session.query(StoredPublication).count() == 0


def test_an_error_of_the_caller_is_not_the_databases(store: Store) -> None:
    with pytest.raises(FileNotFoundError), store.begin():
        Path("/no/such/file").read_text()


def test_one_id_belongs_to_one_account_of_a_site(store: Store) -> None:
    with store.begin() as session:
        session.add(connection())
    with pytest.raises(IntegrityError), store.begin() as session:
        session.add(connection(account="8"))
    with pytest.raises(IntegrityError), store.begin() as session:
        session.add(connection(orcid="0000-0001-5109-3700"))
    with store.begin() as session:
        session.add(connection(site="another journal"))
        session.add(connection(environment="production"))


def test_times_come_back_in_utc(store: Store) -> None:
    paris = datetime.timezone(datetime.timedelta(hours=2))
    with store.begin() as session:
        session.add(connection(expires_at=datetime.datetime(2026, 7, 1, 1, 30, tzinfo=paris)))
    with store.begin() as session:
        found = session.query(Connection).one()
        assert found.expires_at == datetime.datetime(2026, 6, 30, 23, 30, tzinfo=datetime.UTC)
        assert found.expires_at.utcoffset() == datetime.timedelta(0)


def test_a_server_in_another_zone_answers_in_utc(postgres_url: str) -> None:
    url = make_url(postgres_url)
    options = f"{url.query['options']} -ctimezone=Pacific/Kiritimati"
    store = Store.open(url.update_query_dict({"options": options}).render_as_string(hide_password=False))
    store.upgrade()
    moment = datetime.datetime(2026, 6, 30, 23, 30, tzinfo=datetime.UTC)
    with store.begin() as session:
        session.add(connection(expires_at=moment))
    with store.begin() as session:
        found = session.query(Connection).one().expires_at
    assert found is not None
    assert (found.date(), found.hour) == (moment.date(), 23)
    store.close()


def test_a_time_without_zone_is_refused(store: Store) -> None:
    with pytest.raises(StatementError, match="without zone"), store.begin() as session:
        session.add(connection(expires_at=datetime.datetime(2026, 7, 1)))


def test_foreign_keys_hold_on_sqlite_too(store: Store) -> None:
    moment = datetime.datetime(2026, 7, 1, tzinfo=datetime.UTC)
    with pytest.raises(IntegrityError), store.begin() as session:
        session.add(
            Attempt(
                site="j",
                environment="sandbox",
                state_hash="a",
                browser_hash="b",
                purpose="invitation",
                invitation_id=99,
                scopes="",
                expires_at=moment,
            )
        )


def test_two_writers_wait_for_each_other(store: Store) -> None:
    entered, left = threading.Event(), threading.Event()

    def writer() -> None:
        with store.begin() as session:
            session.add(publication("first"))
            session.flush()
            entered.set()
            left.wait(0.2)

    thread = threading.Thread(target=writer)
    thread.start()
    entered.wait(5)
    with store.begin() as session:
        session.add(publication("second"))
    thread.join()
    with store.begin() as session:
        assert session.query(StoredPublication).count() == 2


def test_a_database_without_the_tables_says_how_to_make_them(database_url: str) -> None:
    store = Store.open(database_url)
    with pytest.raises(NotMigrated, match="run `orcid-plugin db upgrade`"), store.begin() as session:
        session.query(StoredPublication).all()
    with pytest.raises(NotMigrated, match="at revision none, this version needs 0"):
        store.require_migrated()
    store.close()


def test_a_sqlite_file_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'new' / 'folder' / 'store.sqlite3'}")
    with pytest.raises(NotMigrated, match="db upgrade"):
        store.require_migrated()
    assert not (tmp_path / "new").exists()
    store.upgrade()
    store.require_migrated()
    store.close()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = Store.open(f"sqlite:///{tmp_path / 'file' / 'store.sqlite3'}")
    with pytest.raises(StoreError, match="folder of the database cannot be made"):
        store.upgrade()
    store.close()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database " * 100)
    store = Store.open(f"sqlite:///{tmp_path / 'notes.txt'}")
    with pytest.raises(StoreError, match="ORCID_PLUGIN_DATABASE_URL cannot be used: file is not a database"):
        store.upgrade()
    store.close()


def test_a_postgresql_that_does_not_answer_gives_one_sentence_without_the_password() -> None:
    pytest.importorskip("psycopg")
    store = Store.open(NOBODY)
    for use in (store.upgrade, store.require_migrated, store.revision):
        with pytest.raises(StoreError, match=r"ORCID_PLUGIN_DATABASE_URL cannot be used: .*port 9 failed") as caught:
            use()
        assert "s3cr3t" not in str(caught.value)
        assert "\n" not in str(caught.value)
    with pytest.raises(StoreError), store.begin() as session:
        session.query(StoredPublication).all()
    store.close()


def test_a_postgresql_database_that_does_not_exist(postgres_url: str) -> None:
    store = Store.open(make_url(postgres_url).set(database="orcid_no_such").render_as_string(hide_password=False))
    with pytest.raises(StoreError, match="does not exist"):
        store.require_migrated()
    store.close()


def test_a_connection_that_the_server_closed_is_replaced(postgres_url: str) -> None:
    store, other = Store.open(postgres_url), Store.open(postgres_url)
    with store.begin() as session:
        number = session.scalar(text("SELECT pg_backend_pid()"))
    with other.begin() as session:
        session.execute(text("SELECT pg_terminate_backend(:number)"), {"number": number})
    with store.begin() as session:
        assert session.scalar(text("SELECT 1")) == 1
    store.close()
    other.close()


FORK = """
import os, sys
from sqlalchemy import text
from orcid_plugin.store.database import Store

store = Store.open(sys.argv[1])

def backend():
    with store.begin() as session:
        return session.scalar(text("SELECT pg_backend_pid()"))

first = backend()
if os.fork() == 0:
    print(backend() == first, flush=True)
    os._exit(0)
os.wait()
print(backend() == first)
"""


def test_a_fork_uses_connections_of_its_own_and_leaves_the_parents_alone(postgres_url: str) -> None:
    said = subprocess.run([sys.executable, "-c", FORK, postgres_url], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["False", "True"], said.stderr


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("s3cr3t", "is not a SQLAlchemy URL"),
        ("mysql://root:s3cr3t@127.0.0.1/x", "names neither SQLite nor PostgreSQL: mysql"),
        ("postgres://root:s3cr3t@127.0.0.1/x", "names neither SQLite nor PostgreSQL: postgres"),
        ("postgresql+nonesuch://root:s3cr3t@127.0.0.1/x", r"pip install .orcid_plugin\[postgres\]"),
    ],
)
def test_a_url_that_cannot_be_used(url: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=f"ORCID_PLUGIN_DATABASE_URL .*{sentence}") as caught:
        Store.open(url)
    assert "s3cr3t" not in str(caught.value)
