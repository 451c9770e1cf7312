"""Random writes by two clients and the person, held against a model of what ORCID says comes of them.

The model is written from ORCID's rules alone (write semantics, duplicate detection, grouping), and knows identifiers by
a table of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test
from werkzeug.test import TestResponse

from orcid_plugin.emulator import Client, Registry, Researcher
from orcid_plugin.emulator.app import create_app
from orcid_plugin.emulator.serial import RegistryApp
from orcid_plugin.emulator.values import StoredItem
from orcid_plugin.metadata.identifiers import check_digit
from tests.emulator.helpers import MEMBER, external_id, work

OTHER = "APP-ANOTHERMEMBER000"
SAME_IDS = {
    ("doi", "one"): ("10.5555/ONE", "10.5555/one", "https://doi.org/10.5555/One"),
    ("doi", "two"): ("10.5555/two", "doi:10.5555/TWO"),
    ("pmid", "3"): ("3", "PMID: 3", "https://pubmed.ncbi.nlm.nih.gov/3"),
    ("source-work-id", "x"): ("X", "x"),
}
"""Spellings of one identifier each."""
NORMAL = {(type, spelling): (type, name) for (type, name), spellings in SAME_IDS.items() for spelling in spellings}

Id = tuple[str, str, str]
"""Type, value as it is sent, relationship."""
IDS = st.builds(
    lambda known, relationship: (*known, relationship),
    st.sampled_from(sorted(NORMAL)),
    st.sampled_from(["self", "self", "version-of", "part-of"]),
)
LISTS = st.lists(IDS, min_size=1, max_size=3).map(tuple)
CLIENTS = st.sampled_from([MEMBER, OTHER])
VISIBILITIES = st.sampled_from(["public", "limited", "private"])


@dataclass(frozen=True)
class Kept:
    """A work on the record as the model sees it; `source` None: the person added it."""

    put_code: int
    source: str | None
    visibility: str
    title: str
    ids: tuple[Id, ...]

    def keys(self, *relationships: str) -> set[tuple[str, str]]:
        return {NORMAL[type, value] for type, value, relationship in self.ids if relationship in relationships}

    def is_seen_by(self, client: str) -> bool:
        """With /read-limited, all but what others keep private."""
        return self.visibility != "private" or self.source == client


def groups(works: list[Kept]) -> set[frozenset[int]]:
    """Works that share an identifier of their own or of a version of theirs, directly or through others."""
    found: list[tuple[set[int], set[tuple[str, str]]]] = []
    for one in works:
        codes, keys = {one.put_code}, one.keys("self", "version-of")
        apart = []
        for other_codes, other_keys in found:
            if keys & other_keys:
                codes, keys = codes | other_codes, keys | other_keys
            else:
                apart.append((other_codes, other_keys))
        found = [*apart, (codes, keys)]
    return {frozenset(codes) for codes, _ in found}


@cache
def emulator() -> tuple[RegistryApp, Iterator[int]]:
    """One app for all examples, since it takes a while to make; each has a person of its own, by these numbers."""
    registry = Registry.seeded()
    registry.add_client(Client(OTHER, "secret", "Another member"))
    return create_app(registry), count(1000)


class Writes(RuleBasedStateMachine):
    put_codes = Bundle("put_codes")

    def __init__(self) -> None:
        super().__init__()
        app, numbers = emulator()
        self.registry, self.http = app.registry, app.test_client()
        digits = f"{next(numbers):015d}"
        digits += check_digit(digits)
        self.orcid = "-".join(digits[start : start + 4] for start in range(0, 16, 4))
        self.person = self.registry.add_researcher(Researcher(self.orcid, "Ada", "Lovelace"))
        scopes = ["/read-limited", "/activities/update"]
        self.tokens = {
            client: self.registry.issue_token(client, scopes, self.orcid).access for client in (MEMBER, OTHER)
        }
        self.kept: dict[int, Kept] = {}
        self.newest = 0

    def call(self, client: str, method: str, path: str, message: Any = None) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.tokens[client]}", "Accept": "application/json"}
        return self.http.open(f"/v3.0/{self.orcid}/{path}", method=method, json=message, headers=headers)

    def refusal(
        self, client: str, ids: tuple[Id, ...], *, bulk: bool = False, but: int | None = None
    ) -> tuple[int, int | None] | None:
        """Code that a work with these identifiers is refused with, and the put-code that the answer names."""
        new = Kept(0, client, "public", "", ids).keys("self")
        if not new:
            return 9023, None
        for other in self.kept.values():
            theirs = other.keys("self", "version-of") if bulk else other.keys("self")
            if other.source == client and other.put_code != but and new & theirs:
                return 9021, other.put_code
        return None

    def keep(self, put_code: int, source: str | None, title: str, ids: tuple[Id, ...]) -> int:
        assert put_code > self.newest
        self.newest = put_code
        self.kept[put_code] = Kept(put_code, source, self.person.visibility, title, ids)
        return put_code

    @rule(target=put_codes, client=CLIENTS, ids=LISTS)
    def create(self, client: str, ids: tuple[Id, ...]) -> Any:
        expected = self.refusal(client, ids)
        answer = self.call(client, "POST", "work", message("T", ids))
        if expected:
            assert_refused(answer.get_json(), *expected)
            return multiple()
        assert answer.status_code == 201
        return self.keep(int(answer.location.rpartition("/")[2]), client, "T", ids)

    @rule(target=put_codes, client=CLIENTS, lists=st.lists(LISTS, min_size=1, max_size=3))
    def create_in_bulk(self, client: str, lists: list[tuple[Id, ...]]) -> Any:
        sent = {"bulk": [{"work": message("B", ids)} for ids in lists]}
        answers = self.call(client, "POST", "works", sent).get_json()["bulk"]
        added = []
        for ids, answer in zip(lists, answers, strict=True):
            expected = self.refusal(client, ids, bulk=True)
            if expected:
                assert_refused(answer["error"], *expected)
            else:
                added.append(self.keep(answer["work"]["put-code"], client, "B", ids))
        return multiple(*added)

    @rule(target=put_codes, ids=LISTS)
    def person_adds(self, ids: tuple[Id, ...]) -> int:
        put_code, now = self.registry.next_put_code(), self.registry.now_ms()
        content = message("P", ids)
        self.registry.put_item(StoredItem(self.orcid, put_code, None, self.person.visibility, now, now, content, "0"))
        return self.keep(put_code, None, "P", ids)

    @rule(
        client=CLIENTS,
        put_code=put_codes,
        ids=st.none() | LISTS,
        title=st.sampled_from("TU"),
        visibility=st.none() | VISIBILITIES,
    )
    def update(
        self, client: str, put_code: int, ids: tuple[Id, ...] | None, title: str, visibility: str | None
    ) -> None:
        """A PUT; identifiers of None are those that the work has."""
        stored = self.kept.get(put_code)
        sent = ids or (stored.ids if stored else (("doi", "10.5555/one", "self"),))
        body = message(title, sent, put_code=put_code, visibility=visibility)
        answer = self.call(client, "PUT", f"work/{put_code}", body)
        expected = self.refusal_of_update(client, put_code, sent, title, visibility)
        if expected:
            assert_refused(answer.get_json(), *expected)
        elif stored:
            assert answer.status_code == 200
            self.kept[put_code] = replace(stored, title=title, ids=sent)

    def refusal_of_update(
        self, client: str, put_code: int, ids: tuple[Id, ...], title: str, visibility: str | None
    ) -> tuple[int, int | None] | None:
        stored = self.kept.get(put_code)
        if stored is None:
            return 9016, None
        own, same_visibility = stored.source == client, visibility in {None, stored.visibility}
        if (title, ids) == (stored.title, stored.ids) and same_visibility:
            return None if own else (9014, None)
        if not same_visibility:
            return 9035, None
        return self.refusal(client, ids, but=put_code) or (None if own else (9010, None))

    @rule(client=CLIENTS, put_code=put_codes)
    def send_again(self, client: str, put_code: int) -> None:
        """What a client reads it can send back, and nothing happens."""
        stored = self.kept.get(put_code)
        if stored and stored.is_seen_by(client):
            read = self.call(client, "GET", f"work/{put_code}").get_json()
            answer = self.call(client, "PUT", f"work/{put_code}", read)
            if stored.source == client:
                assert (answer.status_code, answer.get_json()) == (200, read)
            else:
                assert_refused(answer.get_json(), 9014)

    @rule(client=CLIENTS, put_code=put_codes)
    def delete(self, client: str, put_code: int) -> None:
        answer = self.call(client, "DELETE", f"work/{put_code}")
        stored = self.kept.get(put_code)
        if stored is None or stored.source != client:
            assert_refused(answer.get_json(), 9016 if stored is None else 9010)
        else:
            assert answer.status_code == 204
            del self.kept[put_code]

    @rule(put_code=put_codes)
    def person_deletes(self, put_code: int) -> None:
        if self.kept.pop(put_code, None):
            self.registry.remove_work(self.orcid, put_code)

    @rule(put_code=put_codes, visibility=VISIBILITIES)
    def person_shows_or_hides(self, put_code: int, visibility: str) -> None:
        if put_code in self.kept:
            self.registry.put_item(replace(self.registry.items[self.orcid, "work"][put_code], visibility=visibility))
            self.kept[put_code] = replace(self.kept[put_code], visibility=visibility)

    @rule(visibility=VISIBILITIES)
    def person_chooses_for_new_items(self, visibility: str) -> None:
        self.person = self.registry.add_researcher(replace(self.person, visibility=visibility))

    @invariant()
    def each_client_sees_the_record_as_it_is(self) -> None:
        for client in (MEMBER, OTHER):
            shown = self.call(client, "GET", "works").get_json()["group"]
            seen = {put_code: one for put_code, one in self.kept.items() if one.is_seen_by(client)}
            summaries = {one["put-code"]: one for group in shown for one in group["work-summary"]}
            assert {code: told(one) for code, one in summaries.items()} == {
                code: (one.source, one.visibility, one.title, one.ids) for code, one in seen.items()
            }
            together = [[one["put-code"] for one in group["work-summary"]] for group in shown]
            assert {frozenset(codes) for codes in together} == groups(list(seen.values()))
            for group, codes in zip(shown, together, strict=True):
                keys = set().union(*(seen[code].keys("self", "version-of") for code in codes))
                named = {
                    NORMAL[one["external-id-type"], one["external-id-value"]]
                    for one in group["external-ids"]["external-id"]
                }
                assert named == keys
                # What the person added stands behind what clients did; of those, the oldest is first.
                assert codes == sorted(codes, key=lambda code: (seen[code].source is None, code))


def message(title: str, ids: tuple[Id, ...], **additions: Any) -> dict[str, Any]:
    identifiers = [external_id(value, relationship, type) for type, value, relationship in ids]
    return work(*identifiers, title={"title": {"value": title}}, **additions)


def told(summary: dict[str, Any]) -> tuple[str | None, str, str, tuple[Id, ...]]:
    """What a summary says, as the model keeps it."""
    ids = summary["external-ids"]["external-id"]
    client = summary["source"]["source-client-id"]
    return (
        client and client["path"],
        summary["visibility"],
        summary["title"]["title"]["value"],
        tuple((one["external-id-type"], one["external-id-value"], one["external-id-relationship"]) for one in ids),
    )


def assert_refused(error: dict[str, Any], code: int, put_code: int | None = None) -> None:
    assert error["error-code"] == code, error
    assert put_code is None or f"put-code {put_code}." in error["developer-message"]


def test_random_writes_come_to_what_the_model_says() -> None:
    run_state_machine_as_test(
        Writes,
        settings=settings(
            max_examples=20,
            stateful_step_count=20,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
