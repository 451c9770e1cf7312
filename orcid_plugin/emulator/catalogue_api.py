"""What the Registry tells beside records: `/client/{id}` on both APIs, and the public `/identifiers`."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, g, request
from lxml import etree

from orcid_plugin.emulator import access, scopes
from orcid_plugin.emulator.answers import answer, media_type, plain_json_answer, plain_xml_answer
from orcid_plugin.emulator.common_messages import PLAIN
from orcid_plugin.emulator.refusals import Refusal
from orcid_plugin.emulator.schema import Field, Group
from orcid_plugin.emulator.state import Registry
from orcid_plugin.metadata.vocabulary import IDENTIFIER_TYPES, IdentifierType

CLIENT = Group((Field("name", "client", PLAIN), Field("description", "client", PLAIN)))


class CatalogueApi:
    """The views of both APIs."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def add_to(self, blueprint: Blueprint, *, public: bool) -> None:
        blueprint.add_url_rule("/client/<client_id>", "GET /client/<client_id>", self.client, methods=["GET"])
        if public:
            blueprint.add_url_rule("/identifiers", "GET /identifiers", self.identifiers, methods=["GET"])

    def client(self, client_id: str) -> Response:
        """Name and description of an application."""
        if not g.caller.public:
            access.demand_scope(g.caller, scopes.READ_PUBLIC)
        client = self.registry.clients.get(client_id)
        if client is None:
            raise Refusal(9027, client=client_id)
        return answer("client", "client-summary", CLIENT, {"name": client.name, "description": client.description})

    def identifiers(self) -> Response:
        """All types of external identifiers; their descriptions are the names, whatever the locale."""
        if not re.fullmatch(r"[a-z]{2,3}(_[A-Z]{2})?", request.args.get("locale", "en")):
            raise Refusal(9006, f"Invalid locale format: {request.args['locale']}")
        if media_type().endswith("json"):
            return plain_json_answer([_told(type) for type in IDENTIFIER_TYPES.values()])
        root = etree.Element("identifierTypes")
        for type in IDENTIFIER_TYPES.values():
            element = etree.SubElement(root, "identifierType")
            for name, content in _told(type).items():
                if content is not None:
                    text = str(content)
                    etree.SubElement(element, name).text = text.lower() if isinstance(content, bool) else text
        return plain_xml_answer(root)


def _told(type: IdentifierType) -> dict[str, Any]:
    return {
        "name": type.name,
        "description": type.name,
        "resolutionPrefix": type.resolver,
        "deprecated": False,
        "caseSensitive": type.case_sensitive,
    }
