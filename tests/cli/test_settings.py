"""Tests of `orcid-plugin settings` and `keys`."""

from __future__ import annotations

from click.testing import CliRunner

from orcid_plugin.cli import main
from orcid_plugin.settings import Settings, document


def test_secrets_are_masked() -> None:
    key = CliRunner().invoke(main, ["keys", "new"]).output.strip()
    environment = {
        "ORCID_PLUGIN_CLIENT_ID": "APP-1",
        "ORCID_PLUGIN_CLIENT_SECRET": "s3cr3t",
        "ORCID_PLUGIN_TOKEN_KEYS": key,
        "ORCID_PLUGIN_DATABASE_URL": "postgresql://me:s3cr3t@db/x",
    }
    shown = CliRunner().invoke(main, ["settings"], env=environment).output
    assert "ORCID_PLUGIN_CLIENT_ID = APP-1\n" in shown
    assert "ORCID_PLUGIN_CLIENT_SECRET = (set, secret)\n" in shown
    assert "ORCID_PLUGIN_PUBLIC_URL = (not set)\n" in shown
    assert "s3cr3t" not in shown
    assert key not in shown


def test_the_reference_is_printed_as_the_documentation_holds_it() -> None:
    assert CliRunner().invoke(main, ["settings", "--markdown"]).output == document()


def test_wrong_settings_are_one_sentence_and_exit_2() -> None:
    environment = {"ORCID_PLUGIN_CLIENTID": "APP-1", "ORCID_PLUGIN_API": "both"}
    result = CliRunner().invoke(main, ["settings"], env=environment)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "ORCID_PLUGIN_CLIENTID" in result.stderr
    assert "ORCID_PLUGIN_API" in result.stderr


def test_a_new_key_can_be_used_and_no_two_are_the_same() -> None:
    keys = [CliRunner().invoke(main, ["keys", "new"]).output.strip() for _ in range(2)]
    assert keys[0] != keys[1]
    assert Settings.from_mapping({"ORCID_PLUGIN_TOKEN_KEYS": ",".join(keys)}).token_keys == tuple(keys)
