"""Tests of `orcid-plugin db`."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from orcid_plugin.cli import main
from orcid_plugin.store.database import Store
from orcid_plugin.store.migrations import schema


def test_upgrade_makes_the_tables_and_says_so(database_url: str) -> None:
    environment = {"ORCID_PLUGIN_DATABASE_URL": database_url}
    for _ in range(2):
        result = CliRunner().invoke(main, ["db", "upgrade"], env=environment)
        assert (result.exit_code, result.output) == (0, f"the database is at revision {schema.head()}\n")
    store = Store.open(database_url)
    store.require_migrated()
    store.close()
    assert CliRunner().invoke(main, ["db", "check"], env=environment).exit_code == 0


def test_check_names_the_remedy_for_a_database_without_tables(database_url: str) -> None:
    result = CliRunner().invoke(main, ["db", "check"], env={"ORCID_PLUGIN_DATABASE_URL": database_url})
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "run `orcid-plugin db upgrade`" in result.stderr


def test_the_default_database_is_in_the_instance_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(main, ["db", "check"]).exit_code == 1
    assert list(tmp_path.iterdir()) == []
    assert CliRunner().invoke(main, ["db", "upgrade"]).exit_code == 0
    assert (tmp_path / "instance" / "orcid_plugin.sqlite3").is_file()


def test_no_database_is_one_sentence_without_the_password() -> None:
    environment = {"ORCID_PLUGIN_DATABASE_URL": "postgresql://me:s3cr3t@127.0.0.1:9/x"}
    result = CliRunner().invoke(main, ["db", "upgrade"], env=environment)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: the database of ORCID_PLUGIN_DATABASE_URL cannot be used")
    assert result.stderr.count("\n") == 1
    assert "s3cr3t" not in result.output
