"""The logs of a site as administrators see them: pages, files and JSON."""

from __future__ import annotations

import csv
import datetime
import html
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from orcid_plugin.hooks import sites
from orcid_plugin.store.tables import AuditEvent, Call
from tests.mounted import JOSIAH, SOFIA, make_app, runtime_of, sign_in
from tests.security.test_markup import EVIL, RAW
from tests.web.test_administrators import OWN, Platform

EVENTS, CALLS = "/orcid/admin/sites/second/events", "/orcid/admin/sites/second/calls"
NOON = datetime.datetime(2026, 11, 1, 12, tzinfo=datetime.UTC)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = make_app(f"sqlite:///{tmp_path / 'logs.sqlite3'}", Platform())
    runtime_of(app).store.upgrade()
    with app.test_request_context():
        sites.add("second", OWN)
    with runtime_of(app).store.begin() as session:
        session.query(AuditEvent).delete()
    yield app
    runtime_of(app).close()


@pytest.fixture
def root(app: Flask) -> FlaskClient:
    client = app.test_client()
    sign_in(client, "root")
    return client


def add(app: Flask, *rows: AuditEvent | Call) -> None:
    with runtime_of(app).store.begin() as session:
        session.add_all(rows)


def event(number: int = 0, **fields: Any) -> AuditEvent:
    at = NOON + datetime.timedelta(minutes=number)
    known = {"site": "second", "at": at, "actor": "worker", "action": f"told_{number}."}
    return AuditEvent(**{**known, **fields})


def call(number: int = 0, status: int | None = 200, **fields: Any) -> Call:
    at = NOON + datetime.timedelta(minutes=number)
    known = {"site": "second", "at": at, "method": "GET", "url": "https://api.orcid.org/v3.0/work", "milliseconds": 7}
    return Call(status=status, correlation_id=f"c{number}.", **{**known, **fields})


def shown(page: str, word: str = "told_") -> list[int]:
    """The numbers of the entries, in the order of the page."""
    return [int(number) for number in re.findall(rf"{word}(\d+)\.", page)]


def exported(app: Flask) -> list[tuple[str, str, Any]]:
    query = select(AuditEvent).where(AuditEvent.action == "log_exported").order_by(AuditEvent.id)
    with runtime_of(app).store.begin() as session:
        return [(one.site, one.actor, one.details) for one in session.scalars(query)]


def test_both_are_linked_from_the_page_of_the_site(root: FlaskClient) -> None:
    page = root.get("/orcid/admin/sites/second").text
    assert f'href="{EVENTS}"' in page
    assert f'href="{CALLS}"' in page


class TestEvents:
    def test_tell_who_did_what_when_to_whom(self, app: Flask, root: FlaskClient) -> None:
        details = {"purpose": "profile", "scopes": ["/read-limited", "/activities/update"], "rows": {"call": 3}}
        add(app, event(actor="account:eve", action="connected", account="ada", orcid=JOSIAH, details=details))
        add(app, event(1, action="item_created", publication_key="ms-1", subject="delivery/5"))
        page = html.unescape(root.get(EVENTS).text)
        for text in ("connected their ORCID iD", "<td>eve</td>", "ada", JOSIAH, "/read-limited, /activities/update"):
            assert text in page
        for text in ('{"call": 3}', "added to the record", "<td>worker</td>", "ms-1", "delivery/5"):
            assert text in page
        assert '<time datetime="2026-11-01T12:00:00+00:00">' in page
        assert "UTC</time>" in page

    @pytest.mark.parametrize(
        ("query", "numbers"),
        [
            ("", [3, 2, 1]),
            (f"orcid={JOSIAH}", [2, 1]),
            (f"orcid=https://orcid.org/{JOSIAH}", [2, 1]),
            ("account=ada", [3, 1]),
            ("publication=ms-1", [2]),
            ("action=told_3.", [3]),
            ("since=2026-11-01T12:02Z", [3, 2]),
            ("until=2026-11-01+12:02", [1]),
            ("since=2026-11-02", []),
            (f"orcid={JOSIAH}&publication=ms-1&account=&until=+", [2]),
            (f"orcid={SOFIA}", []),
            ("status=abc", [3, 2, 1]),
        ],
    )
    def test_are_searched(self, app: Flask, root: FlaskClient, query: str, numbers: list[int]) -> None:
        add(app, event(1, account="ada", orcid=JOSIAH), event(2, publication_key="ms-1", orcid=JOSIAH))
        add(app, event(3, actor="account:ada"), event(4, site="default", orcid=JOSIAH, publication_key="ms-1"))
        answer = root.get(f"{EVENTS}?{query}")
        assert (answer.status_code, shown(answer.text.partition("<tbody>")[2])) == (200, numbers)
        assert ("There is none." in answer.text) == (not numbers)
        found = root.get(f"/orcid/api/sites/second/events?{query}").json
        assert [shown(one["action"])[0] for one in found["events"]] == numbers
        file = root.get(f"{EVENTS}.csv?{query}").text
        assert [shown(one["action"])[0] for one in csv.DictReader(io.StringIO(file, newline=""))] == numbers

    def test_older_ones_are_behind_a_link_that_keeps_the_search(self, app: Flask, root: FlaskClient) -> None:
        add(app, *(event(number, orcid=JOSIAH) for number in range(120)), event(500))
        numbers: list[int] = []
        path: str | None = f"{EVENTS}?orcid={JOSIAH}"
        pages = 0
        while path:
            page = root.get(path).text
            numbers += shown(page.partition("<tbody>")[2])
            assert f'value="{JOSIAH}"' in page
            assert ("Newest</a>" in page) == (pages > 0)
            pages += 1
            links = re.findall(r'rel="next" href="([^"]+)"', page)
            path = html.unescape(links[0]) if links else None
        assert (numbers, pages) == ([*range(119, -1, -1)], 3)


