"""What is owed to records, on both databases; nothing is sent here."""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy.exc import IntegrityError

from orcid_plugin.errors import IdentityConflict
from orcid_plugin.identity import authorship
from orcid_plugin.metadata.contributor import Contributor, ContributorRole
from orcid_plugin.metadata.identifiers import SANDBOX_HOST, OrcidId
from orcid_plugin.metadata.publication import Publication, Title
from orcid_plugin.outbox import plan
from orcid_plugin.outbox.message import compose
from orcid_plugin.store import publications
from orcid_plugin.store.tables import Connection, Delivery, DeliveryAction, DeliveryState, Item, PublicationState

from .conftest import CLIENT, JOSIAH, KEY, SOFIA, Journal, article


def put_on_record(journal: Journal, orcid: str = JOSIAH, **changes: object) -> None:
    """As if a worker had sent what is owed now."""
    with journal.store.begin() as session:
        stored = publications.find(session, "journal", KEY)
        assert stored
        message = compose(session, journal.site, journal.settings, stored)
        for delivery in session.query(Delivery).filter_by(orcid=orcid, state="pending"):
            delivery.state = DeliveryState.SENT
            values = {
                "site": "journal",
                "environment": "emulator",
                "client_id": CLIENT,
                "orcid": orcid,
                "connection_id": delivery.connection_id,
                "publication_id": stored.id,
                "section": "work",
                "put_code": 7,
                "content_hash": message.content_hash,
            }
            session.add(Item(**(values | changes)))


def owed(journal: Journal) -> list[tuple[str, str, str]]:
    return [(one.orcid, one.action, one.state) for one in journal.deliveries()]


def test_everybody_who_is_connected_is_owed_the_work(journal: Journal) -> None:
    journal.connect()
    journal.connect(SOFIA, "a2")
    assert journal.publish() == 2
    assert owed(journal) == [(JOSIAH, "put", "pending"), (SOFIA, "put", "pending")]


def test_nobody_is_owed_a_draft(journal: Journal) -> None:
    journal.connect()
    assert journal.publish(state=PublicationState.DRAFT) == 0


def test_a_public_client_owes_nothing(journal: Journal) -> None:
    journal.settings = dataclasses.replace(journal.settings, api="public")
    journal.connect()
    assert journal.publish() == 0


def test_edits_join_the_delivery_that_is_open(journal: Journal) -> None:
    journal.connect()
    journal.publish()
    assert journal.publish(article(title=Title("Edited"))) == 1
    [delivery] = journal.deliveries()
    assert delivery.revision == 1


def test_the_database_keeps_a_second_open_delivery_away(journal: Journal) -> None:
    journal.connect()
    journal.publish()
    [first] = journal.deliveries()
    copy = {name: getattr(first, name) for name in ("site", "environment", "orcid", "connection_id", "publication_id")}
    with pytest.raises(IntegrityError), journal.store.begin() as session:
        session.add(Delivery(**copy, section="work", action="put"))


def test_what_is_on_the_record_unchanged_is_not_owed(journal: Journal) -> None:
    journal.connect()
    journal.publish()
    put_on_record(journal)
    assert journal.publish() == 0
    assert journal.publish(article(title=Title("Edited"))) == 1


def test_an_author_who_connects_later_changes_the_message_of_the_others(journal: Journal) -> None:
    journal.connect()
    journal.publish()
    put_on_record(journal)
    journal.connect(SOFIA, "a2")
    assert owed(journal)[1:] == [(JOSIAH, "put", "pending"), (SOFIA, "put", "pending")]


def test_somebody_who_is_taken_off_the_publication_loses_the_item(journal: Journal) -> None:
    journal.connect()
    journal.publish()
    put_on_record(journal)
    assert journal.publish(article(contributors=article().contributors[1:])) == 1
    assert owed(journal)[-1] == (JOSIAH, "delete", "pending")


def test_a_contributor_who_turns_out_to_be_somebody_else_moves_the_item(journal: Journal) -> None:
    journal.connect()
    journal.publish()
    put_on_record(journal)
    with journal.store.begin() as session:
        authorship.unlink(session, journal.site, KEY, "a1")
    journal.connect(SOFIA, "a1")
    assert sorted(owed(journal)[1:]) == [(SOFIA, "put", "pending"), (JOSIAH, "delete", "pending")]


def test_withdrawing_deletes_what_is_there_and_cancels_what_is_not(journal: Journal) -> None:
    journal.connect()
    journal.connect(SOFIA, "a2")
    journal.publish()
    put_on_record(journal)
    assert journal.become(PublicationState.WITHDRAWN) == 1
    assert sorted(owed(journal)) == [
        (SOFIA, "put", "cancelled"),
        (JOSIAH, "delete", "pending"),
        (JOSIAH, "put", "sent"),
    ]


def test_withdrawing_while_it_is_being_sent_deletes_what_may_arrive(journal: Journal) -> None:
    journal.connect()
    journal.publish()
    with journal.store.begin() as session:
        session.query(Delivery).update({"state": "sending", "attempts": 1})
    assert journal.become(PublicationState.WITHDRAWN) == 1
    [delivery] = journal.deliveries()
    assert (delivery.state, delivery.action, delivery.revision) == (DeliveryState.SENDING, DeliveryAction.DELETE, 1)


def test_what_the_person_deleted_is_not_owed_again(journal: Journal) -> None:
    journal.connect()
    journal.publish()
    put_on_record(journal, removed_at=journal.clock())
    assert journal.publish(article(title=Title("Edited"))) == 0
    assert journal.become(PublicationState.WITHDRAWN) == 0


