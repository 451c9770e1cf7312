"""Permission notifications over the API, the notifications of what clients did, and the inbox."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from lxml import etree

from orcid_plugin.emulator import Client, Registry, Server, notifications
from orcid_plugin.errors import UnreadableInput
from tests.emulator.helpers import CARBERRY, GARCIA, MEMBER, PREMIUM, PUBLIC, SECRETS, Api, external_id, work

ORCID_XML = "application/vnd.orcid+xml"
URL = "https://orcid.org/oauth/authorize?client_id=APP-X&response_type=code&scope=/activities/update"
MESSAGE: dict[str, Any] = {
    "notification-type": "permission",
    "authorization-url": {"uri": URL},
    "notification-subject": "Your article has been published",
    "notification-intro": "May we add it to your record?",
    "items": {
        "item": [
            {"item-type": "work", "item-name": "On cracked pots", "external-id": external_id("10.5555/12345678")},
            {"item-type": "employment", "item-name": "Professor of psychoceramics"},
        ]
    },
}
PATH = "/notification-permission"


def changed(**changes: Any) -> dict[str, Any]:
    """The message with other keys (underscores stand for hyphens; None removes)."""
    message = copy.deepcopy(MESSAGE) | {name.replace("_", "-"): content for name, content in changes.items()}
    return {name: content for name, content in message.items() if content is not None}


def sender(server: Server, client: str = PREMIUM, orcid: str = CARBERRY) -> Api:
    """The member API as a client that may send notifications."""
    if client not in server.registry.clients:
        server.registry.add_client(Client(client, "secret", "Another member", "premium"))
    return Api(server, server.registry.issue_token(client, ["/premium-notification"]).access, orcid)


@pytest.fixture
def premium(orcid_registry: Server) -> Api:
    return sender(orcid_registry)


def post(api: Api, message: Any, **options: Any) -> str:
    answer = api("POST", PATH, message, **options)
    assert (answer.status_code, answer.content) == (201, b""), answer.text
    location = answer.headers["Location"]
    assert location.startswith(f"{api.server.api}/v3.0/{api.orcid}{PATH}/")
    return location.removeprefix(f"{api.server.api}/v3.0/{api.orcid}")


def code(answer: requests.Response) -> tuple[int, int]:
    return answer.status_code, answer.json()["error-code"]


def test_life_of_a_notification(
    orcid_registry: Server, premium: Api, assert_valid: Callable[[bytes], etree._Element]
) -> None:
    dates = {f"{name}-date": 5 for name in ("created", "sent", "read", "actioned", "archived")}
    path = post(premium, MESSAGE | dates | {"source": {"source-name": {"value": "Somebody else"}}})
    stored = premium("GET", path).json()
    assert {name: content for name, content in stored.items() if content is not None} == {
        **copy.deepcopy(MESSAGE),
        "put-code": int(path.rpartition("/")[2]),
        "authorization-url": {"uri": URL, "path": None, "host": None},
        "items": {
            "item": [
                MESSAGE["items"]["item"][0]
                | {"external-id": external_id("10.5555/12345678") | {"external-id-url": None}},
                MESSAGE["items"]["item"][1] | {"external-id": None},
            ]
        },
        "created-date": stored["created-date"],
        "sent-date": stored["created-date"],
        "source": stored["source"],
    }
    assert stored["source"]["source-client-id"]["path"] == PREMIUM
    assert stored["created-date"] > 1_000_000_000_000
    assert premium("GET", PATH).json() == {"notification": [stored]}
    for read in (path, PATH):
        assert_valid(premium("GET", read, accept=ORCID_XML).content)
    answer = premium("DELETE", path)
    assert (answer.status_code, answer.json() | {"archived-date": None}) == (200, stored)
    assert answer.json()["archived-date"] >= stored["created-date"]
    assert_valid(premium("DELETE", path, accept=ORCID_XML).content)
    assert premium("GET", path).json() == answer.json()


def test_xml_goes_back_as_it_came(premium: Api, shared: Path, assert_valid: Callable[[bytes], etree._Element]) -> None:
    sample = shared / "schemas/orcid/samples/notification_3.0/notification-permission-3.0.xml"
    document = sample.read_bytes().replace(b' put-code="1"', b"")
    path = post(premium, document, type=ORCID_XML)
    root = assert_valid(premium("GET", path, accept=ORCID_XML).content)
    assert root.get("put-code") == path.rpartition("/")[2]
    sent = {(e.tag, e.text) for e in etree.fromstring(document).iter(etree.Element) if not len(e)}
    ours = {(e.tag, e.text) for e in root.iter(etree.Element)}
    assert {tag.rpartition("}")[2] for tag, _ in sent - ours} <= {"created-date", "sent-date", "source-name"} | {
        "uri",
        "path",
    }
    assert code(premium("POST", PATH, sample.read_bytes(), type=ORCID_XML, accept="application/json")) == (400, 9006)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"put_code": 1}, (400, 9006)),
        ({"notification_type": "custom"}, (400, 9051)),
        ({"notification_subject": None}, (400, 9047)),
        ({"notification_intro": "x" * 1001}, (400, 9047)),
        ({"authorization_url": {"host": "orcid.org"}}, (400, 9047)),
        ({"items": {"item": []}}, (400, 9047)),
        ({"items": {"item": [{"item-type": "research-resource", "item-name": "x"}]}}, (400, 9051)),
        ({"colour": "red"}, (400, 9047)),
        (
            {"items": {"item": [{"item-type": "work", "item-name": "x", "external-id": external_id("1", None)}]}},
            (400, 9023),
        ),
        (
            {"items": {"item": [{"item-type": "work", "item-name": "x", "external-id": external_id("1", type="foo")}]}},
            (400, 9023),
        ),
    ],
)
def test_refused_messages(premium: Api, changes: dict[str, Any], expected: tuple[int, int]) -> None:
    assert code(premium("POST", PATH, changed(**changes))) == expected
    assert premium("GET", PATH).json() == {"notification": []}


def test_a_path_alone_is_enough(premium: Api) -> None:
    path = post(premium, changed(authorization_url={"path": "/oauth/authorize?client_id=APP-X"}))
    assert premium("GET", path).json()["authorization-url"]["path"] == "/oauth/authorize?client_id=APP-X"


def test_who_opted_out_gets_no_notification_of_any_kind(orcid_registry: Server, premium: Api, api: Api) -> None:
    registry = orcid_registry.registry
    registry.add_researcher(replace(registry.researchers[CARBERRY], notifications=False))
    assert code(premium("POST", PATH, MESSAGE)) == (409, 9032)
    api.post(work())
    assert notifications.inbox(registry, CARBERRY) == []


def test_others_notifications_are_closed(orcid_registry: Server, premium: Api) -> None:
    path = post(premium, MESSAGE)
    other = sender(orcid_registry, "APP-ANOTHERPREMIUM00")
    elsewhere = sender(orcid_registry, orcid=GARCIA)
    assert code(other("GET", path)) == code(other("DELETE", path)) == (403, 9010)
    assert other("GET", PATH).json() == {"notification": []}
    assert code(elsewhere("GET", path)) == code(premium("GET", f"{PATH}/99")) == (404, 9029)
    assert code(premium("GET", f"{PATH}/x")) == (400, 9034)
    answer = premium("DELETE", f"{PATH}/99")
    assert (code(answer), f"99 for ORCID: {CARBERRY}" in answer.json()["developer-message"]) == ((404, 9029), True)


def test_what_was_read_cannot_be_taken_back(orcid_registry: Server, premium: Api) -> None:
    path = post(premium, MESSAGE)
    (found,) = notifications.inbox(orcid_registry.registry, CARBERRY)
    notifications.read(orcid_registry.registry, found)
    assert code(premium("DELETE", path)) == (403, 9009)
    assert premium("GET", path).json()["read-date"] >= found.created


def test_only_premium_members_send(orcid_registry: Server, api: Api) -> None:
    assert code(api("POST", PATH, MESSAGE)) == (403, 9038)
    for client, status in ((MEMBER, 401), (PUBLIC, 401), (PREMIUM, 200)):
        secret = orcid_registry.registry.clients[client].secret
        form = {"client_id": client, "client_secret": secret, "grant_type": "client_credentials"}
        for scope in ("/premium-notification", "/webhook"):
            answer = requests.post(f"{orcid_registry.web}/oauth/token", {**form, "scope": scope}, timeout=10)
            assert answer.status_code == status, answer.text
    assert SECRETS.keys() < orcid_registry.registry.clients.keys()


@pytest.mark.parametrize(
    ("state", "writing", "reading"),
    [("deactivated", (409, 9044), 200), ("locked", (409, 9018), 409), ("unclaimed", (409, 9036), 409)],
)
def test_states_of_records(
    orcid_registry: Server, premium: Api, state: str, writing: tuple[int, int], reading: int
) -> None:
    registry = orcid_registry.registry
    path = post(premium, MESSAGE)
    registry.add_researcher(replace(registry.researchers[CARBERRY], state=state))
    assert code(premium("POST", PATH, MESSAGE)) == code(premium("DELETE", path)) == writing
    assert premium("GET", path).status_code == premium("GET", PATH).status_code == reading
    assert code(sender(orcid_registry, orcid="0000-0000-0000-0001")("GET", PATH)) == (404, 9016)


def test_the_newest_thousand_are_listed(orcid_registry: Server, premium: Api) -> None:
    for _ in range(1001):
        orcid_registry.registry.notify(CARBERRY, PREMIUM, "permission", MESSAGE)
    listed = premium("GET", PATH).json()["notification"]
    assert [entry["put-code"] for entry in listed] == list(range(1001, 1, -1))


def test_people_are_told_what_clients_did(orcid_registry: Server, api: Api) -> None:
    registry = orcid_registry.registry
    put_code = api.post(work())
    api("PUT", f"/work/{put_code}", work(put_code=put_code))
    api("PUT", f"/work/{put_code}", work(put_code=put_code, type="report"))
    api("DELETE", f"/work/{put_code}")
    bulk = {"bulk": [{"work": work(external_id("10.5555/a"))}, {"work": {}}, {"work": work(external_id("10.5555/b"))}]}
    assert api("POST", "/works", bulk).status_code == 200
    writer = Api(orcid_registry, registry.issue_token(MEMBER, ["/person/update"], CARBERRY).access)
    writer("POST", "/keywords", {"content": "pots"})
    told = [
        (entry.type, [(item["item-type"], item["item-name"]) for item in entry.message["items"]["item"]])
        for entry in reversed(notifications.inbox(registry, CARBERRY))
    ]
    pots = ("work", "On cracked pots")
    assert told == [
        ("added", [pots]),
        ("changed", [pots]),
        ("removed", [pots]),
        ("added", [pots, pots]),
        ("added", [("keyword", "pots")]),
    ]
    assert {entry.client for entry in notifications.inbox(registry, CARBERRY)} == {MEMBER}


def test_notifications_are_in_the_file_and_in_seeds(tmp_path: Path) -> None:
    store = tmp_path / "registry.json"
    registry = Registry.seeded(store=store)
    registry.notify(CARBERRY, PREMIUM, "permission", MESSAGE)
    registry.flush()
    again = Registry.seeded(store=store)
    assert again.notifications == registry.notifications
    assert again.notify(CARBERRY, PREMIUM, "permission", MESSAGE).id == 2
    for key, wrong in {"orcid": "0000-0000-0000-0001", "type": "advertisement", "message": {"items": 1}}.items():
        entry = registry.snapshot()["notifications"][0] | {key: wrong}
        with pytest.raises(UnreadableInput, match=rf"notifications\[0\].*{key}"):
            Registry({**registry.snapshot(), "notifications": [entry]})
