"""Each error that ORCID documents, provoked over HTTP: its status, code and texts in JSON and XML."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import requests
from lxml import etree

from orcid_plugin.emulator import Server, notifications
from tests.conformance.error_codes import CODES
from tests.conformance.rule_cases import OTHER_RULES, WORK_RULES
from tests.conformance.stage import GROUPS, TYPES, Case, Stage, changed, posted, twice
from tests.emulator.helpers import CARBERRY, GARCIA, PREMIUM, PUBLIC, TANAKA, external_id, work
from tests.emulator.test_activities import body
from tests.emulator.test_groups import GROUP
from tests.emulator.test_notifications import MESSAGE as NOTIFICATION


def hidden(stage: Stage, visibility: str, **options: Any) -> requests.Response:
    """What another member put on Tanaka's record."""
    stage.change(TANAKA, visibility=visibility)
    put_code = stage.added("work", work(), TANAKA, client=stage.other())
    return stage("GET", f"/{TANAKA}/work/{put_code}", orcid=TANAKA, **options)


def foreign(stage: Stage, method: str, message: Any) -> requests.Response:
    """A write to what another member put on the record."""
    put_code = stage.added("work", work(), client=stage.other())
    return stage(method, f"/{CARBERRY}/work/{put_code}", message and message | {"put-code": put_code})


def used_group(stage: Stage) -> requests.Response:
    path = stage.group().headers["Location"].rpartition("/")[2]
    stage.added("peer-review", body("peer-review", review_group_id=GROUP["group-id"]))
    return stage("DELETE", f"/group-id-record/{path}", orcid=None, scopes=GROUPS)


def state(stage: Stage, state: str, method: str = "POST", **changes: Any) -> requests.Response:
    stage.change(state=state, **changes)
    return stage(method, f"/{CARBERRY}/work" + "s" * (method == "GET"), work() if method == "POST" else None)


def broken(stage: Stage) -> requests.Response:
    stage.server.registry.items_of = None  # type: ignore[assignment, method-assign]
    return stage("GET", f"/{CARBERRY}/works")


def search(stage: Stage, **query: object) -> requests.Response:
    """A search by somebody without a token."""
    return stage("GET", "/search?" + urlencode({"q": "pots", **query}), public=True)


def notification(stage: Stage, method: str, path: str = "", message: Any = None) -> requests.Response:
    """A request of a premium member about notifications to Carberry."""
    path = f"/{CARBERRY}/notification-permission{path}"
    return stage(method, path, message, orcid=None, scopes=("/premium-notification",), client=PREMIUM)


def read_notification(stage: Stage) -> requests.Response:
    """A notification taken back that the person has read."""
    posted = notification(stage, "POST", message=NOTIFICATION)
    path = posted.headers["Location"].rpartition("/")[2]
    found = stage.server.registry.notifications[int(path)]
    notifications.read(stage.server.registry, found)
    return notification(stage, "DELETE", f"/{path}")


def unwanted_notification(stage: Stage) -> requests.Response:
    stage.change(notifications=False)
    return notification(stage, "POST", message=NOTIFICATION)


def webhook(stage: Stage, method: str, orcid: str = CARBERRY) -> requests.Response:
    """A request of a premium member about a webhook, whose path has no version."""
    token = stage.server.registry.issue_token(PREMIUM, ["/webhook"]).access
    headers = {"Authorization": f"Bearer {token}", "Accept": TYPES[stage.form]}
    url = f"{stage.server.api}/{orcid}/webhook/{quote('https://example.org/', safe='')}"
    return requests.request(method, url, headers=headers, timeout=10)


