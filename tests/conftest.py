"""What all tests share: where the real samples are, and which services this machine has."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import redis
from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from orcid_plugin.store.database import Store
from tests.installation import ROOT, installed, source, wheel

pytest_plugins = ["orcid_plugin.testing", "pytester"]

hypothesis.settings.register_profile("no-deadline", deadline=None)  # a busy machine is no fault of an example
hypothesis.settings.load_profile("no-deadline")

__all__ = ["ROOT", "SHARED", "installed", "lacking", "samples", "source", "wheel"]

SHARED = Path(os.environ.get("ORCID_TEST_SHARED", ROOT.parent / "shared"))
NO_SHARED = f"the schemas and samples are not at {SHARED}; set ORCID_TEST_SHARED"
POSTGRES = os.environ.get("ORCID_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("ORCID_TEST_REDIS", "redis://127.0.0.1:6379")


def lacking(name: str, sentence: str) -> None:
    """Skip with a sentence that names what the machine lacks; fail where ORCID_TEST_REQUIRE demands it."""
    if name in os.environ.get("ORCID_TEST_REQUIRE", "").split(","):
        pytest.fail(f"ORCID_TEST_REQUIRE asks for {name}: {sentence}")
    pytest.skip(sentence)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Name what is lacking where there is no sample to try a test with."""
    if SHARED.is_dir():
        return
    for item in items:
        for number, mark in enumerate(item.own_markers):
            if mark.name == "skip" and "empty parameter set" in mark.kwargs.get("reason", ""):
                item.own_markers[number] = pytest.mark.skip(reason=NO_SHARED).mark


def samples(kind: str) -> list[Path]:
    """The sample files of one kind (`jats`, `crossref`) for parametrisation; empty where the samples are not there."""
    return sorted((SHARED / "samples" / kind).glob("*.xml"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the official schemas and real samples."""
    if not SHARED.is_dir():
        lacking("shared", NO_SHARED)
    return SHARED


@pytest.fixture(autouse=True)
def no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings in the developer's own environment must not decide a test."""
    for name in [name for name in os.environ if name.startswith("ORCID_PLUGIN_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Engine]:
    """A PostgreSQL server on which schemas may be made, at ORCID_TEST_POSTGRES."""
    server = create_engine(POSTGRES, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    try:
        with server.connect():
            pass
    except OperationalError:
        lacking("postgres", "no PostgreSQL answers at ORCID_TEST_POSTGRES")
    yield server
    server.dispose()


@pytest.fixture
def postgres_url(postgres_server: Engine) -> Iterator[str]:
    """The URL of an empty PostgreSQL schema of this test's own."""
    schema = f"orcid_test_{uuid.uuid4().hex[:12]}"
    with postgres_server.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    url: URL = make_url(POSTGRES).update_query_dict({"options": f"-csearch_path={schema}"})
    yield url.render_as_string(hide_password=False)
    with postgres_server.connect() as connection:
        # A connection that a test left open inside a transaction would hold the lock for ever.
        connection.execute(text("SET lock_timeout = '10s'"))
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))


@pytest.fixture
def redis_url() -> Iterator[str]:
    """The URL of an empty Redis database: the tests own databases 8 to 15 of the server at ORCID_TEST_REDIS."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    url = f"{REDIS}/{8 + worker % 8}"
    with redis.Redis.from_url(url, socket_connect_timeout=3) as server:
        try:
            server.flushdb()
        except redis.ConnectionError:
            lacking("redis", "no Redis answers at ORCID_TEST_REDIS")
        yield url
        server.flushdb()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, on each kind that the plugin supports."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.sqlite3'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A migrated store at `database_url`, closed at the end."""
    store = Store.open(database_url)
    store.upgrade()
    yield store
    store.close()
