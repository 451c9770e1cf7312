"""The story as the command `demo` plays it: for the bundled article, real ones, and odd ones; and how it fails."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, inspect

from orcid_plugin.cli import main
from orcid_plugin.demo import command
from orcid_plugin.demo.cast import registry as cast_registry
from orcid_plugin.emulator import Fault, Registry
from orcid_plugin.metadata import readers
from orcid_plugin.metadata.credit import Credit
from tests.conftest import samples
from tests.demo.articles import ANONYMOUS, credit, group, jats, orcid, person


@pytest.fixture
def play(tmp_path: Path) -> Callable[..., Result]:
    """Play the story of an article, given as bytes or path, or of the bundled one."""

    def run(article: bytes | Path | None = None, *, environment: dict[str, str] | None = None) -> Result:
        if isinstance(article, bytes):
            (tmp_path / "article.xml").write_bytes(article)
            article = tmp_path / "article.xml"
        arguments = ["demo"] if article is None else ["demo", str(article)]
        return CliRunner().invoke(main, arguments, env=environment)

    return run


@pytest.fixture
def meddle(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Registry], None]], None]:
    """Change the emulated Registry before the story begins."""

    def install(change: Callable[[Registry], None]) -> None:
        def changed(*arguments: object) -> Registry:
            registry = cast_registry(*arguments)  # type: ignore[arg-type]
            change(registry)
            return registry

        monkeypatch.setattr(command.cast, "registry", changed)

    return install


def columns(result: Result, name: str) -> str:
    """The line of the table for a contributor."""
    table = result.stdout.partition("\ncontributor ")[2]
    return next(line for line in table.splitlines() if line.startswith(name))


def test_the_story_of_the_bundled_article(
    play: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    result = play()
    assert result.exit_code == 0, result.output
    assert result.stdout.count("✓") == 14
    author = columns(result, "Amina Okafor")
    for expected in ("0000-0000-2718-2810", "active", "1003", "Conceptualization, Writing – original draft"):
        assert expected in author
    assert "authenticated" in columns(result, "Jürgen Weiß")
    assert "denied" in columns(result, "Yuki Tanaka")
    assert "reviewer" in columns(result, "Noor Haddad")
    assert "Lighthouse Afternoons Study Group" in result.stdout
    assert "/0000-0000-2718-2810" in result.stdout.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def _has_a_story(sample: Path) -> bool:
    try:
        publication = readers.read(sample.read_bytes(), sample.name).publication
    except Exception:
        return False
    return publication.doi is not None


SAMPLES = samples("jats")


@pytest.mark.parametrize("sample", [sample for sample in SAMPLES if _has_a_story(sample)], ids=lambda path: path.stem)
def test_the_story_of_every_real_article(sample: Path, play: Callable[..., Result]) -> None:
    result = play(sample)
    assert result.exit_code == 0, result.output
    assert "authenticated" in result.stdout.partition("\ncontributor ")[2]


@pytest.mark.parametrize(
    "sample", [sample for sample in SAMPLES if not _has_a_story(sample)], ids=lambda path: path.stem
)
def test_real_articles_without_a_doi_or_title_are_refused_in_one_sentence(
    sample: Path, play: Callable[..., Result]
) -> None:
    result = play(sample)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "cannot become a work" in result.stderr


ODD = {
    "one author": jats(person("Ada", "Lovelace")),
    "groups and an anonymous author first": jats(
        group("A Group"), ANONYMOUS, group("Another Group"), person("Ada", "Lovelace"), person("Alan", "Turing")
    ),
    "one name only": jats(person(None, "Sukarno"), person(None, "Suharto"), person(None, "Björk")),
    "given names only": jats(
        '<contrib contrib-type="author"><name><given-names>Plato</given-names></name></contrib>', person("Ada", "L")
    ),
    "all with one name": jats(*[person("Wei", "Wang")] * 3),
    "one name with different iDs": jats(*[person("Wei", "Wang", orcid=orcid(number)) for number in (10, 11, 12)]),
    "iDs that the article marks authenticated": jats(
        *[person("Ada", f"L{number}", orcid=orcid(number)) for number in range(4)]
    ),
    "an iD of the sandbox": jats(person("Ada", "L", orcid=f"https://sandbox.orcid.org/{orcid(7)}"), person("B", "C")),
    "author and editor at once": jats(
        person("Ada", "Lovelace", orcid=orcid(20)), person("Ada", "Lovelace", orcid=orcid(20), role="editor")
    ),
    "editors only": jats(person("Ada", "Lovelace", role="editor"), person("Alan", "Turing", role="translator")),
    "a reviewer before the authors": jats(person("R", "V", role="reviewer"), person("Ada", "L"), person("B", "C")),
    "a DOI of long ago": jats(
        person("Ada", "Lovelace"), doi="10.1002/(SICI)1097-4571(199806)49:8<693::AID-ASI4>3.0.CO;2-O"
    ),
    "all fourteen roles": jats(person("Ada", "Lovelace", inside="".join(credit(role) for role in Credit))),
    "markup and marks in the title": jats(
        person("Ada", "O’Brien-\"Ng\" & Söns"), person("T'Challa <b>", "ibn Ḥusayn"),
        title="H<sub>2</sub>O &amp; <italic>p</italic> &lt; 0.05 &amp;amp; ‘quotes’ "
    ),
    "a long title and long names": jats(person("Ada " * 60, "Lovelace " * 60), person("B", "C"), title="Long " * 500),
    "scripts of the world": jats(
        person("小明", "王"), person("Иван", "Петров"), person("محمد", "علي"), title="漢字かな ελληνικά עברית 𝔘𝔫𝔦𝔠𝔬𝔡𝔢"
    ),
}  # fmt: skip


@pytest.mark.parametrize("article", ODD.values(), ids=ODD)
def test_the_story_of_odd_articles(article: bytes, play: Callable[..., Result]) -> None:
    result = play(article)
    assert result.exit_code == 0, result.output


def test_namesakes_are_left_alone_in_the_deposit_and_the_table_says_why(play: Callable[..., Result]) -> None:
    result = play(ODD["all with one name"])
    assert "left alone: Wei Wang: Several people have this name" in " ".join(result.stdout.split())


def test_somebody_with_a_name_of_their_own_plays_before_namesakes(play: Callable[..., Result]) -> None:
    result = play(jats(person("Wei", "Wang"), person("Wei", "Wang"), person("Ada", "Lovelace")))
    assert "✓ Ada Lovelace registers" in result.stdout


def test_three_thousand_authors(play: Callable[..., Result]) -> None:
    result = play(
        jats(*[person(f"Author{number}", f"Of{number}", inside=credit("software")) for number in range(3000)])
    )
    assert result.exit_code == 0, result.output
    assert "and 2975 more" in result.stdout


def test_an_article_without_people_is_refused(play: Callable[..., Result]) -> None:
    result = play(jats(group("A Group"), ANONYMOUS))
    assert result.exit_code == 2
    assert "names no person who could connect an ORCID iD" in result.stderr


def test_a_file_that_is_none_is_refused(tmp_path: Path, play: Callable[..., Result]) -> None:
    result = play(tmp_path / "nothing.xml")
    assert result.exit_code == 2
    assert "nothing.xml cannot be read: No such file or directory" in result.stderr


@pytest.mark.parametrize(
    ("step", "fault", "asked"),
    [
        ("registers with ORCID", Fault(500, "down"), {"path": "/oauth/token"}),
        ("The outbox brings the work", Fault(400, "{}", "application/json"), {"methods": "POST", "path": "/work"}),
        ("has the work", Fault(503), {"methods": "GET", "path": "/pub/v3.0/.*/works$", "times": 9}),
    ],
)
def test_a_step_that_fails_is_named(
    step: str, fault: Fault, asked: dict[str, str], play: Callable[..., Result], meddle: Callable[..., None]
) -> None:
    meddle(lambda registry: registry.faults.plan(fault, **asked))  # type: ignore[arg-type]
    result = play()
    assert result.exit_code == 1, result.output
    assert result.stderr.startswith("Error: step failed: ")
    assert step in result.stderr
    assert result.stderr.count("\n") == 1
    assert "\ncontributor " not in result.stdout


def test_a_short_outage_of_the_registry_does_not_stop_the_story(
    play: Callable[..., Result], meddle: Callable[..., None]
) -> None:
    meddle(
        lambda registry: registry.faults.plan(
            Fault(status=429, headers=(("Retry-After", "1"),)), methods="POST", path="/work"
        )
    )
    result = play()
    assert result.exit_code == 0, result.output


def test_settings_of_the_environment_do_not_reach_the_story(play: Callable[..., Result]) -> None:
    result = play(environment={"ORCID_PLUGIN_ENVIRONMENT": "production", "ORCID_PLUGIN_CLIENT_ID": "APP-REAL"})
    assert result.exit_code == 0, result.output


def test_the_story_on_postgresql_leaves_the_database_empty(play: Callable[..., Result], postgres_url: str) -> None:
    result = play(environment={"ORCID_PLUGIN_DATABASE_URL": postgres_url})
    assert result.exit_code == 0, result.output
    engine = create_engine(postgres_url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_a_database_that_is_not_empty_is_left_alone(play: Callable[..., Result], tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'mine.sqlite'}"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE mine (id INTEGER)")
    result = play(environment={"ORCID_PLUGIN_DATABASE_URL": url})
    assert result.exit_code == 2
    assert "is not empty" in result.stderr
    assert inspect(engine).get_table_names() == ["mine"]
    engine.dispose()


@pytest.fixture
def serving() -> Iterator[subprocess.Popen[str]]:
    """`orcid-plugin demo --serve` in a process of its own, ended if the test does not end it."""
    command = [sys.executable, "-c", "from orcid_plugin.cli import main; main()", "demo", "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_serve_keeps_both_running_until_it_is_told_to_end(
    ending: signal.Signals, serving: subprocess.Popen[str]
) -> None:
    assert serving.stdout is not None
    line = next(line for line in serving.stdout if line.startswith("Look around"))
    journal, registry = re.findall(r"http://[0-9.:]+[0-9]", line)
    assert "How long is a lighthouse keeper" in requests.get(f"{journal}/", timeout=10).text
    assert "Amina Okafor" in requests.get(f"{registry}/", timeout=10).text
    serving.send_signal(ending)
    assert serving.wait(timeout=20) == 0


def test_a_port_that_is_taken_is_said_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(main, ["demo", "--port", str(port)])
    assert result.exit_code == 1
    assert f"the journal cannot listen on port {port} of 127.0.0.1: Address already in use" in result.stderr
    assert result.stderr.count("\n") == 1
