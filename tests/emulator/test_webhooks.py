"""Webhooks: asking for them, and the calls that the Registry makes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from orcid_plugin.emulator import Client, Registry, Server, serve
from tests.emulator.helpers import CARBERRY, GARCIA, MEMBER, PREMIUM, Api, external_id, work


@dataclass
class Receiver:
    """A host that is called: what it answers, and the calls it got as method, path and body."""

    url: str
    status: int = 204
    calls: list[tuple[str, str, bytes]] = field(default_factory=list)
    meanwhile: Callable[[], object] = lambda: None


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            found.calls.append((self.command, self.path, body))
            found.meanwhile()
            self.send_response(found.status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Receiver(f"http://127.0.0.1:{server.server_port}/hook?iD={CARBERRY}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


class Hooks:
    """Requests about webhooks with one token."""

    def __init__(self, server: Server, client: str = PREMIUM, scope: str = "/webhook") -> None:
        self.server = server
        self.headers = {"Authorization": f"Bearer {server.registry.issue_token(client, [scope]).access}"}

    def __call__(self, method: str, callback: str, orcid: str = CARBERRY) -> requests.Response:
        return requests.request(method, self.address(callback, orcid), headers=self.headers, timeout=10)

    def address(self, callback: str, orcid: str = CARBERRY) -> str:
        return f"{self.server.api}/{orcid}/webhook/{quote(callback, safe='')}"


@pytest.fixture
def hooks(orcid_registry: Server) -> Hooks:
    return Hooks(orcid_registry)


def code(answer: requests.Response) -> tuple[int, int]:
    number = answer.text.partition("<error-code>")[2].partition("<")[0]
    return answer.status_code, int(number or 0)


@pytest.mark.parametrize(
    "callback", ["https://example.org/a/b?iD=0000-1&x=%2F", "http://localhost:1/", "HTTPS://example.org"]
)
def test_asking_and_asking_no_more(hooks: Hooks, callback: str) -> None:
    answer = hooks("PUT", callback)
    assert (answer.status_code, answer.content) == (201, b"")
    assert answer.headers["Location"] == hooks.address(callback)
    assert hooks("PUT", callback).status_code == 204
    assert list(hooks.server.registry.webhooks.kept) == [(CARBERRY, callback)]
    answer = hooks("DELETE", callback)
    assert (answer.status_code, answer.content) == (204, b"")
    answer = hooks("DELETE", callback)
    assert code(answer) == (404, 9028)
    assert f"orcid={CARBERRY}, and uri={callback.replace('&', '&amp;')}" in answer.text


@pytest.mark.parametrize(
    "callback", ["nothing", "ftp://example.org", "http://", "https://a b.org", "https://example.org/{iD}", "//a.org/"]
)
def test_addresses_that_cannot_be_called(hooks: Hooks, callback: str) -> None:
    assert code(hooks("PUT", callback)) == (400, 9012)


def test_who_may_ask(orcid_registry: Server, hooks: Hooks) -> None:
    callback = "https://example.org/"
    registry = orcid_registry.registry
    assert code(hooks("PUT", callback, "0000-0000-0000-0001")) == (404, 9011)
    assert code(hooks("DELETE", callback, "0000-0000-0000-0001")) == (404, 9011)
    assert code(Hooks(orcid_registry, MEMBER, "/read-public")("PUT", callback)) == (403, 9038)
    assert requests.put(hooks.address(callback), timeout=10).status_code == 403
    assert hooks("PUT", callback).status_code == 201
    registry.add_client(Client("APP-ANOTHERPREMIUM00", "secret", "Another", "premium"))
    other = Hooks(orcid_registry, "APP-ANOTHERPREMIUM00")
    assert code(other("DELETE", callback)) == code(other("PUT", callback)) == (403, 9014)
    assert code(hooks("GET", callback)) == (405, 9001)


def test_changes_are_told_together_by_one_empty_post(hooks: Hooks, api: Api, receiver: Receiver) -> None:
    webhooks = hooks.server.registry.webhooks
    api.post(work())
    hooks("PUT", receiver.url)
    hooks("PUT", f"{receiver.url}&other", GARCIA)
    assert webhooks.deliver() == []
    put_code = api.post(work(external_id("10.5555/b")))
    api("PUT", f"/work/{put_code}", api.get(put_code))
    assert webhooks.kept[CARBERRY, receiver.url].changes == 1
    api("DELETE", f"/work/{put_code}")
    assert webhooks.kept[CARBERRY, receiver.url].changes == 2
    (told,) = webhooks.deliver()
    assert (told.changes, told.outcome, told.failures) == (0, "204", 0)
    assert receiver.calls == [("POST", f"/hook?iD={CARBERRY}", b"")]
    assert webhooks.deliver() == []


def test_calls_come_when_the_interval_is_over_and_later_each_time_they_fail(receiver: Receiver) -> None:
    now = 1_700_000_000.0
    registry = Registry.seeded(clock=lambda: now, webhook_interval=300)
    webhooks = registry.webhooks
    with serve(registry) as server:
        Hooks(server)("PUT", receiver.url)
        api = Api(server, registry.issue_token(MEMBER, ["/activities/update"], CARBERRY).access)
        api.post(work())
        now += 299
        api.post(work(external_id("10.5555/b")))
        assert webhooks.deliver(due=True) == []
        now += 1
        receiver.status = 500
        for failures, wait in enumerate((300, 600, 1200), 1):
            (told,) = webhooks.deliver(due=True)
            assert (told.changes, told.failures, told.outcome, told.due - now) == (2, failures, "500", wait)
            now += wait - 1
            assert webhooks.deliver(due=True) == []
            now += 1
        receiver.status = 200
        (told,) = webhooks.deliver(due=True)
        assert (told.changes, told.failures, told.outcome) == (0, 0, "200")
        assert len(receiver.calls) == 4


def test_redirects_are_no_success_and_not_followed(hooks: Hooks, api: Api, receiver: Receiver) -> None:
    receiver.status = 302
    hooks("PUT", receiver.url)
    api.post(work())
    (told,) = hooks.server.registry.webhooks.deliver()
    assert (told.changes, told.failures, told.outcome) == (1, 1, "302")
    assert [path for _, path, _ in receiver.calls] == [f"/hook?iD={CARBERRY}"]


def test_a_callback_that_reads_and_writes_the_record_at_once(hooks: Hooks, api: Api, receiver: Receiver) -> None:
    hooks("PUT", receiver.url)
    api.post(work())
    receiver.meanwhile = lambda: api.post(work(external_id("10.5555/b")))
    (told,) = hooks.server.registry.webhooks.deliver()
    assert (told.changes, told.outcome) == (1, "204")


def test_a_webhook_removed_during_its_call_stays_removed(hooks: Hooks, api: Api, receiver: Receiver) -> None:
    hooks("PUT", receiver.url)
    api.post(work())
    receiver.meanwhile = lambda: hooks("DELETE", receiver.url)
    hooks.server.registry.webhooks.deliver()
    assert hooks.server.registry.webhooks.kept == {}


@pytest.mark.parametrize("callback", ["http://127.0.0.1:1/", "http://a..b/", "http://[::1/", "http://127.0.0.1:99999/"])
def test_nobody_answers(hooks: Hooks, api: Api, callback: str) -> None:
    assert hooks("PUT", callback).status_code == 201
    api.post(work())
    (told,) = hooks.server.registry.webhooks.deliver()
    assert (told.failures, told.outcome) == (1, "no connection")


def test_no_answer_in_time(hooks: Hooks, api: Api, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orcid_plugin.emulator.webhooks._TIMEOUT", 0.05)
    receiver.meanwhile = lambda: time.sleep(0.3)
    hooks("PUT", receiver.url)
    api.post(work())
    (told,) = hooks.server.registry.webhooks.deliver()
    assert told.outcome == "no answer in time"


def test_a_running_emulator_calls_by_itself(receiver: Receiver) -> None:
    called = threading.Event()
    receiver.meanwhile = called.set
    with serve(Registry.seeded(webhook_interval=0.05)) as server:
        Hooks(server)("PUT", receiver.url)
        Api(server, server.registry.issue_token(MEMBER, ["/activities/update"], CARBERRY).access).post(work())
        assert called.wait(10)


def test_webhooks_are_in_the_file(tmp_path: Path) -> None:
    store = tmp_path / "registry.json"
    with serve(Registry.seeded(store=store)) as server:
        Hooks(server)("PUT", "https://example.org/")
        Api(server, server.registry.issue_token(MEMBER, ["/activities/update"], CARBERRY).access).post(work())
        before = server.registry.snapshot()["webhooks"]
    again = Registry.seeded(store=store)
    assert again.snapshot()["webhooks"] == before
    assert again.webhooks.kept[CARBERRY, "https://example.org/"].changes == 1
