"""Tests of adding, changing, checking and removing sites, and of what other credentials mean for people and writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from orcid_plugin.emulator import Registry, Server, serve
from orcid_plugin.errors import InputError, PeopleConcerned, SettingsError, SiteRefused, UnknownSite
from orcid_plugin.hooks import invitations, publication, registration, sites, submission
from orcid_plugin.identity import authorship, connections
from orcid_plugin.registry.oauth_answers import TokenAnswer
from orcid_plugin.runtime import at_site, current
from orcid_plugin.store.tables import (
    AuditEvent,
    Call,
    Connection,
    ConnectionState,
    Delivery,
    DeliveryState,
    Item,
    SiteRow,
)
from tests.mounted import JOSIAH, SOFIA, FakeHost, article, dump, runtime_of

OLD = {"client_id": "APP-OLD", "client_secret": "old-secret", "site_name": "Second", "api": "member"}
NEW = {"client_id": "APP-NEW", "client_secret": "new-secret"}


@pytest.fixture
def site(app: Flask) -> Iterator[Flask]:
    """An app with a second site, within a request."""
    with app.test_request_context():
        sites.add("second", OLD)
        yield app


def give(orcid: str = JOSIAH, account: str | None = "ada", contributor: str | None = None) -> None:
    """A person permits the second site with its credentials as they are."""
    answer = TokenAnswer(
        orcid=orcid,
        name=None,
        access_token="t0ken",
        refresh_token=None,
        scopes=frozenset({"/activities/update", "/read-limited"}),
        expires_in=None,
        raw={"access_token": "t0ken"},
    )
    with at_site("second"):
        runtime = current()
        with runtime.store.begin() as session:
            connection = connections.store_answer(session, runtime.site, runtime.keyring, answer, account)
            if contributor is not None:
                authorship.link(session, runtime.site, "ms-1", contributor, connection)


def rows(app: Flask, table: Any) -> list[Any]:
    with runtime_of(app).store.begin() as session:
        return list(session.scalars(select(table).order_by(table.id)))


def states(app: Flask) -> list[tuple[str, str]]:
    return [(one.client_id, one.state) for one in rows(app, Connection)]


def test_sites_are_listed_with_the_hosts_own_first_and_without_secrets(site: Flask) -> None:
    sites.add("third", {})
    give()
    first, second, third = sites.listed()
    assert (first.key, first.of_host, first.state) == ("default", True, "ready")
    assert (second.name, second.client_id, second.connections) == ("Second", "APP-OLD", {"active": 1})
    assert (third.state, third.fault) == (
        "incomplete",
        "it has no credentials: give client_id and client_secret, or host_credentials=true for the host's",
    )
    assert "old-secret" not in f"{first}{second}{third}{dump(site)}"
    assert second.has_secret
    assert sites.shown("second") == second


def test_a_change_keeps_what_it_does_not_name_and_none_takes_back(site: Flask) -> None:
    sites.change("second", {"retracted": "delete", "invitation_days": 7, "trust_metadata": True})
    sites.change("second", {"site_name": None})
    with at_site("second"):
        settings = current().settings
    assert (settings.retracted, settings.invitation_days, settings.trust_metadata) == ("delete", 7, True)
    assert (settings.site_name, settings.client_secret) == ("Journal of Tests", "old-secret")


def test_a_site_goes_back_to_the_credentials_of_the_host(site: Flask) -> None:
    assert sites.shown("second").has_secret
    sites.change("second", {"client_id": None, "api": None, "host_credentials": "true"})
    found = sites.shown("second")
    assert (found.state, found.client_id, found.has_secret) == ("ready", "APP-1234567890ABCDEF", False)


@pytest.mark.parametrize(
    ("key", "own", "says"),
    [
        ("second", {}, "already"),
        ("default", {}, "taken|host's own"),
        ("fourth", {"client_id": "APP-4"}, "cannot be given without client_secret"),
        ("fourth", {"colour": "red"}, "colour is unknown"),
        ("fourth", {"site_name": ["x"]}, "neither text"),
        ("../x", {}, "no plain word"),
        ("a\x00", {}, "no plain word"),
    ],
)
def test_what_cannot_be_added_is_told(site: Flask, key: str, own: dict[str, object], says: str) -> None:
    with pytest.raises(SiteRefused, match=says):
        sites.add(key, {"site_name": "x"} if key == "default" else own)


def test_an_unknown_site_cannot_be_changed_checked_or_removed(site: Flask) -> None:
    for act in (lambda key: sites.change(key, {}), sites.remove, sites.shown, lambda key: list(sites.check(key))):
        for key in ("nowhere", "a\x00"):
            with pytest.raises(UnknownSite):
                act(key)


def test_a_removed_site_keeps_its_rows_and_can_be_put_back(site: Flask) -> None:
    give()
    assert sites.remove("second").state == "removed"
    with at_site("second"), pytest.raises(UnknownSite):
        registration.connection("ada")
    with pytest.raises(UnknownSite):
        sites.change("second", {})
    sites.add("second", {})
    with at_site("second"):
        found = registration.connection("ada")
    assert found is not None
    assert found.state == "active"
    with pytest.raises(SiteRefused, match="host's own"):
        sites.remove("default")
    assert [event.action for event in rows(site, AuditEvent)] == ["site_added", "site_removed", "site_added"]


def test_other_credentials_need_to_know_how_many_people_they_concern(site: Flask) -> None:
    give(JOSIAH, "ada")
    give(SOFIA, None)
    found = sites.preview("second", NEW)
    assert (found.people, found.accounts) == (2, 1)
    with pytest.raises(PeopleConcerned, match="2 people"):
        sites.change("second", NEW, people=1)
    assert states(site) == [("APP-OLD", "active")] * 2
    assert sites.change("second", NEW, people=2) == found
    assert states(site) == [("APP-OLD", "stale")] * 2


def test_another_secret_or_name_concerns_nobody(site: Flask) -> None:
    give()
    sites.change("second", {"client_secret": "rotated", "site_name": "Renamed"})
    assert states(site) == [("APP-OLD", "active")]


def test_permissions_hold_again_when_the_site_changes_back(site: Flask) -> None:
    give()
    sites.change("second", NEW, people=1)
    sites.change("second", OLD)
    assert states(site) == [("APP-OLD", "active")]


def test_a_stale_person_is_shown_so_and_connects_again_normally(site: Flask) -> None:
    give()
    sites.change("second", NEW, people=1)
    with at_site("second"):
        found = registration.connection("ada")
    assert found is not None
    assert found.state is ConnectionState.STALE
    give()
    assert states(site) == [("APP-NEW", "active")]


def test_another_registry_ends_the_permissions_of_the_first(site: Flask) -> None:
    give()
    sites.change("second", {**OLD, "environment": "production"}, people=1)
    assert states(site) == [("APP-OLD", "stale")]
    with at_site("second"):
        assert registration.connection("ada") is None  # sandbox iDs are nobody's in production


def test_what_was_owed_waits_until_the_person_connects_again(site: Flask) -> None:
    with at_site("second"):
        submission.submitted(article(), key="ms-1")
    give(contributor="1")
    with at_site("second"):
        publication.published(article(), key="ms-1")
    assert sites.preview("second", NEW).deliveries == 1
    sites.change("second", NEW, people=1)
    with at_site("second"):
        status = publication.status("ms-1")[0]
    assert (status.connection, status.delivery, status.code) == ("stale", "needs_permission", "credentials_changed")
    sites.change("second", OLD)
    with runtime_of(site).store.begin() as session:
        assert session.scalars(select(Delivery.state)).all() == [DeliveryState.NEEDS_PERMISSION]
    runtime_of(site).worker().run_once(stop=_ImmediatelyAfterPlanning())
    assert [one.state for one in rows(site, Delivery)] == [DeliveryState.PENDING]


class _ImmediatelyAfterPlanning:
    """Stands for the event that stops a worker: set once there is nothing left to plan."""

    def __init__(self) -> None:
        self.asked = 0

    def is_set(self) -> bool:
        self.asked += 1
        return self.asked > 2


def test_public_credentials_let_writes_wait_and_keep_permissions_of_the_same_client(site: Flask) -> None:
    with at_site("second"):
        submission.submitted(article(), key="ms-1")
    give(contributor="1")
    with at_site("second"):
        publication.published(article(), key="ms-1")
    sites.change("second", {"api": "public"})
    assert states(site) == [("APP-OLD", "active")]
    assert [(one.state, one.code) for one in rows(site, Delivery)] == [("needs_permission", "public_api")]


def test_works_of_former_credentials_are_shown_as_out_of_reach(site: Flask) -> None:
    with at_site("second"):
        submission.submitted(article(), key="ms-1")
    give(contributor="1")
    with at_site("second"):
        publication.published(article(), key="ms-1")
    with runtime_of(site).store.begin() as session:
        delivery = session.scalars(select(Delivery)).one()
        delivery.state = DeliveryState.SENT
        session.add(
            Item(
                site="second",
                environment="sandbox",
                client_id="APP-OLD",
                orcid=JOSIAH,
                connection_id=delivery.connection_id,
                publication_id=delivery.publication_id,
                section="work",
                put_code=7,
                content_hash="x",
            )
        )
    with at_site("second"):
        assert (publication.status("ms-1")[0].put_code, publication.status("ms-1")[0].out_of_reach) == (7, None)
    assert sites.preview("second", NEW).works == 1
    sites.change("second", NEW, people=1)
    with at_site("second"):
        assert (publication.status("ms-1")[0].put_code, publication.status("ms-1")[0].out_of_reach) == (None, 7)


def test_a_site_without_credentials_stops_no_page_and_no_submission(site: Flask) -> None:
    sites.add("bare", {})
    with at_site("bare"):
        submission.submitted(article(), key="ms-1")
        submission.replaced("ms-1", "ms-1")
        publication.published(article(), key="ms-1")
        assert registration.pending() is registration.connection("ada") is registration.denied("ada") is None
        assert registration.completed("ada") is registration.conflict_url() is submission.declined("ms-1", "1") is None
        assert registration.disconnect("ada") is submission.link_account("ms-1", "1", "ada") is False
        assert registration.conflicts() == invitations.of_publication("ms-1") == []
        with pytest.raises(SettingsError):
            invitations.invite("ms-1", "1", email="josiah@example.org")


def test_who_is_connected_can_disconnect_while_credentials_are_missing(site: Flask) -> None:
    give()
    sites.change("second", {"client_id": None, "api": None})
    with at_site("second"):
        assert registration.connection("ada") is not None
        assert registration.disconnect("ada", remove_works=True)
        assert registration.connection("ada") is None


def test_in_another_environment_a_contributor_has_another_id(site: Flask) -> None:
    with at_site("second"):
        submission.submitted(article(), key="ms-1")
    give(JOSIAH, None, contributor="1")
    sites.change("second", {**NEW, "environment": "production"}, people=1)
    with at_site("second"):
        runtime = current()
        with runtime.store.begin() as session:
            authorship.decline(session, runtime.site, "ms-1", "1")
        assert submission.declined("ms-1", "1") is not None
    give(SOFIA, None, contributor="1")
    with at_site("second"):
        first, *_ = publication.status("ms-1")
        assert first.orcid is not None
        assert (first.orcid.path, first.connection, first.declined) == (SOFIA, "active", False)


def test_who_came_by_an_invitation_is_invited_again(site: Flask, host: FakeHost) -> None:
    with at_site("second"):
        submission.submitted(article(), key="ms-1")
        submission.invite("ms-1", "1", email="josiah@example.org", invited_by="Ed", language="de", draft=True)
    give(JOSIAH, None, contributor="1")
    give(SOFIA, "ada")
    give("0000-0003-1415-9269", None)
    with pytest.raises(InputError, match="set public_url"):
        sites.ask_again("second")
    sites.change("second", {**NEW, "public_url": "https://second.example"}, people=3)
    asked = sites.ask_again("second")
    runtime_of(site).worker(site).run_once()
    assert (asked.invited, asked.accounts, asked.unreachable) == ((JOSIAH,), ("ada",), ("0000-0003-1415-9269",))
    assert [mail.to for mail in host.mails] == ["josiah@example.org"]
    assert "https://second.example/orcid/invitation/" in host.mails[0].text
    assert "Second bittet Sie, Ihre ORCID iD noch einmal zu verbinden" in host.mails[0].text
    again = sites.ask_again("second")
    assert (again.invited, again.unreachable) == ((), ("0000-0003-1415-9269",))


def test_asking_again_is_not_limited_to_so_many_a_day(site: Flask, host: FakeHost) -> None:
    people = ("0000-0003-1415-9269", JOSIAH, SOFIA)
    sites.change("second", {"public_url": "https://second.example", "invitations_per_day": "1"})
    with at_site("second"):
        submission.submitted(article("Ada", "Josiah", "Sofia"), key="ms-1")
        for contributor, orcid in enumerate(people, start=1):
            submission.invite("ms-1", str(contributor), email=f"{contributor}@example.org", draft=True)
            give(orcid, None, contributor=str(contributor))
    sites.change("second", NEW, people=3)
    assert sorted(sites.ask_again("second").invited) == sorted(people)


@pytest.fixture
def emulator() -> Iterator[Server]:
    with serve(Registry.seeded()) as server:
        yield server


def of_client(server: Server, kind: str) -> dict[str, object]:
    client = next(one for one in server.registry.clients.values() if one.kind == kind)
    return {
        "environment": "emulator",
        "web_url": server.web,
        "api_url": server.api,
        "public_api_url": server.public_api,
        "client_id": client.id,
        "client_secret": client.secret,
        "public_url": "https://second.example",
    }


@pytest.mark.parametrize(
    ("kind", "api", "found"),
    [
        ("member", "member", "ok: member credentials: works can be written"),
        ("premium", "member", "ok: member credentials: works can be written"),
        ("public", "public", "ok: public credentials: iDs are authenticated"),
        ("public", "member", "fault: public credentials, while the site's api says member"),
        ("member", "public", "ok: member credentials used as public ones"),
    ],
)
def test_a_check_tells_which_kind_of_credentials_were_given(
    site: Flask, emulator: Server, kind: str, api: str, found: str
) -> None:
    sites.add("live", {**of_client(emulator, kind), "api": api})
    lines = {line.subject: line for line in sites.check("live")}
    assert f"{'fault' if lines['API'].remedy else 'ok'}: {lines['API'].found}".startswith(found)
    assert lines["issuer"].found.startswith(emulator.web)
    assert lines["redirect URI"].found == "https://second.example/orcid/callback must be registered at ORCID"
    assert lines["permissions"].remedy is None


def test_the_calls_of_a_check_are_in_the_log_of_its_site(site: Flask, emulator: Server) -> None:
    sites.add("live", of_client(emulator, "member"))
    list(sites.check("live"))
    runtime = runtime_of(site)
    runtime.calls.flush()
    with runtime.store.begin() as session:
        assert {one.site for one in session.scalars(select(Call))} == {"live"}


def test_a_check_tells_wrong_credentials_and_what_is_missing(site: Flask, emulator: Server) -> None:
    sites.add("live", {**of_client(emulator, "member"), "client_secret": "wr0ng"})
    lines = {line.subject: line for line in sites.check("live")}
    assert "does not accept the client's credentials" in lines["Registry"].found
    assert lines["Registry"].remedy is not None
    assert "wr0ng" not in str(lines)
    sites.add("bare", {})
    lines = list(sites.check("bare", url_prefix="/orcid/"))
    assert [line.subject for line in lines if line.remedy] == ["credentials", "redirect URI"]
    assert lines[1].remedy == "run `orcid-plugin site set bare client_id=APP-…`"
    assert "then /orcid/callback" in lines[-1].found


def test_a_check_counts_permissions_that_the_hosts_other_credentials_ended(site: Flask, emulator: Server) -> None:
    sites.add("live", of_client(emulator, "member"))
    give()
    with runtime_of(site).store.begin() as session:
        for connection in session.scalars(select(Connection)):
            connection.site = "live"
        assert session.get(SiteRow, "live") is not None
    last = list(sites.check("live"))[-1]
    assert (last.subject, last.found) == ("permissions", "1 people gave theirs to other credentials")
    assert "orcid-plugin site apply live" in (last.remedy or "")
    with pytest.raises(PeopleConcerned):
        sites.change("live", {})
    sites.change("live", {}, people=1)
    assert list(sites.check("live"))[-1].remedy is None


def test_the_hosts_own_site_takes_no_settings_here(site: Flask) -> None:
    sites.change("default", {})
    with pytest.raises(SiteRefused, match="configuration"):
        sites.change("default", {"site_name": "x"})
    assert issubclass(SiteRefused, InputError)


def test_a_worker_is_woken_once_a_change_is_committed(site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(runtime_of(site).due, "set", lambda: seen.append(sites.shown("second").own["site_name"]))
    sites.change("second", {"site_name": "New name"})
    assert seen == ["New name"]
