"""What ORCID's OAuth endpoints answer: tokens, and refusals in every form that they come in."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass, field
from typing import Any

from orcid_plugin.errors import (
    ClientLocked,
    CodeReused,
    CredentialsRefused,
    GrantRefused,
    InvalidOrcidId,
    OAuthError,
    OAuthUnavailable,
    RecordUnusable,
    RedirectRefused,
    ScopeRefused,
    UnusableAnswer,
)
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.registry.answers import Answer, one_line, retry_after

MAX_LIFE = 100 * 365 * 86400
"""Seconds; ORCID's tokens live 20 years, a longer life is no more than that for us."""

REFUSALS: tuple[tuple[str, str, type[OAuthError]], ...] = (
    ("invalid_grant", "reused authorization code", CodeReused),
    ("invalid_grant", "redirect uri", RedirectRefused),
    ("invalid_grant", "", GrantRefused),
    ("invalid_request", "authorization code has expired", GrantRefused),
    ("invalid_client", "client id mismatch", GrantRefused),  # the code is another client's
    ("invalid_client", "", CredentialsRefused),
    ("invalid_scope", "", ScopeRefused),
    ("client_locked", "", ClientLocked),
    ("client_deactivated", "", ClientLocked),
    ("unauthorized_client", "client", ClientLocked),
    ("unauthorized_client", "token", GrantRefused),
    ("unauthorized_client", "", RecordUnusable),
    ("invalid_token", "", GrantRefused),
    ("access_denied", "", GrantRefused),  # userinfo
    ("server_error", "", OAuthUnavailable),
    ("temporarily_unavailable", "", OAuthUnavailable),
    ("redirected", "", UnusableAnswer),
    ("unreadable_answer", "", UnusableAnswer),
)
"""Error, words in its description, and what both together are; the first row that fits counts.

As in ORCID-Source and in RFC 6749, 4.1.2.1.
"""

log = logging.getLogger("orcid_plugin.registry")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenAnswer:
    """What the token endpoint answered: who the person is, and the permission they gave.

    Attributes:
        orcid: the bare iD, its check digit verified.
        name: the person's public display name, or None where they keep it private.
        expires_in: seconds, or None where the answer does not say.
        raw: the whole answer, which holds secrets.
    """

    orcid: str
    name: str | None
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    scopes: frozenset[str]
    expires_in: int | None
    raw: dict[str, Any] = field(repr=False)


def json_object(answer: Answer, *secrets: str) -> dict[str, Any]:
    """The object that a successful answer is. Raises an `OAuthError` for every other; it holds none of the secrets."""
    body = _json_object(answer)
    if answer.status != 200 or body is None or "error" in body:
        raise refusal_of(answer, *secrets)
    return body


def refusal_of(answer: Answer, *secrets: str) -> OAuthError:
    """An error answer in OAuth's form, the API's form, or no known form (HTML, plain text, nothing). It is logged."""
    body = _json_object(answer) or {}
    error = text(body, "error") or ("redirected" if answer.status in range(300, 400) else "unreadable_answer")
    described = (text(body, key) for key in ("error_description", "error-description", "developer-message"))
    description = next(filter(None, described), f"status {answer.status}")
    for secret in secrets:  # ORCID repeats the code: "Invalid authorization code: X"
        error, description = (said.replace(secret, "…") if secret else said for said in (error, description))
    found = refusal(error, description, answer.status, retry_after(answer.headers.get("Retry-After")))
    log.warning("%s", found, extra={"call": answer.call, "status": answer.status, "error": found.code})
    return found


def refusal(
    error: str, description: str, http_status: int | None = None, seconds_to_wait: float | None = None
) -> OAuthError:
    """What OAuth's word and ORCID's text stand for; the status is None where a browser brought them."""
    error, description = one_line(error, 60), one_line(description, 300)
    if http_status is not None and (http_status == 429 or http_status >= 500):
        return OAuthUnavailable(error, description, http_status, retry_after=seconds_to_wait)
    said = description.lower()
    kind = next((kind for known, words, kind in REFUSALS if known == error and words in said), OAuthError)
    return kind(error, description, http_status, retry_after=seconds_to_wait)


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
    token = text(body, "access_token")
    if token is None or not re.fullmatch(r"[\x21-\x7e]+", token):
        raise UnusableAnswer("unusable_answer", "the answer holds no access token", 200)
    if (text(body, "token_type") or "").lower() != "bearer":
        raise UnusableAnswer("unusable_answer", "the token is not a bearer token", 200)
    return token


def scopes(body: dict[str, Any]) -> frozenset[str]:
    """What is granted (RFC 6749, 3.3)."""
    return frozenset(re.findall(r"[\x21-\x7e]+", text(body, "scope") or ""))


def life(body: dict[str, Any]) -> int | None:
    """Seconds for which the token holds, or None where the answer does not say."""
    seconds = body.get("expires_in")
    known = isinstance(seconds, int) and not isinstance(seconds, bool) and seconds > 0
    return min(int(seconds or 0), MAX_LIFE) if known else None


def text(body: dict[str, Any], key: str) -> str | None:
    """A value that is text and not empty, else None."""
    value = body.get(key)
    return value if isinstance(value, str) and value else None


def _json_object(answer: Answer) -> dict[str, Any] | None:
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None
