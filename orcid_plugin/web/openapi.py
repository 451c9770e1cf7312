"""The JSON routes as an OpenAPI 3.1 document, read off the routes, so that none is forgotten.

An endpoint whose name begins with `api_` answers in JSON. Its docstring describes it and names the statuses that it
answers with; every one may answer 429, and one that changes something 400 and 415.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar

from flask import current_app, jsonify, url_for
from werkzeug import Response
from werkzeug.routing import IntegerConverter, Rule

from orcid_plugin.version import VERSION
from orcid_plugin.web.pages import blueprint

PREFIX = f"{blueprint.name}.api_"
SCHEMAS = "orcid_plugin_schemas"
"""Attribute of a view: JSON Schemas of its answer and of its query's parameters."""

BODY = "orcid_plugin_body"
"""Attribute of a view: JSON Schema of the object that it takes."""

View = TypeVar("View", bound=Callable[..., Response])
Schema = Mapping[str, Any]

ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
        }
    },
}
MEANINGS = {
    200: "Done.",
    201: "Added.",
    400: "Something in the request cannot be.",
    403: "Nobody is signed in, or they may not do this.",
    404: "There is no such thing.",
    409: "It cannot be done as things are; the code says why.",
    415: "The body is not application/json.",
    429: "Asked too often; Retry-After says when to come back.",
}


def nullable(schema: Schema) -> dict[str, Any]:
    """The same, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def answers(properties: Schema, *, query: Schema | None = None) -> Callable[[View], View]:
    """Describe what a view answers, an object with all of these properties, and the parameters of its query."""

    def describe(view: View) -> View:
        answer = {"type": "object", "properties": properties, "required": list(properties)}
        setattr(view, SCHEMAS, {"answer": answer, "query": query or {}})
        return view

    return describe


def takes(properties: Schema, *required: str) -> Callable[[View], View]:
    """Describe the object that a view takes, which has no other properties than these."""

    def describe(view: View) -> View:
        setattr(
            view,
            BODY,
            {
                "type": "object",
                "properties": properties,
                "required": list(required),
                "additionalProperties": False,
            },
        )
        return view

    return describe


@blueprint.get("/api/openapi.json")
@answers({"openapi": {"type": "string"}})
def api_openapi() -> Response:
    """This document. 200."""
    return jsonify(document())


def document() -> dict[str, Any]:
    """The document of the running app, its paths without the place at which the plugin is mounted."""
    root = url_for(f"{PREFIX}openapi").removesuffix("/api/openapi.json")
    paths: dict[str, dict[str, Any]] = {}
    own = next(rule.rule for rule in current_app.url_map.iter_rules(f"{PREFIX}openapi"))
    prefix = own.removesuffix("/api/openapi.json")
    for rule in current_app.url_map.iter_rules():
        if rule.endpoint.startswith(PREFIX):
            path = re.sub(r"<(?:[^:<>]*:)?(\w+)>", r"{\1}", rule.rule.removeprefix(prefix))
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                paths.setdefault(path, {})[method.lower()] = _operation(path, rule, method)
    return {
        "openapi": "3.1.0",
        "info": {"title": "orcid_plugin", "version": VERSION, "description": "Signed in by the host's session."},
        "servers": [{"url": root or "/"}],
        "paths": paths,
        "components": {"schemas": {"Error": ERROR}},
    }


def _operation(path: str, rule: Rule, method: str) -> dict[str, Any]:
    view = current_app.view_functions[rule.endpoint]
    description = " ".join((view.__doc__ or "").split())
    schemas = getattr(view, SCHEMAS, {"answer": {"type": "object"}, "query": {}})
    statuses = {int(status) for status in re.findall(r"\b[245]\d\d\b", description)} | {429}
    operation: dict[str, Any] = {
        "operationId": rule.endpoint.removeprefix(f"{blueprint.name}."),
        "summary": description.partition(". ")[0],
        "description": description,
        "parameters": [
            *(
                {"name": name, "in": "path", "required": True, "schema": _of_path(rule, name)}
                for name in re.findall(r"{(\w+)}", path)
            ),
            *({"name": name, "in": "query", "schema": schema} for name, schema in schemas["query"].items()),
        ],
    }
    if method != "GET":
        body = getattr(view, BODY, {"type": "object"})
        required = bool(body.get("required"))
        operation["requestBody"] = {"required": required, "content": {"application/json": {"schema": body}}}
        statuses |= {400, 415}
    operation["responses"] = {
        str(status): _response(status, schemas["answer"] if status < 300 else {"$ref": "#/components/schemas/Error"})
        for status in sorted(statuses)
    }
    return operation


def _of_path(rule: Rule, name: str) -> dict[str, Any]:
    whole = isinstance(rule._converters[name], IntegerConverter)
    return {"type": "integer", "minimum": 0} if whole else {"type": "string"}


def _response(status: int, schema: Schema) -> dict[str, Any]:
    meaning = MEANINGS.get(status) or HTTPStatus(status).phrase
    return {"description": meaning, "content": {"application/json": {"schema": schema}}}
