"""The administrators' pages as JSON, for scripts and for hosts with a user interface of their own.

JSON in, JSON out; an error is `{"error": {"code", "message"}}` with a status. What changes something is refused unless
it comes as `application/json` and, from a browser, from a page of the same origin: no form and no page of another site
can send that, so no token is needed, and a script may use whatever the host knows people by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from flask import jsonify, request
from werkzeug import Response
from werkzeug.exceptions import BadRequest, Forbidden, NotFound, UnsupportedMediaType

from orcid_plugin.errors import InputError
from orcid_plugin.hooks import administration, registration, sites
from orcid_plugin.hooks.administration import Page
from orcid_plugin.hooks.sites import Change, SiteStatus
from orcid_plugin.runtime import at_site, of_host
from orcid_plugin.web.administrators import administrator, administrator_id, page_number
from orcid_plugin.web.openapi import takes
from orcid_plugin.web.pages import blueprint

CHANGE = {
    "settings": {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean", "null"]}},
    "people": {"type": "integer", "minimum": 0},
    "dry_run": {"type": "boolean"},
}
"""What a change of a site is told by, as JSON Schema."""


@blueprint.get("/api/sites")
def api_sites() -> Response:
    """All sites. 200, 403."""
    administrator()
    return jsonify(sites=[one.as_json() for one in sites.listed()])


@blueprint.post("/api/sites")
@takes({"key": {"type": "string"}, **CHANGE}, "key")
def api_add_site() -> Response:
    """Add a site: `key`, `settings`; `people` and `dry_run` as for a change. 201, 200 for a dry run, 400, 403, 409."""
    actor = _changing()
    body = _body("key", "settings", "people", "dry_run")
    key = body.get("key")
    if not isinstance(key, str):
        raise InputError("key is not a text")
    change = _change(sites.add, key, body, actor)
    if body.get("dry_run"):
        return jsonify(change=asdict(change))
    return _site(sites.shown(key), change, 201)


@blueprint.get("/api/sites/<key>")
def api_site(key: str) -> Response:
    """One site. 200, 403, 404."""
    administrator()
    return _site(sites.shown(key))


@blueprint.patch("/api/sites/<key>")
@takes(CHANGE)
def api_change_site(key: str) -> Response:
    """Change `settings`, null takes one back; `people` is how many may have to connect again, 0 if it is not given.

    With `dry_run` nothing changes, and `change` says what would. 200, 400, 403, 404, 409 (`people_concerned`).
    """
    actor = _changing()
    sites.shown(key)
    body = _body("settings", "people", "dry_run")
    change = _change(sites.change, key, body, actor)
    return jsonify(change=asdict(change)) if body.get("dry_run") else _site(sites.shown(key), change)


@blueprint.delete("/api/sites/<key>")
def api_remove_site(key: str) -> Response:
    """Remove a site; its rows are kept. 200, 400 for the host's own, 403, 404."""
    return _site(sites.remove(key, actor=_changing()))


@blueprint.post("/api/sites/<key>/check")
def api_check_site(key: str) -> Response:
    """Ask the Registry about the credentials: `ok`, and `lines` of subject, found, remedy or null. 200, 403, 404."""
    _changing()
    lines = list(sites.check(key))
    return jsonify(ok=not any(line.remedy for line in lines), lines=[asdict(line) for line in lines])


@blueprint.post("/api/sites/<key>/ask-again")
def api_ask_again(key: str) -> Response:
    """Ask those whose permissions other credentials ended. `invited`, `accounts`, `unreachable`. 200, 403, 404."""
    return jsonify(asdict(sites.ask_again(key, actor=_changing())))


@blueprint.get("/api/sites/<key>/connections")
def api_connections(key: str) -> Response:
    """Connections; parameters `search`, `state`, `page` from 1. 200, 400, 403, 404."""
    administrator()
    search, state = request.args.get("search", ""), request.args.get("state") or None
    return _page("connections", administration.connections(key, search=search, state=state, page=page_number()))