class TestCalls:
    @pytest.mark.parametrize(
        ("query", "numbers"),
        [
            ("", [4, 3, 2, 1]),
            ("status=409", [2]),
            ("status=4xx", [3, 2]),
            ("status=error", [4, 3, 2]),
            ("status=none", [4]),
            ("status=2xx&publication=ms-1", [1]),
            (f"status=error&orcid={JOSIAH}", [2]),
            ("account=nobody", [4, 3, 2, 1]),
        ],
    )
    def test_are_searched(self, app: Flask, root: FlaskClient, query: str, numbers: list[int]) -> None:
        add(app, call(1, 200, publication_key="ms-1"), call(2, 409, orcid=JOSIAH), call(3, 404), call(4, None))
        add(app, call(5, 500, site="default"))
        assert shown(root.get(f"{CALLS}?{query}").text.partition("<tbody>")[2], "c") == numbers
        found = root.get(f"/orcid/api/sites/second/calls?{query}").json
        assert [shown(one["correlation_id"], "c")[0] for one in found["calls"]] == numbers
        file = json.loads(root.get(f"{CALLS}.json?{query}").text)
        assert [shown(one["correlation_id"], "c")[0] for one in file] == numbers

    def test_bodies_are_shown_where_they_are_kept(self, app: Flask, root: FlaskClient) -> None:
        add(app, call(1, 400, error_code="9006", request_body=EVIL), call(2))
        page = root.get(CALLS).text
        assert page.count("<details>") == 1
        assert "&lt;script&gt;" in page
        assert "9006" in page
        assert root.get("/orcid/api/sites/second/calls").json["calls"][1]["request_body"] == EVIL


class TestWrongInput:
    @pytest.mark.parametrize("suffix", ["", ".csv", ".json"])
    def test_is_said_beside_its_field_and_nothing_of_the_form_is_lost(
        self, app: Flask, root: FlaskClient, suffix: str
    ) -> None:
        add(app, call(1))
        query = {"orcid": "0000-0002-1825-0098", "status": "abc", "since": "yesterday", "publication": "<ms-1>"}
        answer = root.get(CALLS + suffix, query_string=query)
        assert (answer.status_code, answer.mimetype) == (400, "text/html")
        page = answer.text
        for name in ("orcid", "status", "since"):
            assert re.search(rf'<input id="{name}"[^>]* aria-invalid="true" aria-describedby="{name}-fault">', page)
            assert len(re.findall(rf'id="{name}-fault">[^<]+\.</span>', page)) == 1
        for text in query.values():
            assert f'value="{html.escape(text)}"' in page
        assert "publication-fault" not in page
        assert "until-fault" not in page
        assert "c1." not in page
        assert exported(app) == []

    @pytest.mark.parametrize("name", ["account", "publication", "action"])
    def test_a_character_that_no_database_holds(self, root: FlaskClient, name: str) -> None:
        answer = root.get(f"{EVENTS}?{name}=a%00b")
        assert answer.status_code == 400
        assert f'id="{name}-fault">This cannot be looked for.' in answer.text

    def test_a_place_in_another_log(self, app: Flask, root: FlaskClient) -> None:
        add(app, *(event(number) for number in range(60)), call(1))
        older = root.get("/orcid/api/sites/second/events").json["older"]
        assert root.get(EVENTS, query_string={"before": older}).status_code == 200
        for path in (CALLS, f"{CALLS}.csv", "/orcid/admin/sites/default/events"):
            answer = root.get(path, query_string={"before": older, "publication": "ms-1"})
            assert answer.status_code == 400
            assert "does not lead to a place in this log" in answer.text
            assert 'value="ms-1"' in answer.text

    def test_as_json(self, root: FlaskClient) -> None:
        answer = root.get("/orcid/api/sites/second/calls?status=abc&before=x")
        assert (answer.status_code, answer.json["error"]["code"]) == (400, "search_refused")
        assert answer.json["error"]["message"].startswith("status: 'abc' is no status")


