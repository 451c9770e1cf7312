"""Tests of what is installed: nothing forgotten, and everything found from wherever it was installed."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import sys
import zipfile
from configparser import ConfigParser
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.installation import MAPPED, ROOT, SITE_PACKAGES, kept_files, pip, run

PROBE = """
import importlib, json, sys
from importlib.resources import files
from pathlib import Path
found = {}
for name in ("hooks", "templates", "locales"):
    package = importlib.import_module(f"orcid_plugin.{name}")
    folder = Path(str(files(package)))
    for module in folder.glob("[a-z]*.py"):
        importlib.import_module(f"{package.__name__}.{module.stem}")
    found[name] = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"
    )
found["version"] = importlib.import_module("orcid_plugin.version").__file__
print(json.dumps(found))
"""

MOUNT = """
import sys
from cryptography.fernet import Fernet
from flask import Flask, render_template_string
from orcid_plugin import OrcidPlugin

class Host:
    def current_account(self):
        return None

app = Flask("host", instance_path=sys.argv[1])
app.config.update(
    SECRET_KEY="x",
    ORCID_PLUGIN_CLIENT_ID="APP-1",
    ORCID_PLUGIN_CLIENT_SECRET="x",
    ORCID_PLUGIN_TOKEN_KEYS=Fernet.generate_key().decode(),
)
OrcidPlugin(app, host=Host(), url_prefix="/people/with-orcid")

@app.get("/host")
def page():
    return render_template_string(
        '{% from "orcid_plugin/macros.html" import connect_button %}'
        '{{ connect_button(url_for("orcid_plugin.connect", purpose="register")) }}'
    )

runtime = app.extensions["orcid_plugin"]
runtime.store.upgrade()
client = app.test_client()
there = {"base_url": "https://press.example/journal"}

answer = client.get("/people/with-orcid/connect/register", **there)
assert answer.status_code == 302, answer.status
assert "redirect_uri=https%3A%2F%2Fpress.example%2Fjournal%2Fpeople%2Fwith-orcid%2Fcallback" in answer.location

answer = client.get("/people/with-orcid/callback?state=forged", **there)
assert answer.status_code == 400, answer.status
style = answer.text.partition('rel="stylesheet" href="')[2].partition('"')[0]
assert style.startswith("/journal/people/with-orcid/"), answer.text
assert client.get(style.removeprefix("/journal"), **there).status_code == 200

assert 'href="/journal/people/with-orcid/connect/register"' in client.get("/host", **there).text
runtime.close()
"""


def python(place: Path, code: str, *arguments: str, cwd: Path, editable: bool = False) -> str:
    """Run code where `place` and the dependencies are found, but not the tests' own installation of the package."""
    # -S: the .pth files of the site-packages, which would supply this tree, are not read.
    prepare = f"import site; site.addsitedir({str(place)!r})\n" if editable else ""
    path = os.pathsep.join([str(place), SITE_PACKAGES])
    return run(sys.executable, "-S", "-c", prepare + code, *arguments, path=path, cwd=cwd)


def probe(place: Path, cwd: Path, *, editable: bool = False) -> dict[str, list[str]]:
    """Which files of the mapped folders are found."""
    found: dict[str, list[str]] = json.loads(python(place, PROBE, cwd=cwd, editable=editable))
    return found


def test_the_listed_packages_are_those_of_the_tree() -> None:
    parser = ConfigParser()
    parser.read(ROOT / "setup.cfg")
    there = {
        ".".join((package, *path.parent.relative_to(ROOT / folder).parts))
        for package, folder in MAPPED.items()
        for path in (ROOT / folder).rglob("__init__.py")
    }
    assert parser["options"]["packages"].split() == sorted(there)


def test_what_the_package_imports_is_what_it_depends_on() -> None:
    parser = ConfigParser()
    parser.read(ROOT / "setup.cfg")
    declared = {re.split(r"[ >\[]", line)[0] for line in parser["options"]["install_requires"].split("\n") if line}
    distributions = packages_distributions()
    used = {
        distributions.get(module, [module])[0].lower()
        for folder in MAPPED.values()
        for path in (ROOT / folder).rglob("*.py")
        for module in imported(path) - sys.stdlib_module_names - {"orcid_plugin"}
    }
    # These come with Flask, with whoever hands in a Celery app, and with whoever runs pytest.
    assert used - {"blinker", "jinja2", "markupsafe", "werkzeug", "celery", "pytest"} == declared


