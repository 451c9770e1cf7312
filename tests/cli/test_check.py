"""Tests of `orcid-plugin check` against a running stand-in Registry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet

from orcid_plugin.cli import main
from orcid_plugin.emulator import Fault, Registry, Server, serve
from orcid_plugin.identity.connections import store_answer
from orcid_plugin.registry.oauth_answers import TokenAnswer
from orcid_plugin.settings import Settings
from orcid_plugin.store.database import Store
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import Call
from tests.icons import svg, write

KEY, OTHER_KEY = (Fernet.generate_key().decode() for _ in range(2))


@pytest.fixture
def emulator() -> Iterator[Server]:
    with serve(Registry.seeded()) as server:
        yield server


@pytest.fixture
def environment(emulator: Server, database_url: str) -> dict[str, str]:
    client = next(iter(emulator.registry.clients.values()))
    return {
        "ORCID_PLUGIN_ENVIRONMENT": "emulator",
        "ORCID_PLUGIN_WEB_URL": emulator.web,
        "ORCID_PLUGIN_API_URL": emulator.api,
        "ORCID_PLUGIN_PUBLIC_API_URL": emulator.public_api,
        "ORCID_PLUGIN_CLIENT_ID": client.id,
        "ORCID_PLUGIN_CLIENT_SECRET": client.secret,
        "ORCID_PLUGIN_TOKEN_KEYS": KEY,
        "ORCID_PLUGIN_DATABASE_URL": database_url,
    }


def checked(environment: dict[str, str], *, status: int) -> str:
    result = CliRunner().invoke(main, ["check"], env=environment)
    assert result.exit_code == status, result.output
    assert "secret" not in result.output.lower().replace("client_secret", "")
    assert result.output.count("fault  ") == result.output.count("remedy")
    return result.output


def test_all_in_order(environment: dict[str, str], store: Store, emulator: Server) -> None:
    settings = Settings.from_mapping(environment)
    raw = {"access_token": "t0ken"}
    answer = TokenAnswer(
        orcid="0000-0002-1825-0097",
        name=None,
        access_token="t0ken",
        refresh_token=None,
        scopes=frozenset(),
        expires_in=None,
        raw=raw,
    )
    with store.begin() as session:
        store_answer(session, settings.the_site(), Keyring([KEY]), answer, account=None)
    said = checked(environment, status=0)
    assert [line[:5].strip() for line in said.splitlines()] == ["ok"] * 9
    assert "stored tokens: 1 can be decrypted" in said
    assert f"Registry: {emulator.url}/oauth/token knows the credentials" in said
    assert "API: member credentials" in said
    assert f"issuer: {emulator.url}" in said

    said = checked(environment | {"ORCID_PLUGIN_TOKEN_KEYS": OTHER_KEY}, status=1)
    assert "fault  stored tokens: a stored ORCID token cannot be decrypted" in said
    assert "remedy: put the keys with which the tokens were stored back" in said
    checked(environment | {"ORCID_PLUGIN_TOKEN_KEYS": f"{OTHER_KEY},{KEY}"}, status=0)


def test_its_calls_are_in_the_log_of_calls(environment: dict[str, str], store: Store, emulator: Server) -> None:
    checked(environment, status=0)
    with store.begin() as session:
        calls = session.query(Call).all()
    assert {(one.site, one.status) for one in calls} == {("default", 200)}
    assert len(calls) == len(emulator.registry.journal.entries()) >= 3


def test_wrong_settings(environment: dict[str, str]) -> None:
    said = checked(environment | {"ORCID_PLUGIN_COLOUR": "red"}, status=1)
    assert said.startswith("fault  settings: ORCID_PLUGIN_COLOUR is unknown")


def test_a_database_without_tables(environment: dict[str, str]) -> None:
    said = checked(environment, status=1)
    assert "ok     database: " in said
    assert "fault  migrations: " in said
    assert "remedy: run `orcid-plugin db upgrade`" in said
    assert "stored tokens" not in said
    assert "ok     Registry: " in said


def test_a_database_that_does_not_answer(environment: dict[str, str]) -> None:
    said = checked(environment | {"ORCID_PLUGIN_DATABASE_URL": "postgresql://me:secret@127.0.0.1:9/x"}, status=1)
    assert "fault  database: " in said
    assert "remedy: start the database, or correct ORCID_PLUGIN_DATABASE_URL" in said
    assert "migrations" not in said


def test_a_database_url_that_cannot_be_used(environment: dict[str, str]) -> None:
    assert "fault  database: ORCID_PLUGIN_DATABASE_URL names neither SQLite nor PostgreSQL" in checked(
        environment | {"ORCID_PLUGIN_DATABASE_URL": "mysql://127.0.0.1/x"}, status=1
    )


def test_nothing_set(environment: dict[str, str], store: Store) -> None:
    said = checked({"ORCID_PLUGIN_DATABASE_URL": environment["ORCID_PLUGIN_DATABASE_URL"]}, status=1)
    assert "fault  credentials: ORCID_PLUGIN_CLIENT_ID and ORCID_PLUGIN_CLIENT_SECRET must be set" in said
    assert "fault  token keys: ORCID_PLUGIN_TOKEN_KEYS must be set" in said
    assert "ok     migrations: " in said
    assert "Registry:" not in said


def test_a_registry_that_does_not_know_the_credentials(environment: dict[str, str], store: Store) -> None:
    said = checked(environment | {"ORCID_PLUGIN_CLIENT_SECRET": "another secret"}, status=1)
    assert "fault  Registry: ORCID does not accept the client's credentials" in said
    assert "remedy: compare client_id, client_secret and environment" in said


def test_a_registry_that_does_not_answer(environment: dict[str, str], store: Store) -> None:
    said = checked(environment | {"ORCID_PLUGIN_WEB_URL": "http://127.0.0.1:9"}, status=1)
    assert "fault  Registry: ORCID did not answer at all" in said
    assert "remedy: look at the network" in said


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        (
            Fault(200, "<html>Sign in to this network</html>"),
            "this is no answer of ORCID's: unreadable_answer: status 200",
        ),
        (Fault(200, "{}"), "this is no answer of ORCID's: unusable_answer: the answer holds no access token"),
        (Fault(503, "<html>maintenance</html>"), "ORCID cannot answer at the moment: unreadable_answer: status 503"),
        (Fault(404, "not here"), "this is no answer of ORCID's: unreadable_answer: status 404"),
    ],
)
def test_something_else_than_a_registry_answers(
    fault: Fault, found: str, emulator: Server, environment: dict[str, str], store: Store
) -> None:
    emulator.registry.faults.plan(fault, path="/oauth/token$")
    said = checked(environment, status=1)
    assert f"fault  Registry: {found}" in said
    assert "remedy: look at the network" in said


def test_in_production_it_says_which_icon_people_see(environment: dict[str, str], store: Store, tmp_path: Path) -> None:
    assert "icon" not in checked(environment, status=0)
    own = {"ORCID_PLUGIN_ENVIRONMENT": "production", "ORCID_PLUGIN_ICON": write(tmp_path, svg())}
    lines = checked(environment | own, status=0).splitlines()
    assert f"ok     iD icon: ORCID's own, {tmp_path}/icon (image/svg+xml)" in lines
    (other,) = [line for line in lines if "not authenticated" in line]
    assert other.startswith("ok     icon of iDs that are not authenticated: drawn after ORCID's own")
    assert other.endswith("https://info.orcid.org/brand-guidelines/ and name it in ORCID_PLUGIN_UNAUTHENTICATED_ICON")
