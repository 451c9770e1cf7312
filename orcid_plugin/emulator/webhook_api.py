"""The member API's resource of webhooks, which has no version in its path: `/{orcid}/webhook/{encoded callback}`."""

from __future__ import annotations

import re
from urllib.parse import quote

from flask import Blueprint, Response, g

from orcid_plugin.emulator import access, scopes
from orcid_plugin.emulator.hosts import place
from orcid_plugin.emulator.refusals import Refusal
from orcid_plugin.emulator.state import Registry
from orcid_plugin.emulator.values import Webhook

_CALLABLE = re.compile(r"""https?://[^\s/?#"<>\\^`{|}]+[^\s"<>\\^`{|}]*""", re.IGNORECASE)


class WebhookApi:
    """The views."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("webhook_api", __name__, url_prefix="/<orcid>/webhook/<encoded:callback>")
        blueprint.add_url_rule("", "register", self.register, methods=["PUT"])
        blueprint.add_url_rule("", "remove", self.remove, methods=["DELETE"])
        return blueprint

    def register(self, orcid: str, callback: str) -> Response:
        """Call this address when the record changes; 204 if that is so already."""
        found = self._find(orcid, callback)
        if found is not None:
            return Response(status=204)
        if not _CALLABLE.fullmatch(callback):
            raise Refusal(9012, f"'{callback}' is no address that can be called")
        self.registry.webhooks.keep(Webhook(orcid, callback, g.caller.client_id, self.registry.now_ms()))
        answer = Response(status=201)
        del answer.headers["Content-Type"]
        answer.headers["Location"] = f"{place().api}/{orcid}/webhook/{quote(callback, safe='')}"
        return answer

    def remove(self, orcid: str, callback: str) -> Response:
        found = self._find(orcid, callback)
        if found is None:
            raise Refusal(9028, orcid=orcid, uri=callback)
        self.registry.webhooks.remove(found)
        return Response(status=204)

    def _find(self, orcid: str, callback: str) -> Webhook | None:
        """The webhook, if there is one; refused if it is another client's."""
        access.demand_scope(g.caller, scopes.WEBHOOK)
        access.find_person(self.registry, orcid, unknown=9011)
        found = self.registry.webhooks.kept.get((orcid, callback))
        if found is not None and found.client != g.caller.client_id:
            raise Refusal(9014)
        return found
