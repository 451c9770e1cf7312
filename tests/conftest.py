"""What all tests share: where the real samples are, and which services this machine has."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("ORCID_TEST_SHARED", ROOT.parent / "shared"))


def lacking(name: str, sentence: str) -> None:
    """Skip with a sentence that names what the machine lacks; fail where ORCID_TEST_REQUIRE demands it."""
    if name in os.environ.get("ORCID_TEST_REQUIRE", "").split(","):
        pytest.fail(f"ORCID_TEST_REQUIRE asks for {name}: {sentence}")
    pytest.skip(sentence)


def samples(kind: str) -> list[Path]:
    """The sample files of one kind (`jats`, `crossref`) for parametrisation; empty where the samples are not there."""
    return sorted((SHARED / "samples" / kind).glob("*.xml"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the official schemas and real samples."""
    if not SHARED.is_dir():
        lacking("shared", f"the schemas and samples are not at {SHARED}; set ORCID_TEST_SHARED")
    return SHARED