def test_flask_is_one_that_heeds_trusted_hosts() -> None:
    """Before 3.1 a forged `Host` header would get into a mail although that setting names the hosts."""
    parser = ConfigParser()
    parser.read(ROOT / "setup.cfg")
    (least,) = re.findall(r"^flask >= ([0-9.]+)$", parser["options"]["install_requires"], re.MULTILINE)
    assert tuple(map(int, least.split("."))) >= (3, 1)


def imported(path: Path) -> set[str]:
    """The top-level modules that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


def test_the_wheel_holds_every_file_of_the_tree(wheel: Path, source: Path) -> None:
    wanted = {
        f"{package.replace('.', '/')}/{name}"
        for package, folder in MAPPED.items()
        for name in kept_files(source / folder)
    }
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == wanted


def test_the_wheel_states_licence_and_commands(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name.partition("/")[2]: name for name in archive.namelist() if ".dist-info/" in name}
        metadata, commands = (archive.read(names[name]).decode() for name in ("METADATA", "entry_points.txt"))
    assert "License-Expression: MIT" in metadata
    assert "licenses/LICENSE" in names
    assert "orcid-plugin = orcid_plugin.cli:main" in commands
    assert "orcid = orcid_plugin.cli:flask_group" in commands


def assert_all_found(found: dict[str, list[str]], source: Path) -> None:
    for name in ("hooks", "templates", "locales"):
        assert set(found[name]) == kept_files(source / name)


def test_from_the_wheel_everything_is_found(installed: Path, source: Path, tmp_path: Path) -> None:
    found = probe(installed, tmp_path)
    assert Path(str(found["version"])).is_relative_to(installed)
    assert_all_found(found, source)


def test_from_an_installation_that_was_moved_everything_is_found(installed: Path, source: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(installed, tmp_path / "an other" / "préfix")
    found = probe(moved, tmp_path)
    assert Path(str(found["version"])).is_relative_to(moved)
    assert_all_found(found, source)


@pytest.mark.parametrize("mode", ["lenient", "strict"])
def test_from_an_editable_installation_everything_is_found(mode: str, source: Path, tmp_path: Path) -> None:
    copy, place = shutil.copytree(source, tmp_path / "copy"), tmp_path / "site"
    pip("install", "--config-settings", f"editable_mode={mode}", "--target", place, "--editable", copy, cwd=tmp_path)
    found = probe(place, tmp_path, editable=True)
    assert Path(str(found["version"])).is_relative_to(copy)
    assert_all_found(found, source)
    python(place, MOUNT, str(tmp_path), cwd=tmp_path, editable=True)
    # The tree's root, where the folder orcid_plugin shadows the installed package.
    if mode == "lenient":
        assert_all_found(probe(place, copy, editable=True), source)


def test_from_the_wheel_pages_work_under_the_prefix_that_the_host_chose(installed: Path, tmp_path: Path) -> None:
    python(installed, MOUNT, str(tmp_path), cwd=tmp_path)


def test_the_command_runs_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    code = "from orcid_plugin.cli import main; main()"
    assert python(installed, code, "--version", cwd=tmp_path).startswith("orcid-plugin, version")


def test_the_test_of_the_documents_runs_with_the_fixtures_of_the_wheel(installed: Path, tmp_path: Path) -> None:
    page = (ROOT / "docs/testing.md").read_text()
    example = next(block for block in page.split("```") if "def test_an_article" in block)
    (tmp_path / "test_example.py").write_text(example.removeprefix("python\n"))
    said = python(installed, "import pytest; raise SystemExit(pytest.main(['-W', 'error', '.']))", cwd=tmp_path)
    assert "1 passed" in said


def test_the_fixtures_load_nothing_until_they_are_used(installed: Path, tmp_path: Path) -> None:
    code = "import orcid_plugin.testing, sys; print(*{'flask', 'lxml', 'requests', 'sqlalchemy'} & set(sys.modules))"
    assert python(installed, code, cwd=tmp_path).strip() == ""
