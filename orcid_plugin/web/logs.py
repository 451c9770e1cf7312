"""The logs of a site for administrators: its audit trail and its calls to ORCID, as pages, files and JSON."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import jsonify, request
from werkzeug import Response

from orcid_plugin.errors import SearchRefused
from orcid_plugin.hooks import logs, sites
from orcid_plugin.identity.logs import COLUMNS, FILTERS, Form, Found, Log, as_json
from orcid_plugin.store.tables import now
from orcid_plugin.web.administrators import administrator
from orcid_plugin.web.openapi import View, answers, nullable
from orcid_plugin.web.pages import blueprint, page

TYPES = {Form.CSV: "text/csv", Form.JSON: "application/json"}
TEXT = {"type": "string"}
OF_COLUMN: dict[str, dict[str, Any]] = {
    "at": {"type": "string", "format": "date-time"},
    "actor": TEXT,
    "action": TEXT,
    "details": {"type": "object"},
    "method": TEXT,
    "url": TEXT,
    "status": nullable({"type": "integer"}),
    "milliseconds": {"type": "integer"},
    "correlation_id": TEXT,
}
"""JSON Schema of what is not a text or null."""


def described(log: Log) -> Callable[[View], View]:
    """Describe a view that answers with a page of a log."""
    columns = {name: OF_COLUMN.get(name, nullable(TEXT)) for name in COLUMNS[log]}
    entry = {"type": "object", "properties": columns, "required": list(columns)}
    query = dict.fromkeys((*FILTERS[log], "before"), TEXT)
    return answers({log: {"type": "array", "items": entry}, "older": nullable(TEXT)}, query=query)


@blueprint.get("/admin/sites/<key>/<any(events, calls):log>")
def admin_log(key: str, log: str) -> Response:
    """What a log holds of what is looked for, page by page."""
    administrator()
    try:
        return _page(key, Log(log), found=logs.find(key, Log(log), request.args))
    except SearchRefused as error:
        return _page(key, Log(log), faults=error.faults)


@blueprint.get("/admin/sites/<key>/<any(events, calls):log>.<any(csv, json):form>")
def admin_log_file(key: str, log: str, form: str) -> Response:
    """All that is looked for as a file, which is read from the database while it is sent."""
    actor = administrator()
    try:
        pieces = logs.file(key, Log(log), Form(form), request.args, actor=actor)
    except SearchRefused as error:
        return _page(key, Log(log), faults=error.faults)
    response = Response(pieces, mimetype=TYPES[Form(form)])
    name = re.sub(r"[^\w.-]", "_", key, flags=re.ASCII)
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}-{log}-{now():%Y-%m-%d}.{form}")
    return response


@blueprint.get("/api/sites/<key>/events")
@described(Log.EVENTS)
def api_events(key: str) -> Response:
    """Events of the audit trail, the newest first; `before` is the `older` of the page before. 200, 400, 403, 404."""
    return _json(key, Log.EVENTS)


@blueprint.get("/api/sites/<key>/calls")
@described(Log.CALLS)
def api_calls(key: str) -> Response:
    """Calls to ORCID, the newest first; `before` is the `older` of the page before. 200, 400, 403, 404."""
    return _json(key, Log.CALLS)


def _json(key: str, log: Log) -> Response:
    administrator()
    found = logs.find(key, log, request.args)
    return jsonify({log: [as_json(one) for one in found.entries], "older": found.older})


def _page(key: str, log: Log, *, found: Found | None = None, faults: dict[str, str] | None = None) -> Response:
    """The form as it was sent, with what was found or what is wrong with it."""
    given = {name: request.args.get(name, "") for name in FILTERS[log]}
    return page(
        f"admin/{log}.html",
        400 if faults else 200,
        site=sites.shown(key),
        log=log,
        given=given,
        asked={name: text for name, text in given.items() if text.strip()},
        found=found,
        faults=faults or {},
    )
