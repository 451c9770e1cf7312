"""The member API's resource of group-id records: `/v3.0/group-id-record`."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from orcid_plugin.emulator import access, group_messages, groups, reading, scopes
from orcid_plugin.emulator.answers import answer, created, number, read_body
from orcid_plugin.emulator.refusals import Refusal
from orcid_plugin.emulator.schema import Message
from orcid_plugin.emulator.state import Registry
from orcid_plugin.emulator.values import GroupIdRecord

PATH = "/group-id-record"
MOST_ON_A_PAGE = 100


class GroupApi:
    """The views; `id_host` is the host of clients' addresses in answers."""

    def __init__(self, registry: Registry, id_host: str) -> None:
        self.registry = registry
        self.id_host = id_host

    def blueprint(self, prefix: str) -> Blueprint:
        blueprint = Blueprint("group_api", __name__, url_prefix=prefix + PATH)
        blueprint.add_url_rule("", "search", self.search, methods=["GET"])
        blueprint.add_url_rule("", "create", self.create, methods=["POST"])
        blueprint.add_url_rule("/<put_code>", "read", self.read, methods=["GET"])
        blueprint.add_url_rule("/<put_code>", "update", self.update, methods=["PUT"])
        blueprint.add_url_rule("/<put_code>", "delete", self.delete, methods=["DELETE"])
        return blueprint

    def search(self) -> Response:
        """One record by its group id or name, else a page of all."""
        access.demand_scope(g.caller, scopes.READ_GROUPS, scopes.UPDATE_GROUPS)
        group_id, name = request.args.get("group-id"), request.args.get("name")
        if group_id is not None or name is not None:
            return self._one(groups.search(self.registry, group_id, name))
        page, size = _positive("page", 1), _positive("page-size", MOST_ON_A_PAGE)
        shown = list(self.registry.group_ids.values())[(page - 1) * size : page * size]
        message = {
            "total": len(shown),
            "page": page,
            "page-size": size,
            "group-id-record": [self._message(group) for group in shown],
        }
        return answer("group-id", "group-id-records", group_messages.RECORDS, message)

    def read(self, put_code: str) -> Response:
        access.demand_scope(g.caller, scopes.READ_GROUPS, scopes.UPDATE_GROUPS)
        return self._one(groups.find(self.registry, number(put_code)))

    def create(self) -> Response:
        message = self._body()
        group = groups.create(self.registry, g.caller.client_id, message)
        return created(f"{PATH[1:]}/{group.put_code}")

    def update(self, put_code: str) -> Response:
        message = self._body()
        return self._one(groups.update(self.registry, number(put_code), g.caller.client_id, message))

    def delete(self, put_code: str) -> Response:
        access.demand_scope(g.caller, scopes.UPDATE_GROUPS)
        groups.delete(self.registry, number(put_code), g.caller.client_id)
        return Response(status=204)

    def _body(self) -> Message:
        message = read_body("group-id", "group-id-record", group_messages.SENT)
        access.demand_scope(g.caller, scopes.UPDATE_GROUPS)
        return message

    def _one(self, group: GroupIdRecord | None) -> Response:
        message = {} if group is None else self._message(group)
        return answer("group-id", "group-id-record", group_messages.RECORD, message)

    def _message(self, group: GroupIdRecord) -> Message:
        source: Message = {"source-name": {"value": "ORCID"}}
        if group.source is not None:
            source = reading.client_source(self.registry, group.source, self.id_host)
        return {
            "source": source,
            "name": group.name,
            "group-id": group.group_id,
            "description": group.description,
            "type": group.type,
            "put-code": group.put_code,
        }


def _positive(name: str, default: int) -> int:
    text = request.args.get(name, str(default))
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:9]) <= 1_000_000:
        raise Refusal(9006, f"{name} must be a positive number")
    return int(text)
