"""OAuth 2.0 as ORCID speaks it: the authorization page's address, tokens of people and of the client, their end.

ORCID knows no PKCE: a confidential client and the `state` are the protection (ORCID-Source#5977).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import urlencode

from orcid_plugin.errors import IdTokenRefused, ScopeRefused, TokenRefused
from orcid_plugin.registry import oauth_answers, openid
from orcid_plugin.registry.answers import Answer
from orcid_plugin.registry.cache import Cache
from orcid_plugin.registry.environment import Environment
from orcid_plugin.registry.oauth_answers import TokenAnswer
from orcid_plugin.registry.oauth_refusals import json_object, refusal_of
from orcid_plugin.registry.openid import Discovery, IdToken, UserInfo
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
        nonce: str | None = None,
        prompt: str | None = None,
        max_age: int | None = None,
        show_login: bool | None = None,
        lang: str | None = None,
        email: str | None = None,
        given_names: str | None = None,
        family_names: str | None = None,
        orcid: str | None = None,
    ) -> str:
        """Where to send a browser. ORCID fills its forms with e-mail, names and iD; empty and long ones are left out.

        Arguments:
            nonce: with the scope `openid`, a secret of this trip, to be handed to `exchange`.
            prompt: `login` has the person sign in again, `confirm` consent again, `none` neither (ORCID then answers
                `login_required` or `interaction_required`); it counts only with the scope `openid`.
            max_age: seconds since the last sign-in after which the person signs in again.
            show_login: False shows the form to register first, True or None the one to sign in.
            lang: one of `LANGUAGES`.
            email: fills the form to sign in or to register, as the person needs.
        """
        prefilled = {
            "lang": lang,
            "email": email,
            "given_names": given_names,
            "family_names": family_names,
            "orcid": orcid,
        }
        given = {
            "nonce": nonce,
            "prompt": prompt,
            "max_age": max_age,
            "show_login": None if show_login is None else str(show_login).lower(),
        }
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(sorted(scopes)),
            "state": state,
            **{name: value for name, value in given.items() if value is not None},
            **{name: value for name, value in prefilled.items() if value and len(value) <= LONGEST_PREFILL},
        }
        return f"{self.environment.authorize_url}?{urlencode(query)}"

    def exchange(
        self,
        code: str,
        redirect_uri: str,
        *,
        nonce: str | None = None,
        refused: Callable[[str], object] = lambda token: None,
    ) -> TokenAnswer:
        """Exchange the code that a person brought back; `redirect_uri` and `nonce` are those they were sent with.

        With the scope `openid` the answer carries the verified `id_token`. Raises `IdTokenRefused` where it does not
        hold, or is missing although a nonce was sent. Where ORCID gave a token and the answer cannot be used all the
        same, `refused` is called with it first, so that it can be given back.
        """
        body = self._token("authorization_code", secret=code, code=code, redirect_uri=redirect_uri)
        with _told(body, refused):
            answer = oauth_answers.token_answer(body)
            if nonce is None and "openid" not in answer.scopes:
                return answer
            return replace(answer, id_token=self._verified(answer, nonce))

    def refresh(
        self, refresh_token: str, scopes: Iterable[str] = (), *, refused: Callable[[str], object] = lambda token: None
    ) -> TokenAnswer:
        """Exchange a refresh token for a new access token, with fewer scopes if some are named (RFC 6749, 6).

        Where the answer has no new refresh token the old one goes on, and is that of the answer. Whether the old access
        token goes on is not to be relied on. The new one ends no later than the old one would have. There is no
        id_token: nobody signed in. `refused` is called as by `exchange`.
        """
        narrower = {"scope": " ".join(sorted(scopes))} if scopes else {}
        body = self._token("refresh_token", secret=refresh_token, refresh_token=refresh_token, **narrower)
        kept = {"refresh_token": refresh_token, **narrower}
        with _told(body, refused):
            return oauth_answers.token_answer({**body, **{key: body.get(key) or old for key, old in kept.items()}})

    def revoke(self, token: str) -> None:
        """End the permission that a token stands for; ORCID answers 200 for a token that it does not know as well."""
        answer = self._post(self.environment.revoke_url, token=token)
        if answer.status != 200:
            raise refusal_of(answer, token, self.client_secret)

    def userinfo(self, access_token: str, orcid: str) -> UserInfo:
        """Names of a person as they are now, where they are public; for a token with `openid` or `/authenticate`.

        Raises `GrantRefused` where the token holds no longer, `UnusableAnswer` where it is not about `orcid`.
        """
        return openid.user_info(self.environment, self.transport, access_token, orcid)

    def discovery(self) -> Discovery:
        """What the Registry says of itself; raises `UnusableAnswer` where it takes itself for another one."""
        return openid.discovery(self.environment, self.transport)

    def client_token(self, scope: str) -> str:
        """A token of the client's own for one scope: `/read-public`, `/webhook`, `/group-id-record/update` ….

        It is asked for once and kept until shortly before its end.
        """
        return self.cache.get(self._token_key(scope), lambda: self._ask_client_token(scope))

    def as_client(self, scope: str, call: Callable[[str], T]) -> T:
        """What `call` returns for a token of the client's own; once more with a new one where ORCID refuses the token.

            record = oauth.as_client("/group-id-record/read", lambda token: client.group_ids.get(token, 1348))

        Raises what `call` raises, too.
        """
        token = self.client_token(scope)
        try:
            return call(token)
        except TokenRefused as error:
            if error.error_code is not None:  # 9017 and others are about what is asked for
                raise
        self.cache.forget(self._token_key(scope), token)
        return call(self.client_token(scope))

    def _verified(self, answer: TokenAnswer, nonce: str | None) -> IdToken:
        id_token = answer.raw.get("id_token")
        if not isinstance(id_token, str):
            raise IdTokenRefused("missing", "ORCID's answer holds no id_token")
        return openid.verified(
            id_token,
            key=lambda kid: openid.signing_key(self.environment, self.transport, self.cache, kid),
            issuer=self.environment.issuer,
            client_id=self.client_id,
            orcid=answer.orcid,
            access_token=answer.access_token,
            nonce=nonce,
        )

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
        return json_object(answer, secret, self.client_secret)

    def _post(self, url: str, **fields: str) -> Answer:
        credentials = {"client_id": self.client_id, "client_secret": self.client_secret}
        return self.transport.send(
            "POST", url, data={**fields, **credentials}, headers={"Accept": "application/json"}, auth=no_auth
        )


@contextmanager
def _told(body: dict[str, Any], refused: Callable[[str], object]) -> Iterator[None]:
    """Tell `refused` of the token in an answer that raises something within this."""
    try:
        yield
    except Exception:
        token = oauth_answers.given_token(body)
        if token is not None:
            refused(token)
        raise
