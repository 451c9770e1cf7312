"""Another iD than the one that is known: of a merged record it follows, else it never takes the other's place."""

from __future__ import annotations

from dataclasses import replace

import pytest
import responses
from flask import Flask
from sqlalchemy import select

from orcid_plugin.emulator import Researcher
from orcid_plugin.errors import IdentityConflict
from orcid_plugin.hooks import publication, submission
from orcid_plugin.store.tables import AuditEvent, Authorship, Connection
from orcid_plugin.testing.hosts import MakeResearcher, grant
from tests.mounted import JOSIAH, SOFIA, article, come_back, grants, query_of, runtime_of, sign_in, state_of, submit
from tests.web.live import Live, journal
from tests.web.test_authors import answer, invite

__all__ = ["journal"]

CONNECT = "/orcid/connect/profile"
FORM = "/orcid/connect/submission?publication=ms-1&contributor="


def merge(live: Live, old: Researcher, kept: Researcher) -> None:
    live.registry.add_researcher(replace(old, state="deprecated", primary=kept.orcid))


def links(app: Flask) -> dict[str, str | None]:
    """Contributor -> iD."""
    with runtime_of(app).store.begin() as session:
        rows = session.execute(select(Authorship.contributor_key, Connection.orcid).outerjoin(Connection))
        return {row.contributor_key: row.orcid for row in rows}


class TestMergedRecords:
    @pytest.mark.parametrize("known", [False, True], ids=["new here", "known as a co-author"])
    def test_an_account_follows_to_the_id_that_was_kept(
        self, journal: Live, orcid_researcher: Researcher, orcid_researcher_factory: MakeResearcher, known: bool
    ) -> None:
        kept = orcid_researcher_factory()
        submit(journal.app, "ms-1")
        ada = journal.browser("ada")
        assert journal.visit(ada, CONNECT, orcid_researcher).status_code == 302
        with journal.app.test_request_context():
            submission.link_account("ms-1", "1", "ada")
            publication.published(article(), key="ms-1")
        journal.work()
        if known:
            submit(journal.app, "ms-2")
            journal.visit(ada, FORM.replace("ms-1", "ms-2") + "2", kept)
        merge(journal, orcid_researcher, kept)
        assert journal.visit(ada, CONNECT, kept).status_code == 302
        journal.work()
        connected = journal.connection("ada")
        assert connected is not None
        assert connected.orcid.path == kept.orcid
        assert len(journal.registry.works_of(kept.orcid)) == 1
        with runtime_of(journal.app).store.begin() as session:
            [moved] = session.scalars(select(AuditEvent).where(AuditEvent.action == "record_moved"))
            assert moved.details == {"old": orcid_researcher.orcid, "new": kept.orcid}

    def test_a_contributor_follows(
        self, journal: Live, orcid_researcher: Researcher, orcid_researcher_factory: MakeResearcher
    ) -> None:
        kept = orcid_researcher_factory()
        submit(journal.app)
        ada = journal.browser("ada")
        journal.visit(ada, f"{FORM}2", orcid_researcher)
        merge(journal, orcid_researcher, kept)
        assert journal.visit(ada, f"{FORM}2", kept).status_code == 302
        assert links(journal.app) == {"2": kept.orcid}

    def test_what_orcid_does_not_say_moves_nothing(
        self, journal: Live, orcid_researcher: Researcher, orcid_researcher_factory: MakeResearcher
    ) -> None:
        kept, other = orcid_researcher_factory(), orcid_researcher_factory("Grace", "Hopper")
        ada = journal.browser("ada")
        journal.visit(ada, CONNECT, orcid_researcher)
        assert journal.visit(ada, CONNECT, kept).status_code == 409
        merge(journal, orcid_researcher, other)
        assert journal.visit(ada, CONNECT, kept).status_code == 409
        connected = journal.connection("ada")
        assert connected is not None
        assert connected.orcid.path == orcid_researcher.orcid


@pytest.mark.parametrize("state", ["locked", "deactivated", "deprecated"])
def test_a_record_that_cannot_be_used_gets_a_page(
    journal: Live, orcid_researcher: Researcher, orcid_researcher_factory: MakeResearcher, state: str
) -> None:
    ada = journal.browser("ada")
    back = grant(journal.server, orcid_researcher, ada.get(CONNECT).location)
    primary = orcid_researcher_factory().orcid if state == "deprecated" else None
    journal.registry.add_researcher(replace(orcid_researcher, state=state, primary=primary))
    page = ada.get(back)
    assert page.status_code == 502
    assert "ORCID does not let this record be used" in page.text
    assert "You can go on without an iD" in page.text
    assert journal.connection("ada") is None


class TestOneIdForEachContributor:
    """Who is connected stays connected, whichever way another one comes."""

    @pytest.fixture
    def filled(self, app: Flask, orcid: responses.RequestsMock) -> Flask:
        """Sofia is contributor 2, and Ada's account has Josiah's iD."""
        submit(app)
        client = app.test_client()
        sign_in(client, "ada")
        grants(orcid, SOFIA)
        come_back(client, state_of(client, f"{FORM}2"))
        grants(orcid, JOSIAH)
        come_back(client, state_of(client, CONNECT))
        orcid.get(f"https://pub.sandbox.orcid.org/v3.0/{SOFIA}/personal-details", json={})
        return app

    def test_on_the_form(self, filled: Flask) -> None:
        client = filled.test_client()
        sign_in(client, "ada")
        page = come_back(client, state_of(client, f"{FORM}2"))
        assert page.status_code == 409
        assert "Sofia Example" in page.text
        assert links(filled) == {"2": SOFIA}

    def test_by_an_invitation(self, filled: Flask, orcid: responses.RequestsMock) -> None:
        link = invite(filled, "1")
        invited = filled.test_client()
        grants(orcid, SOFIA)
        page = come_back(invited, query_of(answer(invited, link, "connect"))["state"])
        assert page.status_code == 409
        assert "already that of Sofia Example here, so it cannot be that of Josiah Example" in page.text
        assert links(filled) == {"2": SOFIA}

    def test_by_an_account(self, filled: Flask) -> None:
        with filled.test_request_context():
            with pytest.raises(IdentityConflict, match=f"Sofia Example is connected here with the iD {SOFIA}"):
                submission.link_account("ms-1", "2", "ada")
            submission.link_account("ms-1", "1", "ada")
            with pytest.raises(IdentityConflict, match=r"already that of Josiah Example here.*Sofia Example"):
                submission.link_account("ms-1", "2", "ada")
        assert links(filled) == {"1": JOSIAH, "2": SOFIA}

    def test_a_wrong_one_is_taken_back(self, filled: Flask) -> None:
        with filled.test_request_context():
            publication.published(article(), key="ms-1")
            assert submission.unlink("ms-1", "2")
            assert not submission.unlink("ms-1", "2")
            assert [one.delivery for one in publication.status("ms-1")] == [None, None, None]
            submission.link_account("ms-1", "2", "ada")
            assert publication.status("ms-1")[1].orcid is not None
        assert links(filled) == {"2": JOSIAH}