CALLS = [
    Case("deprecated, read", 9007, lambda s: state(s, "deprecated", "GET", primary=GARCIA), GARCIA, 301),
    Case("deprecated, written", 9007, lambda s: state(s, "deprecated", primary=GARCIA), GARCIA, 409),
    Case("locked", 9018, lambda s: state(s, "locked"), CARBERRY),
    Case("deactivated", 9044, lambda s: state(s, "deactivated")),
    Case("unclaimed", 9036, lambda s: state(s, "unclaimed", created=s.server.registry.clock())),
    Case("unknown client", 9027, lambda s: s("GET", "/client/APP-0", orcid=None, scopes=("/read-public",)), "APP-0"),
    Case("release candidate", 9056, lambda s: s("GET", f"_rc1/{CARBERRY}/works"), "V3.0 are now disabled"),
    Case("no such page", 9001, lambda s: s("GET", f"/{CARBERRY}/pots"), status=404),
    Case("no such method", 9001, lambda s: s("PATCH", f"/{CARBERRY}/work/1"), status=405),
    Case(
        "no such type",
        9001,
        lambda s: s("POST", f"/{CARBERRY}/work", b"T", headers={"Content-Type": "text/plain"}),
        status=415,
    ),
    Case(
        "too many works at once",
        9006,
        lambda s: s.bulk(*(work(external_id(f"10.5555/{n}")) for n in range(101))),
        "You are allowed to add up to 100 elements per request.",
    ),
    Case(
        "too many put-codes at once", 9042, lambda s: s("GET", f"/{CARBERRY}/works/" + ",".join(map(str, range(101))))
    ),
    Case("a fault of the Registry", 9008, broken, "TypeError"),
    Case("changed by another", 9010, lambda s: foreign(s, "PUT", work(type="book"))),
    Case("sent again by another", 9014, lambda s: foreign(s, "PUT", work())),
    Case("deleted by another", 9010, lambda s: foreign(s, "DELETE", None)),
    Case("not XML", 9012, lambda s: s("POST", f"/{CARBERRY}/work", b"<work"), forms=("xml",)),
    Case("not JSON", 9047, lambda s: s("POST", f"/{CARBERRY}/work", b"{"), forms=("json",)),
    posted("no type, by the XSD", 9012, "work", work(type=None), "'type' is expected", forms=("xml",)),
    posted("no type, by the XSD", 9047, "work", work(type=None), "'type' is missing", forms=("json",)),
    posted(
        "unknown type",
        9051,
        "work",
        work(type="dissertation"),
        "'dissertation' for enum 'org.orcid.jaxb.model.common.WorkType'",
    ),
    Case("private", 9013, lambda s: hidden(s, "private")),
    Case("limited, without the scope", 9038, lambda s: hidden(s, "limited", scopes=("/authenticate",))),
    Case("written without the scope", 9038, lambda s: s.post("work", work(), scopes=("/read-limited",))),
    Case("not public", 9039, lambda s: hidden(s, "limited", public=True)),
    Case("unknown record", 9016, lambda s: s("GET", "/0000-0000-0000-0001/works", orcid=None)),
    Case("unknown item", 9016, lambda s: s("GET", f"/{CARBERRY}/work/1")),
    Case("put-code that is no number", 9034, lambda s: s("GET", f"/{CARBERRY}/work/one")),
    Case(
        "token of another record",
        9017,
        lambda s: s("GET", f"/{CARBERRY}/works", orcid=GARCIA),
        "Access token is for a different record",
    ),
    Case(
        "public client",
        9017,
        lambda s: s("GET", f"/{CARBERRY}/works", client=PUBLIC),
        "The client application is forbidden to perform the action.",
    ),
    changed("other put-code in the body", 9019, "work", work(), {"put-code": 1}, "whereas the one in the body was 1"),
    changed(
        "no put-code in the body", 9019, "work", work(), {"put-code": None}, "whereas the one in the body was null"
    ),
    twice("the same work again", 9021, "work", work()),
    Case("unknown group", 9026, lambda s: s("GET", "/group-id-record/1", orcid=None, scopes=GROUPS)),
    Case("group in use", 9040, used_group),
    Case(
        "too many rows of a search",
        9012,
        lambda s: search(s, rows=1001),
        "The rows parameter must be an integer between 0 and 1,000",
    ),
    Case(
        "rows that are no number",
        9012,
        lambda s: search(s, rows="ten"),
        "The rows parameter must be an integer between 0 and 1,000",
    ),
    Case("too far into a search", 9043, lambda s: search(s, start=10001)),
    Case("a notification that was read", 9009, read_notification),
    Case("unknown notification", 9029, lambda s: notification(s, "GET", "/7"), f"7 for ORCID: {CARBERRY}"),
    Case("no notifications wanted", 9032, unwanted_notification),
    Case("webhook of an unknown record", 9011, lambda s: webhook(s, "PUT", "0000-0000-0000-0001")),
    Case("unknown webhook", 9028, lambda s: webhook(s, "DELETE"), "uri=https://example.org/"),
    Case("no biography", 9041, lambda s: s("GET", f"/{CARBERRY}/biography")),
]
"""What is wrong with a request, whatever it carries."""

