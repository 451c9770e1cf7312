"""The file of `--store`: what is in it when, and what is told if it cannot be written."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from orcid_plugin.emulator import Registry, Researcher, serve, storage
from orcid_plugin.errors import CannotWrite
from tests.emulator.helpers import CARBERRY, GARCIA, MEMBER


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "store.json"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lengths of what was written, one for each time."""
    lengths: list[int] = []
    real = storage._write_atomically

    def note(path: Path, text: str) -> None:
        lengths.append(len(text))
        real(path, text)

    monkeypatch.setattr(storage, "_write_atomically", note)
    return lengths


def tokens(file: Path) -> int:
    return len(json.loads(file.read_text())["tokens"])


def test_changes_are_written_together_and_soon(file: Path, written: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "DELAY", 0.05)
    registry = Registry.seeded(store=file)
    for _ in range(50):
        registry.issue_token(MEMBER, ["/read-limited"], CARBERRY)
    deadline = time.monotonic() + 5
    while tokens(file) < 50 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert tokens(file) == 50
    assert len(written) < 10  # the first is that of the start
    assert file.stat().st_mode & 0o077 == 0


def test_nothing_is_lost_when_the_server_stops(file: Path, written: list[int]) -> None:
    with serve(Registry.seeded(store=file)) as server:
        server.registry.issue_token(MEMBER, ["/read-limited"], CARBERRY)
        server.registry.issue_token(MEMBER, ["/read-limited"], GARCIA)
    assert tokens(file) == 2
    assert len(written) == 2
    server.registry.flush()
    assert len(written) == 2


def test_nothing_is_lost_when_the_interpreter_ends(file: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from orcid_plugin.emulator import Registry, Researcher\n"
        f"Registry(store=Path(sys.argv[1])).add_researcher(Researcher({CARBERRY!r}, 'Josiah'))"
    )
    subprocess.run([sys.executable, "-c", code, str(file)], check=True)
    assert json.loads(file.read_text())["researchers"][0]["given_names"] == "Josiah"


def test_no_change_waits_for_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Registry.seeded(store=file)
    slow, go_on = threading.Event(), threading.Event()

    def write(path: Path, text: str) -> None:
        slow.set()
        assert go_on.wait(10)

    monkeypatch.setattr(storage, "_write_atomically", write)
    registry.issue_token(MEMBER, ["/read-limited"], CARBERRY)
    writer = threading.Thread(target=registry.flush)
    writer.start()
    assert slow.wait(10)
    assert registry.issue_token(MEMBER, ["/read-limited"], CARBERRY)  # while the file is being written
    go_on.set()
    writer.join(10)
    registry.flush()


def test_a_change_that_fails_half_way_is_in_the_file_as_it_is_in_memory(file: Path) -> None:
    registry = Registry.seeded(store=file)

    def change() -> None:
        with registry.change():
            registry.issue_token(MEMBER, ["/read-limited"], CARBERRY)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        change()
    registry.flush()
    assert tokens(file) == len(registry.tokens) == 1


def test_a_file_that_cannot_be_written_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match=r"nowhere/store\.json cannot be written: No such file or directory"):
        Registry.seeded(store=tmp_path / "nowhere" / "store.json")


def test_a_file_that_cannot_be_written_any_more_is_told_and_tried_again(
    file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(storage, "DELAY", 0.01)
    registry = Registry.seeded(store=file)
    real = storage._write_atomically

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage, "_write_atomically", full)
    registry.add_researcher(Researcher("0000-0002-9079-593X", "Stephen"))
    with pytest.raises(CannotWrite, match="No space left on device"):
        registry.flush()
    monkeypatch.setattr(storage, "_write_atomically", real)
    registry.flush()
    assert "Stephen" in file.read_text()
    assert "secret" not in caplog.text
