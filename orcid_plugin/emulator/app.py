"""The emulator as a Flask application: web pages, OAuth, the member API and the public API."""

from __future__ import annotations

import secrets
import socket
import time
from wsgiref.types import WSGIApplication

from flask import Response, g, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from orcid_plugin.emulator import access, versions
from orcid_plugin.emulator.account import Account
from orcid_plugin.emulator.answers import as_script, error_answer, media_type
from orcid_plugin.emulator.api import Api
from orcid_plugin.emulator.control import PREFIX, control_app
from orcid_plugin.emulator.converters import CONVERTERS
from orcid_plugin.emulator.faults import Fault
from orcid_plugin.emulator.group_api import GroupApi
from orcid_plugin.emulator.hosts import MEMBER_API, PUBLIC_API, EncodedSegment, HostLayer, HostNames, Side, place
from orcid_plugin.emulator.inbox import Inbox
from orcid_plugin.emulator.journal import LONGEST_BODY, Entry, without_secrets
from orcid_plugin.emulator.limits import Limiter, Limits
from orcid_plugin.emulator.notification_api import NotificationApi
from orcid_plugin.emulator.oauth import OAuth, refusal_answer
from orcid_plugin.emulator.pages import Pages
from orcid_plugin.emulator.refusals import OAuthRefusal, Refusal
from orcid_plugin.emulator.serial import RegistryApp
from orcid_plugin.emulator.state import Registry
from orcid_plugin.emulator.values import Client
from orcid_plugin.emulator.webhook_api import WebhookApi

_OPEN = {f"{MEMBER_API}/status", f"{MEMBER_API}/apiStatus", f"{PUBLIC_API}/status", f"{PUBLIC_API}/pubStatus"}
_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"


