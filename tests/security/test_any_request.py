"""Whatever a browser sends to whichever page, the answer is never a fault of ours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.mounted import grants, make_app, runtime_of, sign_in, submit
from tests.security.routes import routes
from tests.web.test_administrators import Platform

KNOWN = (
    "state code error error_description next publication contributor prompt purpose answer csrf_token remove_works "
    "orcid key page search people confirmed q state[] iss account action status since until before".split()
)
NAMES = st.sampled_from(KNOWN)
ODD = ["\x00", "%00", "../..", "//evil.example", "ms-1", "1", "-1", "9" * 400, "a" * 3000, "\r\nX: y", "{{7*7}}"]
TEXTS = st.sampled_from(ODD) | st.text(max_size=20)
SEGMENTS = [text for text in ODD if text not in {"../..", "//evil.example"}]
PARTS = st.sampled_from(["default", *SEGMENTS])


@pytest.fixture
def busy(database_url: str) -> Iterator[Flask]:
    """An app that is asked more often than people would, and faults in which stay exceptions."""
    app = make_app(database_url, Platform(), person_limit="1000000/minute", address_limit="1000000/minute")
    runtime_of(app).store.upgrade()
    submit(app)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        grants(mock)
        yield app
    runtime_of(app).close()


@settings(max_examples=30, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    part=PARTS,
    query=st.dictionaries(NAMES, TEXTS, max_size=4),
    form=st.dictionaries(NAMES, TEXTS, max_size=4),
    account=st.sampled_from([None, "ada", "eve", "root"]),
    language=st.sampled_from(["de", "en", "*", "x" * 500, "de;q=z", ",,,"]),
)
def test_no_page_fails(
    busy: Flask, part: str, query: dict[str, str], form: dict[str, str], account: str | None, language: str
) -> None:
    client = busy.test_client()
    sign_in(client, account)
    for route in routes(busy, part):
        answer = client.open(
            route.path,
            method=route.method,
            query_string=query,
            data=form if route.method != "GET" else None,
            headers={"Accept-Language": language},
        )
        assert answer.status_code < 500, f"{route}: {answer.status_code} {answer.text}"
        assert "Traceback" not in answer.text


@pytest.mark.parametrize("account", [None, "ada", "eve", "root"])
def test_no_page_fails_for_the_same_oddity_everywhere(busy: Flask, account: str | None) -> None:
    client = busy.test_client()
    sign_in(client, account)
    for text in ODD:
        everywhere = dict.fromkeys(KNOWN, text)
        for route in routes(busy, text if text in SEGMENTS else "ms-1"):
            form = None if route.method == "GET" else everywhere
            answer = client.open(route.path, method=route.method, query_string=everywhere, data=form)
            assert answer.status_code < 500, f"{route} with {text!r}: {answer.status_code} {answer.text}"


@pytest.mark.parametrize("body", [b"\xff\xfe", b"{", b"[" * 5000, b"null", b'{"csrf_token": 1}'])
def test_no_body_breaks_a_page(busy: Flask, body: bytes) -> None:
    client = busy.test_client()
    sign_in(client, "root")
    for kind in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x"):
        for route in routes(busy):
            answer = client.open(route.path, method=route.method, data=body, content_type=kind)
            assert answer.status_code < 500, f"{route}: {answer.text}"