@blueprint.get("/api/sites/<key>/tasks")
def api_tasks(key: str) -> Response:
    """Tasks that were given up; parameter `page` from 1. 200, 400, 403, 404."""
    administrator()
    return _page("tasks", administration.failed_tasks(key, page=page_number()))


@blueprint.post("/api/sites/<key>/tasks/<int(max=2147483647):number>/retry")
def api_retry_task(key: str, number: int) -> Response:
    """Try a task afresh. 200, 403, 404."""
    actor = _changing()
    if not administration.retry(sites.shown(key).key, number, actor=actor):
        raise NotFound
    return jsonify(retried=number)


@blueprint.get("/api/sites/<key>/conflicts")
def api_conflicts(key: str) -> Response:
    """iDs that one account has and another one proved, of thirty days. 200, 403, 404."""
    administrator()
    with at_site(sites.shown(key).key):
        found = registration.conflicts()
    rows = [
        {
            "id": one.id,
            "orcid": one.orcid.path,
            "held_by": one.held_by,
            "wanted_by": one.wanted_by,
            "since": one.since.isoformat(),
        }
        for one in found
    ]
    return jsonify(conflicts=rows)


@blueprint.post("/api/sites/<key>/conflicts/<int(max=2147483647):number>/release")
def api_release_conflict(key: str, number: int) -> Response:
    """Take the iD from the account that has it. 200, 403, 404, 409."""
    _changing()
    with at_site(sites.shown(key).key):
        registration.release(number, administrator_id())
    return jsonify(released=number)


def _changing() -> str:
    """The administrator who asks for a change. Answers 415 or 403 where it did not come in a way that is safe."""
    actor = administrator()
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Content-Type must be application/json.")
    fetched, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if fetched is not None:
        same = fetched in {"same-origin", "none"}
    else:  # an old browser, or none
        public_url = of_host().settings.public_url
        own = {request.host, urlsplit(public_url).netloc if public_url else request.host}
        same = origin is None or urlsplit(origin).netloc in own
    if not same:
        raise Forbidden
    return actor


def _body(*known: str) -> Mapping[str, Any]:
    """The object that was sent. Raises `InputError` for another thing, or for keys that are not known."""
    try:
        body = request.get_json()
    except (BadRequest, RecursionError):
        raise InputError("the body is not JSON") from None
    if not isinstance(body, dict):
        raise InputError("the body is not a JSON object")
    if unknown := sorted(set(body) - set(known)):
        raise InputError(f"{', '.join(unknown)[:200]} is unknown; known are {', '.join(known)}")
    return body


def _change(act: Any, key: str, body: Mapping[str, Any], actor: str) -> Change:
    own, people, dry_run = body.get("settings", {}), body.get("people", 0), body.get("dry_run", False)
    if not isinstance(own, dict):
        raise InputError("settings is not a JSON object")
    if not isinstance(people, int) or isinstance(people, bool):
        raise InputError("people is not a whole number")
    if not isinstance(dry_run, bool):
        raise InputError("dry_run is neither true nor false")
    if dry_run:
        return sites.preview(key, own)
    change: Change = act(key, own, actor=actor, people=people)
    return change


def _site(site: SiteStatus, change: Change | None = None, status: int = 200) -> Response:
    answer = jsonify(site=site.as_json(), **({"change": asdict(change)} if change is not None else {}))
    answer.status_code = status
    return answer


def _page(name: str, found: Page[Any]) -> Response:
    rows = [{key: _plain(value) for key, value in asdict(row).items()} for row in found.rows]
    return jsonify({name: rows, "total": found.total, "page": found.number, "pages": found.pages})


def _plain(value: Any) -> Any:
    """Times in ISO 8601, as they are written in JSON."""
    return value.isoformat() if hasattr(value, "isoformat") else value
