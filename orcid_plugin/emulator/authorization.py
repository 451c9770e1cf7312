"""What `/oauth/authorize` was asked, checked as the Registry checks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from orcid_plugin.emulator import scopes
from orcid_plugin.emulator.state import Registry
from orcid_plugin.emulator.values import Client

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
    """A legal request for authorization; `scopes` in the order asked for, `max_age` in seconds."""

    client: Client
    scopes: tuple[str, ...]
    redirect_uri: str
    state: str | None
    prompt: frozenset[str]
    max_age: int | None

    def redirect(self, **parameters: str) -> str:
        """The redirect URI with these parameters and the state."""
        return _with_parameters(self.redirect_uri, self.state, parameters)

    def granted_before(self, registry: Registry, orcid: str) -> bool:
        """Whether the person has granted this client exactly these scopes, and still does."""
        return any(
            token.orcid == orcid
            and token.client == self.client.id
            and set(token.scopes) == set(self.scopes)
            and registry.is_active(token)
            for token in registry.tokens.values()
        )


def check(registry: Registry, query: Mapping[str, str]) -> AuthorizationRequest:
    """Read the query; raises `PageFault` or, once the redirect URI is known to be the client's, `RedirectFault`."""
    client = _client(registry, query.get("client_id", ""))
    for name, what in (("response_type", "a response type"), ("scope", "the desired scopes")):
        if not query.get(name):
            raise PageFault("oauth_error", f"Please specify {what}")
    redirect_uri = query.get("redirect_uri", "")
    if not redirect_uri:
        raise PageFault("oauth_error", "Please specify a redirect URL")
    if not any(matches(redirect_uri, registered) for registered in client.redirect_uris):
        raise PageFault("invalid_grant", "Redirect URI doesn't match your registered redirect URIs.")
    if query["response_type"] != "code":
        raise PageFault("unsupported_response_type", "Unsupported response type.")
    wanted = scopes.split(query["scope"])
    for scope in wanted:
        if scope not in scopes.PERSONAL or scope not in scopes.allowed(client):
            fault = {"error": "invalid_scope", "error_description": f"Invalid scope: {scope}"}
            raise RedirectFault(_with_parameters(redirect_uri, query.get("state"), fault))
    max_age = query.get("max_age", "")
    if max_age and not max_age.isdecimal():
        raise PageFault("oauth_error", "Invalid max_age param")
    prompt = frozenset(query.get("prompt", "").split()) if "openid" in wanted else frozenset()
    return AuthorizationRequest(
        client, wanted, redirect_uri, query.get("state"), prompt, int(max_age) if max_age else None
    )


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


def _with_parameters(uri: str, state: str | None, parameters: Mapping[str, str]) -> str:
    everything = {**parameters, **({"state": state} if state is not None else {})}
    joint = "&" if urlsplit(uri).query else "?"
    return f"{uri}{joint}{urlencode(everything, quote_via=quote)}"
