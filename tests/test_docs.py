"""Tests of the documents: generated pages are current, links lead somewhere, commands and examples work."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet
from flask import Flask

from orcid_plugin.cli import OWN, main
from orcid_plugin.runtime import EXTENSION
from orcid_plugin.settings import Settings, document
from orcid_plugin.testing.hosts import SimpleHost
from tests.installation import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    """The text of a page without its code."""
    return re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def code(page: str, language: str) -> list[str]:
    """The code blocks of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / page).read_text(), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(prose(page))}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        found = (page.parent / name).resolve() if name else page
        assert found.is_file(), f"{named(page)} links to {target}"
        assert not anchor or anchor in anchors(found), f"{named(page)} links to {target}"


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        targets = [target.partition("#")[0] for target in LINK.findall(prose(page)) if not re.match(r"[a-z]+:", target)]
        waiting += [(page.parent / target).resolve() for target in targets if target]
    assert reached == set(PAGES)


def test_the_settings_page_is_generated() -> None:
    assert (ROOT / "docs" / "settings.md").read_text() == document(), (
        "run: orcid-plugin settings --markdown > docs/settings.md"
    )


@pytest.mark.parametrize("name", [*OWN, "demo", "emulator"])
def test_the_readme_lists_every_command(name: str) -> None:
    assert f"\n| `{name}` | " in (ROOT / "README.md").read_text()


def test_the_commands_of_the_readme_are_those_of_the_ci_run() -> None:
    commands = [line for block in code("README.md", "console") for line in block.splitlines()]
    assert commands == [
        "python -m pip install . && orcid-plugin demo",
        'python -m pip install -e ".[test]" && python -m pytest',
    ]
    run = (ROOT / ".ci" / "run").read_text().splitlines()
    for command in (commands[0], *commands[1].split(" && ")):
        assert command in run


def test_the_demo_prints_what_the_readme_shows() -> None:
    (shown,) = code("README.md", "text")
    printed = CliRunner().invoke(main, ["demo"])
    assert printed.exit_code == 0, printed.output
    said = [" ".join(line.split()) for line in printed.output.splitlines()]
    for line in shown.splitlines():
        assert line in {"", "…"} or " ".join(line.split()) in said, line


def mounted(page: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The app of the page's example of mounting the plugin, run as it stands there."""
    example = next(block for block in code(page, "python") if "OrcidPlugin(" in block)
    for name, value in {
        "SECRET_KEY": "secret",
        "ORCID_PLUGIN_CLIENT_ID": "APP-1",
        "ORCID_PLUGIN_CLIENT_SECRET": "secret",
        "ORCID_PLUGIN_TOKEN_KEYS": Fernet.generate_key().decode(),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)
    names: dict[str, Any] = {"__name__": "journal"}
    exec(example, names)
    app: Flask = names["app"]
    return app


@pytest.mark.parametrize("page", ["README.md", "docs/mounting.md"])
def test_the_example_of_mounting_it_works(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = mounted(page, tmp_path, monkeypatch)
    runtime = app.extensions[EXTENSION]
    runtime.store.upgrade()
    try:
        answer = app.test_client().get("/orcid/connect/register")
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("https://sandbox.orcid.org/oauth/authorize?")
    finally:
        runtime.close()


def test_the_example_of_publishing_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = mounted("README.md", tmp_path, monkeypatch)
    runtime = app.extensions[EXTENSION]
    runtime.store.upgrade()
    (tmp_path / "article.xml").write_bytes((ROOT / "orcid_plugin" / "demo" / "article.xml").read_bytes())
    example = next(block for block in code("README.md", "python") if ".published(" in block)
    names: dict[str, Any] = {}
    with app.app_context():
        exec(example, names)
        statuses = names["publication"].status("article-42")
    assert statuses
    runtime.close()


def test_the_example_of_celery_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("ORCID_PLUGIN_TOKEN_KEYS", Fernet.generate_key().decode())
    names: dict[str, Any] = {"__name__": "journal", "MyJournal": SimpleHost}
    exec(code("docs/workers.md", "python")[0], names)
    app = names["create_app"]()
    assert "orcid_plugin.look" in app.extensions["celery"].tasks
    app.extensions[EXTENSION].close()


def test_every_setting_named_in_a_page_exists() -> None:
    known = {"ORCID_PLUGIN_" + name.upper() for name in Settings.__dataclass_fields__}
    for page in PAGES:
        for name in re.findall(r"ORCID_PLUGIN_[A-Z_]*[A-Z]", page.read_text()):
            assert name in known, f"{named(page)} names {name}"
