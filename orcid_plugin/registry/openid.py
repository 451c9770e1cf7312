"""OpenID Connect as ORCID speaks it: the id_token, which proves who signed in, its keys, userinfo and discovery."""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from joserfc import jws, jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import RSAKey

from orcid_plugin.errors import IdTokenRefused, UnusableAnswer
from orcid_plugin.registry.answers import one_line
from orcid_plugin.registry.cache import Cache
from orcid_plugin.registry.environment import Environment
from orcid_plugin.registry.oauth_refusals import json_object, text
from orcid_plugin.registry.transport import Bearer, Transport, no_auth

ALGORITHM = "RS256"
"""The one that ORCID signs with; nothing else counts, whatever a token or a key says of itself."""

LEEWAY = 60
"""Seconds by which our clock and ORCID's may differ."""

KEYS_LIFE = 3600
"""Seconds for which ORCID's keys are kept."""

ASK_AGAIN = 60
"""Seconds between two questions for the keys, however many tokens name one that is not among them."""

LONGEST_TOKEN = 20_000
MOST_KEYS = 200_000
"""Characters of an id_token and bytes of a key set that are looked at; ORCID's have about a thousand."""

MODULUS = range(342, 1367)
"""Characters of an RSA key's modulus: 2,048 to 8,192 bits (RFC 7518, 3.3: no fewer; more would only cost time)."""

