"""Whose iD a site wants: who is named, when it blocks, and what is exempt."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import responses
from flask import Flask, render_template_string
from sqlalchemy import update

from orcid_plugin.errors import InputError
from orcid_plugin.hooks import policies, submission
from orcid_plugin.hooks.policies import Requirement
from orcid_plugin.metadata.contributor import ContributorRole
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.store.tables import StoredPublication, now
from tests.mounted import FakeHost, article, come_back, grants, make_app, runtime_of, sign_in, state_of, submit


@pytest.fixture
def journal(tmp_path: object) -> Iterator[Any]:
    """Makes a journal with these settings."""
    made: list[Flask] = []

    def make(**settings: Any) -> Flask:
        app = make_app(f"sqlite:///{tmp_path}/{len(made)}.sqlite3", FakeHost(), **settings)
        runtime_of(app).store.upgrade()
        submit(app)
        made.append(app)
        return app

    yield make
    for app in made:
        runtime_of(app).close()


def check(app: Flask, **circumstances: Any) -> list[Requirement]:
    with app.test_request_context():
        return policies.check("ms-1", **circumstances)


def age(app: Flask, days: int) -> None:
    """Let the submission be as old as that."""
    with runtime_of(app).store.begin() as session:
        session.execute(update(StoredPublication).values(created_at=now() - timedelta(days=days)))


def connect(app: Flask, account: str, orcid: responses.RequestsMock, path: str = "/orcid/connect/profile") -> None:
    client = app.test_client()
    sign_in(client, account)
    grants(orcid)
    come_back(client, state_of(client, path))


def test_nothing_is_wanted_unless_the_site_says_so(journal: Any) -> None:
    assert check(journal(), submitter_account="ada") == []


def test_who_lacks_an_id_is_named(journal: Any, orcid: responses.RequestsMock) -> None:
    app = journal(require_submitter="block", require_authors="warn")
    codes = [(one.code, one.blocks, one.name or one.account, one.contributor_key) for one in check_as(app, "ada")]
    assert codes == [
        ("submitter_id_missing", True, "ada", None),
        ("author_id_missing", False, "Josiah Example", "1"),
        ("author_id_missing", False, "Sofia Example", "2"),
    ]
    connect(app, "ada", orcid)
    with app.test_request_context():
        submission.link_account("ms-1", "1", "ada")
    (left,) = check_as(app, "ada")
    assert left.message == "Sofia Example has not connected an ORCID iD."


def check_as(app: Flask, account: str) -> list[Requirement]:
    return check(app, submitter_account=account)


def test_the_roles_on_a_publication_count(journal: Any) -> None:
    app = journal(require_reviewers="warn", require_editors="block")
    one, two, group = article().contributors
    people = (
        dataclasses.replace(one, role=ContributorRole.REVIEWER),
        dataclasses.replace(two, role=ContributorRole.EDITOR),
        dataclasses.replace(two, role=ContributorRole.EDITOR, deceased=True, key="3"),
        dataclasses.replace(two, role=ContributorRole.TRANSLATOR, key="4"),
        dataclasses.replace(group, role=ContributorRole.EDITOR),
    )
    with app.test_request_context():
        submission.submitted(dataclasses.replace(article(), contributors=people), key="ms-1")
    assert [(one.code, one.contributor_key, one.blocks) for one in check(app)] == [
        ("reviewer_id_missing", "1", False),
        ("editor_id_missing", "2", True),
    ]


def test_imports_are_exempt(journal: Any) -> None:
    assert check(journal(require_authors="block", require_submitter="block"), imported=True) == []


def test_what_was_submitted_before_the_first_day_is_exempt(journal: Any) -> None:
    today = datetime.now(UTC).date()
    app = journal(require_authors="block", require_from=today.isoformat())
    assert all(one.blocks for one in check(app))
    assert check(app) != []
    age(app, 1)
    assert check(app) == []


def test_in_the_days_of_grace_it_only_warns_and_says_until_when(journal: Any) -> None:
    app = journal(require_authors="block", require_grace_days=10)
    for one in check(app):
        assert not one.blocks
        assert one.until is not None
        assert timedelta(days=9) < one.until - now() <= timedelta(days=10)
    age(app, 11)
    assert [(one.blocks, one.until) for one in check(app)] == [(True, None)] * 2


def test_publishing_is_blocked_only_where_the_site_says_so(journal: Any) -> None:
    for at_publication in (False, True):
        app = journal(require_authors="block", require_at_publication=at_publication)
        assert [one.blocks for one in check(app, publishing=True)] == [at_publication] * 2
        assert [one.until for one in check(app, publishing=True)] == [None] * 2
        assert [one.blocks for one in check(app)] == [True] * 2


def test_reviewers_and_editors_with_accounts(journal: Any, orcid: responses.RequestsMock) -> None:
    app = journal(require_reviewers="block", require_editors="warn", require_from="2027-01-01", require_grace_days=5)
    with app.test_request_context():
        missing = policies.check_account("ada", "reviewer")
        assert missing is not None
        assert (missing.code, missing.account, missing.blocks) == ("reviewer_id_missing", "ada", True)
        editor = policies.check_account("ada", "editor")
        assert editor is not None
        assert not editor.blocks
        for moment in (datetime(2026, 12, 31, 23, tzinfo=UTC), datetime(2026, 12, 31, 23)):
            assert policies.check_account("ada", "reviewer", since=moment) is None
        asked = policies.check_account("ada", "reviewer", since=datetime(9000, 1, 1, tzinfo=UTC))
        assert asked is not None
        assert (asked.blocks, asked.until) == (False, datetime(9000, 1, 6, tzinfo=UTC))
        assert policies.check_account("ada", "reviewer", since=datetime(9000, 1, 1)) == asked
    connect(app, "ada", orcid)
    with app.test_request_context():
        assert policies.check_account("ada", "reviewer") is None


def test_an_id_that_only_the_metadata_states_counts_where_the_site_trusts_it(journal: Any) -> None:
    one, two, _ = article().contributors
    stated = [
        dataclasses.replace(one, orcid=OrcidId("0000-0002-1825-0097", "sandbox.orcid.org"), authenticated=True),
        two,
    ]
    for trusted, lacking in ((False, ["1", "2"]), (True, ["2"])):
        app = journal(require_authors="warn", trust_metadata=trusted)
        with app.test_request_context():
            submission.submitted(dataclasses.replace(article(), contributors=tuple(stated)), key="ms-1")
        assert [requirement.contributor_key for requirement in check(app)] == lacking


def test_an_unknown_submission(journal: Any) -> None:
    with journal().test_request_context(), pytest.raises(InputError):
        policies.check("ms-9")


def test_the_macro_tells_the_reader(journal: Any) -> None:
    app = journal(require_submitter="block", require_authors="block", require_grace_days=1)
    found = [*check(app), dataclasses.replace(check_as(app, "ada")[0], blocks=True, until=None)]
    template = '{% from "orcid_plugin/macros.html" import requirements %}{{ requirements(found) }}'
    with app.test_request_context():
        text = render_template_string(template, found=found)
        assert render_template_string(template, found=[]) == ""
    assert "Sofia Example has not connected an ORCID iD. It will be needed from" in text
    assert "You have not connected your ORCID iD. <strong>It is needed to go on.</strong>" in text
