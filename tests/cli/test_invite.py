"""`flask orcid invite`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import ScriptInfo

from orcid_plugin.cli import flask_group, main
from orcid_plugin.hooks import publication
from tests.cli.connected import connect, environment
from tests.mounted import FakeHost, article, deliver, make_app, runtime_of

HEADER = "publication,contributor,email\n"


@pytest.fixture
def host() -> FakeHost:
    return FakeHost()


@pytest.fixture
def app(tmp_path: Path, host: FakeHost) -> Iterator[Flask]:
    app = make_app(f"sqlite:///{tmp_path / 'lite.sqlite3'}", host, public_url="https://journal.example")
    runtime_of(app).store.upgrade()
    with app.app_context():
        publication.published(article("Ann", "Bob"), key="a")
    yield app
    runtime_of(app).close()


def run(app: Flask, *arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(flask_group, ["invite", *arguments], input=stdin, obj=ScriptInfo(create_app=lambda: app))


def test_a_dry_run_tells_and_a_run_invites(app: Flask, host: FakeHost) -> None:
    addresses = f"\ufeff{HEADER}a,1,ann@example.org\n"
    options = ["--since", "2020", "--emails", "-", "--language", "de", "--invited-by", "Eva Editor"]
    dry = run(app, *options, "--dry-run", stdin=addresses)
    assert (dry.exit_code, dry.stdout.splitlines()) == (
        0,
        [
            "a  Ann Example <ann@example.org>  would be invited",
            "a  Bob Example  no address",
            "1 would be invited, 1 no address",
        ],
    )
    done = run(app, *options, stdin=addresses)
    assert done.stdout.splitlines()[-1] == "1 invited, 1 no address"
    deliver(app)
    (mail,) = host.mails
    assert mail.text.startswith("Guten Tag Ann Example,")
    assert "Eva Editor von Journal of Tests" in mail.text


def test_nobody_named(app: Flask) -> None:
    assert run(app, "--since", "2099").stdout == "nobody is named\n"


@pytest.mark.parametrize(
    ("arguments", "stdin", "sentence"),
    [
        ([], None, "say whom"),
        (["--publication", "x"], None, "there is no publication 'x' here"),
        (["--since", "May"], None, "--since: 'May' is not a date"),
        (["--since", "2020", "--emails", "-"], "publication,email\n", "standard input has no column contributor"),
        (["--since", "2020", "--emails", "-"], f"{HEADER}a,,x@y\n", "line 2: publication or contributor is missing"),
        (["--since", "2020", "--emails", "-"], f"{HEADER}a,1,x@y\na,1,z@y\n", "line 3: a 1 has two addresses"),
        (["--since", "2020", "--site", "nowhere"], None, "there is no site 'nowhere'"),
    ],
)
def test_faults_are_one_sentence(app: Flask, arguments: list[str], stdin: str | None, sentence: str) -> None:
    result = run(app, *arguments, stdin=stdin)
    assert result.exit_code != 0
    assert sentence in result.stderr


def test_without_the_app_only_a_dry_run(tmp_path: Path) -> None:
    settings = environment(tmp_path)
    with connect(settings):
        publication.published(article("Ann"), key="a")
    dry = CliRunner().invoke(main, ["invite", "--publication", "a", "--dry-run"], env=settings)
    assert dry.stdout.splitlines() == ["a  Ann Example  no address", "1 no address"]
    refused = CliRunner().invoke(main, ["invite", "--publication", "a"], env=settings)
    assert refused.exit_code == 2
    assert "flask orcid invite" in refused.stderr
