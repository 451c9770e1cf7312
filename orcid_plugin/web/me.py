"""For hosts with a user interface of their own, as JSON: one's own connection, and where contributors stand."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from flask import abort, jsonify, request
from werkzeug import Response

from orcid_plugin.hooks import publication, registration
from orcid_plugin.host import Account
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.runtime import current_host
from orcid_plugin.store.tables import ConnectionState, DeliveryState, InvitationState
from orcid_plugin.web.openapi import answers, nullable
from orcid_plugin.web.pages import blueprint

TEXT = {"type": "string"}
NUMBER = {"type": "integer"}
FLAG = {"type": "boolean"}
URI = {"type": "string", "format": "uri"}


def words(kind: Iterable[StrEnum]) -> dict[str, Any]:
    """Any of these states."""
    return {"type": "string", "enum": [state.value for state in kind]}


CONNECTION = {
    "orcid": URI,
    "name": nullable(TEXT),
    "state": words(ConnectionState),
    "scopes": {"type": "array", "items": TEXT},
    "since": {"type": "string", "format": "date-time"},
}
CONTRIBUTOR = {
    "name": TEXT,
    "key": nullable(TEXT),
    "orcid": nullable(URI),
    "authenticated": FLAG,
    "connection": nullable(words(ConnectionState)),
    "declined": FLAG,
    "invitation": nullable(words(InvitationState)),
    "delivery": nullable(words(DeliveryState)),
    "code": nullable(TEXT),
    "message": nullable(TEXT),
    "put_code": nullable(NUMBER),
    "out_of_reach": nullable(NUMBER),
}


@blueprint.get("/api/me")
@answers({"connection": nullable({"type": "object", "properties": CONNECTION, "required": list(CONNECTION)})})
def api_me() -> Response:
    """The connection of the account that is signed in, or null. 200, 403."""
    found = registration.connection(_account().id)
    if found is None:
        return jsonify(connection=None)
    plain = {"orcid": found.orcid.uri, "scopes": sorted(found.scopes), "since": found.since.isoformat()}
    return jsonify(connection={"name": found.name, "state": found.state, **plain})


@blueprint.delete("/api/me")
@answers({"disconnected": FLAG}, query={"remove_works": FLAG})
def api_disconnect() -> Response:
    """Disconnect the account that is signed in; false where it was not. With `remove_works=true` what was written to
    the record is removed first. 200, 403, 409 where the iD is the only way to sign in.
    """
    # Browsers ask before they send DELETE to another origin, and nothing here permits it; so no token is needed.
    if request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}:
        abort(403)
    removing = request.args.get("remove_works") == "true"
    return jsonify(disconnected=registration.disconnect(_account().id, remove_works=removing))


@blueprint.get("/api/publications/<path:key>/contributors")
@answers(
    {"contributors": {"type": "array", "items": {"type": "object", "properties": CONTRIBUTOR, "required": ["name"]}}}
)
def api_contributors(key: str) -> Response:
    """Where each contributor stands, in the order of the publication, for those who may edit it. 200, 403, 404."""
    account = _account()
    if "\x00" in key or not current_host().may_edit(account, key):
        abort(403)
    found = publication.status(key)
    if not found:
        abort(404)
    return jsonify(contributors=[{name: _plain(getattr(one, name)) for name in CONTRIBUTOR} for one in found])


def _plain(value: object) -> object:
    return value.uri if isinstance(value, OrcidId) else value


def _account() -> Account:
    account = current_host().current_account()
    if account is None:
        abort(403)
    return account
