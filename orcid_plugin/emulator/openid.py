"""OpenID Connect: the id_token, what userinfo answers, and what a client can discover."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from typing import Any

from joserfc import jws

from orcid_plugin.emulator import keys
from orcid_plugin.emulator.state import Registry
from orcid_plugin.emulator.values import Researcher

ID_TOKEN_LIFE = 24 * 60 * 60


def id_token(
    registry: Registry,
    orcid: str,
    client: str,
    *,
    issuer: str,
    auth_time: float,
    nonce: str | None,
    access_token: str | None,
) -> str:
    """A signed statement for a client that this person signed in.

    Arguments:
        issuer: base of the web pages, which is what the client was configured with.
        auth_time: of the sign-in, in seconds since 1970.
        access_token: the token that comes along, if one does; `at_hash` is made of it.
    """
    person = registry.researchers[orcid]
    now = int(registry.clock())
    claims = {
        "at_hash": access_token and _left_half_of_hash(access_token),
        "aud": client,
        "sub": orcid,
        "auth_time": int(auth_time),
        "amr": _amr(registry, client, person),
        "iss": issuer,
        "exp": now + ID_TOKEN_LIFE,
        "iat": now,
        "nonce": nonce,
        "jti": str(uuid.uuid4()),
        **_public_names(person),
    }
    payload = json.dumps({name: claim for name, claim in claims.items() if claim is not None})
    key = registry.signing_key()
    return jws.serialize_compact({"kid": key.kid, "alg": "RS256"}, payload, keys.private(key))


def _amr(registry: Registry, client: str, person: Researcher) -> str | None:
    """How the person signs in, in one word instead of the standard's list; told to members only."""
    if registry.clients[client].kind != "member":
        return None
    return "mfa" if person.two_factor else "pwd"


def _left_half_of_hash(access_token: str) -> str:
    """OpenID Connect Core 1.0, section 3.1.3.6."""
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode()


def _public_names(person: Researcher) -> dict[str, str | None]:
    """`name` is the credit name alone."""
    shown = person.name_visibility == "public"
    return {
        "name": person.credit_name if shown else None,
        "family_name": person.family_name if shown else None,
        "given_name": person.given_names if shown else None,
    }


def user_info(registry: Registry, access_token: str, id_host: str) -> dict[str, str | None] | None:
    """Who the token's person is; None unless the token is valid and says who signed in."""
    token = registry.tokens.get(access_token)
    if token is None or token.orcid is None or not registry.is_active(token):
        return None
    if {"openid", "/authenticate"}.isdisjoint(token.scopes):
        return None
    return {
        "id": f"https://{id_host}/{token.orcid}",
        "sub": token.orcid,
        **_public_names(registry.researchers[token.orcid]),
    }


def key_set(registry: Registry) -> dict[str, Any]:
    """The public keys, as a JSON Web Key Set."""
    registry.signing_key()  # made now, if nothing was signed yet
    return {"keys": [keys.public(key) for key in registry.signing_keys.values()]}


def discovery(web: str) -> dict[str, Any]:
    """OpenID Connect Discovery 1.0, for the base of the web pages."""
    return {
        "issuer": web,
        "authorization_endpoint": f"{web}/oauth/authorize",
        "token_endpoint": f"{web}/oauth/token",
        "userinfo_endpoint": f"{web}/oauth/userinfo",
        "jwks_uri": f"{web}/oauth/jwks",
        "scopes_supported": ["openid"],
        "response_types_supported": ["code", "id_token", "id_token token"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "grant_types_supported": ["authorization_code", "implicit", "refresh_token"],
        "claims_supported": ["family_name", "given_name", "name", "auth_time", "iss", "sub"],
        "claims_parameter_supported": False,
    }
