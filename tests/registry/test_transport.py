"""Answers that are broken, odd or without end, from a server that writes the very bytes."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from orcid_plugin.errors import OAuthError, Unreachable
from orcid_plugin.registry.environment import Environment
from orcid_plugin.registry.oauth import OAuthClient
from orcid_plugin.registry.transport import MAX_ANSWER, Bearer, Transport


@contextmanager
def answering(*pieces: bytes, pause: float = 0.0) -> Iterator[str]:
    """The URL of a server that answers each request with these bytes, and rests between the pieces."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    connection.recv(65_536)
                    for piece in pieces:
                        connection.sendall(piece)
                        time.sleep(pause)
                except OSError:
                    continue

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def answer(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


@pytest.fixture
def transport() -> Iterator[Transport]:
    transport = Transport(connect_timeout=1, read_timeout=0.5)
    yield transport
    transport.close()


@pytest.mark.parametrize("location", ["/v3.0/other", "\xff\xfe", "http://[", ""])
def test_a_redirect_is_an_answer_like_others_whatever_its_location(transport: Transport, location: str) -> None:
    body = b'{"error-code": 9007}'
    with answering(answer(body, f"Location: {location}", status="301 Moved Permanently")) as url:
        found = transport.send("GET", url)
    assert (found.status, found.body) == (301, body)


@pytest.mark.parametrize("header", ["X: y", "Location: /other"])
def test_a_small_answer_that_unpacks_without_end(header: str) -> None:
    bomb = gzip.compress(bytes(MAX_ANSWER + 1_000_000))
    with (
        answering(answer(bomb, "Content-Encoding: gzip", header, status="301 Moved Permanently")) as url,
        closing(Transport(read_timeout=60)) as patient,  # so that its size ends it, not its time
        pytest.raises(Unreachable, match="at all"),
    ):
        patient.send("GET", url)


def test_no_answer_is_told_without_the_request_that_holds_the_token(transport: Transport) -> None:
    with answering(b"") as url, pytest.raises(Unreachable) as raised:
        transport.send("GET", url, auth=Bearer("t0ken"))
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_an_answer_that_drips(transport: Transport) -> None:
    started = time.monotonic()
    with (
        answering(answer(b"", length=100), *[b"x"] * 20, pause=0.2) as url,
        pytest.raises(Unreachable, match="in time"),
    ):
        transport.send("GET", url)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\x00\x01\x02",
        answer(b"abc", length=10),
        answer(b"no gzip", "Content-Encoding: gzip"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nA: " + b"x" * 100_000 + b"\r\n\r\n",
    ],
    ids=["nothing", "no http", "cut", "no gzip", "bad chunk", "cut chunk", "long header"],
)
def test_what_is_broken_is_no_answer_and_the_next_call_is_well(transport: Transport, sent: bytes) -> None:
    with answering(sent) as url, pytest.raises(Unreachable):
        transport.send("GET", url)
    with answering(answer(b"well")) as url:
        assert transport.send("GET", url).body == b"well"


def test_no_cookie_of_one_call_is_sent_with_another(transport: Transport) -> None:
    with answering(answer(b"", "Set-Cookie: session=of-somebody")) as url:
        transport.send("GET", url)
    assert not transport._session.cookies


def client_at(url: str, transport: Transport) -> OAuthClient:
    registry = Environment(name="x", web=url, api=url, public_api=url, id_host="orcid.org")
    return OAuthClient(environment=registry, client_id="a", client_secret="b", transport=transport)


def test_the_token_endpoint_redirects_nowhere(transport: Transport) -> None:
    with (
        answering(answer(b"{}", "Location: http://[", status="302 Found")) as url,
        pytest.raises(OAuthError, match="redirected"),
    ):
        client_at(url, transport).exchange("code", "https://x.org/back")


def test_a_token_answer_that_drips_or_unpacks_without_end(transport: Transport) -> None:
    bomb = answer(gzip.compress(bytes(MAX_ANSWER + 1_000_000)), "Content-Encoding: gzip")
    for pieces in ([answer(b"", length=100), *[b"x"] * 20], [bomb]):
        started = time.monotonic()
        with answering(*pieces, pause=0.2) as url:
            with pytest.raises(Unreachable):
                client_at(url, transport).exchange("code", "https://x.org/back")
            with pytest.raises(Unreachable):
                client_at(url, transport).revoke("token")
        assert time.monotonic() - started < 8
