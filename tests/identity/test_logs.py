"""Both logs as values and as files, on both databases."""

from __future__ import annotations

import base64
import csv
import datetime
import io
import json
from typing import Any

import pytest
from sqlalchemy import event as sql_event

from orcid_plugin.errors import SearchRefused
from orcid_plugin.identity import logs
from orcid_plugin.identity.logs import BATCH, Form, Log
from orcid_plugin.store.database import Store
from orcid_plugin.store.tables import AuditEvent, Call
from orcid_plugin.store.trail import Search

JOSIAH = "0000-0002-1825-0097"
NOON = datetime.datetime(2026, 11, 1, 12, tzinfo=datetime.UTC)


def event(number: int = 0, **fields: Any) -> AuditEvent:
    known = {"site": "journal", "at": NOON + datetime.timedelta(seconds=number), "actor": "worker", "action": "told"}
    return AuditEvent(**{**known, "subject": str(number), **fields})


def call(number: int = 0, **fields: Any) -> Call:
    at = NOON + datetime.timedelta(seconds=number)
    known = {"site": "journal", "at": at, "method": "GET", "url": "/", "milliseconds": 5, "correlation_id": str(number)}
    return Call(**{**known, **fields})


def add(store: Store, *rows: AuditEvent | Call) -> None:
    with store.begin() as session:
        session.add_all(rows)


def file(store: Store, log: Log, form: Form = Form.JSON, limit: int | None = None, **given: str) -> str:
    asked = logs.search(log, "journal", given)
    return "".join(logs.file(store, log, asked, form, actor="account:root", limit=limit))


def exported(store: Store) -> list[AuditEvent]:
    with store.begin() as session:
        return list(session.query(AuditEvent).filter_by(action="log_exported").order_by(AuditEvent.id))


class TestSearch:
    @pytest.mark.parametrize("orcid", [JOSIAH, f"https://orcid.org/{JOSIAH}", f" http://sandbox.orcid.org/{JOSIAH}/ "])
    def test_an_id_in_any_form(self, orcid: str) -> None:
        assert logs.search(Log.EVENTS, "journal", {"orcid": orcid}) == Search(site="journal", orcid=JOSIAH)

    @pytest.mark.parametrize("text", ["2026-11-01 12:00", "2026-11-01T13:00+01:00", "2026-11-01T12:00Z"])
    def test_a_time_is_utc_where_it_names_no_zone(self, text: str) -> None:
        assert logs.search(Log.CALLS, "journal", {"since": text}).since == NOON

    def test_what_is_empty_or_of_the_other_log_does_not_count(self) -> None:
        given = {"orcid": " ", "status": "abc", "publication": "ms-1", "page": "3"}
        assert logs.search(Log.EVENTS, "journal", given) == Search(site="journal", publication_key="ms-1")

    def test_each_field_that_cannot_be_has_its_sentence(self) -> None:
        given = {
            "orcid": "0000-0002-1825-0098",
            "publication": "a\x00b",
            "status": "abc",
            "since": "yesterday",
            "until": "0001-01-01T00:00+14:00",
            "before": "Zm9v",
        }
        with pytest.raises(SearchRefused) as refused:
            logs.search(Log.CALLS, "journal", given)
        assert set(refused.value.faults) == set(given)
        assert "'abc' is no status" in str(refused.value)


class TestPlaces:
    def find(self, store: Store, before: str | None = None, log: Log = Log.EVENTS, site: str = "journal") -> logs.Found:
        given = {"before": before} if before else {}
        return logs.find(store, log, logs.search(log, site, given))

    def test_of_the_last_entry_of_a_page_leads_to_the_next_one(self, store: Store) -> None:
        add(store, *(event(number) for number in range(150)))
        first = self.find(store)
        assert first.older is not None
        second = self.find(store, first.older)
        numbers = [int(one.subject or "") for one in (*first.entries, *second.entries)]  # type: ignore[union-attr]
        assert numbers == [*range(149, -1, -1)]
        assert second.older is None

    def test_of_another_log_or_site_are_refused(self, store: Store) -> None:
        add(store, *(event(number) for number in range(150)))
        older = self.find(store).older
        for log, site in ((Log.CALLS, "journal"), (Log.EVENTS, "other")):
            with pytest.raises(SearchRefused, match="no place in this log"):
                self.find(store, older, log, site)

    @pytest.mark.parametrize(
        "text",
        [
            "é",
            "=",
            "%",
            "events yesterday 7 journal",
            "events 2026-11-01T12:00+00:00 x journal",
            "events 2026-11-01T12:00+00:00 -1 journal",
            "events 2026-11-01T12:00+00:00 99999999999999999999 journal",
            "events 0001-01-01T12:00+14:00 1 journal",
            "events 2026-11-01T12:00+00:00 1",
        ],
    )
    def test_that_are_none_are_refused(self, text: str) -> None:
        for before in (text, base64.urlsafe_b64encode(text.encode()).decode()):
            with pytest.raises(SearchRefused):
                logs.search(Log.EVENTS, "journal", {"before": before})


