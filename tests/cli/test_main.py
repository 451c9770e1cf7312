"""Tests of the command line as a whole: loading, errors, and the same commands on a host's app."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import EntryPoint
from importlib.resources import files
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet
from flask import Flask
from flask.cli import FlaskGroup

from orcid_plugin import cli
from orcid_plugin.cli import main
from orcid_plugin.errors import InputError, StoreError
from orcid_plugin.extension import OrcidPlugin
from orcid_plugin.host import Account, Mail, Purpose
from orcid_plugin.store.database import Store
from orcid_plugin.store.tables import StoredPublication
from orcid_plugin.version import VERSION


class NoHost:
    """A host that nothing asks."""

    def current_account(self) -> Account | None:
        raise NotImplementedError

    def may_edit(self, account: Account, publication_key: str) -> bool:
        raise NotImplementedError

    def send_mail(self, mail: Mail) -> None:
        raise NotImplementedError

    def next_url(self, purpose: Purpose, publication_key: str | None) -> str:
        raise NotImplementedError


def command(name: str, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """Let `name` be a command that is loaded from `value`, as an entry point of some installed package would."""
    added = EntryPoint(name, value, cli.COMMANDS)
    monkeypatch.setattr(cli, "entry_points", lambda group: [added])


@click.command()
def unlucky() -> None:
    """Fails."""
    raise InputError("article.xml has no title:\n  nothing can be made of it")


@click.command()
def unreachable() -> None:
    """Fails otherwise."""
    raise StoreError("no database")


@click.command()
def interrupted() -> None:
    """As if somebody pressed Control-C."""
    raise KeyboardInterrupt


def test_the_version() -> None:
    assert CliRunner().invoke(main, ["--version"]).output == f"orcid-plugin, version {VERSION}\n"


def test_the_version_needs_neither_database_nor_xml() -> None:
    code = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from orcid_plugin.cli import main\n"
        "CliRunner().invoke(main, ['--version'])\n"
        "print({'sqlalchemy', 'lxml', 'cryptography'} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "set()\n"


def test_help_lists_every_command() -> None:
    shown = CliRunner().invoke(main, ["--help"]).output
    for name in [*cli.OWN, "demo", "emulator"]:
        assert f"\n  {name} " in shown


@pytest.mark.parametrize("name", [*cli.OWN, "demo", "emulator"])
def test_every_command_can_be_loaded_and_has_help(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0
    assert "cannot be loaded" not in result.output


@pytest.mark.parametrize("value", ["orcid_plugin.nothing:nothing", "orcid_plugin.cli:nothing"])
def test_a_command_that_cannot_be_loaded_says_so_and_disturbs_no_other(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    command("broken", monkeypatch, value)
    result = CliRunner().invoke(main, ["broken", "--option", "argument"])
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: the command broken cannot be loaded from {value}: ")
    assert result.stderr.count("\n") == 1
    assert re.search(r"broken +\(cannot be loaded\)", CliRunner().invoke(main, ["--help"]).output)
    assert CliRunner().invoke(main, ["keys", "new"]).exit_code == 0


def test_an_unknown_command_is_refused() -> None:
    result = CliRunner().invoke(main, ["dance"])
    assert result.exit_code == 2
    assert "No such command 'dance'" in result.stderr


@pytest.mark.parametrize(
    ("name", "status", "sentence"),
    [
        ("unlucky", 2, "Error: article.xml has no title: nothing can be made of it\n"),
        ("unreachable", 1, "Error: no database\n"),
    ],
)
def test_an_error_is_one_sentence_and_an_exit_status(
    name: str, status: int, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    command(name, monkeypatch, f"{__name__}:{name}")
    result = CliRunner().invoke(main, [name])
    assert (result.exit_code, result.stdout, result.stderr) == (status, "", sentence)


def test_an_interruption_shows_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    command("interrupted", monkeypatch, f"{__name__}:interrupted")
    result = CliRunner().invoke(main, ["interrupted"])
    assert result.exit_code == 1
    assert result.stderr.strip() == "Aborted!"


def host_app(folder: Path) -> Flask:
    app = Flask("host", instance_path=str(folder / "instance"))
    app.config["ORCID_PLUGIN_TOKEN_KEYS"] = Fernet.generate_key().decode()
    app.config["ORCID_PLUGIN_SITE"] = "journal-of-tests"
    return app


def test_flask_orcid_works_on_the_apps_settings_and_database(tmp_path: Path) -> None:
    app = host_app(tmp_path)
    runtime = OrcidPlugin(host=NoHost()).init_app(app)
    flask = FlaskGroup(create_app=lambda: app)
    assert "ORCID_PLUGIN_SITE = journal-of-tests\n" in CliRunner().invoke(flask, ["orcid", "settings"]).output
    result = CliRunner().invoke(flask, ["orcid", "db", "upgrade"])
    assert result.exit_code == 0, result.output
    runtime.store.require_migrated()
    runtime.close()


def test_flask_orcid_and_orcid_plugin_mean_the_same_default_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = host_app(tmp_path)
    runtime = OrcidPlugin(host=NoHost()).init_app(app)
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(main, ["db", "upgrade"]).exit_code == 0
    runtime.store.require_migrated()
    runtime.close()


def test_flask_orcid_without_the_plugin_reads_the_environment() -> None:
    flask = FlaskGroup(create_app=lambda: Flask("host"))
    shown = CliRunner().invoke(flask, ["orcid", "settings"], env={"ORCID_PLUGIN_SITE": "elsewhere"}).output
    assert "ORCID_PLUGIN_SITE = elsewhere\n" in shown


def test_flask_orcid_without_the_plugin_can_call_hooks(store: Store, database_url: str, tmp_path: Path) -> None:
    environment = {
        "ORCID_PLUGIN_DATABASE_URL": database_url,
        "ORCID_PLUGIN_TOKEN_KEYS": Fernet.generate_key().decode(),
        "ORCID_PLUGIN_CLIENT_ID": "APP-1",
        "ORCID_PLUGIN_CLIENT_SECRET": "x",
    }
    flask = FlaskGroup(create_app=lambda: Flask("host"))
    article = files("orcid_plugin.demo") / "article.xml"
    result = CliRunner().invoke(flask, ["orcid", "publish", str(article)], env=environment)
    assert result.exit_code == 0, result.output
    with store.begin() as session:
        assert session.query(StoredPublication).count() == 1
