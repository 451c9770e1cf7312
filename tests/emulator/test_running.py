"""Faults on demand, the journal, the file, the command."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from orcid_plugin.emulator import Fault, Registry, Server, serve
from tests.emulator.helpers import CARBERRY, MEMBER, Api, external_id, work


def test_planned_faults_meet_the_requests_that_match(orcid_registry: Server, api: Api) -> None:
    faults = orcid_registry.registry.faults
    faults.plan(Fault(503, "<html>busy</html>", headers=(("Retry-After", "1"),)), times=2, methods="POST PUT")
    assert api("GET", "/works").status_code == 200
    for _ in range(2):
        answer = api("POST", "/work", work())
        assert (answer.status_code, answer.headers["Retry-After"], answer.text) == (503, "1", "<html>busy</html>")
    assert api("POST", "/work", work()).status_code == 201
    faults.plan(Fault(429, "Too Many Requests", "text/plain"), path="/works$")
    assert api("GET", "/record").status_code == 200
    assert api("GET", "/works").headers["Content-Type"] == "text/plain"
    faults.plan(Fault(500), times=9)
    faults.clear()
    assert api("GET", "/works").status_code == 200


def test_connection_closed_after_the_work_was_stored(orcid_registry: Server, api: Api) -> None:
    registry = orcid_registry.registry
    registry.faults.plan(Fault(close=True, after=True), methods="POST")
    with pytest.raises(requests.ConnectionError):
        api("POST", "/work", work())
    assert len(registry.works_of(CARBERRY)) == 1
    assert registry.journal.entries(methods="POST")[-1].status == 201
    registry.faults.plan(Fault(close=True), methods="POST")
    with pytest.raises(requests.ConnectionError):
        api("POST", "/work", work(external_id("10.5555/b")))
    assert len(registry.works_of(CARBERRY)) == 1


def test_slow_answers(orcid_registry: Server, api: Api) -> None:
    orcid_registry.registry.faults.plan(Fault(delay=0.2))
    before = time.monotonic()
    assert api("GET", "/works").status_code == 200
    assert time.monotonic() - before >= 0.2


def test_journal_by_method_and_path(orcid_registry: Server, api: Api) -> None:
    put_code = api.post(work())
    api("GET", f"/work/{put_code}")
    journal = orcid_registry.registry.journal
    assert [entry.path for entry in journal.entries(methods="GET", path="/work/")] == [
        f"/v3.0/{CARBERRY}/work/{put_code}"
    ]
    journal.clear()
    assert journal.entries() == []


def test_everything_is_in_the_file(tmp_path: Path) -> None:
    store = tmp_path / "registry.json"
    with serve(Registry.seeded(store=store)) as server:
        token = server.registry.issue_token(MEMBER, ["/activities/update"], CARBERRY).access
        first = Api(server, token).post(work())
        second = Api(server, token).post(work(external_id("10.5555/b")))
        Api(server, token)("DELETE", f"/work/{second}")
        before = server.registry.snapshot()
    assert store.stat().st_mode & 0o077 == 0
    with serve(Registry.seeded(store=store)) as server:
        assert server.registry.snapshot() == before
        assert Api(server, token).get(first)["title"]["title"]["value"] == "On cracked pots"
        assert Api(server, token).post(work(external_id("10.5555/c"))) == second + 1


SEED = {
    "researchers": [{"orcid": CARBERRY, "given_names": "Josiah"}],
    "clients": [{"id": "APP-X", "secret": "s", "name": "X"}],
}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_command_prints_one_line_when_ready_and_stops_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps(SEED), "utf-8")
    code = "from orcid_plugin.emulator.command import emulator; emulator()"
    before = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", code, "--port", "0", "--seed", str(seed), "--store", str(tmp_path / "store.json")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert time.monotonic() - before < 5  # under two seconds on a quiet machine
        match = re.fullmatch(
            r"ORCID emulator ready: web=(\S+) api=\1 public-api=\1/pub client-id=APP-X client-secret=s\n", line
        )
        assert match, line
        assert requests.get(f"{match[1]}/v3.0/status", timeout=10).text == "OK I am here"
        process.send_signal(number)
        rest, errors = process.communicate(timeout=10)
    assert (process.returncode, rest, errors) == (0, "", "")
