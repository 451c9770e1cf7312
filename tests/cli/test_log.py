"""`orcid-plugin log`: what happened, on the screen and as a file."""

from __future__ import annotations

import csv
import datetime
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from orcid_plugin.cli import main
from orcid_plugin.store.database import Store
from orcid_plugin.store.tables import AuditEvent, Call
from tests.cli.connected import environment

JOSIAH = "0000-0002-1825-0097"


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """A database in which something has happened on several days and at two sites."""
    settings = environment(tmp_path)
    store = Store.open(settings["ORCID_PLUGIN_DATABASE_URL"])
    store.upgrade()
    with store.begin() as session:
        for day, site in ((1, "default"), (2, "default"), (3, "other")):
            at = datetime.datetime(2026, 11, day, 12, tzinfo=datetime.UTC)
            about: dict[str, Any] = {"site": site, "at": at, "orcid": JOSIAH, "publication_key": f"=ms-{day}"}
            session.add(AuditEvent(actor="worker", action="item_created", details={"put_code": 1000 + day}, **about))
            call = {"method": "POST", "url": "https://api.orcid.org/v3.0/work", "correlation_id": f"c{day}"}
            status = 201 if day == 1 else None
            session.add(Call(status=status, milliseconds=7, request_body="{}", **call, **about))
    store.close()
    return settings


def run(settings: dict[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(main, ["log", *arguments], env=settings)


def test_a_table_of_events_newest_first_without_empty_columns(settings: dict[str, str]) -> None:
    lines = run(settings, "events").stdout.splitlines()
    assert lines[0].split() == ["at", "actor", "action", "orcid", "publication_key", "details"]
    assert [line.split()[0] for line in lines[1:]] == ["2026-11-02T12:00:00.000+00:00", "2026-11-01T12:00:00.000+00:00"]
    assert '{"put_code": 1002}' in lines[1]


def test_calls_as_json_with_their_bodies(settings: dict[str, str]) -> None:
    found = json.loads(run(settings, "calls", "--format", "json", "--status", "none").stdout)
    assert [(one["correlation_id"], one["status"], one["request_body"]) for one in found] == [("c2", None, "{}")]


def test_a_file_to_share_in_which_nothing_is_a_formula(settings: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    result = run(settings, "calls", "--format", "csv", "--output", str(file))
    assert (result.exit_code, result.output) == (0, "")
    rows = list(csv.DictReader(io.StringIO(file.read_bytes().decode(), newline="")))
    assert [(row["correlation_id"], row["publication_key"]) for row in rows] == [("c2", "'=ms-2"), ("c1", "'=ms-1")]


def fill(settings: dict[str, str], count: int) -> None:
    """So many events more."""
    store = Store.open(settings["ORCID_PLUGIN_DATABASE_URL"])
    at = datetime.datetime(2026, 10, 1, tzinfo=datetime.UTC)
    with store.begin() as session:
        session.add_all(AuditEvent(site="default", at=at, actor="worker", action="told") for _ in range(count))
    store.close()


def exported(settings: dict[str, str]) -> list[dict[str, Any]]:
    found = json.loads(run(settings, "events", "--action", "log_exported", "--format", "json").stdout)
    assert all(one["actor"] == "command" for one in found)
    return [one["details"] for one in reversed(found)]


def test_a_file_holds_all_and_a_table_says_that_there_is_more(settings: dict[str, str]) -> None:
    fill(settings, 600)
    table = run(settings, "events")
    assert len(table.stdout.splitlines()) == 101
    assert table.stderr.startswith("There are more: --limit")
    assert run(settings, "events", "--limit", "602").stderr == ""
    assert len(json.loads(run(settings, "events", "--format", "json").stdout)) == 602
    limited = run(settings, "events", "--format", "csv", "--limit", "501")
    assert len(list(csv.DictReader(io.StringIO(limited.stdout)))) == 501
    assert limited.stderr == ""


def test_a_file_is_noted_and_a_table_on_the_screen_is_not(settings: dict[str, str], tmp_path: Path) -> None:
    run(settings, "calls")
    run(settings, "calls", "--status", "2xx", "--format", "csv")
    run(settings, "events", "--limit", "1", "--output", str(tmp_path / "table.txt"))
    assert exported(settings) == [
        {"log": "calls", "format": "csv", "entries": 1},
        {"log": "events", "format": "table", "entries": 1},
    ]


def test_a_file_that_cannot_be_written_is_said(settings: dict[str, str], tmp_path: Path) -> None:
    result = run(settings, "calls", "--format", "csv", "--output", str(tmp_path / "nowhere" / "calls.csv"))
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr
    assert exported(settings) == []


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--site", "other"], ["c3"]),
        (["--orcid", f"https://orcid.org/{JOSIAH}"], ["c2", "c1"]),
        (["--publication", "=ms-1"], ["c1"]),
        (["--since", "2026-11-02"], ["c2"]),
        (["--until", "2026-11-02T13:00+01:00"], ["c1"]),
        (["--limit", "1"], ["c2"]),
        (["--status", "2xx"], ["c1"]),
        (["--orcid", "0000-0001-5109-3700"], []),
    ],
)
def test_what_is_looked_for(settings: dict[str, str], options: list[str], found: list[str]) -> None:
    rows = json.loads(run(settings, "calls", "--format", "json", *options).stdout)
    assert [row["correlation_id"] for row in rows] == found


def test_nothing_found_is_a_header(settings: dict[str, str]) -> None:
    assert run(settings, "events", "--account", "nobody").stdout.split()[0] == "at"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["calls", "--status", "teapot"], "'teapot' is no status"),
        (["calls", "--since", "yesterday"], "'yesterday' is no day or time"),
        (["events", "--orcid", "0000-0002-1825-0098"], "0000-0002-1825-0098"),
    ],
)
def test_mistakes_are_said_in_one_sentence(settings: dict[str, str], arguments: list[str], sentence: str) -> None:
    result = run(settings, *arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr
