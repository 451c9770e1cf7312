from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from orcid_plugin.emulator import Server
from tests.emulator.helpers import CARBERRY, MEMBER, Api

_SCHEMAS = {
    "external-identifier": "record_3.0/person-external-identifier-3.0.xsd",
    "group-id": "group-id-3.0/group-id-3.0.xsd",
    "notification": "notification_3.0/notification-permission-3.0.xsd",
    "summary": "summary_3.0/summary-3.0.xsd",
}
"""The schemas that are not called after their namespace."""


@pytest.fixture
def api(orcid_registry: Server) -> Api:
    """The member API as the seed's member client with Josiah Carberry's permission to read and update."""
    token = orcid_registry.registry.issue_token(MEMBER, ["/read-limited", "/activities/update"], CARBERRY)
    return Api(orcid_registry, token.access)


@pytest.fixture(scope="session")
def assert_valid(shared: Path) -> Callable[[bytes], etree._Element]:
    """Asserts that a document is valid against ORCID's XSDs, and gives its root."""
    schemas: dict[str, etree.XMLSchema] = {}
    folder = shared / "schemas/orcid"

    def check(document: bytes) -> etree._Element:
        root = etree.fromstring(document)
        name = etree.QName(root).namespace.rpartition("/")[2]
        if name not in schemas:
            file = _SCHEMAS.get(name, f"record_3.0/{name}-3.0.xsd")
            schemas[name] = etree.XMLSchema(file=str(folder / file))
        schemas[name].assertValid(root)
        return root

    return check
