"""HTTP/1.1 over plain sockets and TLS, with connections that stay open, for one WSGI application."""

from __future__ import annotations

import io
import socket
import ssl
import sys
import time
from contextlib import suppress
from socketserver import TCPServer, ThreadingMixIn
from typing import Any
from wsgiref.types import WSGIApplication, WSGIEnvironment

from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge
from werkzeug.serving import WSGIRequestHandler
from werkzeug.test import run_wsgi_app

from orcid_plugin.errors import CannotListen

IDLE = 60
"""Seconds that a connection may be silent."""
LEAVE = 0.5
"""Seconds that requests have to be answered when the server stops."""
_MOST = 64 * 1024 * 1024


class _Handler(WSGIRequestHandler):
    """One connection. Werkzeug's own handler closes it after each answer, which pools of connections do not expect."""

    server: HttpServer  # type: ignore[assignment]
    protocol_version = "HTTP/1.1"
    server_version = "orcid-emulator"
    sys_version = ""
    timeout = IDLE
    wbufsize = -1  # so that head and body leave together,
    disable_nagle_algorithm = True  # and the rest of a long body does not wait for the client to confirm them

    def log(self, type: str, message: str, *args: object) -> None:
        """Requests are in the journal, and faults of the application in its own log."""

    def run_wsgi(self) -> None:
        environ = self.make_environ()
        try:
            body = self._body(environ)
        except HTTPException as refused:
            self.send_error(refused.code or 400)  # which also ends the connection
            return
        # The whole body is read whatever the application does with it: the next request begins where it ends.
        environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        parts, status, headers = run_wsgi_app(self.server.app, environ, buffered=True)
        answer = b"".join(parts)
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        if "Content-Length" not in headers and code not in {"204", "304"}:
            headers["Content-Length"] = str(len(answer))
        if self.request_version == "HTTP/1.0" or self.close_connection:
            headers["Connection"] = "close" if self.close_connection else "keep-alive"
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)

    def _body(self, environ: WSGIEnvironment) -> bytes:
        if environ.get("wsgi.input_terminated"):
            try:
                body: bytes = environ["wsgi.input"].read(_MOST + 1)
            except OSError:
                raise BadRequest from None
            if len(body) > _MOST:
                raise RequestEntityTooLarge
            return body
        length = self.headers.get("Content-Length", "0")
        if not length.isascii() or not length.isdecimal():
            raise BadRequest
        if int(length) > _MOST:
            raise RequestEntityTooLarge
        return self.rfile.read(int(length))


class HttpServer(ThreadingMixIn, TCPServer):
    """A listening socket with a thread for each connection; `tls` None: plain HTTP. Port 0: any that is free.

    Raises `CannotListen` if the address is in use or not this machine's.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128
    multithread = True
    multiprocess = False

    def __init__(self, host: str, port: int, app: WSGIApplication, tls: ssl.SSLContext | None = None) -> None:
        self.app = app
        self.ssl_context = tls
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._open: set[socket.socket] = set()
        try:
            super().__init__((host, port), _Handler)
        except OSError as error:
            reason = error.strerror or error
            raise CannotListen(f"the emulator cannot listen on port {port} of {host}: {reason}") from None
        self.port: int = self.server_address[1]

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Speak with one client until either side has enough; the handshake keeps no other client waiting."""
        request.settimeout(IDLE)
        connection = self.ssl_context.wrap_socket(request, server_side=True) if self.ssl_context else request
        self._open.add(connection)
        try:
            super().finish_request(connection, client_address)
        finally:
            self._open.discard(connection)
            connection.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients come and go, and may not trust the certificate: only a fault of the emulator is worth a line."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def server_close(self) -> None:
        """Stop listening, finish what is being answered, and end what waits for another request."""
        super().server_close()
        deadline = time.monotonic() + LEAVE
        for connection in self._open.copy():
            with suppress(OSError):
                # Not the method of a TLS socket, which would end both directions.
                socket.socket.shutdown(connection, socket.SHUT_RD)
        while self._open and time.monotonic() < deadline:
            time.sleep(0.005)