_JSON = {"Accept": "application/json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class IdToken:
    """Who signed in at ORCID, when and how: what an id_token says, after it was verified.

    Attributes:
        orcid: the bare iD.
        auth_time: when they signed in, or None where ORCID does not say.
        amr: how: `pwd` by password, `mfa` with a second factor. ORCID tells it to member clients only.
        name, given_name, family_name: where they are public, else None.
        nonce: the one that the person was sent with.
    """

    orcid: str
    auth_time: datetime.datetime | None
    amr: frozenset[str]
    name: str | None
    given_name: str | None
    family_name: str | None
    nonce: str | None = field(repr=False)

    @property
    def two_factor(self) -> bool:
        """Whether they signed in with a second factor; False too where ORCID does not say."""
        return "mfa" in self.amr


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInfo:
    """What the userinfo endpoint says of a person: the bare iD, and names where they are public."""

    orcid: str
    name: str | None
    given_name: str | None
    family_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What a Registry says of itself (OpenID Connect Discovery 1.0, 3). The issuer is the expected one."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str
    scopes_supported: frozenset[str]
    response_types_supported: frozenset[str]
    grant_types_supported: frozenset[str]
    id_token_signing_alg_values_supported: frozenset[str]
    claims_supported: frozenset[str]


def verified(
    id_token: str,
    *,
    key: Callable[[str], RSAKey],
    issuer: str,
    client_id: str,
    orcid: str,
    access_token: str,
    nonce: str | None,
) -> IdToken:
    """What an id_token says, if it is all true (OpenID Connect Core 1.0, 3.1.3.7). Raises `IdTokenRefused`.

    Arguments:
        key: gives the key with a `kid`, or raises.
        orcid: the valid iD that came along with `access_token`.
        nonce: the one that the person was sent with; None if they were sent without.
    """
    claims = _signed_claims(id_token, key)
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    authorized = claims.get("azp")
    now, expires, issued = time.time(), claims.get("exp"), claims.get("iat")
    for part, holds, otherwise in (
        ("iss", claims.get("iss") == issuer, f"it was not issued by {issuer}"),
        ("aud", client_id in audiences, "it is for another client"),
        ("azp", authorized == client_id or (authorized is None and len(audiences) == 1), "another client got it"),
        ("exp", _is_number(expires) and now - LEEWAY < expires, "it is over, or does not say when"),
        ("iat", _is_number(issued) and issued <= now + LEEWAY, "it was issued in the future, or does not say when"),
        ("nonce", nonce is None or _same(claims.get("nonce"), nonce), "it belongs to another trip to ORCID"),
        ("at_hash", _same(claims.get("at_hash"), _half_hash(access_token)), "it belongs to another access token"),
        ("sub", claims.get("sub") == orcid, "it is about another iD than the token"),
    ):
        if not holds:
            raise IdTokenRefused(part, otherwise)
    return IdToken(
        orcid=orcid,
        auth_time=_moment(claims.get("auth_time")),
        amr=_words(claims.get("amr")),
        nonce=text(claims, "nonce"),
        **_names(claims),
    )


def signing_key(environment: Environment, transport: Transport, cache: Cache, kid: str) -> RSAKey:
    """ORCID's key of that id. Raises `IdTokenRefused` where there is none, `OAuthError`, `Unreachable`.

    The keys are kept for a while, and asked for again when one is missing, since ORCID may have a new one.
    """

    def ask() -> tuple[dict[str, RSAKey], float]:
        answer = transport.send("GET", environment.keys_url, headers=_JSON, auth=no_auth)
        if len(answer.body) > MOST_KEYS:
            raise UnusableAnswer("unusable_answer", "the key set is too large", answer.status)
        return _keys(json_object(answer)), KEYS_LIFE

    for max_age in (math.inf, ASK_AGAIN):
        key = cache.get(("keys", environment.keys_url), ask, max_age=max_age).get(kid)
        if key is not None:
            return key
    raise IdTokenRefused("key", "it is signed with a key that ORCID does not publish")


def user_info(environment: Environment, transport: Transport, access_token: str, orcid: str) -> UserInfo:
    """Ask who a token is about. Raises `UnusableAnswer` where that is not `orcid` (OpenID Connect Core 1.0, 5.3.2)."""
    answer = transport.send("GET", environment.userinfo_url, headers=_JSON, auth=Bearer(access_token))
    body = json_object(answer, access_token)
    if body.get("sub") != orcid:
        raise UnusableAnswer("unusable_answer", "userinfo is about another iD than the token", answer.status)
    return UserInfo(orcid=orcid, **_names(body))


def discovery(environment: Environment, transport: Transport) -> Discovery:
    """Ask a Registry about itself. Raises `UnusableAnswer` where it takes itself for another one."""
    answer = transport.send("GET", environment.discovery_url, headers=_JSON, auth=no_auth)
    body = json_object(answer)
    if body.get("issuer") != environment.issuer:
        raise UnusableAnswer("unusable_answer", f"the issuer is not {environment.issuer}", answer.status)

    def address(key: str) -> str:
        found = text(body, key)
        if found is None:
            raise UnusableAnswer("unusable_answer", f"the discovery document has no {key}", answer.status)
        return found

    return Discovery(
        issuer=environment.issuer,
        authorization_endpoint=address("authorization_endpoint"),
        token_endpoint=address("token_endpoint"),
        userinfo_endpoint=address("userinfo_endpoint"),
        jwks_uri=address("jwks_uri"),
        scopes_supported=_words(body.get("scopes_supported")),
        response_types_supported=_words(body.get("response_types_supported")),
        grant_types_supported=_words(body.get("grant_types_supported")),
        id_token_signing_alg_values_supported=_words(body.get("id_token_signing_alg_values_supported")),
        claims_supported=_words(body.get("claims_supported")),
    )


def _signed_claims(id_token: str, key: Callable[[str], RSAKey]) -> dict[str, Any]:
    no_token = IdTokenRefused("form", "it is no signed JSON Web Token")
    if len(id_token) > LONGEST_TOKEN:
        raise no_token
    try:
        header = jws.extract_compact(id_token.encode()).headers()
    except (JoseError, ValueError, TypeError, RecursionError):
        raise no_token from None
    kid = header.get("kid")
    if header.get("alg") != ALGORITHM:
        raise IdTokenRefused("algorithm", f"it is not signed by {ALGORITHM}")
    if not isinstance(kid, str):
        raise IdTokenRefused("key", "it does not name its key")
    public_key = key(kid)
    try:
        claims: object = jwt.decode(id_token, public_key, algorithms=[ALGORITHM]).claims
    except BadSignatureError:
        raise IdTokenRefused("signature", "its signature is wrong") from None
    except (JoseError, ValueError, TypeError, RecursionError):
        raise no_token from None
    if not isinstance(claims, dict):  # as older versions of joserfc let pass
        raise no_token
    return claims


def _keys(body: dict[str, Any]) -> dict[str, RSAKey]:
    """The keys for signatures by their `kid`; those of other kinds and odd ones are left out."""
    found = body.get("keys")
    keys: dict[str, RSAKey] = {}
    for jwk in found if isinstance(found, list) else []:
        if not isinstance(jwk, dict) or jwk.get("kty") != "RSA":
            continue
        kid, modulus, exponent = (text(jwk, name) for name in ("kid", "n", "e"))
        if not kid or not modulus or not exponent or len(modulus) not in MODULUS:
            continue
        if jwk.get("use", "sig") != "sig" or jwk.get("alg", ALGORITHM) != ALGORITHM:
            continue
        try:
            keys[kid] = RSAKey.import_key({"kty": "RSA", "n": modulus, "e": exponent})
        except (JoseError, ValueError):
            continue
    if not keys:
        raise UnusableAnswer("unusable_answer", "the key set holds no key for signatures", 200)
    return keys


def _half_hash(access_token: str) -> str:
    """What `at_hash` must be (OpenID Connect Core 1.0, 3.1.3.6)."""
    return base64.urlsafe_b64encode(hashlib.sha256(access_token.encode()).digest()[:16]).rstrip(b"=").decode()


def _same(value: object, expected: str) -> bool:
    """Whether both are the same text, in the same time for all that are not."""
    return isinstance(value, str) and hmac.compare_digest(value.encode(errors="replace"), expected.encode())


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _moment(seconds: object) -> datetime.datetime | None:
    if seconds is None:
        return None
    try:
        if _is_number(seconds):
            return datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise IdTokenRefused("auth_time", "it does not say when the person signed in")


def _words(value: object) -> frozenset[str]:
    """The texts in a list; ORCID gives the claim `amr` as one text instead of the standard's list."""
    words = value if isinstance(value, list) else [value]
    return frozenset(word for word in words if isinstance(word, str))


def _names(body: dict[str, Any]) -> dict[str, str | None]:
    found = {key: one_line(text(body, key) or "", 300) for key in ("name", "given_name", "family_name")}
    return {key: name or None for key, name in found.items()}
