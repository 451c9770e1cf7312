"""Whatever comes of a trip to ORCID, each token that it gave is kept for the person, or goes back. Over real HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from flask import session
from flask.testing import FlaskClient
from sqlalchemy import select, update

from orcid_plugin.emulator import Fault, Researcher, Server
from orcid_plugin.emulator.values import Token
from orcid_plugin.hooks import privacy, registration, sites, submission
from orcid_plugin.runtime import at_site
from orcid_plugin.store.tables import Attempt, AuditEvent, Connection, Task, now
from orcid_plugin.testing.hosts import MEMBER, Credentials, MakeResearcher, grant
from tests.mounted import SigningHost, runtime_of, state_of, submit
from tests.web.live import PREMIUM, Live, mounted, settings_of
from tests.web.test_authors import answer, invite

PROFILE = "/orcid/connect/profile"
SIGN_IN = "/orcid/connect/sign-in"
REGISTER = "/orcid/connect/register"
FORM = "/orcid/connect/submission?publication=ms-1&contributor="


@dataclass
class Host(SigningHost):
    """Accounts `on_duty` have a role of which a second factor is demanded."""

    on_duty: set[str] = field(default_factory=set)

    def roles(self, account_id: str) -> list[str]:
        return ["editor"] if account_id in self.on_duty else []

    def has_other_sign_in(self, account_id: str) -> bool:
        return True


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def journal(orcid_registry: Server, orcid_client: Credentials, database_url: str, host: Host) -> Iterator[Live]:
    """A member journal that lets people sign in, on each kind of database."""
    settings = {**settings_of(orcid_client), "token_keys": Fernet.generate_key().decode(), "two_factor_roles": "editor"}
    with mounted(orcid_registry, database_url, host, **settings) as live:
        yield live


@pytest.fixture
def josiah(orcid_researcher: Researcher) -> Researcher:
    return orcid_researcher


def alive(journal: Live) -> list[Token]:
    """The tokens of people that hold at the Registry, after a worker did what is due."""
    journal.work()
    return [one for one in journal.registry.tokens.values() if one.orcid and journal.registry.is_active(one)]


def scopes(tokens: list[Token]) -> list[str]:
    return [" ".join(sorted(one.scopes)) for one in tokens]


def consents(journal: Live) -> int:
    """How often somebody was asked at ORCID."""
    return len(journal.registry.journal.entries(methods="POST", path="/oauth/authorize"))


WIDE = "/activities/update /read-limited openid"


class TestSigningIn:
    def test_asks_for_consent_once_and_leaves_nothing_when_the_person_disconnects(
        self, journal: Live, josiah: Researcher
    ) -> None:
        ada = journal.browser("ada")
        journal.visit(ada, PROFILE, josiah)
        for _ in range(3):
            assert journal.visit(journal.browser(), SIGN_IN, josiah).status_code == 302
        assert consents(journal) == 2
        assert scopes(alive(journal)) == [WIDE, "openid"]
        with journal.app.test_request_context():
            assert registration.disconnect("ada")
        assert alive(journal) == []

    def test_before_the_permission_asks_once_too(self, journal: Live, josiah: Researcher) -> None:
        browser = journal.browser()
        assert journal.visit(browser, SIGN_IN, josiah).location == "/after/register"
        assert journal.visit(browser, REGISTER, josiah).status_code == 302
        complete(journal, browser, "ada")
        assert journal.visit(journal.browser(), SIGN_IN, josiah).status_code == 302
        assert consents(journal) == 2
        assert scopes(alive(journal)) == [WIDE, "openid"]
        with journal.app.test_request_context():
            privacy.erase(account="ada")
        assert alive(journal) == []

    def test_after_disconnecting(self, journal: Live, josiah: Researcher) -> None:
        journal.visit(journal.browser("ada"), PROFILE, josiah)
        with journal.app.test_request_context():
            registration.disconnect("ada")
        assert journal.visit(journal.browser(), SIGN_IN, josiah).status_code == 403
        assert alive(journal) == []
        assert [one.state for one in rows(journal, Task)] == ["done", "done"]

    def test_of_an_account_that_the_host_refuses_stays_the_person_s(
        self, journal: Live, josiah: Researcher, host: Host
    ) -> None:
        journal.visit(journal.browser("ada"), PROFILE, josiah)
        host.blocked.add("ada")
        assert journal.visit(journal.browser(), SIGN_IN, josiah).status_code == 403
        assert scopes(alive(journal)) == [WIDE, "openid"]


def complete(journal: Live, browser: FlaskClient, account: str) -> None:
    with browser.session_transaction() as cookie:
        values = dict(cookie)
    with journal.app.test_request_context():
        session.update(values)
        assert registration.completed(account) is not None


def rows(journal: Live, table: type) -> list:  # type: ignore[type-arg]
    with runtime_of(journal.app).store.begin() as database:
        return list(database.scalars(select(table).order_by(table.id)))


class TestRefusedAfterTheExchange:
    """ORCID gave a token, and nobody was connected with it."""

    def test_the_second_factor_is_missing(self, journal: Live, josiah: Researcher, host: Host) -> None:
        host.on_duty.add("ada")
        assert journal.visit(journal.browser("ada"), PROFILE, josiah).status_code == 403
        assert (alive(journal), rows(journal, Connection)) == ([], [])

    def test_it_is_missing_when_somebody_signs_in(self, journal: Live, josiah: Researcher, host: Host) -> None:
        journal.visit(journal.browser("ada"), PROFILE, josiah)
        host.on_duty.add("ada")
        assert journal.visit(journal.browser(), SIGN_IN, josiah).status_code == 403
        assert scopes(alive(journal)) == [WIDE]

    def test_the_id_token_is_of_another_trip(self, journal: Live, josiah: Researcher) -> None:
        ada = journal.browser("ada")
        back = grant(journal.server, josiah, ada.get(PROFILE).location)
        (code,) = re.findall(r"code=([^&]+)", back)
        other = {"state": state_of(ada, PROFILE), "code": code}
        assert ada.get("/orcid/callback", query_string=other).status_code == 502
        assert alive(journal) == []
        assert [one.outcome for one in rows(journal, Attempt)][-1] == "id_token_nonce"

    def test_orcid_s_keys_cannot_be_had(self, journal: Live, josiah: Researcher) -> None:
        journal.registry.faults.plan(Fault(status=503), path="/oauth/jwks", times=None)
        assert journal.visit(journal.browser("ada"), PROFILE, josiah).status_code == 502
        assert alive(journal) == []

    def test_who_registers_has_an_account(self, journal: Live, josiah: Researcher) -> None:
        journal.visit(journal.browser("ada"), PROFILE, josiah)
        (kept,) = alive(journal)
        assert journal.visit(journal.browser(), REGISTER, josiah).status_code == 409
        assert alive(journal) == [kept]

    def test_the_account_has_another_id(
        self, journal: Live, josiah: Researcher, orcid_researcher_factory: MakeResearcher
    ) -> None:
        ada = journal.browser("ada")
        journal.visit(ada, PROFILE, josiah)
        assert journal.visit(ada, PROFILE, orcid_researcher_factory()).status_code == 409
        assert [one.orcid for one in alive(journal)] == [josiah.orcid]

    def test_another_account_has_the_id_and_nobody_resolves_that(self, journal: Live, josiah: Researcher) -> None:
        journal.visit(journal.browser("ada"), PROFILE, josiah)
        (kept,) = alive(journal)
        assert journal.visit(journal.browser("bob"), PROFILE, josiah).status_code == 409
        assert alive(journal) == [kept]

    def test_the_contributor_is_somebody_else(
        self, journal: Live, josiah: Researcher, orcid_researcher_factory: MakeResearcher
    ) -> None:
        submit(journal.app)
        ada = journal.browser("ada")
        journal.visit(ada, f"{FORM}2", josiah)
        (kept,) = alive(journal)
        assert journal.visit(ada, f"{FORM}2", orcid_researcher_factory()).status_code == 409
        assert journal.visit(ada, f"{FORM}1", josiah).status_code == 409
        assert alive(journal) == [kept]

    def test_an_invitation_came_to_the_wrong_one(self, journal: Live, josiah: Researcher) -> None:
        submit(journal.app)
        journal.visit(journal.browser("ada"), f"{FORM}2", josiah)
        (kept,) = alive(journal)
        link = invite(journal.app, "1")
        guest = journal.browser()
        back = grant(journal.server, josiah, answer(guest, link, "connect").location)
        assert guest.get(back).status_code == 409
        assert alive(journal) == [kept]

    def test_something_is_wrong_here(self, journal: Live, josiah: Researcher, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_: object, **__: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr("orcid_plugin.outbox.plan.plan_connection", broken)
        assert journal.visit(journal.browser("ada"), PROFILE, josiah).status_code == 500
        assert (alive(journal), rows(journal, Connection)) == ([], [])


def test_a_registration_that_nobody_finishes_ends_after_a_day(journal: Live, josiah: Researcher) -> None:
    browser = journal.browser()
    journal.visit(browser, REGISTER, josiah)
    journal.visit(browser, SIGN_IN, josiah)
    assert scopes(alive(journal)) == [WIDE, "openid"]
    with runtime_of(journal.app).store.begin() as database:
        database.execute(update(Attempt).values(used_at=now() - timedelta(days=1, minutes=1)))
    journal.work()  # its housekeeping comes after its tasks
    assert (alive(journal), rows(journal, Connection)) == ([], [])
    actions = [one.action for one in rows(journal, AuditEvent)]
    assert actions == ["connected", "connected", "registration_lapsed", "token_revoked", "token_revoked"]
    assert journal.visit(browser, REGISTER, josiah).status_code == 302  # and can be begun anew


def test_a_wrong_contributor_s_permission_stays_until_they_end_it(journal: Live, josiah: Researcher) -> None:
    submit(journal.app)
    journal.visit(journal.browser("ada"), f"{FORM}2", josiah)
    with journal.app.test_request_context():
        submission.unlink("ms-1", "2")
        journal.work()
        assert len(alive(journal)) == 1
        privacy.erase(orcid=josiah.orcid)
    assert alive(journal) == []


class TestAnotherClient:
    """The journal gets other credentials, in the configuration of the host or as a site of the database."""

    @pytest.fixture
    def changed(self, journal: Live, josiah: Researcher, host: Host, database_url: str) -> Iterator[Live]:
        """The same host, configured anew after Josiah connected and signed in."""
        journal.visit(journal.browser("ada"), PROFILE, josiah)
        journal.visit(journal.browser(), SIGN_IN, josiah)
        assert [one.client for one in alive(journal)] == [MEMBER, MEMBER]
        secret = journal.registry.clients[PREMIUM].secret
        changes = {"client_id": PREMIUM, "client_secret": secret}
        with mounted(journal.server, database_url, host, **{**settings_in(journal), **changes}) as live:
            with live.app.app_context():
                assert sites.change("default", {}, people=1).people == 1
            yield live

    def test_of_the_host_s_own_and_the_person_disconnects(self, changed: Live) -> None:
        with changed.app.test_request_context():
            registration.disconnect("ada")
        assert alive(changed) == []

    def test_of_the_host_s_own_and_the_person_connects_again(self, changed: Live, josiah: Researcher) -> None:
        changed.visit(changed.browser("ada"), PROFILE, josiah)
        assert [(one.client, " ".join(sorted(one.scopes))) for one in alive(changed)] == [(PREMIUM, WIDE)]

    @pytest.mark.parametrize("removed", [False, True])
    def test_of_a_site_of_the_database(
        self, journal: Live, josiah: Researcher, orcid_client: Credentials, removed: bool
    ) -> None:
        own = settings_of(orcid_client)
        new = {"client_id": PREMIUM, "client_secret": journal.registry.clients[PREMIUM].secret}
        with journal.app.test_request_context():
            sites.add("second", own)
            with at_site("second"):
                journal.visit(journal.browser("ada"), PROFILE, josiah)
            change = sites.change("second", new, people=1)
            assert (change.people, change.revocations) == (1, 0)
            with at_site("second"):
                registration.disconnect("ada")
            assert sites.preview("second", {}).revocations == 1
            assert sites.preview("second", own).revocations == 0
            if removed:
                sites.remove("second")
        assert alive(journal) == []


def test_of_a_client_whose_secret_the_host_has_renewed(
    journal: Live, josiah: Researcher, orcid_client: Credentials, host: Host, database_url: str
) -> None:
    """A journal that used the host's client, and has its own one since."""
    new = {"client_id": PREMIUM, "client_secret": journal.registry.clients[PREMIUM].secret}
    with journal.app.test_request_context():
        sites.add("second", {"host_credentials": "yes"})
        with at_site("second"):
            journal.visit(journal.browser("ada"), PROFILE, josiah)
        sites.change("second", {"host_credentials": None, **settings_of(orcid_client), **new}, people=1)
        with at_site("second"):
            registration.disconnect("ada")
    journal.registry.add_client(replace(journal.registry.clients[MEMBER], secret="renewed"))
    with mounted(journal.server, database_url, host, **{**settings_in(journal), "client_secret": "renewed"}) as live:
        assert alive(live) == []


def settings_in(journal: Live) -> dict[str, str]:
    """Those of the app, without the database, as `mounted` takes them."""
    return {
        name.removeprefix("ORCID_PLUGIN_").lower(): value
        for name, value in journal.app.config.items()
        if name.startswith("ORCID_PLUGIN_") and name != "ORCID_PLUGIN_DATABASE_URL"
    }
