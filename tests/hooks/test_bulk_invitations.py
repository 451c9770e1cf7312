"""Invitations in bulk: who is asked, who is not and why, and that a dry run changes nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from orcid_plugin.errors import InputError
from orcid_plugin.hooks import bulk_invitations, invitations, publication, submission
from orcid_plugin.hooks.bulk_invitations import Outcome
from orcid_plugin.identity import opt_outs
from orcid_plugin.metadata.dates import Dates, PartialDate
from orcid_plugin.store.tables import Authorship, Connection, now
from tests.mounted import JOSIAH, FakeHost, article, deliver, dump, make_app, runtime_of

EMAILS = {("old", str(number)): f"person{number}@example.org" for number in range(1, 9)}


@dataclasses.dataclass
class KnowingHost(FakeHost):
    """A host that knows addresses."""

    addresses: dict[tuple[str, str], str] = dataclasses.field(default_factory=dict)

    def email_of(self, publication_key: str, contributor_key: str) -> str | None:
        return self.addresses.get((publication_key, contributor_key))


@pytest.fixture
def host() -> KnowingHost:
    return KnowingHost()


@pytest.fixture
def app(tmp_path: Any, host: KnowingHost) -> Iterator[Flask]:
    app = make_app(f"sqlite:///{tmp_path / 'lite.sqlite3'}", host, public_url="https://journal.example")
    runtime_of(app).store.upgrade()
    with app.app_context():
        yield app
    runtime_of(app).close()


def appear(key: str, *names: str, day: str | None = None, doi: str) -> None:
    dates = Dates(online=PartialDate.parse(day)) if day else Dates()
    publication.published(dataclasses.replace(article(*names, doi=doi), dates=dates), key=key)


def outcomes(*keys: str, **options: Any) -> list[tuple[str, str, str]]:
    found = bulk_invitations.invite_authors(keys, **options)
    return [(one.publication_key, one.name.split()[0], one.outcome) for one in found]


@pytest.fixture
def old_paper(app: Flask) -> None:
    """A paper on which everything is the case that can be."""
    appear("old", "Ann", "Bob", "Cem", "Dee", "Eva", "Fay", "Gus", doi="10.5555/old")
    runtime = runtime_of(app)
    with runtime.store.begin() as session:
        connection = Connection(
            site="default",
            environment="sandbox",
            client_id="APP",
            orcid=JOSIAH,
            scopes="/read-limited",
            sealed_token_answer="",
        )
        session.add(connection)
        session.flush()
        for key, fields in {"1": {"connection_id": connection.id}, "2": {"denied_at": now()}}.items():
            session.add(Authorship(site="default", publication_key="old", contributor_key=key, **fields))
        opt_outs.add(session, runtime.site, EMAILS["old", "3"])
    invitations.invite("old", "4", email=EMAILS["old", "4"])


OLD = [
    ("old", "Ann", Outcome.CONNECTED),
    ("old", "Bob", Outcome.DECLINED),
    ("old", "Cem", Outcome.OPTED_OUT),
    ("old", "Dee", Outcome.INVITED_BEFORE),
    ("old", "Eva", Outcome.INVITED),
    ("old", "Fay", Outcome.NO_ADDRESS),
    ("old", "Gus", Outcome.REFUSED),
]


@pytest.mark.usefixtures("old_paper")
def test_to_what_is_withdrawn_nobody_is_invited(app: Flask) -> None:
    publication.withdrawn("old")
    assert outcomes("old", emails=EMAILS) == [(key, name, Outcome.WITHDRAWN) for key, name, _ in OLD]


@pytest.mark.usefixtures("old_paper")
def test_each_author_has_an_outcome_and_a_dry_run_writes_nothing(app: Flask, host: KnowingHost) -> None:
    emails = {**EMAILS, ("old", "6"): "", ("old", "7"): "nonsense"}
    before = dump(app)
    assert outcomes("old", emails=emails, dry_run=True) == OLD
    assert dump(app) == before
    assert outcomes("old", emails=emails) == OLD
    deliver(app)
    assert [mail.to for mail in host.mails] == ["person4@example.org", "person5@example.org"]
    assert "Journal of Tests asks you" in host.mails[1].text
    assert "that appeared there and names you" in host.mails[1].text
    again = outcomes("old", emails=emails)
    assert again[4] == ("old", "Eva", Outcome.INVITED_BEFORE)
    found = list(bulk_invitations.invite_authors(["old"], emails=emails))
    assert bulk_invitations.count(found) == {
        Outcome.CONNECTED: 1,
        Outcome.INVITED_BEFORE: 2,
        Outcome.DECLINED: 1,
        Outcome.OPTED_OUT: 1,
        Outcome.NO_ADDRESS: 1,
        Outcome.REFUSED: 1,
    }
    assert found[-1].message == "'nonsense' is not an e-mail address"


def test_nobody_gets_two_mails_of_one_run(app: Flask, host: KnowingHost) -> None:
    appear("a", "Ann", doi="10.5555/a")
    appear("b", "Ann", "Bob", doi="10.5555/b")
    host.addresses = {("a", "1"): "ann@example.org", ("b", "1"): "Ann@example.org", ("b", "2"): "bob@example.org"}
    assert outcomes("a", "b", "a") == [
        ("a", "Ann", Outcome.INVITED),
        ("b", "Ann", Outcome.SAME_ADDRESS),
        ("b", "Bob", Outcome.INVITED),
    ]
    assert outcomes("b", dry_run=True)[0] == ("b", "Ann", Outcome.INVITED)


@pytest.mark.parametrize(
    ("since", "keys"),
    [
        ("2024-05-02", ["b", "year", "today"]),
        ("2024-05", ["a", "b", "year", "today"]),
        ("2024", ["a", "b", "year", "today"]),
        ("2025", ["today"]),
    ],
)
def test_papers_since_a_date(app: Flask, since: str, keys: list[str]) -> None:
    appear("a", "Ann", day="2024-05-01", doi="10.5555/a")
    appear("b", "Bob", day="2024-06", doi="10.5555/b")
    appear("year", "Cem", day="2024", doi="10.5555/c")
    appear("before", "Dee", day="2023-12-31", doi="10.5555/d")
    appear("today", "Eva", doi="10.5555/e")
    submission.submitted(article("Fay", doi="10.5555/f"), key="draft")
    assert [key for key, *_ in outcomes(since=PartialDate.parse(since), dry_run=True)] == keys


def test_addresses_come_from_the_file_then_the_host_then_the_metadata(app: Flask, host: KnowingHost) -> None:
    one, two, group = article("Ann", "Bob", doi="10.5555/a").contributors
    people = (dataclasses.replace(one, email="meta@example.org"), dataclasses.replace(two, key=None), group)
    publication.published(dataclasses.replace(article(doi="10.5555/a"), contributors=people), key="a")

    def address(**options: Any) -> list[str]:
        return [one.email for one in bulk_invitations.invite_authors(["a"], dry_run=True, **options)]

    assert outcomes("a", dry_run=True) == [("a", "Ann", Outcome.INVITED), ("a", "Bob", Outcome.NO_KEY)]
    assert address() == ["meta@example.org", ""]
    host.addresses["a", "1"] = "host@example.org"
    assert address() == ["host@example.org", ""]
    assert address(emails={("a", "1"): "file@example.org"}) == ["file@example.org", ""]


def test_what_is_not_known_is_said_before_anybody_is_asked(app: Flask) -> None:
    with pytest.raises(InputError, match="there is no publication 'x', 'y' here"):
        bulk_invitations.invite_authors(["x", "y"])
    with pytest.raises(InputError, match="no reason to invite"):
        bulk_invitations.invite_authors([], reason="spam")
