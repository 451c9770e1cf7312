"""`orcid-plugin worker`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet

from orcid_plugin.cli import main
from orcid_plugin.store.database import Store


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    url = f"sqlite:///{tmp_path / 'worker.sqlite3'}"
    store = Store.open(url)
    store.upgrade()
    store.close()
    return {
        "ORCID_PLUGIN_DATABASE_URL": url,
        "ORCID_PLUGIN_TOKEN_KEYS": Fernet.generate_key().decode(),
        "ORCID_PLUGIN_CLIENT_ID": "APP-1",
        "ORCID_PLUGIN_CLIENT_SECRET": "secret",
    }


def test_once_sends_what_is_due_and_ends(environment: dict[str, str]) -> None:
    result = CliRunner().invoke(main, ["worker", "--once"], env=environment)
    assert (result.exit_code, result.stdout) == (0, "0 deliveries looked at\n")


def test_missing_credentials_are_said_in_one_sentence(environment: dict[str, str]) -> None:
    del environment["ORCID_PLUGIN_CLIENT_ID"]
    result = CliRunner().invoke(main, ["worker", "--once"], env=environment)
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: ORCID_PLUGIN_CLIENT_ID must be set")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_good_order(environment: dict[str, str], number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", "from orcid_plugin.cli import main; main()", "worker"],
        env=os.environ | environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        while not process.stderr.readline().startswith("Sending to ORCID"):
            assert process.poll() is None
        process.send_signal(number)
        assert process.wait(20) == 0
        assert process.stderr.read().endswith("Ending after the present call.\n")