class TestFiles:
    def test_all_that_matches_newest_first(self, store: Store) -> None:
        add(store, *(event(number) for number in range(BATCH + 2)), event(site="other"), event(action="else"))
        found = json.loads(file(store, Log.EVENTS, action="told"))
        assert [int(one["subject"]) for one in found] == [*range(BATCH + 1, -1, -1)]

    def test_of_calls_with_their_bodies_in_which_nothing_is_a_formula(self, store: Store) -> None:
        add(store, *(call(number) for number in range(BATCH)), call(url="=1+1", request_body="a\nb", orcid=JOSIAH))
        lines = list(csv.DictReader(io.StringIO(file(store, Log.CALLS, Form.CSV), newline="")))
        assert len(lines) == BATCH + 1
        (one,) = [line for line in lines if line["orcid"]]
        assert (one["url"], one["request_body"], one["status"]) == ("'=1+1", "a\nb", "")

    def test_details_are_json_in_a_cell(self, store: Store) -> None:
        add(store, event(details={"code": "größer"}), event(1))
        lines = list(csv.DictReader(io.StringIO(file(store, Log.EVENTS, Form.CSV), newline="")))
        assert [line["details"] for line in lines] == ["", '{"code": "größer"}']
        assert lines[0]["at"] == "2026-11-01T12:00:01.000+00:00"

    @pytest.mark.parametrize("limit", [1, BATCH, BATCH + 1, 5000])
    def test_so_many_at_most(self, store: Store, limit: int) -> None:
        add(store, *(event(number) for number in range(BATCH + 2)))
        found = json.loads(file(store, Log.EVENTS, limit=limit))
        assert len(found) == exported(store)[0].details["entries"] == min(limit, BATCH + 2)  # type: ignore[index]

    def test_nothing_found_is_a_file_too(self, store: Store) -> None:
        assert json.loads(file(store, Log.CALLS)) == []
        assert file(store, Log.CALLS, Form.CSV).startswith("at,method,url,status,")

    def test_who_has_one_made_is_noted_before_its_first_piece_and_not_in_it(self, store: Store) -> None:
        add(store, event())
        pieces = logs.file(store, Log.EVENTS, logs.search(Log.EVENTS, "journal", {}), Form.JSON, actor="account:root")
        (noted,) = exported(store)
        assert (noted.site, noted.actor) == ("journal", "account:root")
        assert noted.details == {"log": "events", "format": "json", "entries": 1}
        assert [one["action"] for one in json.loads("".join(pieces))] == ["told"]

    def test_what_happens_meanwhile_is_not_in_it(self, store: Store) -> None:
        add(store, *(event(number) for number in range(BATCH + 1)))
        pieces = logs.file(store, Log.EVENTS, logs.search(Log.EVENTS, "journal", {}), Form.JSON, actor="command")
        begun = next(pieces)
        add(store, event(99_999))
        assert len(json.loads(begun + "".join(pieces))) == BATCH + 1

    def test_is_read_as_it_is_taken(self, store: Store) -> None:
        add(store, *(event(number) for number in range(3 * BATCH)))
        read: list[str] = []
        sql_event.listen(store.engine, "before_cursor_execute", lambda *arguments: read.append(arguments[2]))
        pieces = logs.file(store, Log.EVENTS, logs.search(Log.EVENTS, "journal", {}), Form.CSV, actor="command")
        next(pieces)
        before = len(read)
        next(pieces)
        assert len(read) == before  # the first batch was there
        next(pieces)
        after = len(read)
        assert after > before
        next(pieces)
        assert len(read) > after
