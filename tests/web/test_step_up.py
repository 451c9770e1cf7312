"""Least permission first, more when it is needed: from a public client to a member, and from signing in to writing."""

from __future__ import annotations

from sqlalchemy import select

from orcid_plugin.emulator import Researcher
from orcid_plugin.hooks import publication, submission
from orcid_plugin.store.tables import Delivery
from tests.mounted import article, make_app, query_of, runtime_of
from tests.web.live import PUBLIC, Live, journal

__all__ = ["journal"]

CONNECT = "/orcid/connect/profile"


def deliveries(live: Live) -> list[tuple[str, str | None]]:
    with runtime_of(live.app).store.begin() as session:
        return [(one.state, one.code) for one in session.scalars(select(Delivery).order_by(Delivery.id))]


def publish(live: Live) -> None:
    with live.app.test_request_context():
        submission.submitted(article(), key="ms-1")
        submission.link_account("ms-1", "1", "ada")
        publication.published(article(), key="ms-1")
    live.work()


def test_a_journal_becomes_a_member(journal: Live, orcid_researcher: Researcher) -> None:
    member = dict(journal.app.config)
    secret = journal.registry.clients[PUBLIC].secret
    public = make_app(
        member["ORCID_PLUGIN_DATABASE_URL"],
        token_keys=member["ORCID_PLUGIN_TOKEN_KEYS"],
        **{name: member[f"ORCID_PLUGIN_{name.upper()}"] for name in ("environment", "web_url", "api_url", "id_host")},
        public_api_url=member["ORCID_PLUGIN_PUBLIC_API_URL"],
        client_id=PUBLIC,
        client_secret=secret,
        api="public",
    )
    before = Live(public, journal.server)
    ada = before.browser("ada")
    assert query_of(ada.get(CONNECT))["scope"] == "openid"
    before.visit(ada, CONNECT, orcid_researcher)
    publish(before)
    assert deliveries(before) == []
    runtime_of(public).close()

    publish(journal)
    assert deliveries(journal) == [("needs_permission", "scope_missing")]
    journal.visit(journal.browser("ada"), CONNECT, orcid_researcher)
    journal.work()
    assert deliveries(journal) == [("sent", None)]
    assert len(journal.registry.works_of(orcid_researcher.orcid)) == 1
