"""What `/oauth/authorize` was asked, checked as the Registry checks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode, urlsplit

from orcid_plugin.emulator import scopes
from orcid_plugin.emulator.state import Registry
from orcid_plugin.emulator.values import Client

_RESPONSE_TYPES = tuple(map(frozenset, ({"code"}, {"token"}, {"id_token"}, {"id_token", "token"})))
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class PageFault(Exception):
    """A fault that is shown on the Registry's own page and never sent to a redirect URI."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


class RedirectFault(Exception):
    """A fault that the client is told by redirection; `location` is where to."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A legal request for authorization.

    Attributes:
        response_type: words of it; other than `code`: the implicit flow.
        scopes: in the order asked for, without those that cannot come back.
        max_age: of the sign-in, in seconds.
    """

    client: Client
    response_type: frozenset[str]
    scopes: tuple[str, ...]
    redirect_uri: str
    state: str | None
    nonce: str | None
    prompt: frozenset[str]
    max_age: int | None

    @property
    def implicit(self) -> bool:
        return "code" not in self.response_type

    def redirect(self, **parameters: str) -> str:
        """The redirect URI with these parameters and the state, in its query or, in the implicit flow, its fragment."""
        state = {} if self.state is None else {"state": self.state}
        joint = "#" if self.implicit else "&" if urlsplit(self.redirect_uri).query else "?"
        return f"{self.redirect_uri}{joint}{urlencode({**parameters, **state}, quote_via=quote)}"

    def granted_before(self, registry: Registry, orcid: str) -> bool:
        """Whether the person has granted this client exactly these scopes, and still does."""
        return any(
            token.orcid == orcid
            and token.client == self.client.id
            and set(token.scopes) == set(self.scopes)
            and token.persistent
            and registry.is_active(token)
            for token in registry.tokens.values()
        )


def check(registry: Registry, query: Mapping[str, str]) -> AuthorizationRequest:
    """Read the query; raises `PageFault` or, once the redirect URI is known to be the client's, `RedirectFault`."""
    client = _client(registry, query.get("client_id", ""))
    if not query.get("response_type"):
        raise PageFault("oauth_error", "Please specify a response type")
    if not scopes.split(query.get("scope", "")):
        raise PageFault("oauth_error", "Please specify the desired scopes")
    redirect_uri = query.get("redirect_uri", "")
    if not redirect_uri:
        raise PageFault("oauth_error", "Please specify a redirect URL")
    if not any(matches(redirect_uri, registered) for registered in client.redirect_uris):
        raise PageFault("invalid_grant", "Redirect URI doesn't match your registered redirect URIs.")
    wanted = scopes.split(query["scope"])
    openid = "openid" in wanted
    asked = AuthorizationRequest(
        client=client,
        response_type=_response_type(query["response_type"], openid),
        scopes=wanted,
        redirect_uri=redirect_uri,
        state=query.get("state"),
        nonce=query.get("nonce"),
        prompt=frozenset(query.get("prompt", "").split()) if openid else frozenset(),
        max_age=_max_age(query.get("max_age", "")),
    )
    if openid and "id_token" in asked.response_type and not asked.nonce:
        raise PageFault("invalid_request", "Implicit id_token requests must have nonce")
    return replace(asked, scopes=_grantable(asked))


def _response_type(text: str, openid: bool) -> frozenset[str]:
    words = frozenset(text.split())
    if words not in _RESPONSE_TYPES or (words == {"id_token"} and not openid):
        raise PageFault("unsupported_response_type", "Unsupported response type.")
    return words


def _max_age(text: str) -> int | None:
    if text and not (text.isascii() and text.isdecimal()):
        raise PageFault("oauth_error", "Invalid max_age param")
    return int(text) if text else None


def _grantable(asked: AuthorizationRequest) -> tuple[str, ...]:
    """The scopes that can come back this way; all of them must be the client's to ask for."""
    kept = asked.scopes
    if asked.implicit:
        kept = tuple(scope for scope in asked.scopes if scope in scopes.IN_FRAGMENT)
    refused = [scope for scope in kept if not (scopes.personal(scope) and scopes.may_ask(asked.client, scope))]
    if refused or not kept:
        name = (refused or asked.scopes)[0]
        raise RedirectFault(asked.redirect(error="invalid_scope", error_description=f"Invalid scope: {name}"))
    return kept


def _client(registry: Registry, client_id: str) -> Client:
    if not client_id:
        raise PageFault("oauth_error", "Please specify a client id")
    client = registry.clients.get(client_id)
    if client is None:
        raise PageFault("invalid_client", "invalid client_id")
    if client.state != "active":
        raise PageFault(f"client_{client.state}", f"The client is {client.state}")
    return client


def matches(uri: str, registered: str) -> bool:
    """Whether a redirect URI is one of the client's: same origin, path below the registered one, any loopback port."""
    try:
        asked, known = urlsplit(uri), urlsplit(registered)
        same_port = asked.port == known.port or (asked.hostname in _LOOPBACK and known.port is None)
    except ValueError:
        return False
    # A backslash, a control character or a dot segment is read differently by browsers: nothing of the kind passes.
    plain = uri.isprintable() and "\\" not in uri and "/.." not in asked.path and " " not in uri
    return (
        plain
        and asked.scheme in {"http", "https"}
        and (asked.scheme, asked.username, asked.password, asked.hostname)
        == (known.scheme, known.username, known.password, known.hostname)
        and same_port
        and asked.path.startswith(known.path.rstrip("/"))
    )
