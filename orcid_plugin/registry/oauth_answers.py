"""Tokens as ORCID's token endpoint answers them, a person's and a client's own."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from orcid_plugin.errors import InvalidOrcidId, UnusableAnswer
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.registry.answers import one_line
from orcid_plugin.registry.oauth_refusals import text
from orcid_plugin.registry.openid import IdToken

MAX_LIFE = 100 * 365 * 86400
"""Seconds; ORCID's tokens live 20 years, a longer life is no more than that for us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenAnswer:
    """What the token endpoint answered: who the person is, and the permission they gave.

    Attributes:
        orcid: the bare iD, its check digit verified.
        name: the person's public display name, or None where they keep it private.
        expires_in: seconds, or None where the answer does not say.
        raw: the whole answer, which holds secrets.
        id_token: who signed in and how, verified; None where `openid` was not granted, and after a refresh.
    """

    orcid: str
    name: str | None
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    scopes: frozenset[str]
    expires_in: int | None
    raw: dict[str, Any] = field(repr=False)
    id_token: IdToken | None = None


def token_answer(body: dict[str, Any]) -> TokenAnswer:
    """A person's token. Raises `UnusableAnswer` where a token or a valid iD is missing."""
    token, name = bearer_token(body), text(body, "name")
    try:
        orcid = OrcidId(text(body, "orcid") or "").path
    except InvalidOrcidId:
        raise UnusableAnswer("unusable_answer", "the answer holds no valid ORCID iD", 200) from None
    return TokenAnswer(
        orcid=orcid,
        name=one_line(name, 300) or None if name else None,
        access_token=token,
        refresh_token=text(body, "refresh_token"),
        scopes=scopes(body),
        expires_in=life(body),
        raw=body,
    )


def bearer_token(body: dict[str, Any]) -> str:
    """The access token; raises `UnusableAnswer` where it is none that a header can hold."""
    token = given_token(body)
    if token is None:
        raise UnusableAnswer("unusable_answer", "the answer holds no access token", 200)
    if (text(body, "token_type") or "").lower() != "bearer":
        raise UnusableAnswer("unusable_answer", "the token is not a bearer token", 200)
    return token


def given_token(body: dict[str, Any]) -> str | None:
    """The access token, whatever else is wrong with the answer; None for what cannot be one."""
    token = text(body, "access_token")
    return token if token is not None and re.fullmatch(r"[\x21-\x7e]+", token) else None


def scopes(body: dict[str, Any]) -> frozenset[str]:
    """What is granted (RFC 6749, 3.3)."""
    return frozenset(re.findall(r"[\x21-\x7e]+", text(body, "scope") or ""))


def life(body: dict[str, Any]) -> int | None:
    """Seconds for which the token holds, or None where the answer does not say."""
    seconds = body.get("expires_in")
    known = isinstance(seconds, int) and not isinstance(seconds, bool) and seconds > 0
    return min(int(seconds or 0), MAX_LIFE) if known else None