def test_a_permission_without_the_right_to_write_waits(journal: Journal) -> None:
    journal.connect(scopes=("/authenticate",))
    journal.publish()
    [delivery] = journal.deliveries()
    assert (delivery.state, delivery.code) == (DeliveryState.NEEDS_PERMISSION, "scope_missing")
    journal.connect()
    assert owed(journal) == [(JOSIAH, "put", "pending")]


def test_sending_to_one_record_again_leaves_the_others_as_they_are(journal: Journal) -> None:
    journal.connect()
    journal.connect(SOFIA, "a2")
    journal.publish()
    with journal.store.begin() as session:
        session.query(Delivery).update({"state": "parked"})
    assert journal.send_again() == 1
    assert sorted(owed(journal)) == [(SOFIA, "put", "parked"), (JOSIAH, "put", "pending")]
    assert journal.send_again("0000-0000-3141-5920") == 0


def test_the_editor_of_an_article_is_owed_nothing(journal: Journal) -> None:
    author, editor = article().contributors[:2]
    handled = article(contributors=(author, dataclasses.replace(editor, role=ContributorRole.EDITOR)))
    journal.connect()
    journal.connect(SOFIA, "a2")
    journal.publish(handled)
    assert owed(journal) == [(JOSIAH, "put", "pending")]


@pytest.mark.parametrize("state", ["revoked", "disconnected"])
def test_an_ended_connection_is_owed_nothing_new(journal: Journal, state: str) -> None:
    journal.connect(state=state)
    assert journal.publish() == 0


def test_a_message_that_breaks_the_rules_fails_visibly_and_once(journal: Journal) -> None:
    journal.connect()
    untitled = article(title=Title(" "))
    assert journal.publish(untitled) == 1
    [delivery] = journal.deliveries()
    assert (delivery.state, delivery.code) == (DeliveryState.FAILED, "publication_refused")
    assert "no title" in (delivery.message or "")
    assert journal.publish(untitled) == 0
    assert journal.publish() == 1


def test_a_mistake_of_ours_fails_visibly_too(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("orcid_plugin.registry.messages.from_publication.work", broken)
    journal.connect()
    journal.publish()
    assert (journal.delivery().state, journal.delivery().code) == (DeliveryState.FAILED, "internal_error")


def marked(**changes: object) -> Publication:
    """An article whose metadata marks Josiah's iD."""
    fields = {"given_names": "Josiah", "family_name": "Carberry", "orcid": OrcidId(JOSIAH), "authenticated": True}
    return article(contributors=(Contributor(**(fields | changes)),))  # type: ignore[arg-type]


def test_an_id_that_metadata_marks_authenticated_links_a_live_connection(journal: Journal) -> None:
    journal.publish(marked())
    journal.connect(contributor=None)
    assert owed(journal) == [(JOSIAH, "put", "pending")]


@pytest.mark.parametrize(
    "publication",
    [
        marked(authenticated=False),
        marked(orcid=OrcidId(JOSIAH, SANDBOX_HOST)),
        dataclasses.replace(
            marked(),
            contributors=marked().contributors + marked(given_names="Somebody", family_name="Else").contributors,
        ),
    ],
    ids=["only claimed", "of another Registry", "of two people"],
)
def test_other_ids_in_metadata_link_nobody(journal: Journal, publication: Publication) -> None:
    journal.connect(contributor=None)
    assert journal.publish(publication) == 0


def test_only_proven_ids_stand_in_the_message(journal: Journal) -> None:
    claimed = Contributor(family_name="Liar", orcid=OrcidId(SOFIA), authenticated=True)
    journal.connect()
    journal.publish(article(contributors=(article().contributors[0], claimed)))
    for trust, expected in ((False, [JOSIAH, None]), (True, [JOSIAH, SOFIA])):
        settings = dataclasses.replace(journal.settings, trust_metadata=trust)
        with journal.store.begin() as session:
            stored = publications.find(session, "journal", KEY)
            assert stored
            work = compose(session, journal.site, settings, stored).item
        assert work
        assert [one.orcid.path if one.orcid else None for one in work.contributors] == expected


def test_one_id_is_of_one_contributor_only(journal: Journal) -> None:
    journal.publish(state=PublicationState.DRAFT)
    journal.connect()
    with journal.store.begin() as session, pytest.raises(IdentityConflict, match=r"Josiah Carberry.*Sofia Garcia"):
        authorship.link(session, journal.site, KEY, "a2", session.query(Connection).one())


def test_a_denial_is_remembered_until_the_person_connects(journal: Journal) -> None:
    with journal.store.begin() as session:
        authorship.decline(session, journal.site, KEY, "a1")
    journal.connect()
    with journal.store.begin() as session:
        authorship.decline(session, journal.site, KEY, "a1")
        [row] = session.query(authorship.Authorship)
    assert row.denied_at is None


def test_what_was_stored_without_credentials_is_planned_later(journal: Journal) -> None:
    journal.connect()
    with journal.store.begin() as session:
        publications.save(session, "journal", KEY, article(), PublicationState.PUBLISHED)
    with journal.store.begin() as session:
        assert plan.plan_forgotten(session, journal.site, journal.settings)
        assert not plan.plan_forgotten(session, journal.site, journal.settings)
    assert owed(journal) == [(JOSIAH, "put", "pending")]