def create_app(
    registry: Registry,
    *,
    names: HostNames | None = None,
    id_host: str | None = None,
    https_only: bool = False,
    limits: Limits | None = None,
    control: bool = True,
) -> RegistryApp:
    """The application for one Registry.

    Arguments:
        registry: what it answers from.
        names: names under which ORCID's hosts answer, besides all of them on any other.
        id_host: host of the iDs in its answers; that of the names, or `orcid.org`, if None.
        https_only: whether the APIs' named hosts answer over TLS alone, as ORCID's do.
        limits: how much a client may ask for; None: as much as it likes.
        control: whether tests can steer it over HTTP, below `/_control`.
    """
    id_host = id_host or (names.id_host if names else "orcid.org")
    app = RegistryApp(registry, static_folder="static", template_folder="templates")
    app.url_map.converters |= {**CONVERTERS, "encoded": EncodedSegment}
    layers: WSGIApplication = HostLayer(app.wsgi_app, names)
    if control:
        layers = DispatcherMiddleware(layers, {PREFIX: control_app(registry)})
    app.wsgi_app = layers  # type: ignore[method-assign, assignment]
    # The name matters: cookies do not tell ports apart, and the host under test has a `session` of its own.
    app.config.update(
        SECRET_KEY=secrets.token_bytes(32), SESSION_COOKIE_NAME="orcid_emulator", SESSION_COOKIE_SAMESITE="Lax"
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    api = Api(registry, id_host)
    app.register_blueprint(api.blueprint("member_api", MEMBER_API, public=False))
    app.register_blueprint(api.blueprint("public_api", PUBLIC_API, public=True))
    app.register_blueprint(GroupApi(registry, id_host).blueprint(MEMBER_API))
    app.register_blueprint(NotificationApi(registry, id_host).blueprint(MEMBER_API))
    app.register_blueprint(WebhookApi(registry).blueprint())
    app.register_blueprint(OAuth(registry, id_host).blueprint())
    app.register_blueprint(Account(registry).blueprint())
    app.register_blueprint(Inbox(registry).blueprint())
    app.register_blueprint(Pages(registry, id_host).blueprint())
    app.before_request(lambda: _meet_fault(registry))
    if limits is not None:
        limiter = Limiter(limits, registry.clock)
        app.before_request(lambda: limiter.check(_client(registry)))
    app.before_request(lambda: versions.check(https_only=https_only))
    app.before_request(lambda: _identify(registry))
    app.after_request(lambda response: _finish(registry, response))
    app.register_error_handler(Refusal, _refuse)
    app.register_error_handler(OAuthRefusal, refusal_answer)
    app.register_error_handler(HTTPException, _http_error)
    return app


def _meet_fault(registry: Registry) -> Response | None:
    g.started, g.at = time.monotonic(), registry.clock()
    g.client_id = g.body = g.fault = None
    g.client_id = _asking(registry)
    g.body = _kept_body() if registry.journal.bodies else None
    g.fault = fault = registry.faults.take(request.method, request.path, g.client_id)
    if fault is None or fault.after:
        return None
    time.sleep(fault.delay)
    return _as_planned(fault)


def _asking(registry: Registry) -> str | None:
    """The id of the client that asks, as far as its token or its own word tells."""
    credentials = request.authorization
    if credentials is not None and credentials.type == "basic":
        return credentials.username
    token = registry.tokens.get(_access_token() or "")
    return token.client if token else request.values.get("client_id")


def _access_token() -> str | None:
    bearer = request.authorization
    return bearer.token if bearer is not None and bearer.type == "bearer" else request.values.get("access_token")


def _kept_body() -> str:
    if request.form:
        return without_secrets(request.form.items(multi=True))[:LONGEST_BODY]
    return request.get_data().decode("utf-8", "replace")[:LONGEST_BODY]


def _as_planned(fault: Fault) -> Response | None:
    if fault.close:
        # Only the development server tells its socket; it notices by itself that nothing can be written any more.
        request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        return Response(status=503)
    if fault.status is None:
        return None
    return Response(fault.body, fault.status, list(fault.headers), content_type=fault.content_type)


def _client(registry: Registry) -> Client | None:
    """The client that asks, if its token was ever issued: what the token is good for is looked at later."""
    token = registry.tokens.get(_access_token() or "")
    return registry.clients.get(token.client) if token else None


def _identify(registry: Registry) -> None:
    """The token comes first: before the path, the method, the media types and the body."""
    arrived = place()
    if not arrived.is_api or request.path in _OPEN or request.method == "OPTIONS":
        return
    public = arrived.side is Side.PUBLIC
    g.caller = access.identify(registry, _access_token(), public=public, method=request.method)
    if request.routing_exception is None:
        media_type()


def _finish(registry: Registry, response: Response) -> Response:
    registry.journal.record(
        Entry(
            request.method,
            request.path,
            response.status_code,
            g.client_id,
            g.at,
            query=without_secrets(request.args.items(multi=True)),
            duration=time.monotonic() - g.started,
            body=g.body,
        )
    )
    fault: Fault | None = g.fault
    if fault is not None and fault.after:
        time.sleep(fault.delay)
        response = _as_planned(fault) or response
    if place().is_api:
        as_script(response)
        response.headers["Access-Control-Allow-Origin"] = "*"
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, DELETE"
            response.headers["Access-Control-Allow-Headers"] = "X-Requested-With,Origin,Content-Type, Accept"
    elif response.mimetype == "text/html":
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _refuse(refusal: Refusal) -> Response:
    response = error_answer(refusal)
    if refusal.status == 301:
        values, arrived = refusal.values, place()
        path = arrived.path.replace(str(values["deprecated_orcid"]), str(values["orcid"]), 1)
        response.headers["Location"] = arrived.url(path)
    return response


def _http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if place().is_api and isinstance(error, InternalServerError) and error.original_exception is not None:
        return error_answer(Refusal(9008, exception=type(error.original_exception).__name__))
    if place().is_api and status >= 400:
        return error_answer(Refusal(9001, status=status))
    if status in {404, 405} and not request.path.startswith("/oauth/"):
        page = render_template("error.html", error=str(status), description="There is nothing here.")
        return Response(page, status)
    return error
