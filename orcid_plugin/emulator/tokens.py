"""The token endpoint and revocation: grants, refusals and their texts."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from orcid_plugin.emulator import openid, scopes
from orcid_plugin.emulator.authorization import AuthorizationRequest
from orcid_plugin.emulator.refusals import OAuthRefusal
from orcid_plugin.emulator.state import CODE_LIFE, Registry
from orcid_plugin.emulator.values import Client, Code, Token

SHORT_LIFE = 60 * 60
"""Seconds that a token lives whose client may not keep it."""
IN_FRAGMENT_LIFE = 10 * 60
"""Seconds that a token of the implicit flow lives."""
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_UNKNOWN_SCOPE = (
    "One of the provided scopes is not allowed. Please refer to the list of allowed scopes at: "
    "https://members.orcid.org/api/orcid-scopes"
)


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A request to the token or revocation endpoint: its form, with credentials from HTTP Basic put in."""

    form: Mapping[str, str]

    def required(self, name: str) -> str:
        value = self.form.get(name, "")
        if not value:
            raise OAuthRefusal(401, "invalid_request", f"{name} is required")
        return value


def authenticate(registry: Registry, request: TokenRequest) -> Client:
    """The client whose id and secret the request carries."""
    client = registry.clients.get(request.required("client_id"))
    secret = request.required("client_secret")
    if client is None or not secrets.compare_digest(client.secret.encode(), secret.encode()):
        raise OAuthRefusal(401, "invalid_client", "Bad client credentials")
    if client.state != "active":
        raise OAuthRefusal(400, "unauthorized_client", f"The client is {client.state}")
    return client


def grant(registry: Registry, request: TokenRequest, *, issuer: str) -> dict[str, Any]:
    """The answer of `POST /oauth/token`; `issuer` of id_tokens is the base of the web pages."""
    grants = {
        "authorization_code": _by_code,
        "refresh_token": _by_refresh,
        "client_credentials": _by_client,
        _EXCHANGE: _by_exchange,
    }
    grant_type = request.form.get("grant_type", "")
    if not grant_type:
        raise OAuthRefusal(400, "unsupported_grant_type", "grant_type is missing")
    client = authenticate(registry, request)
    if grant_type not in grants:
        raise OAuthRefusal(400, "unsupported_grant_type", f"Unsupported grant type: {grant_type}")
    token = grants[grant_type](registry, client, request)
    answer = _answer(registry, token)
    if grant_type == "authorization_code" and "openid" in token.scopes:
        answer["id_token"] = _id_token(registry, token, issuer)
    return answer


def _by_code(registry: Registry, client: Client, request: TokenRequest) -> Token:
    value = request.required("code")
    code = registry.codes.get(value)
    if code is None:
        raise OAuthRefusal(400, "invalid_grant", f"Invalid authorization code: {value}")
    if code.used:
        _disable_tokens_of(registry, code)
        raise OAuthRefusal(400, "invalid_grant", f"Reused authorization code: {value}")
    if registry.clock() > code.created + CODE_LIFE:
        raise OAuthRefusal(400, "invalid_request", "Authorization code has expired")
    if code.client != client.id:
        raise OAuthRefusal(401, "invalid_client", "Client ID mismatch")
    if request.form.get("redirect_uri", "") != code.redirect_uri:
        raise OAuthRefusal(400, "invalid_grant", "Redirect URI mismatch.")
    _demand_usable_record(registry, code.orcid)
    with registry.change():
        registry.codes[value] = replace(code, used=True)
        return registry.issue_token(
            client.id,
            code.scopes,
            code.orcid,
            code=value,
            expires=0 if client.persistent_tokens else registry.clock() + SHORT_LIFE,
            persistent=client.persistent_tokens,
        )


def _disable_tokens_of(registry: Registry, code: Code) -> None:
    for token in list(registry.tokens.values()):
        if token.code == code.value:
            registry.set_token_state(token, "revoked")


def _demand_usable_record(registry: Registry, orcid: str) -> None:
    state = registry.researchers[orcid].state
    if state in {"deprecated", "deactivated", "locked"}:
        raise OAuthRefusal(400, "unauthorized_client", f"The record is {state}")


