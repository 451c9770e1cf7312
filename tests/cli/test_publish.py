"""`orcid-plugin publish`: articles to the records of those who connected."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from orcid_plugin.cli import main, publish
from orcid_plugin.emulator import Fault, Registry, Server, serve
from orcid_plugin.extension import OrcidPlugin
from tests.cli.connected import connect, environment
from tests.cli.test_main import NoHost
from tests.demo.articles import credit, jats, orcid, person

ARTICLE = jats(person("Ada", "Lovelace", orcid=orcid(1), inside=credit("software")), person("Alan", "Turing"))


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(Registry.seeded()) as running:
        yield running


@pytest.fixture
def settings(server: Server, tmp_path: Path) -> dict[str, str]:
    """Ada has connected."""
    settings = environment(tmp_path, server)
    with connect(settings, orcid(1), server=server):
        pass
    return settings


def run(settings: dict[str, str], *arguments: object, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["publish", *map(str, arguments)], input=stdin, env=settings)


def test_a_line_for_each_contributor(settings: dict[str, str], server: Server) -> None:
    result = run(settings, "-", stdin=ARTICLE)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "doi:10.5555/test.1  A title",
        f"  Ada Lovelace: https://orcid.org/{orcid(1)}, sent, put-code 1001",
        "  Alan Turing: not connected",
    ]
    assert [work.put_code for work in server.registry.works_of(orcid(1))] == [1001]


def test_again_it_makes_no_call_and_a_changed_article_is_updated(settings: dict[str, str], server: Server) -> None:
    run(settings, "-", stdin=ARTICLE)
    server.registry.journal.clear()
    assert run(settings, "-", stdin=ARTICLE).exit_code == 0
    assert server.registry.journal.entries(methods="POST PUT") == []
    changed = run(settings, "-", stdin=ARTICLE.replace(b"A title", b"Another title"))
    assert "sent, put-code 1001" in changed.stdout
    (work,) = server.registry.works_of(orcid(1))
    assert work.message["title"]["title"]["value"] == "Another title"


def test_several_articles(settings: dict[str, str], tmp_path: Path) -> None:
    paths = []
    for number in range(3):
        paths.append(tmp_path / f"{number}.xml")
        paths[-1].write_bytes(ARTICLE.replace(b"test.1", f"test.{number}".encode()))
    result = run(settings, *paths)
    assert result.exit_code == 0
    assert result.stdout.count("sent, put-code") == 3


def test_one_bad_article_stores_nothing(settings: dict[str, str], server: Server, tmp_path: Path) -> None:
    (tmp_path / "good.xml").write_bytes(ARTICLE)
    (tmp_path / "bad.xml").write_bytes(jats(title=""))
    result = run(settings, tmp_path / "good.xml", tmp_path / "bad.xml")
    assert result.exit_code == 2
    assert "bad.xml cannot become a work" in result.stderr
    assert result.stdout == ""
    with connect(settings) as runtime, runtime.store.begin() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM orcid_plugin_publication").scalar() == 0


def test_the_same_publication_twice_is_refused(settings: dict[str, str], tmp_path: Path) -> None:
    for name in ("one.xml", "two.xml"):
        (tmp_path / name).write_bytes(ARTICLE)
    result = run(settings, tmp_path / "one.xml", tmp_path / "two.xml")
    assert result.exit_code == 2
    assert "are the same publication, doi:10.5555/test.1" in result.stderr


def test_a_refusal_is_shown_with_its_reason(settings: dict[str, str], server: Server) -> None:
    server.registry.faults.plan(Fault(400, "{}", "application/json"), methods="POST", path="/work")
    result = run(settings, "-", stdin=ARTICLE)
    assert result.exit_code == 1
    assert ", failed, " in result.stdout


def test_a_registry_that_is_down_leaves_the_rest_to_the_worker(
    settings: dict[str, str], server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "PATIENCE", 0.5)
    server.registry.faults.plan(Fault(status=503), times=50, path="/v3.0/")
    result = run(settings, "-", stdin=ARTICLE)
    assert result.exit_code == 1
    assert ", pending, " in result.stdout


def test_an_id_that_is_only_claimed_reaches_no_record(settings: dict[str, str], server: Server) -> None:
    result = run(settings, "-", stdin=ARTICLE.replace(b'authenticated="true"', b""))
    assert result.exit_code == 0
    assert "Ada Lovelace: not connected" in result.stdout
    assert server.registry.works_of(orcid(1)) == []


def test_without_settings_or_tables_it_says_what_to_do(tmp_path: Path, server: Server) -> None:
    (tmp_path / "article.xml").write_bytes(ARTICLE)
    result = run({}, tmp_path / "article.xml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "ORCID_PLUGIN_TOKEN_KEYS must be set" in result.stderr
    result = run(environment(tmp_path, server), tmp_path / "article.xml")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "orcid-plugin db upgrade" in result.stderr


def test_within_a_hosts_app_its_settings_and_database_count(settings: dict[str, str], server: Server) -> None:
    app = Flask("host")
    app.config.from_mapping(settings)
    runtime = OrcidPlugin(host=NoHost()).init_app(app)
    with app.app_context():
        result = run({}, "-", stdin=ARTICLE)
    runtime.close()
    assert "sent, put-code 1001" in result.stdout
