"""The import contract, checked on the installed wheel: only there are hooks, templates and locales in their place."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.installation import ROOT, SITE_PACKAGES

CHECK = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def lint(installed: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-S", "-c", CHECK, "--config", str(ROOT / "pyproject.toml"), "--no-cache"],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(installed), SITE_PACKAGES])},
        capture_output=True,
        text=True,
        check=False,
    )


def test_imports_point_one_way(installed: Path, tmp_path: Path) -> None:
    done = lint(installed, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("metadata/wrong.py", "import orcid_plugin.store.tables"),
        ("metadata/wrong.py", "import flask"),
        ("registry/wrong.py", "import sqlalchemy"),
        ("identity/wrong.py", "import orcid_plugin.outbox"),
        ("outbox/wrong.py", "import orcid_plugin.hooks"),
        ("hooks/wrong.py", "import orcid_plugin.web"),
        ("cli/wrong.py", "import orcid_plugin.web"),
        ("emulator/wrong.py", "import orcid_plugin.registry.environment"),
        ("wrong.py", "pass"),
    ],
)
def test_an_import_that_points_upwards_is_found(module: str, line: str, installed: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(installed, tmp_path / "site")
    (copy / "orcid_plugin" / module).write_text(line + "\n")
    done = lint(copy, tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "wrong" in done.stdout
