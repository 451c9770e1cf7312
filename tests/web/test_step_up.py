"""Least permission first, more when it is needed: from a public client to a member, and from signing in to writing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from orcid_plugin.emulator import Researcher
from orcid_plugin.hooks import publication, review, submission
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.dates import PartialDate
from orcid_plugin.metadata.publication import Container
from orcid_plugin.metadata.review import Review
from orcid_plugin.store.tables import Delivery
from tests.mounted import article, deny, make_app, query_of, runtime_of
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


def hand_in(live: Live) -> None:
    with live.app.test_request_context():
        review.completed(
            Review(
                reviewer=Contributor(family_name="Ada"),
                completed=PartialDate(2026),
                container=Container(issn_print="2049-3630"),
            ),
            key="review-1",
            account="ada",
        )
    live.work()


@pytest.mark.parametrize(("do", "section"), [(publish, "work"), (hand_in, "peer-review")])
def test_a_journal_becomes_a_member(
    journal: Live, orcid_researcher: Researcher, do: Callable[[Live], None], section: str
) -> None:
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
        review_delay_days=0,
    )
    before = Live(public, journal.server)
    ada = before.browser("ada")
    assert query_of(ada.get(CONNECT))["scope"] == "openid"
    before.visit(ada, CONNECT, orcid_researcher)
    do(before)
    assert deliveries(before) == []
    runtime_of(public).close()

    do(journal)
    assert deliveries(journal) == [("needs_permission", "scope_missing")]
    ada = journal.browser("ada")
    page = deny(ada, query_of(ada.get(CONNECT))["state"])
    assert "Your ORCID iD stays connected as it was" in page.text
    assert "No ORCID iD connected" not in page.text
    journal.visit(journal.browser("ada"), CONNECT, orcid_researcher)
    journal.work()
    assert deliveries(journal) == [("sent", None)]
    assert len(journal.registry.items_of(orcid_researcher.orcid, section)) == 1
