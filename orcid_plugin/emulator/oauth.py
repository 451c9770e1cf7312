"""The OAuth and OpenID Connect endpoints over HTTP: authorization with its consent page, tokens, keys, user info."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from orcid_plugin.emulator import account, authorization, openid, scopes, tokens
from orcid_plugin.emulator.authorization import AuthorizationRequest, PageFault, RedirectFault
from orcid_plugin.emulator.hosts import place
from orcid_plugin.emulator.refusals import OAuthRefusal
from orcid_plugin.emulator.state import Registry
from orcid_plugin.emulator.values import Researcher

_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class OAuth:
    """The views; `id_host` is the host of the iDs in answers."""

    def __init__(self, registry: Registry, id_host: str) -> None:
        self.registry = registry
        self.id_host = id_host

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("oauth", __name__)
        blueprint.add_url_rule("/oauth/authorize", "authorize", self.authorize, methods=["GET"])
        blueprint.add_url_rule("/oauth/authorize", "decide", self.decide, methods=["POST"])
        blueprint.add_url_rule("/oauth/token", "token", self.token, methods=["POST"])
        blueprint.add_url_rule("/pub/oauth/token", "public_token", self.token, methods=["POST"])
        blueprint.add_url_rule("/oauth/revoke", "revoke", self.revoke, methods=["POST"])
        blueprint.add_url_rule("/oauth/jwks", "jwks", self.key_set, methods=["GET"])
        blueprint.add_url_rule("/oauth/userinfo", "userinfo", self.user_info, methods=["GET", "POST"])
        blueprint.add_url_rule("/.well-known/openid-configuration", "discovery", self.discovery, methods=["GET"])
        blueprint.register_error_handler(PageFault, _fault_page)
        blueprint.register_error_handler(RedirectFault, lambda fault: redirect(fault.location))
        return blueprint

    def authorize(self) -> BaseResponse:
        asked = authorization.check(self.registry, request.args)
        person = self._signed_in(asked)
        if person is None:
            if "none" in asked.prompt:
                return redirect(asked.redirect(error="login_required"))
            return redirect(f"{url_for('account.sign_in_page')}?oauth&{request.query_string.decode()}")
        if asked.granted_before(self.registry, person.orcid) and "confirm" not in asked.prompt:
            return self._permit(asked, person)
        if "none" in asked.prompt:
            return redirect(asked.redirect(error="interaction_required"))
        page = render_template(
            "authorize.html",
            client=asked.client,
            words=scopes.in_words(asked.scopes),
            person=person,
            lasts=_lasts(asked),
        )
        return Response(page)

    def decide(self) -> BaseResponse:
        asked = authorization.check(self.registry, request.args)
        person = self._signed_in(asked)
        if person is None:
            return redirect(f"{url_for('account.sign_in_page')}?oauth&{request.query_string.decode()}")
        if request.form.get("decision") != "grant":
            return redirect(asked.redirect(error="access_denied", error_description="User denied access"))
        return self._permit(asked, person)

    def _signed_in(self, asked: AuthorizationRequest) -> Researcher | None:
        person = account.signed_in(self.registry)
        if person is None or (request.method == "GET" and "login" in asked.prompt):
            return None
        too_old = asked.max_age is not None and self.registry.clock() - session["at"] > asked.max_age
        return None if too_old else person

    def _permit(self, asked: AuthorizationRequest, person: Researcher) -> BaseResponse:
        if asked.implicit:
            given = tokens.in_fragment(self.registry, asked, person.orcid, issuer=place().web, auth_time=session["at"])
            return redirect(asked.redirect(**given))
        code = self.registry.issue_code(
            asked.client.id,
            person.orcid,
            asked.scopes,
            asked.redirect_uri,
            nonce=asked.nonce,
            auth_time=session["at"],
        )
        return redirect(asked.redirect(code=code.value))

    def token(self) -> Response:
        if request.mimetype not in {"", "application/x-www-form-urlencoded"}:
            raise OAuthRefusal(415, "invalid_request", "Content-Type must be application/x-www-form-urlencoded")
        answer = jsonify(tokens.grant(self.registry, _token_request(), issuer=place().web))
        answer.headers.extend(_NO_STORE)
        return answer

    def revoke(self) -> Response:
        tokens.revoke(self.registry, _token_request())
        return Response(status=200, headers=_NO_STORE)

    def key_set(self) -> Response:
        return _for_scripts(openid.key_set(self.registry))

    def discovery(self) -> Response:
        return _for_scripts(openid.discovery(place().web))

    def user_info(self) -> Response:
        bearer = request.authorization
        given = [request.values.get("access_token")] if request.method == "POST" else []
        given.append(bearer.token if bearer is not None and bearer.type == "bearer" else None)
        for access_token in given:
            info = openid.user_info(self.registry, access_token or "", self.id_host)
            if info is not None:
                return _for_scripts(info)
        return _for_scripts({"error": "access_denied", "error-description": "access_token is invalid"}, 403)


def _lasts(asked: AuthorizationRequest) -> str:
    """How long the permission lasts, for the person who is asked."""
    if asked.implicit:
        return "ten minutes"
    return "about twenty years" if asked.client.persistent_tokens else "an hour"


def _for_scripts(message: dict[str, Any], status: int = 200) -> Response:
    """JSON that a page of any origin may read, in the very bytes that clients compare."""
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, {"Access-Control-Allow-Origin": "*"}, content_type="application/json;charset=UTF-8")


def _token_request() -> tokens.TokenRequest:
    form = dict(request.form.items())
    basic = request.authorization
    if basic is not None and basic.type == "basic":
        form = {"client_id": basic.username or "", "client_secret": basic.password or "", **form}
    return tokens.TokenRequest(form)


def _fault_page(fault: PageFault) -> Response:
    return Response(render_template("error.html", error=fault.error, description=fault.description), 400)


def refusal_answer(refusal: OAuthRefusal) -> Response:
    """An OAuth error as JSON, whatever the client accepts."""
    answer = jsonify(refusal.body())
    answer.status_code = refusal.status
    answer.headers.extend(_NO_STORE)
    return answer
