"""The wheel of this tree, built and installed once for the tests of packaging and layers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAPPED = {
    "orcid_plugin": "orcid_plugin",
    **{f"orcid_plugin.{name}": name for name in ("hooks", "templates", "locales")},
}
BUILT = ("setup.cfg", "pyproject.toml", "README.md", "LICENSE", *MAPPED.values())
SITE_PACKAGES = sysconfig.get_path("purelib")


def kept_files(folder: Path) -> set[str]:
    """All files of a folder but compiled ones, relative to it."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def run(*command: str | Path, path: str = "", cwd: Path) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pip(*arguments: str | Path, cwd: Path) -> str:
    """Call pip without the network; the build says nothing of deprecations."""
    quiet = ("--disable-pip-version-check", "--no-deps", "--no-index", "--no-build-isolation")
    return run(sys.executable, "-m", "pip", arguments[0], *quiet, *arguments[1:], cwd=cwd)


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the build reads, so that no build touches the developer's tree."""
    copy = tmp_path_factory.mktemp("source")
    for name in BUILT:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="session")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    said = pip("wheel", "-v", "-w", folder, source, cwd=folder)
    assert "eprecat" not in said
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which the wheel is installed, and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    pip("install", "--target", folder / "site", wheel, cwd=folder)
    return folder / "site"
