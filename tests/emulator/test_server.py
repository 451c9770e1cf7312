"""Connections, TLS and limits: what a client meets on the way to the emulator's views."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from click.testing import CliRunner
from flask.testing import FlaskClient

from orcid_plugin.cli import main
from orcid_plugin.emulator import Certificate, HostNames, Limits, Registry, Server, certificates, serve
from orcid_plugin.emulator.app import create_app
from orcid_plugin.errors import CannotListen, UnreadableInput
from tests.emulator.helpers import CARBERRY, MEMBER, PUBLIC, Api, work

NAMES = HostNames.parse("orcid.test,api.orcid.test,pub.orcid.test")


@pytest.fixture
def connection(orcid_registry: Server) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(urlsplit(orcid_registry.url).netloc, timeout=10)
    yield connection
    connection.close()


def ask(connection: http.client.HTTPConnection, method: str, path: str, **sent: Any) -> tuple[int, bytes]:
    connection.request(method, path, **sent)
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_one_connection_serves_request_after_request(
    orcid_registry: Server, api: Api, connection: http.client.HTTPConnection
) -> None:
    connection.connect()
    used = connection.sock
    bearer = {"Authorization": f"Bearer {api.token}", "Content-Type": "application/json"}
    long = {**bearer, "Transfer-Encoding": "chunked"}
    assert ask(connection, "GET", "/v3.0/status") == (200, b"OK I am here")
    # Bodies that no view looks at must not be taken for the next request.
    assert ask(connection, "POST", "/v3.0/status", body="GET /nothing HTTP/1.1\r\n\r\n")[0] == 405
    assert ask(connection, "HEAD", f"/{CARBERRY}")[0] == 200
    assert (
        ask(connection, "POST", f"/v3.0/{CARBERRY}/work", body=iter([b"{", b"}"]), headers=long, encode_chunked=True)[0]
        == 400
    )
    assert ask(connection, "DELETE", f"/v3.0/{CARBERRY}/work/{api.post(work())}", headers=bearer) == (204, b"")
    assert ask(connection, "GET", f"/v3.0/{CARBERRY}/works", headers=bearer)[0] == 200
    assert connection.sock is used


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("Content-Length: many", 400),
        ("Content-Length: -1", 400),
        ("Content-Length: 99999999999", 413),
        ("Transfer-Encoding: chunked", 400),
    ],
)
def test_a_body_without_a_sound_length_ends_the_connection(orcid_registry: Server, head: str, status: int) -> None:
    parts = urlsplit(orcid_registry.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as client:
        client.sendall(f"POST /oauth/token HTTP/1.1\r\nHost: here\r\n{head}\r\n\r\nnonsense\r\n".encode())
        answer = b"".join(iter(lambda: client.recv(4096), b""))
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())


def test_an_idle_connection_does_not_outlive_the_server() -> None:
    with serve(Registry.seeded()) as server, requests.Session() as session:
        assert session.get(f"{server.api}/v3.0/status", timeout=10).status_code == 200
    with pytest.raises(requests.ConnectionError):
        session.get(f"{server.api}/v3.0/status", timeout=10)


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets every host name of the tests be this machine."""
    real: Callable[..., Any] = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: real("127.0.0.1", *rest, **more))


