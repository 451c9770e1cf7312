"""What is asked for, what stays when somebody grants less, and who must sign in with a second factor."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from orcid_plugin.errors import SettingsError, TwoFactorRequired
from orcid_plugin.host import Purpose
from orcid_plugin.identity import connections, permissions
from orcid_plugin.registry.openid import IdToken
from orcid_plugin.settings import Settings
from orcid_plugin.store.database import Store
from orcid_plugin.store.tables import Connection, ConnectionState, now
from tests.identity.test_connections import JOSIAH, KEYRING, SITE, answer, connect, rows

ASKED_TO_WRITE = {"openid", "/activities/update", "/read-limited"}


def id_token(*amr: str) -> IdToken:
    return IdToken(
        orcid=JOSIAH, auth_time=None, amr=frozenset(amr), name=None, given_name=None, family_name=None, nonce="n"
    )


@pytest.mark.parametrize("purpose", Purpose)
def test_no_trip_asks_for_more_than_it_needs(purpose: Purpose) -> None:
    expected = {"openid"} if purpose is Purpose.SIGN_IN else ASKED_TO_WRITE
    assert permissions.scopes(Settings(), purpose) == expected
    assert permissions.scopes(Settings(api="public"), purpose) == {"openid"}


def test_finding_an_account_by_address_needs_the_addresses() -> None:
    assert permissions.scopes(Settings(sign_in_by_email=True), Purpose.SIGN_IN) == {"openid", "/read-limited"}
    assert permissions.scopes(Settings(sign_in_by_email=True, api="public"), Purpose.SIGN_IN) == {"openid"}


class TestGrantingLess:
    """Somebody who has permitted to write comes back from ORCID with less."""

    def sign_in(self, store: Store, *scopes: str, **changes: Any) -> Connection:
        granted = replace(answer(token="of-sign-in"), scopes=frozenset(scopes), id_token=id_token("mfa"), **changes)
        with store.begin() as session:
            connections.store_answer(session, SITE, KEYRING, granted, None)
        return rows(store)[0]

    def test_the_wider_permission_stays(self, store: Store) -> None:
        connect(store)
        for scopes in (["openid"], ["/authenticate"], ["openid", "/read-limited"]):
            after = self.sign_in(store, *scopes, name="Josiah S. Carberry")
            assert connections.access_token(KEYRING, after) == "token-1"
            assert after.scope_set == {"/activities/update", "/read-limited"}
            assert (after.name, after.amr, after.account) == ("Josiah S. Carberry", "mfa", "ada")

    def test_scopes_are_sets(self, store: Store) -> None:
        connect(store)
        after = self.sign_in(store, "/read-limited", "/activities/update")
        assert connections.access_token(KEYRING, after) == "of-sign-in"

    def test_more_takes_the_place_of_less(self, store: Store) -> None:
        self.sign_in(store, "openid")
        connect(store)
        assert connections.access_token(KEYRING, rows(store)[0]) == "token-1"

    @pytest.mark.parametrize(
        "over",
        [
            {"state": ConnectionState.REVOKED},
            {"state": ConnectionState.STALE},
            {"client_id": "APP-OF-BEFORE"},
            {"expires_at": now() - timedelta(seconds=1)},
        ],
        ids=["revoked", "stale", "of other credentials", "expired"],
    )
    def test_one_that_holds_no_longer_gives_way(self, store: Store, over: dict[str, Any]) -> None:
        connect(store)
        with store.begin() as session:
            connection = session.get_one(Connection, rows(store)[0].id)
            for name, value in over.items():
                setattr(connection, name, value)
        after = self.sign_in(store, "openid")
        assert connections.access_token(KEYRING, after) == "of-sign-in"
        assert (after.scope_set, after.state, after.client_id) == ({"openid"}, ConnectionState.ACTIVE, SITE.client_id)


class TestTwoFactor:
    class Host:
        def roles(self, account_id: str) -> list[str]:
            return {"ada": ["author", "editor"], "bob": ["author"]}[account_id]

    def check(self, account: str, *amr: str, host: Any = None, **settings: Any) -> None:
        granted = replace(answer(), id_token=id_token(*amr) if amr else None)
        settings = {"two_factor_roles": ("editor", "manager")} | settings
        permissions.require_two_factor(Settings(**settings), host or self.Host(), account, granted)

    def test_of_whom_it_is_demanded(self) -> None:
        self.check("ada", "mfa")
        self.check("bob", "pwd")
        self.check("ada", "pwd", two_factor_roles=())
        for amr in (["pwd"], []):
            with pytest.raises(TwoFactorRequired, match="role editor"):
                self.check("ada", *amr)

    def test_a_host_that_cannot_tell_roles_lets_nobody_through(self) -> None:
        with pytest.raises(SettingsError, match=r"host\.Roles"):
            self.check("ada", "mfa", host=object())
