"""The emulator behind real sockets: plain HTTP, TLS or both, each in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from orcid_plugin.emulator import certificates
from orcid_plugin.emulator.app import create_app
from orcid_plugin.emulator.certificates import Certificate
from orcid_plugin.emulator.hosts import PUBLIC, HostNames
from orcid_plugin.emulator.http_server import HttpServer
from orcid_plugin.emulator.limits import Limits
from orcid_plugin.emulator.state import Registry

_USUAL = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running emulator; addresses without a last slash, over TLS where it is spoken.

    Attributes:
        registry: what it answers from.
        url: where it listens.
        web: sign-in, `/oauth/…` and the record pages: ORCID's `https://orcid.org`.
        api: the member API (`/v3.0/…` below it): ORCID's `https://api.orcid.org`.
        public_api: the public API (`/v3.0/…` below it): ORCID's `https://pub.orcid.org`.
        plain_url: where it listens for plain HTTP besides TLS, if it does.
        trusted: file with the certificate that a client has to trust, if TLS is spoken.
    """

    registry: Registry
    url: str
    web: str
    api: str
    public_api: str
    plain_url: str | None = None
    trusted: Path | None = None


@contextmanager
def serve(
    registry: Registry,
    host: str = "127.0.0.1",
    port: int | None = 0,
    *,
    tls_port: int | None = None,
    certificate: Certificate | None = None,
    names: HostNames | None = None,
    id_host: str | None = None,
    limits: Limits | None = None,
    control: bool = True,
) -> Iterator[Server]:
    """Run the emulator while the context lasts.

    Arguments:
        registry: what it answers from.
        host: address to listen on.
        port: port for plain HTTP; 0: any that is free; None: none.
        tls_port: port for TLS, likewise; one of the two must be given.
        certificate: for TLS; one is made for the names, `localhost` and the address if None.
        names, id_host, limits, control: as for `create_app`.
    Raises `CannotListen` for an address that is not free, `UnreadableInput` for an unusable certificate.
    """
    app = create_app(
        registry,
        names=names,
        id_host=id_host,
        https_only=port is not None and tls_port is not None,
        limits=limits,
        control=control,
    )
    with ExitStack() as stack:
        stack.callback(registry.flush)
        ports: dict[str, int] = {}
        if port is not None:
            ports["http"] = stack.enter_context(_running(HttpServer(host, port, app))).port
        if tls_port is not None:
            if certificate is None:
                folder = Path(stack.enter_context(TemporaryDirectory(prefix="orcid-emulator-")))
                certificate = certificates.make(["localhost", "127.0.0.1", host, *(names or ())], folder)
            ports["https"] = stack.enter_context(_running(HttpServer(host, tls_port, app, certificate.context()))).port
        url = _url(host, ports)
        web, api, public_api = (_url(name, ports) for name in names) if names else (url, url, f"{url}{PUBLIC}")
        stack.enter_context(registry.webhooks.delivering())
        yield Server(
            registry=registry,
            url=url,
            web=web,
            api=api,
            public_api=public_api,
            plain_url=_url(host, {"http": ports["http"]}) if len(ports) == 2 else None,
            trusted=certificate.trusted if certificate else None,
        )


def _url(host: str, ports: Mapping[str, int]) -> str:
    scheme = "https" if "https" in ports else "http"
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}" if ports[scheme] == _USUAL[scheme] else f"{scheme}://{shown}:{ports[scheme]}"


@contextmanager
def _running(server: HttpServer) -> Iterator[HttpServer]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
