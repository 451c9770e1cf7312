"""Signing in and a profile page ask the database as often among many connections as among few."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.installation import ROOT


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """`benchmarks/connections.py`, which is no part of a package."""
    found = importlib.util.spec_from_file_location("connections", ROOT / "benchmarks" / "connections.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    monkeypatch.setitem(sys.modules, "connections", module)  # where dataclasses look it up
    found.loader.exec_module(module)
    return module


def test_the_number_of_statements_does_not_grow_with_the_connections(benchmark: ModuleType, tmp_path: Path) -> None:
    def statements(connections: int) -> dict[str, int]:
        found = benchmark.measure(f"sqlite:///{tmp_path / str(connections)}.sqlite3", connections, 1)
        return {step: cost.statements for step, cost in found.items()}

    few, many = statements(10), statements(1000)
    assert few == many
    assert all(0 < count < 40 for count in few.values()), few
