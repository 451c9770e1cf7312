"""Tests of `orcid-plugin site …`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from orcid_plugin.cli import main
from orcid_plugin.emulator import Registry, serve
from orcid_plugin.store.database import Store
from orcid_plugin.store.tables import Connection
from tests.cli.connected import connect, environment


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    found = environment(tmp_path)
    Store.open(found["ORCID_PLUGIN_DATABASE_URL"]).upgrade()
    return found


def run(settings: dict[str, str], *arguments: str, status: int = 0, given: str | None = None) -> Result:
    result = CliRunner().invoke(main, ["site", *arguments], env=settings, input=given)
    assert result.exit_code == status, result.output
    assert "s3cret" not in result.output
    return result


def add(settings: dict[str, str], key: str = "physics", *more: str) -> None:
    run(settings, "add", key, "site_name=Physics", "client_id=APP-PHYSICS", *more, given="s3cret\n")


def test_a_site_is_added_with_its_secret_from_standard_input(settings: dict[str, str]) -> None:
    add(settings)
    assert "physics\tready\tPhysics\tAPP-PHYSICS\t0 connected" in run(settings, "list").output
    said = run(settings, "show", "physics").output
    assert "state: ready" in said
    assert "sets site_name: Physics" in said
    assert "sets client_secret: (set, secret)" in said


def test_a_site_comes_from_a_file_and_its_secret_from_another(settings: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "site.json").write_text('{"ORCID_PLUGIN_SITE_NAME": "Biology", "client_id": "APP-B", "pace": null}')
    (tmp_path / "secret").write_text("s3cret\n")
    files = ("--from", str(tmp_path / "site.json"), "--secret-file", str(tmp_path / "secret"))
    run(settings, "add", "biology", *files, "retracted=delete")
    found = json.loads(run(settings, "show", "biology", "--json").output)
    assert found["own"] == {"site_name": "Biology", "client_id": "APP-B", "retracted": "delete"}
    assert (found["state"], found["has_secret"], found["environment"]) == ("ready", True, "sandbox")
    assert [one["key"] for one in json.loads(run(settings, "list", "--json").output)] == ["default", "biology"]


def test_a_secret_is_no_argument(settings: dict[str, str]) -> None:
    for arguments in (
        ("add", "physics", "client_secret=s3cret"),
        ("add", "physics", "ORCID_PLUGIN_CLIENT_SECRET=s3cret"),
    ):
        assert "is no argument" in run(settings, *arguments, status=2).output


def test_a_setting_is_changed_and_taken_back(settings: dict[str, str]) -> None:
    add(settings)
    run(settings, "set", "physics", "site_name=", "support_email=ed@physics.example")
    found = json.loads(run(settings, "show", "physics", "--json").output)
    assert found["own"] == {"client_id": "APP-PHYSICS", "support_email": "ed@physics.example"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("add", "physics", "colour=red"), "colour is unknown"),
        (("add", "physics", "retracted"), "not of the form NAME=VALUE"),
        (("add", "physics", "--from", "nowhere.json"), "cannot be read"),
        (("set", "physics"), "say what to change"),
        (("ask-again", "physics"), "flask orcid site ask-again"),
        (("add", "physics", "client_id=APP-1"), "no client secret came"),
        (("set", "default", "site_name=x"), "host's own site"),
    ],
)
def test_what_is_wrong_is_told_in_one_sentence(settings: dict[str, str], arguments: tuple[str, ...], says: str) -> None:
    said = run(settings, *arguments, status=2).output
    assert says in said
    assert said.startswith("Error: ")


def test_an_unknown_site_is_told(settings: dict[str, str]) -> None:
    for arguments in (("set", "nowhere", "site_name=x"), ("show", "nowhere"), ("check", "nowhere")):
        assert "there is no site 'nowhere' here" in run(settings, *arguments, status=1).output


def test_removing_says_what_stops_and_keeps_the_rows(settings: dict[str, str]) -> None:
    add(settings)
    said = run(settings, "remove", "physics", given="n\n", status=1).output
    assert "nothing is sent to ORCID for it any more" in said
    run(settings, "remove", "physics", "--yes")
    assert "physics\tremoved" in run(settings, "list").output
    run(settings, "add", "physics")
    assert "physics\tready\tPhysics" in run(settings, "list").output


def test_other_credentials_are_asked_about_with_the_number_of_people(settings: dict[str, str]) -> None:
    with connect(settings, "0000-0002-1825-0097") as runtime:
        add(settings)
        with runtime.store.begin() as session:
            for one in session.query(Connection):
                one.site, one.environment, one.client_id = "physics", "sandbox", "APP-PHYSICS"
        change = ("set", "physics", "client_id=APP-OTHER")
        said = run(settings, *change, "--dry-run").output.splitlines()
        assert said[0] == "1 people gave permission to other credentials and have to connect again"
        assert said[-1].startswith("0 permissions wait to be given back to ORCID with former credentials")
        assert "Aborted" in run(settings, *change, given="n\n", status=1).output
        assert "APP-PHYSICS\t1 connected" in run(settings, "list").output
        run(settings, *change, given="y\n")
        assert "APP-OTHER\t0 connected, 1 that hold no longer" in run(settings, "list").output
        assert "connections stale: 1" in run(settings, "show", "physics").output


def test_the_hosts_own_other_credentials_take_effect_by_a_command(settings: dict[str, str]) -> None:
    with connect(settings, "0000-0002-1825-0097"):
        pass
    changed = {**settings, "ORCID_PLUGIN_CLIENT_ID": "APP-OTHER"}
    assert "1 people" in run(changed, "apply", "default", "--yes").output
    assert "0 connected, 1 that hold no longer" in run(changed, "list").output


def test_a_site_is_checked_at_its_registry(tmp_path: Path) -> None:
    with serve(Registry.seeded()) as server:
        settings = environment(tmp_path, server)
        Store.open(settings["ORCID_PLUGIN_DATABASE_URL"]).upgrade()
        run(settings, "add", "physics", "host_credentials=yes", "public_url=https://physics.example")
        said = run(settings, "check", "physics", "--url-prefix", "/o").output
        assert "ok     redirect URI: https://physics.example/o/callback must be registered at ORCID" in said
        assert "ok     API: member credentials" in said
        run(settings, "set", "physics", "public_url=")
        said = run(settings, "check", "physics", status=1).output
        assert "fault  redirect URI" in said