def _by_refresh(registry: Registry, client: Client, request: TokenRequest) -> Token:
    value = request.required("refresh_token")
    parent = next((token for token in registry.tokens.values() if token.refresh == value), None)
    if parent is None or parent.client != client.id:
        raise OAuthRefusal(400, "invalid_grant", "Unable to find refresh token")
    if parent.state != "active":
        raise OAuthRefusal(400, "invalid_grant", "Parent token is disabled")
    if parent.expires <= registry.clock():
        raise OAuthRefusal(400, "invalid_grant", "Access token expired")
    if parent.orcid is not None:
        _demand_usable_record(registry, parent.orcid)
    wanted = scopes.split(request.form.get("scope", "")) or parent.scopes
    for scope in wanted:
        if scope not in parent.scopes:
            raise OAuthRefusal(400, "invalid_scope", f"The given scope '{scope}' is not allowed for the parent token")
    with registry.change():
        registry.set_token_state(parent, "revoked")
        return registry.issue_token(
            client.id,
            wanted,
            parent.orcid,
            code=parent.code,
            expires=parent.expires,
            persistent=parent.persistent,
        )


def _by_client(registry: Registry, client: Client, request: TokenRequest) -> Token:
    wanted = tuple(dict.fromkeys(request.required("scope").split()))
    for scope in wanted:
        if scope not in scopes.CLIENT_ONLY and (scope == "/orcid-profile/create" or scopes.personal(scope)):
            raise OAuthRefusal(400, "invalid_scope", f"Invalid scope: {scope}")
        if scope not in scopes.CLIENT_ONLY or not scopes.may_ask(client, scope):
            raise OAuthRefusal(401, "invalid_scope", _UNKNOWN_SCOPE)
    return registry.issue_token(client.id, wanted)


def _by_exchange(registry: Registry, client: Client, request: TokenRequest) -> Token:
    """On behalf of somebody: ORCID enables it for no new client, nor does the emulator for any."""
    for name in ("subject_token", "subject_token_type", "requested_token_type"):
        request.required(name)
    raise OAuthRefusal(401, "invalid_token", f"Client does not have {_EXCHANGE} enabled")


def _answer(registry: Registry, token: Token) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "access_token": token.access,
        "token_type": "bearer",
        "refresh_token": token.refresh,
        "expires_in": int(token.expires - registry.clock()),
        "scope": " ".join(token.scopes),
    }
    if token.orcid is None:
        return {**answer, "orcid": None}
    researcher = registry.researchers[token.orcid]
    name = researcher.name if researcher.name_visibility == "public" else None
    return {**answer, "name": name, "orcid": token.orcid}


def in_fragment(
    registry: Registry, asked: AuthorizationRequest, orcid: str, *, issuer: str, auth_time: float
) -> dict[str, str]:
    """What the implicit flow gives a client at once: an access token, an id_token, or both.

    With `openid` an id_token comes along even if only a token was asked for.
    """
    parameters: dict[str, str] = {}
    access_token = None
    if "token" in asked.response_type:
        token = registry.issue_token(
            asked.client.id,
            asked.scopes,
            orcid,
            expires=registry.clock() + IN_FRAGMENT_LIFE,
            persistent=False,
            refreshable=False,
        )
        access_token = token.access
        parameters = {
            "access_token": access_token,
            "token_type": "bearer",
            "expires_in": str(int(token.expires - registry.clock())),
            "tokenVersion": "1",
            "persistent": "false",
        }
    if "openid" in asked.scopes:
        parameters["id_token"] = openid.id_token(
            registry,
            orcid,
            asked.client.id,
            issuer=issuer,
            auth_time=auth_time,
            nonce=asked.nonce,
            access_token=access_token,
        )
    return parameters


def _id_token(registry: Registry, token: Token, issuer: str) -> str:
    code = registry.codes[str(token.code)]
    return openid.id_token(
        registry,
        code.orcid,
        code.client,
        issuer=issuer,
        auth_time=code.auth_time or code.created,
        nonce=code.nonce,
        access_token=token.access,
    )


def revoke(registry: Registry, request: TokenRequest) -> None:
    """`POST /oauth/revoke`: the pair of an access or refresh token; unknown and foreign tokens change nothing."""
    client = authenticate(registry, request)
    value = request.form.get("token", "")
    if not value:
        raise OAuthRefusal(400, "invalid_request", "Please provide the token to be param")
    for token in list(registry.tokens.values()):
        if value in (token.access, token.refresh) and token.client == client.id and token.state == "active":
            registry.set_token_state(token, "revoked")
