"""Refusals of ORCID's OAuth endpoints, in every form that they come in, told apart by what can be done about them."""

from __future__ import annotations

import json
import logging
from typing import Any

from orcid_plugin.errors import (
    ClientLocked,
    CodeReused,
    CredentialsRefused,
    GrantRefused,
    OAuthError,
    OAuthUnavailable,
    RecordUnusable,
    RedirectRefused,
    ScopeRefused,
    UnusableAnswer,
)
from orcid_plugin.registry.answers import Answer, one_line, retry_after

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
    log.warning("%s", found, extra={"call": answer.call, "status": answer.status, "error_code": found.error})
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
