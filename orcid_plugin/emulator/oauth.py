"""The OAuth endpoints over HTTP: sign-in, authorization with its consent page, token, revocation."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, g, jsonify, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from orcid_plugin.emulator import authorization, scopes, tokens
from orcid_plugin.emulator.authorization import AuthorizationRequest, PageFault, RedirectFault
from orcid_plugin.emulator.refusals import OAuthRefusal
from orcid_plugin.emulator.state import Registry
from orcid_plugin.emulator.values import Researcher

_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class OAuth:
    """The views; who is signed in is in the session cookie."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("oauth", __name__)
        blueprint.add_url_rule("/signin", "signin", self.sign_in_page, methods=["GET"])
        blueprint.add_url_rule("/signin", "signin_post", self.sign_in, methods=["POST"])
        blueprint.add_url_rule("/signout", "signout", self.sign_out, methods=["POST"])
        blueprint.add_url_rule("/oauth/authorize", "authorize", self.authorize, methods=["GET"])
        blueprint.add_url_rule("/oauth/authorize", "decide", self.decide, methods=["POST"])
        blueprint.add_url_rule("/oauth/token", "token", self.token, methods=["POST"])
        blueprint.add_url_rule("/pub/oauth/token", "public_token", self.token, methods=["POST"])
        blueprint.add_url_rule("/oauth/revoke", "revoke", self.revoke, methods=["POST"])
        blueprint.register_error_handler(PageFault, _fault_page)
        blueprint.register_error_handler(RedirectFault, lambda fault: redirect(fault.location))
        return blueprint

    def sign_in_page(self, fault: str = "", status: int = 200) -> Response:
        page = render_template(
            "signin.html",
            people=sorted(self.registry.researchers.values(), key=lambda person: person.name.casefold()),
            asked_for=request.args.get("orcid", ""),
            client=self.registry.clients.get(request.args.get("client_id", "")),
            fault=fault,
        )
        return Response(page, status)

    def sign_in(self) -> BaseResponse:
        person = self.registry.researchers.get(request.form.get("orcid", ""))
        if person is None or (person.password is not None and person.password != request.form.get("password", "")):
            return self.sign_in_page("The iD or the password is not right.", 401)
        if person.state in {"locked", "deactivated", "deprecated"}:
            return self.sign_in_page(f"The record {person.orcid} is {person.state}.", 403)
        session["orcid"], session["at"] = person.orcid, self.registry.clock()
        if "oauth" not in request.args:
            return redirect(url_for("pages.record_page", orcid=person.orcid))
        # `prompt=login` has now had its way; left in, it would ask for ever.
        query = {name: value for name, value in request.args.items() if name != "oauth"}
        if query.get("prompt"):
            query["prompt"] = " ".join(word for word in query["prompt"].split() if word != "login")
        return redirect(f"{url_for('oauth.authorize')}?{urlencode(query)}")

    def sign_out(self) -> BaseResponse:
        session.clear()
        return redirect(url_for("pages.start"))

    def authorize(self) -> BaseResponse:
        asked = authorization.check(self.registry, request.args)
        g.client_id = asked.client.id
        person = self._signed_in(asked)
        if person is None:
            if "none" in asked.prompt:
                return redirect(asked.redirect(error="login_required"))
            return redirect(f"{url_for('oauth.signin')}?oauth&{request.query_string.decode()}")
        if asked.granted_before(self.registry, person.orcid) and "confirm" not in asked.prompt:
            return self._send_code(asked, person)
        if "none" in asked.prompt:
            return redirect(asked.redirect(error="interaction_required"))
        page = render_template(
            "authorize.html", client=asked.client, words=scopes.in_words(asked.scopes), person=person
        )
        return Response(page)

    def decide(self) -> BaseResponse:
        asked = authorization.check(self.registry, request.args)
        g.client_id = asked.client.id
        person = self._signed_in(asked)
        if person is None:
            return redirect(f"{url_for('oauth.signin')}?oauth&{request.query_string.decode()}")
        if request.form.get("decision") != "grant":
            return redirect(asked.redirect(error="access_denied", error_description="User denied access"))
        return self._send_code(asked, person)

    def _signed_in(self, asked: AuthorizationRequest) -> Researcher | None:
        person = self.registry.researchers.get(session.get("orcid", ""))
        if person is None or (request.method == "GET" and "login" in asked.prompt):
            return None
        too_old = asked.max_age is not None and self.registry.clock() - session["at"] > asked.max_age
        return None if too_old else person

    def _send_code(self, asked: AuthorizationRequest, person: Researcher) -> BaseResponse:
        code = self.registry.issue_code(asked.client.id, person.orcid, asked.scopes, asked.redirect_uri)
        return redirect(asked.redirect(code=code.value))

    def token(self) -> Response:
        answer = jsonify(tokens.grant(self.registry, _token_request()))
        answer.headers.extend(_NO_STORE)
        return answer

    def revoke(self) -> Response:
        tokens.revoke(self.registry, _token_request())
        return Response(status=200, headers=_NO_STORE)


def _token_request() -> tokens.TokenRequest:
    form = dict(request.form.items())
    basic = request.authorization
    if basic is not None and basic.type == "basic":
        form = {"client_id": basic.username or "", "client_secret": basic.password or "", **form}
    g.client_id = form.get("client_id")
    return tokens.TokenRequest(form)


def _fault_page(fault: PageFault) -> Response:
    return Response(render_template("error.html", error=fault.error, description=fault.description), 400)


def refusal_answer(refusal: OAuthRefusal) -> Response:
    """An OAuth error as JSON, whatever the client accepts."""
    answer = jsonify(refusal.body())
    answer.status_code = refusal.status
    answer.headers.extend(_NO_STORE)
    return answer
