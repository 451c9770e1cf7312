"""What may be kept of a call holds no secret, wherever one stood."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from orcid_plugin.errors import AnswerError, Unreachable
from orcid_plugin.registry.answers import Answer
from orcid_plugin.registry.caller import Caller
from orcid_plugin.registry.environment import ENVIRONMENTS
from orcid_plugin.registry.exchanges import LARGEST_BODY, LONGEST_TEXT, Exchange
from orcid_plugin.registry.messages.notification import AuthorizationUrl
from orcid_plugin.registry.oauth import OAuthClient
from orcid_plugin.registry.transport import Bearer, Transport
from orcid_plugin.registry.webhooks import Webhooks

API = "https://api.sandbox.orcid.org/v3.0"
TOKEN_URL = "https://sandbox.orcid.org/oauth/token"
JOSIAH = "0000-0002-1825-0097"


def exchange(
    address: str = f"{API}/{JOSIAH}/work",
    *,
    status: int | None = 200,
    body: bytes = b"",
    data: bytes | Mapping[str, str] | None = None,
    token: str | None = None,
) -> Exchange:
    answer = Answer(status, CaseInsensitiveDict(), body) if status is not None else None
    return Exchange(
        method="POST", address=address, answer=answer, milliseconds=1, correlation_id="c", data=data, token=token
    )


def shown(exchange: Exchange) -> str:
    """All that an observer is shown."""
    parts = (exchange.url, exchange.error_code, exchange.orcid, exchange.request_body(), exchange.response_body())
    return " ".join(map(str, (*parts, repr(exchange))))


SECRET = st.text(st.sampled_from("abcXYZ019-._~+/=%&<>\" é'\\"), min_size=8).map(lambda text: f"s3cr3t{text}")
PLACES = [
    "{}",
    "Invalid access token: {}",
    "<error><developer-message>{}</developer-message></error>",
    "<html>Authorization: Bearer {}",
    "{} and {}",
]


@given(SECRET, st.sampled_from(PLACES), st.booleans())
def test_a_token_that_was_sent_is_shown_nowhere(secret: str, place: str, as_json: bool) -> None:
    text = place.format(secret, secret)
    body = (json.dumps({"developer-message": text}) if as_json else text).encode()
    seen = exchange(f"{API}/{quote(secret)}?token={quote(secret)}", status=401, body=body, data=body, token=secret)
    assert "s3cr3t" not in shown(seen)


@given(SECRET, st.sampled_from(["code", "refresh_token", "client_secret", "token", "access_token"]))
def test_a_secret_of_a_form_is_shown_neither_there_nor_where_it_is_repeated(secret: str, name: str) -> None:
    form = {"grant_type": "x", name: secret}
    echo = urlencode(form) + json.dumps({"error": "invalid_grant", "error_description": f"bad code: {secret}"})
    seen = exchange(TOKEN_URL, status=400, body=echo.encode(), data=form)
    assert "s3cr3t" not in shown(seen)
    assert "grant_type=x" in seen.request_body()


@given(SECRET, st.sampled_from(["access_token", "refresh_token", "id_token", "client_secret", "code"]))
def test_a_secret_that_only_the_answer_holds(secret: str, name: str) -> None:
    body = json.dumps({"orcid": JOSIAH, "nested": [{name: secret}], "name": "Josiah"}).encode()
    seen = exchange(TOKEN_URL, body=body)
    assert "s3cr3t" not in shown(seen)
    assert (json.loads(seen.response_body())["name"], seen.orcid) == ("Josiah", JOSIAH)


@pytest.mark.parametrize("name", ["access_token", "refresh_token", "id_token", "client_secret"])
@pytest.mark.parametrize(
    "quoted",
    [
        lambda answer: json.dumps({"upstream": json.dumps(answer)}),
        lambda answer: f"<pre>{escape(json.dumps(answer))}</pre>",
        lambda answer: escape(str(answer)),
        str,
        lambda answer: "".join(f"<{key}>{value}</{key}>" for key, value in answer.items()),
        lambda answer: escape("".join(f"<{key}>{value}</{key}>" for key, value in answer.items())),
    ],
)
def test_a_new_token_as_a_proxy_quotes_what_it_could_not_pass_on(
    quoted: Callable[[dict[str, str]], str], name: str
) -> None:
    body = quoted({name: "s3cr3t-1234", "scope": "/read-limited", "error-code": "9001"})
    seen = exchange(TOKEN_URL, status=502, body=body.encode())
    assert "s3cr3t" not in shown(seen)
    assert "/read-limited" in seen.response_body()
    assert "9001" in seen.response_body()


@given(SECRET)
def test_the_callback_of_a_webhook(secret: str) -> None:
    callback = f"https://journal.example/{secret}"
    address = f"{API}/{JOSIAH}/webhook/{quote(callback, safe='')}"
    seen = exchange(address, status=400, body=f"bad address {callback}".encode())
    assert "s3cr3t" not in shown(seen)
    assert seen.url == f"{API}/{JOSIAH}/webhook/"


@given(SECRET)
def test_the_personal_link_of_an_invitation_in_the_inbox(secret: str) -> None:
    link = f"https://journal.example/orcid/invitation/{secret}"
    sent = json.dumps({"authorization-url": {"uri": link, "path": None}, "intro": "Hello"}).encode()
    listed = b'{"notifications": [' + sent + b"]} " + link.encode()
    seen = exchange(f"{API}/{JOSIAH}/notification-permission", status=500, body=listed, data=sent)
    assert "s3cr3t" not in shown(seen)
    assert "Hello" in seen.request_body()
    assert "s3cr3t" not in shown(exchange(body=b"[" + sent + b"]"))


@responses.activate
def test_an_error_repeats_neither_a_callback_nor_a_personal_link() -> None:
    callback, link = "https://journal.example/hook?key=s3cr3t", "https://journal.example/orcid/invitation/s3cr3t"
    refused = {"response-code": 400, "error-code": 9001}
    responses.put(re.compile(".*/webhook/.*"), status=400, json=refused | {"developer-message": callback})
    responses.post(f"{API}/{JOSIAH}/notification-permission", status=400, json=refused | {"developer-message": link})
    caller = Caller(API, Transport())
    notification = json.dumps({"authorization-url": {"uri": link}}).encode()
    for call in (
        lambda: Webhooks(caller).register(JOSIAH, "token", callback),
        lambda: caller.call("POST", f"{JOSIAH}/notification-permission", "token", 201, body=notification),
    ):
        with pytest.raises(AnswerError) as raised:
            call()
        assert "s3cr3t" not in f"{raised.value} {raised.value!r} {vars(raised.value)}"
    assert "s3cr3t" not in repr(AuthorizationUrl(uri=link))


@pytest.mark.parametrize("text", ["Bearer abcdef-123456", "eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl", "a=1&code=Cd3Xyz"])
def test_what_looks_like_a_secret_is_none_of_anybody(text: str) -> None:
    body = exchange(body=text.encode()).response_body()
    assert not any(part in body for part in ("abcdef", "c2ln", "Cd3"))


def test_a_work_is_shown_as_it_was_sent() -> None:
    work = json.dumps({"title": {"title": {"value": "The genetic code: a token of life"}}, "type": "book"})
    assert exchange(data=work.encode()).request_body() == work


def test_long_bodies_are_cut_and_larger_ones_left_out() -> None:
    assert len(exchange(body=b"x" * 100_000).response_body()) == LONGEST_TEXT + 1
    assert exchange(body=b"x" * (LARGEST_BODY + 1)).response_body() == f"({LARGEST_BODY + 1} bytes)"


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (409, b'{"response-code": 409, "error-code": 9021, "developer-message": "x"}', "9021"),
        (400, b'{"error": "invalid_grant", "error_description": "x"}', "invalid_grant"),
        (502, b"<html>", None),
        (200, b'{"error": "no_error"}', None),
        (None, b"", None),
    ],
)
def test_the_code_of_an_error(status: int | None, body: bytes, code: str | None) -> None:
    assert exchange(status=status, body=body).error_code == code


@responses.activate
def test_each_call_is_observed_once_with_or_without_an_answer() -> None:
    seen: list[Exchange] = []
    transport = Transport().observed(seen.append)
    responses.get(f"{API}/{JOSIAH}/works", status=404, body=b'{"error-code": 9016}')
    transport.within(3).send("GET", f"{API}/{JOSIAH}/works", auth=Bearer("t0ken-of-josiah"))
    with pytest.raises(Unreachable):
        transport.send("GET", f"{API}/nobody")
    assert [(one.method, one.status, one.error_code, one.orcid) for one in seen] == [
        ("GET", 404, "9016", JOSIAH),
        ("GET", None, None, None),
    ]
    assert "t0ken" not in repr(seen)


@responses.activate
def test_an_observer_that_fails_fails_no_call() -> None:
    def fail(_: Any) -> None:
        raise ZeroDivisionError

    responses.get(API, body=b"well")
    assert Transport().observed(fail).send("GET", API).body == b"well"


@responses.activate
def test_an_exchange_of_a_code_shows_whose_it_is_and_no_secret() -> None:
    seen: list[Exchange] = []
    answer = {"access_token": "acc-1234567", "token_type": "bearer", "refresh_token": "ref-1234567", "orcid": JOSIAH}
    responses.post(TOKEN_URL, json=answer)
    oauth = OAuthClient(
        environment=ENVIRONMENTS["sandbox"],
        client_id="APP-1",
        client_secret="sec-1234567",
        transport=Transport().observed(seen.append),
    )
    oauth.exchange("cod-1234567", "https://journal.example/back")
    [one] = seen
    assert one.orcid == JOSIAH
    assert "1234567" not in shown(one)
    assert "client_id=APP-1" in one.request_body()
