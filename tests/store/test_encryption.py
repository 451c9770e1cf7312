"""Tests of secrets at rest."""

from __future__ import annotations

import itertools

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from orcid_plugin.errors import SettingsError, UnusableKey
from orcid_plugin.identity import connections
from orcid_plugin.registry.oauth_answers import token_answer
from orcid_plugin.settings import Settings
from orcid_plugin.store import sites, tasks
from orcid_plugin.store.database import Store
from orcid_plugin.store.encryption import Keyring, hashed, random_secret
from orcid_plugin.store.tables import Connection, SiteRow, Task

OLD, NEW, FOREIGN = (Fernet.generate_key().decode() for _ in range(3))


@given(st.text(), st.text(alphabet=st.characters(exclude_characters="\x00")))
def test_what_is_sealed_opens_for_its_owner(secret: str, owner: str) -> None:
    ring = Keyring([NEW])
    assert ring.open(ring.seal(secret, owner), owner) == secret


def test_a_sealed_secret_does_not_show_it() -> None:
    assert "geheim" not in Keyring([NEW]).seal("geheim", "connection 1")


def test_a_ciphertext_moved_to_another_row_is_refused() -> None:
    ring = Keyring([NEW])
    with pytest.raises(UnusableKey, match="belongs to another row"):
        ring.open(ring.seal("token", "connection 1"), "connection 2")


def test_no_ciphertext_of_the_database_is_of_use_in_another_row(store: Store) -> None:
    ring, host = Keyring([NEW]), Settings(client_id="APP-1", client_secret="s")
    site = host.the_site()
    with store.begin() as session:
        for number, orcid in enumerate(("0000-0002-1825-0097", "0000-0001-5109-3700")):
            body = {"access_token": f"t-{number}", "token_type": "bearer", "orcid": orcid}
            connections.store_answer(session, site, ring, token_answer(body), f"account-{number}")
            tasks.owe(session, ring, site, tasks.MAIL, {"to": f"{number}"})
            sites.save(session, host, ring, f"site-{number}", {"client_id": "APP-2", "client_secret": f"s-{number}"})
    columns = {
        Connection: ("sealed_token_answer", connections.access_token),
        Task: ("sealed_payload", tasks.payload_of),
        SiteRow: ("sealed_client_secret", sites.own_settings),
    }
    with store.begin() as session:
        rows = [row for table in columns for row in session.scalars(select(table)).all()]
        sealed = {row: getattr(row, columns[type(row)][0]) for row in rows}
        for row, other in itertools.product(rows, rows):
            column, read = columns[type(row)]
            setattr(row, column, sealed[other])
            if row is other:
                assert read(ring, row)
            else:
                with pytest.raises(UnusableKey, match="another row"):
                    read(ring, row)
    assert len(rows) == 6


def test_wrong_keys_name_the_setting_and_no_secret() -> None:
    sealed = Keyring([OLD]).seal("token", "connection 1")
    with pytest.raises(UnusableKey, match="ORCID_PLUGIN_TOKEN_KEYS") as caught:
        Keyring([FOREIGN]).open(sealed, "connection 1")
    assert sealed not in str(caught.value)
    assert FOREIGN not in str(caught.value)


def test_a_damaged_ciphertext_is_refused() -> None:
    sealed = Keyring([OLD]).seal("token", "connection 1")
    with pytest.raises(UnusableKey):
        Keyring([OLD]).open(sealed[:-8] + "AAAAAAA=", "connection 1")


def test_after_a_rotation_old_secrets_open_and_new_ones_need_the_new_key() -> None:
    before, rotated = Keyring([OLD]), Keyring([NEW, OLD])
    assert rotated.open(before.seal("token", "o"), "o") == "token"
    assert Keyring([NEW]).open(rotated.seal("token", "o"), "o") == "token"
    with pytest.raises(UnusableKey):
        before.open(rotated.seal("token", "o"), "o")


def test_no_key_is_made_up() -> None:
    with pytest.raises(SettingsError, match="ORCID_PLUGIN_TOKEN_KEYS must be set"):
        Keyring([])


def test_a_look_up_needs_the_key() -> None:
    """So that whoever has a copy of the database cannot try which row a token is of."""
    found = Keyring([NEW]).lookup("token")
    assert found != Keyring([OLD]).lookup("token")
    assert found != hashed("token")
    assert Keyring([OLD, NEW]).lookups("token") == (Keyring([OLD]).lookup("token"), found)


def test_a_keyring_does_not_show_its_keys() -> None:
    assert NEW not in repr(Keyring([NEW]))


def test_random_secrets_have_256_bits_and_are_found_by_their_hash() -> None:
    drawn = {random_secret() for _ in range(100)}
    assert len(drawn) == 100
    assert all(len(secret) == 43 for secret in drawn)
    assert hashed("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
