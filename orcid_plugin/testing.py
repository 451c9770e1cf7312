"""pytest fixtures for the tests of a host: `pytest_plugins = ["orcid_plugin.testing"]` in its top conftest.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orcid_plugin.emulator import Registry, Server, serve


@pytest.fixture
def orcid_registry() -> Iterator[Server]:
    """A stand-in ORCID Registry of its own for each test, over real HTTP.

    `web`, `api` and `public_api` are its addresses; `registry` gives researchers, clients, works, `faults`, `journal`.
    """
    with serve(Registry.seeded()) as server:
        yield server
