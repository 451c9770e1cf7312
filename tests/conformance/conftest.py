"""Client and emulator side by side."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orcid_plugin.registry.client import Client
from orcid_plugin.registry.transport import Transport
from orcid_plugin.testing.hosts import Credentials
from tests.emulator.conftest import assert_valid

__all__ = ["assert_valid"]


@pytest.fixture
def client(orcid_client: Credentials) -> Iterator[Client]:
    """The client of the Registry under test."""
    transport = Transport()
    yield Client(orcid_client.environment, transport)
    transport.close()
