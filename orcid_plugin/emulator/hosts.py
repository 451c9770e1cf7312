"""Where a request arrived: ORCID's three hosts, told apart by their names or, on one host, by the path.

Views stand as on one host: web pages at `/`, the member API at `/v3.0`, the public API at `/pub/v3.0`. The layer here
maps what arrives under a name to that, and knows the addresses outside for the answers that must tell them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from urllib.parse import quote, unquote, unquote_to_bytes
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import request
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import BaseConverter
from werkzeug.wsgi import get_host

MEMBER_API = "/v3.0"
PUBLIC = "/pub"
PUBLIC_API = f"{PUBLIC}/v3.0"
_KEY = "orcid_plugin.emulator.place"
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_MEMBER_PATH = re.compile(r"/v\d|/[^/]+/webhook/")


class Side(Enum):
    """Which of ORCID's hosts."""

    WEB = "web"
    MEMBER = "member API"
    PUBLIC = "public API"


@dataclass(frozen=True, slots=True)
class HostNames:
    """Names, in lower case and without ports, under which web, member API and public API answer."""

    web: str
    api: str
    public_api: str

    @classmethod
    def parse(cls, text: str) -> HostNames:
        """Read `WEB,API,PUBLIC`; raises `ValueError` for anything but three different host names."""
        names = [name.strip().lower() for name in text.split(",")]
        if len(names) != 3 or len(set(names)) != 3 or not all(_NAME.fullmatch(name) for name in names):
            raise ValueError(f"{text!r} is not three different host names with commas: of web, API and public API")
        return cls(*names)

    def __iter__(self) -> Iterator[str]:
        return iter((self.web, self.api, self.public_api))

    @property
    def id_host(self) -> str:
        """Host of the iDs: the web's, unless ORCID's XSDs forbid it."""
        return self.web if self.web == "orcid.org" or self.web.endswith(".orcid.org") else "orcid.org"

    def side(self, host: str) -> Side | None:
        """Which host has this name."""
        sides = {self.web: Side.WEB, self.api: Side.MEMBER, self.public_api: Side.PUBLIC}
        return sides.get(host.lower())


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request arrived.

    Attributes:
        side: the host of ORCID's that it is for.
        path: as sent, percent signs and all, below that host's address: `/v3.0/…` on both APIs.
        web, api, public_api: the hosts' addresses as this client reaches them, without a last slash.
        named: whether it came under one of the names.
    """

    side: Side
    path: str
    web: str
    api: str
    public_api: str
    named: bool

    @property
    def is_api(self) -> bool:
        """Whether it is for an API, and not for the token endpoint that all hosts have."""
        return self.side is not Side.WEB and not self.path.startswith("/oauth/")

    @property
    def base(self) -> str:
        """The address of the host that it is for."""
        return {Side.WEB: self.web, Side.MEMBER: self.api, Side.PUBLIC: self.public_api}[self.side]

    def url(self, path: str) -> str:
        """The address of another path on the same host, asked the same question."""
        query = request.query_string.decode("latin-1")
        return f"{self.base}{path}{'?' if query else ''}{query}"


def place() -> Place:
    """Where the present request arrived."""
    arrived: Place = request.environ[_KEY]
    return arrived


class HostLayer:
    """The outermost layer of the application: finds out where a request arrived, and what the views call its path.

    Slashes that were sent encoded stay so (as does `%25`, lest it be mistaken), since servers decode the whole path.
    """

    def __init__(self, app: WSGIApplication, names: HostNames | None) -> None:
        self.app = app
        self.names = names

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("REQUEST_URI", "").partition("?")[0]
        if not path.startswith("/"):
            path = quote(environ["PATH_INFO"].encode("latin-1"))
        try:
            environ[_KEY] = arrived = self._place(environ, path)
        except HTTPException as error:
            return error(environ, start_response)
        inside = (PUBLIC if arrived.side is Side.PUBLIC else "") + re.sub(r"%(?=2[Ff]|25)", "%25", arrived.path)
        environ["PATH_INFO"] = unquote_to_bytes(inside.encode("latin-1")).decode("latin-1")
        return self.app(environ, start_response)

    def _place(self, environ: WSGIEnvironment, path: str) -> Place:
        scheme = environ["wsgi.url_scheme"]
        authority = get_host(environ)
        host, colon, port = authority.rpartition(":") if re.search(r":\d+$", authority) else (authority, "", "")
        side = self.names.side(host) if self.names else None
        if self.names is None or side is None:
            base = f"{scheme}://{authority}"
            side = _side(path)
            below = path.removeprefix(PUBLIC) if side is Side.PUBLIC else path
            return Place(side, below, base, base, base + PUBLIC, named=False)
        if side is Side.WEB and _side(path) is not Side.WEB:
            raise NotFound  # ORCID's web has no API
        web, api, public_api = (f"{scheme}://{name}{colon}{port}" for name in self.names)
        return Place(side, path, web, api, public_api, named=True)


def _side(path: str) -> Side:
    if path.startswith(f"{PUBLIC}/"):
        return Side.PUBLIC
    return Side.MEMBER if _MEMBER_PATH.match(path) else Side.WEB


class EncodedSegment(BaseConverter):
    """One segment of a path that may hold anything, decoded for the view: `<encoded:callback>` in a rule."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        return unquote(value)

    def to_url(self, value: str) -> str:
        return quote(value, safe="")