class TestFiles:
    def test_are_downloads_and_noted_with_who_which_log_and_how_many(self, app: Flask, root: FlaskClient) -> None:
        add(app, *(event(number) for number in range(120)), call(1, orcid=JOSIAH), call(2))
        files = [root.get(f"{EVENTS}.csv"), root.get(f"{CALLS}.json?orcid={JOSIAH}")]
        assert [one.mimetype for one in files] == ["text/csv", "application/json"]
        for one, name in zip(files, ("events", "calls"), strict=True):
            disposition = one.headers["Content-Disposition"]
            assert re.fullmatch(rf'attachment; filename="?second-{name}-\d{{4}}-\d\d-\d\d\.(csv|json)"?', disposition)
            assert one.headers["Cache-Control"] == "no-store"
        assert len(list(csv.DictReader(io.StringIO(files[0].text, newline="")))) == 120
        assert exported(app) == [
            ("second", "account:root", {"log": "events", "format": "csv", "entries": 120}),
            ("second", "account:root", {"log": "calls", "format": "json", "entries": 1}),
        ]
        assert "exported a log" in root.get(EVENTS).text

    def test_no_cell_is_a_formula(self, app: Flask, root: FlaskClient) -> None:
        add(app, call(1, publication_key='=HYPERLINK("x")'))
        (line,) = csv.DictReader(io.StringIO(root.get(f"{CALLS}.csv").text, newline=""))
        assert line["publication_key"] == '\'=HYPERLINK("x")'

    def test_are_sent_while_they_are_read(self, app: Flask, root: FlaskClient) -> None:
        add(app, *(call(number) for number in range(1200)))
        answer = root.get(f"{CALLS}.csv", buffered=False)
        pieces = [*answer.response]
        assert len(pieces) == 4  # the header, and three batches
        assert sum(piece.count(b"\r\n") for piece in pieces) == 1201


class TestWhoSeesThem:
    @pytest.mark.parametrize("account", [None, "ada"])
    @pytest.mark.parametrize("path", [EVENTS, CALLS, f"{EVENTS}.csv", f"{CALLS}.json", "/orcid/api/sites/second/calls"])
    def test_no_editor_and_nobody_unknown(self, app: Flask, account: str | None, path: str) -> None:
        add(app, event(1), call(1))
        client = app.test_client()
        sign_in(client, account)
        answer = client.get(path)
        assert answer.status_code == 403
        assert not shown(answer.text)
        assert exported(app) == []

    def test_of_one_site_shows_nothing_of_another(self, app: Flask, root: FlaskClient) -> None:
        add(app, event(1), call(1), event(2, site="default"), call(2, site="default"))
        for path in ("admin/sites/SITE/LOG", "admin/sites/SITE/LOG.csv", "admin/sites/SITE/LOG.json"):
            for log, word in (("events", "told_"), ("calls", "c")):
                here, there = (
                    root.get("/orcid/" + path.replace("SITE", site).replace("LOG", log)).text
                    for site in ("second", "default")
                )
                assert (shown(here, word), shown(there, word)) == ([1], [2])

    @pytest.mark.parametrize("suffix", ["", ".csv"])
    def test_there_is_none_of_a_site_that_is_unknown(self, root: FlaskClient, suffix: str) -> None:
        assert root.get(f"/orcid/admin/sites/nowhere/events{suffix}").status_code == 404
        assert root.get("/orcid/api/sites/nowhere/events").json["error"]["code"] == "site_unknown"

    def test_a_removed_site_keeps_its_logs(self, app: Flask, root: FlaskClient) -> None:
        add(app, call(1))
        with app.test_request_context():
            sites.remove("second")
        assert "removed the site" in root.get(EVENTS).text
        assert shown(root.get(CALLS).text, "c") == [1]


def test_what_strangers_wrote_is_text(app: Flask, root: FlaskClient) -> None:
    fields = {"publication_key": EVIL, "orcid": None}
    add(app, event(actor=f"account:{EVIL}", action=EVIL, account=EVIL, subject=EVIL, details={EVIL: EVIL, "x": [EVIL]}))
    add(app, event(1, details={"y": {EVIL: EVIL}}, **fields), call(url=EVIL, response_body=EVIL, **fields))
    for path in (EVENTS, CALLS, f"{EVENTS}?action={EVIL}", f"{CALLS}?status={EVIL}"):
        page = root.get(path).text
        assert "script" in page
        assert not RAW.search(page), path


def test_in_german(app: Flask, root: FlaskClient) -> None:
    add(app, event(action="log_exported"))
    german = {"Accept-Language": "de"}
    page = root.get(EVENTS, headers=german).text
    for text in (
        "<h1>Prüfprotokoll</h1>",
        "hat ein Protokoll exportiert",
        "Dienst im Hintergrund",
        "01.11.26, 12:00 UTC",
    ):
        assert text in page
    assert "Das ist kein Status" in root.get(f"{CALLS}?status=abc", headers=german).text