CASES = [*WORK_RULES, *OTHER_RULES, *CALLS]

NOT_PROVOKED = {
    9002: "the documents name no case: a client without a right gets 9017 or 9038",
    9004: "the documents name no case: a missing scope is 9038",
    9005: "as 9004",
    9015: "the documents name no case: the token endpoint refuses scopes in OAuth's form",
    9033: "an unknown other name answers 9016 as every unknown item does",
    9057: "the documents name no case: the token endpoint refuses locked clients in OAuth's form",
    9052: "only for tokens of release candidates, which are no longer served (9056)",
}
"""Codes of the list for which no request is documented."""


def _answer(answer: requests.Response, form: str) -> dict[str, Any]:
    """The error in an answer, which has ORCID's structure; of bulk answers the first error."""
    assert answer.headers["Content-Type"].startswith(TYPES[form])
    names = ["response-code", "developer-message", "user-message", "error-code", "more-info"]
    if form == "json":
        document = answer.json()
        message: dict[str, Any] = document["bulk"][0]["error"] if "bulk" in document else document
        assert list(message) == names
        return message
    root = etree.fromstring(answer.content)
    (error,) = root.iter("{http://www.orcid.org/ns/error}error")
    assert [etree.QName(child).localname for child in error] == names
    if error is root:
        assert b'<error xmlns="http://www.orcid.org/ns/error"><response-code>' in answer.content
    texts = {etree.QName(child).localname: child.text or "" for child in error}
    return texts | {name: int(texts[name]) for name in ("response-code", "error-code")}


@pytest.mark.parametrize(
    ("case", "form"),
    [pytest.param(case, form, id=f"{case.code} {case.name}, {form}") for case in CASES for form in case.forms],
)
def test_refusals(orcid_registry: Server, case: Case, form: str) -> None:
    answer = case.provoke(Stage(orcid_registry, form))
    message = _answer(answer, form)
    statuses, template = CODES[case.code]
    assert message["error-code"] == case.code, message["developer-message"]
    assert message["response-code"] == (case.status or statuses[0])
    assert answer.status_code in {message["response-code"], 200}
    pattern = re.escape(template).replace(re.escape("{}"), "(?s:.*)")
    assert re.match(pattern, message["developer-message"]), message["developer-message"]
    assert case.says in message["developer-message"]
    if message["developer-message"] != template and "{}" not in template:
        assert message["developer-message"].startswith(f"{template} Full validation error: ")
    assert message["user-message"]
    assert message["more-info"] == "https://members.orcid.org/api/resources/troubleshooting"


def test_every_code_is_provoked_or_has_a_reason() -> None:
    provoked = {case.code for case in CASES}
    assert sorted([*provoked, *NOT_PROVOKED]) == sorted(CODES)
    for code, (statuses, _) in CODES.items():
        assert {case.status or statuses[0] for case in CASES if case.code == code} <= set(statuses)