@pytest.mark.usefixtures("resolve")
def test_hosts_over_tls_are_what_the_certificate_says() -> None:
    registry = Registry.seeded()
    token = registry.issue_token(MEMBER, ["/read-limited", "/activities/update"], CARBERRY).access
    with serve(registry, tls_port=0, names=NAMES) as server:
        assert server.web.startswith("https://orcid.test:")
        trusted, bearer = str(server.trusted), {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        address = f"{server.api}/v3.0/{CARBERRY}/work"
        added = requests.post(address, json=work(), headers=bearer, verify=trusted, timeout=10)
        assert added.status_code == 201
        assert added.headers["Location"].startswith(f"{address}/")
        found = requests.get(added.headers["Location"], headers=bearer, verify=trusted, timeout=10)
        assert found.json()["source"]["source-client-id"]["host"] == "orcid.org"
        for url in (f"{server.public_api}/v3.0/{CARBERRY}/works", f"{server.web}/{CARBERRY}", server.url):
            assert requests.get(url, verify=trusted, timeout=10).status_code == 200
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(server.url.replace("127.0.0.1", "other.test"), verify=trusted, timeout=10)
        plain = address.replace("https", "http").replace(f":{urlsplit(server.api).port}", f":{_port(server.plain_url)}")
        refused = requests.get(f"{plain}s", headers=bearer, timeout=10)
        assert (refused.status_code, refused.json()["error-code"]) == (400, 9012)
        assert requests.get(f"{server.plain_url}/v3.0/{CARBERRY}/works", headers=bearer, timeout=10).status_code == 200
    assert not Path(trusted).exists()


def _port(url: str | None) -> int | None:
    return urlsplit(url or "").port


def test_a_client_that_is_silent_or_speaks_no_tls_keeps_nobody_waiting(tmp_path: Path) -> None:
    made = certificates.make(["127.0.0.1"], tmp_path)
    with serve(Registry(), port=None, tls_port=0, certificate=made) as server:
        address = ("127.0.0.1", _port(server.url) or 0)
        with socket.create_connection(address), socket.create_connection(address) as other:
            other.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert requests.get(server.url, verify=str(server.trusted), timeout=5).status_code == 200


def test_the_authority_of_a_made_certificate_can_sign_no_other(tmp_path: Path) -> None:
    made = certificates.make(["orcid.test", "::1"], tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"authority.pem", "certificate.pem", "key.pem"}
    assert made.key.stat().st_mode & 0o077 == 0
    assert made.key.read_text().count("PRIVATE KEY") == 2
    context = ssl.create_default_context(cafile=made.trusted)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    client, answer = ssl.MemoryBIO(), ssl.MemoryBIO()
    speaker = context.wrap_bio(answer, client, server_hostname="orcid.test")
    server = made.context().wrap_bio(client, answer, server_side=True)
    for _ in range(3):
        for side in (speaker, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert ("DNS", "orcid.test") in (speaker.getpeercert() or {})["subjectAltName"]


@pytest.mark.parametrize("content", ["", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"])
def test_a_certificate_that_cannot_be_used_is_told_in_one_sentence(tmp_path: Path, content: str) -> None:
    file = tmp_path / "mine.pem"
    file.write_text(content)
    with (
        pytest.raises(UnreadableInput, match=r"mine\.pem .* cannot be used"),
        serve(Registry(), tls_port=0, certificate=Certificate(file, file, file)),
    ):
        pass


def test_a_port_that_is_in_use_is_told_in_one_sentence(orcid_registry: Server) -> None:
    port = _port(orcid_registry.url)
    with (
        pytest.raises(CannotListen, match=f"port {port} of 127.0.0.1: Address already in use"),
        serve(Registry(), port=port),
    ):
        pass


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["--host-names", "orcid.test,api.orcid.test"], 2, "three different host names"),
        (["--certificate", __file__], 2, "--tls-port"),
        (["--tls-port", "0", "--key", __file__], 2, "--certificate"),
        (["--tls-port", "0", "--certificate", __file__], 2, "cannot be used as a certificate"),
        (["--host", "192.0.2.1", "--port", "0"], 1, "cannot listen on port 0 of 192.0.2.1"),
    ],
)
def test_what_the_command_cannot_do_is_told_in_one_sentence(arguments: list[str], status: int, sentence: str) -> None:
    done = CliRunner().invoke(main, ["emulator", *arguments])
    assert (done.exit_code, sentence in done.output, "Traceback" in done.output) == (status, True, False), done.output


def limited(registry: Registry, **limits: Any) -> FlaskClient:
    return create_app(registry, limits=Limits(**limits)).test_client()


def test_requests_beyond_the_pace_wait_and_those_beyond_the_queue_are_refused() -> None:
    client = limited(Registry.seeded(), public=50, burst=4)
    path = f"/pub/v3.0/{CARBERRY}/works"

    def get(_: int) -> tuple[int, str]:
        answer = client.application.test_client().get(path)
        return answer.status_code, answer.headers["Content-Type"].partition(";")[0]

    with ThreadPoolExecutor(12) as pool:
        seen = Counter(pool.map(get, range(12)))
    assert set(seen) == {(200, "application/vnd.orcid+xml"), (503, "text/html")}
    assert 5 <= seen[200, "application/vnd.orcid+xml"] < 12
    refused = limited(Registry.seeded(), public=0.001, burst=0)
    assert refused.get(path).status_code == 200
    answer = refused.get(path)
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, False)
    assert refused.get(f"/{CARBERRY}").status_code == 200
    assert refused.post("/oauth/token", data={"client_id": "x"}).status_code == 400


def test_every_client_has_a_pace_of_its_own_and_members_a_faster_one() -> None:
    registry = Registry.seeded()
    client = limited(registry, member=1000, public=0.001, burst=0)
    member, public = (registry.issue_token(name, ["/read-public"]).access for name in (MEMBER, PUBLIC))
    statuses = []
    for token in (member, public, None, member, public, None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        statuses.append(client.get(f"/pub/v3.0/{CARBERRY}/works", headers=headers).status_code)
    assert statuses[:3] == [200, 200, 200]
    assert statuses[4:] == [503, 503]


def test_the_daily_quota_is_for_anonymous_reads_and_ends_with_the_day() -> None:
    now = 1_700_000_000.0
    registry = Registry.seeded(clock=lambda: now)
    client = limited(registry, public=100_000, daily_quota=2)
    bearer = {"Authorization": f"Bearer {registry.issue_token(PUBLIC, ['/read-public']).access}"}
    path = f"/pub/v3.0/{CARBERRY}/works"
    assert [client.get(path).status_code for _ in range(3)] == [200, 200, 429]
    answer = client.get(path)
    assert (answer.mimetype, "Retry-After" in answer.headers) == ("text/plain", False)
    assert answer.text.startswith(
        "Too Many Requests. You have exceeded the daily quota for anonymous usage of this API. \n"
    )
    assert answer.text.endswith("/documentation/integration-guide/registering-a-public-api-client/)")
    assert client.get(path, headers=bearer).status_code == 200
    assert client.get(path, environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 200
    now += 24 * 60 * 60
    assert client.get(path).status_code == 200
