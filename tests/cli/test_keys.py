"""Tests of `orcid-plugin keys`: making, counting, rotating and retiring the keys of what is stored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.fernet import Fernet
from sqlalchemy import Text, select

from orcid_plugin.cli import main
from orcid_plugin.errors import UnusableKey
from orcid_plugin.identity import connections
from orcid_plugin.registry.oauth_answers import TokenAnswer
from orcid_plugin.settings import Settings
from orcid_plugin.store import credentials, rotation, sites, tasks
from orcid_plugin.store.database import Store
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import Base, Connection, SiteRow, Task

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
JOSIAH = "0000-0002-1825-0097"
HOST = Settings(client_id="APP-1", client_secret="s")
SITE = HOST.the_site()
SIGN_IN = "0c1d7a52-9b60-4f0e-a2e3-5d1f6b7c8d9e"
TOKEN = "f5af9f51-07e6-4332-8f1a-c0c11c1e3728"


def fill(store: Store, keyring: Keyring) -> None:
    answer = TokenAnswer(
        orcid=JOSIAH,
        name=None,
        access_token=TOKEN,
        refresh_token=None,
        scopes=frozenset({"/activities/update"}),
        expires_in=None,
        raw={"access_token": TOKEN},
    )
    sign_in = replace(answer, access_token=SIGN_IN, scopes=frozenset({"openid"}), raw={"access_token": SIGN_IN})
    with store.begin() as session:
        for one in (answer, sign_in):
            connections.store_answer(session, SITE, keyring, one, "ada")
        sites.save(session, HOST, keyring, "second", {"client_id": "APP-2", "client_secret": "second-secret"})
        tasks.owe(session, keyring, SITE, tasks.MAIL, {"to": "a@example.org"})


@pytest.fixture
def stored(store: Store) -> Store:
    fill(store, Keyring([OLD]))
    return store


def run(store: Store, *arguments: str, keys: str) -> Result:
    url = store.engine.url.render_as_string(hide_password=False)
    settings = {"ORCID_PLUGIN_DATABASE_URL": url, "ORCID_PLUGIN_TOKEN_KEYS": keys}
    return CliRunner().invoke(main, ["keys", *arguments], env=settings)


def test_every_column_with_ciphertext_is_rotated() -> None:
    sealed = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name.startswith("sealed_") and isinstance(column.type, Text)
    }
    assert sealed == {(one.table.__tablename__, one.column) for one in rotation._COLUMNS}


def test_a_key_is_replaced_while_nothing_is_lost(stored: Store) -> None:
    before = run(stored, "list", keys=f"{NEW},{OLD}")
    assert before.exit_code == 0
    assert "5 secrets  run `orcid-plugin keys rotate`" in before.output
    rotated = run(stored, "rotate", keys=f"{NEW},{OLD}")
    assert rotated.output.startswith("5 secrets are under the key ")
    after = run(stored, "list", keys=f"{NEW},{OLD}")
    assert "0 secrets  can be retired" in after.output
    assert run(stored, "list", keys=NEW).exit_code == 0
    keyring = Keyring([NEW])
    with stored.begin() as session:
        connection = session.scalars(select(Connection)).one()
        assert connections.access_token(keyring, connection) == TOKEN
        known = credentials.of_client(
            session, keyring, Settings(), Settings(), environment="sandbox", client_id=SITE.client_id
        )
        assert known is not None
        assert known.client_secret == SITE.client_secret
        assert sites.own_settings(keyring, session.get_one(SiteRow, "second"))["client_secret"] == "second-secret"
        assert tasks.payload_of(keyring, session.scalars(select(Task)).one()) == {"to": "a@example.org"}


def test_rotating_twice_changes_nothing(stored: Store) -> None:
    run(stored, "rotate", keys=f"{NEW},{OLD}")
    assert run(stored, "rotate", keys=f"{NEW},{OLD}").output.startswith("0 secrets ")


def test_more_rows_than_one_transaction_takes_are_all_rotated(stored: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "BATCH", 2)
    with stored.begin() as session:
        for number in range(5):
            tasks.owe(session, Keyring([OLD]), SITE, tasks.MAIL, {"number": str(number)})
    assert run(stored, "rotate", keys=f"{NEW},{OLD}").output.startswith("10 secrets ")


def test_a_missing_key_is_told_and_never_made_up(stored: Store) -> None:
    lost = run(stored, "rotate", keys=NEW)
    assert lost.exit_code == 1
    assert "5 secrets are under none of the keys in ORCID_PLUGIN_TOKEN_KEYS" in lost.output
    assert OLD not in lost.output
    assert run(stored, "list", keys=NEW).exit_code == 1
    assert run(stored, "list", keys=OLD).exit_code == 0


def test_a_ciphertext_that_was_moved_to_another_row_does_not_stop_a_rotation(stored: Store) -> None:
    keyring = Keyring([OLD])
    answer = TokenAnswer(
        orcid="0000-0001-5109-3700",
        name=None,
        access_token="another",
        refresh_token=None,
        scopes=frozenset(),
        expires_in=None,
        raw={"access_token": "another"},
    )
    with stored.begin() as session:
        connections.store_answer(session, SITE, keyring, answer, "sofia")
        one, other = session.scalars(select(Connection).order_by(Connection.id)).all()
        one.sealed_token_answer, other.sealed_token_answer = other.sealed_token_answer, one.sealed_token_answer
    assert run(stored, "rotate", keys=f"{NEW},{OLD}").output.startswith("6 secrets ")
    assert "0 secrets  can be retired" in run(stored, "list", keys=f"{NEW},{OLD}").output
    with stored.begin() as session:
        for connection in session.scalars(select(Connection)):
            with pytest.raises(UnusableKey, match="another row"):
                connections.access_token(Keyring([NEW]), connection)


def test_no_key_is_shown(stored: Store) -> None:
    shown = run(stored, "list", keys=f"{NEW},{OLD}").output + run(stored, "rotate", keys=f"{NEW},{OLD}").output
    assert NEW not in shown
    assert OLD not in shown


def test_a_token_is_found_by_its_hash_before_and_after_a_rotation(stored: Store) -> None:
    for keyring in (Keyring([OLD]), Keyring([NEW, OLD])):
        with stored.begin() as session:
            found = connections.of_token(session, SITE, keyring, TOKEN)
            assert found is not None
            assert found.orcid == JOSIAH
            assert connections.of_token(session, SITE, keyring, SIGN_IN) is found
            assert connections.of_token(session, SITE, keyring, "another") is None
    run(stored, "rotate", keys=f"{NEW},{OLD}")
    with stored.begin() as session:
        for token in (TOKEN, SIGN_IN):
            assert connections.of_token(session, SITE, Keyring([NEW]), token) is not None


def test_without_keys_the_setting_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["keys", "list"], env={"ORCID_PLUGIN_DATABASE_URL": f"sqlite:///{tmp_path}/x"})
    assert result.exit_code == 2
    assert "ORCID_PLUGIN_TOKEN_KEYS" in result.output
