"""The emulator behind a real socket: werkzeug's threaded server in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from werkzeug.serving import WSGIRequestHandler, make_server

from orcid_plugin.emulator.app import create_app
from orcid_plugin.emulator.state import Registry


@dataclass(frozen=True, slots=True)
class Server:
    """A running emulator; addresses without a last slash."""

    url: str
    registry: Registry

    @property
    def web(self) -> str:
        """Sign-in, `/oauth/…` and the record pages: ORCID's `https://orcid.org`."""
        return self.url

    @property
    def api(self) -> str:
        """The member API (`/v3.0/…` below it): ORCID's `https://api.orcid.org`."""
        return self.url

    @property
    def public_api(self) -> str:
        """The public API (`/v3.0/…` below it): ORCID's `https://pub.orcid.org`."""
        return f"{self.url}/pub"


class _QuietHandler(WSGIRequestHandler):
    """Requests are in the journal; a line for each on standard error would only hide what a test prints."""

    def log(self, type: str, message: str, *args: object) -> None:
        if type == "error":
            super().log(type, message, *args)


@contextmanager
def serve(
    registry: Registry, host: str = "127.0.0.1", port: int = 0, *, id_host: str = "orcid.org"
) -> Iterator[Server]:
    """Run the emulator while the context lasts; port 0: any that is free."""
    server = make_server(
        host, port, create_app(registry, id_host=id_host), threaded=True, request_handler=_QuietHandler
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        shown = f"[{host}]" if ":" in host else host
        yield Server(f"http://{shown}:{server.server_port}", registry)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
