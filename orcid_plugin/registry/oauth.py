"""OAuth 2.0 as ORCID speaks it: the authorization page's address, tokens of people and of the client, their end.

ORCID knows no PKCE: a confidential client and the `state` are the protection (ORCID-Source#5977).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

from orcid_plugin.errors import AnswerError, ScopeRefused
from orcid_plugin.registry import oauth_answers
from orcid_plugin.registry.answers import Answer
from orcid_plugin.registry.cache import Cache
from orcid_plugin.registry.environment import Environment
from orcid_plugin.registry.oauth_answers import TokenAnswer
from orcid_plugin.registry.transport import Transport, no_auth

LANGUAGES = "ar cs en es fr de it ja ko pl pt ru tr zh_CN zh_TW".split()
"""Languages of ORCID's authorization page."""

LONGEST_PREFILL = 254
"""Characters of a value for ORCID's forms, the longest e-mail address: an address line has a limit too."""

EARLY = 60
"""Seconds before its end at which a client's token is no longer used."""

UNTOLD_LIFE = 3600
"""Seconds for which a client's token is kept where the answer does not say how long it holds."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthClient:
    """One site's credentials at one Registry's OAuth endpoints.

    Each call raises an `OAuthError` for a refusal and for an answer that is not ORCID's form, and `Unreachable` without
    an answer. None of them holds a code, a token or the secret.

    Attributes:
        cache: what was answered and still holds; pass the same one to all clients that share a transport.
    """

    environment: Environment
    client_id: str
    client_secret: str = field(repr=False)
    transport: Transport = field(repr=False)
    cache: Cache = field(default_factory=Cache, repr=False)

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
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(sorted(scopes)),
            "state": state,
            **{name: value for name, value in prefilled.items() if value and len(value) <= LONGEST_PREFILL},
        }
        return f"{self.environment.authorize_url}?{urlencode(query)}"

    def exchange(self, code: str, redirect_uri: str) -> TokenAnswer:
        """Exchange the code that a person brought back; `redirect_uri` is the one they were sent with."""
        body = self._token("authorization_code", secret=code, code=code, redirect_uri=redirect_uri)
        return oauth_answers.token_answer(body)

    def revoke(self, token: str) -> None:
        """End the permission that a token stands for; ORCID answers 200 for a token that it does not know as well."""
        answer = self._post(self.environment.revoke_url, token=token)
        if answer.status != 200:
            raise oauth_answers.refusal_of(answer, token, self.client_secret)

    def client_token(self, scope: str) -> str:
        """A token of the client's own for one scope: `/read-public`, `/webhook`, `/group-id-record/update` ….

        It is asked for once and kept until shortly before its end.
        """
        return self.cache.get(self._token_key(scope), lambda: self._ask_client_token(scope))

    def as_client(self, scope: str, call: Callable[[str], T]) -> T:
        """What `call` returns for a token of the client's own; once more with a new one where ORCID refuses the token.

            record = oauth.as_client("/group-id-record/read", lambda token: client.group_id_record(token, 1348))

        Raises what `call` raises, too.
        """
        token = self.client_token(scope)
        try:
            return call(token)
        except AnswerError as error:
            if error.http_status != 401 or error.error_code is not None:  # 9017 and others are about what is asked for
                raise
        self.cache.forget(self._token_key(scope), token)
        return call(self.client_token(scope))

    def _token_key(self, scope: str) -> tuple[str, ...]:
        return ("client token", self.environment.token_url, self.client_id, self.client_secret, scope)

    def _ask_client_token(self, scope: str) -> tuple[str, float]:
        body = self._token("client_credentials", scope=scope)
        token, granted, seconds = oauth_answers.bearer_token(body), oauth_answers.scopes(body), oauth_answers.life(body)
        if granted and scope not in granted:
            raise ScopeRefused("unusable_answer", f"the token is not for {scope}", 200)
        return token, (seconds or UNTOLD_LIFE) - EARLY

    def _token(self, grant_type: str, *, secret: str = "", **fields: str) -> dict[str, Any]:
        """The token endpoint's answer; `secret` is the one among the fields, kept out of errors."""
        answer = self._post(self.environment.token_url, grant_type=grant_type, **fields)
        return oauth_answers.json_object(answer, secret, self.client_secret)

    def _post(self, url: str, **fields: str) -> Answer:
        credentials = {"client_id": self.client_id, "client_secret": self.client_secret}
        return self.transport.send(
            "POST", url, data={**fields, **credentials}, headers={"Accept": "application/json"}, auth=no_auth
        )
