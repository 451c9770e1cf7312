"""OAuth 2.0 as ORCID speaks it: the authorization page's address, the exchange of a code, the end of a permission.

ORCID knows no PKCE: a confidential client and the `state` are the protection (ORCID-Source#5977).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import requests
from authlib.integrations.requests_client import OAuth2Session

from orcid_plugin.errors import InvalidOrcidId, OAuthError, Unreachable
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.registry.environment import Environment
from orcid_plugin.registry.transport import PlainSession

LANGUAGES = "ar cs en es fr de it ja ko pl pt ru tr zh_CN zh_TW".split()
"""Languages of ORCID's authorization page."""

MAX_LIFE = 100 * 365 * 86400
"""Seconds; ORCID's tokens live 20 years, a longer life is no more than that for us."""

log = logging.getLogger("orcid_plugin.registry")


LONGEST_PREFILL = 254
"""Characters of a value for ORCID's forms, the longest e-mail address: an address line has a limit too."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthClient:
    """One site's credentials at one Registry's OAuth endpoints."""

    environment: Environment
    client_id: str
    client_secret: str = field(repr=False)
    connect_timeout: float = 5.0
    read_timeout: float = 30.0

    def authorize_url(
        self,
        *,
        redirect_uri: str,
        scopes: Iterable[str],
        state: str,
        lang: str | None = None,
        email: str | None = None,
        given_names: str | None = None,
        family_names: str | None = None,
        orcid: str | None = None,
        prompt: str | None = None,
    ) -> str:
        """Where to send a browser. ORCID fills its forms with e-mail, names and iD; None and long ones are left out.

        `prompt` counts at ORCID only together with the scope `openid`.
        """
        prefilled = {
            "lang": lang,
            "email": email,
            "given_names": given_names,
            "family_names": family_names,
            "orcid": orcid,
            "prompt": prompt,
        }
        with self._session() as session:
            url: str = session.create_authorization_url(
                self.environment.authorize_url,
                state=state,
                scope=" ".join(sorted(scopes)),
                redirect_uri=redirect_uri,
                **{name: value for name, value in prefilled.items() if value and len(value) <= LONGEST_PREFILL},
            )[0]
        return url

    def exchange(self, code: str, redirect_uri: str) -> TokenAnswer:
        """Exchange the code that a person brought back; `redirect_uri` is the one they were sent with.

        Raises `OAuthError` for each refusal and each answer that is not ORCID's form, `Unreachable` without an answer.
        Neither holds the code, a token or the secret.
        """
        with self._session() as session:
            try:
                response = session.fetch_token(
                    self.environment.token_url,
                    grant_type="authorization_code",
                    code=code,
                    redirect_uri=redirect_uri,
                    allow_redirects=False,
                )
            except requests.RequestException as error:
                raise _unreachable(error, self.environment.token_url) from None
        return _token_answer(_token_object(response, code, self.client_secret))

    def revoke(self, token: str) -> None:
        """End the permission that a token stands for; ORCID answers 200 for a token that it does not know as well.

        Raises `OAuthError` and `Unreachable`.
        """
        with self._session() as session:
            try:
                response = session.revoke_token(self.environment.revoke_url, token=token, allow_redirects=False)
            except requests.RequestException as error:
                raise _unreachable(error, self.environment.revoke_url) from None
        if response.status_code != 200:
            raise _refusal(response, token, self.client_secret)

    def _session(self) -> _Session:
        return _Session(
            self.client_id,
            self.client_secret,
            token_endpoint_auth_method="client_secret_post",  # noqa: S106 - a method's name
            revocation_endpoint_auth_method="client_secret_post",
            default_timeout=(self.connect_timeout, self.read_timeout),
        )


class _Session(PlainSession, OAuth2Session):  # type: ignore[misc]
    """Authlib's session, which hands out the token endpoint's answer unread: its own reading fails on odd values."""

    def parse_response_token(self, response: requests.Response) -> requests.Response:
        return response


def _unreachable(error: requests.RequestException, url: str) -> Unreachable:
    reason = "in time" if isinstance(error, requests.Timeout) else "at all"
    log.warning("POST %s: no answer %s", url, reason)
    return Unreachable(f"ORCID did not answer {reason} (POST {url})")


def _token_object(response: requests.Response, *secrets: str) -> dict[str, Any]:
    log.info("POST %s: %d", response.url, response.status_code)
    body = _json_object(response)
    if response.status_code != 200 or body is None or "error" in body:
        raise _refusal(response, *secrets)
    return body


def _json_object(response: requests.Response) -> dict[str, Any] | None:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _refusal(response: requests.Response, *secrets: str) -> OAuthError:
    """An error answer in OAuth's form, the API's form, or no known form (HTML, plain text, nothing)."""
    body = _json_object(response) or {}
    error = body.get("error")
    if not isinstance(error, str) or not error:
        error = "redirected" if response.is_redirect else "unreadable_answer"
    described = (body.get(key) for key in ("error_description", "error-description", "developer-message"))
    description = next((text for text in described if isinstance(text, str)), f"status {response.status_code}")
    for secret in secrets:  # ORCID repeats the code: "Invalid authorization code: X"
        error, description = (text.replace(secret, "…") if secret else text for text in (error, description))
    return OAuthError(_one_line(error, 60), _one_line(description, 300), response.status_code)


def _one_line(text: str, length: int) -> str:
    return re.sub(r"[\s\x00-\x1f\x7f\ud800-\udfff]+", " ", text).strip()[:length]


def _token_answer(body: dict[str, Any]) -> TokenAnswer:
    def text(key: str) -> str | None:
        value = body.get(key)
        return value if isinstance(value, str) and value else None

    access_token, token_type, name = text("access_token"), text("token_type") or "", text("name")
    if access_token is None or not re.fullmatch(r"[\x21-\x7e]+", access_token):
        raise OAuthError("unusable_answer", "the answer holds no access token", 200)
    if token_type.lower() != "bearer":
        raise OAuthError("unusable_answer", "the token is not a bearer token", 200)
    try:
        orcid = OrcidId(text("orcid") or "").path
    except InvalidOrcidId:
        raise OAuthError("unusable_answer", "the answer holds no valid ORCID iD", 200) from None
    life = body.get("expires_in")
    known = isinstance(life, int) and not isinstance(life, bool) and life > 0
    return TokenAnswer(
        orcid=orcid,
        name=_one_line(name, 300) or None if name else None,
        access_token=access_token,
        refresh_token=text("refresh_token"),
        scopes=frozenset(re.findall(r"[\x21-\x7e]+", text("scope") or "")),  # RFC 6749, 3.3
        expires_in=min(int(life or 0), MAX_LIFE) if known else None,
        raw=body,
    )
