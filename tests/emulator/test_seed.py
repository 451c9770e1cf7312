"""The seed: everything is set literally, everything that is wrong is told, and what was kept is a seed again."""

from __future__ import annotations

import copy
import json
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from orcid_plugin.emulator import Registry, seed_schema, serve
from orcid_plugin.emulator.loading import PARTS
from orcid_plugin.emulator.state import DEFAULT_SEED
from orcid_plugin.errors import UnreadableInput
from orcid_plugin.metadata.identifiers import check_digit
from tests.emulator.helpers import CARBERRY, GARCIA, Api, work

SEED: dict[str, Any] = {
    "researchers": [
        {
            "orcid": CARBERRY,
            "given_names": "Josiah",
            "emails": [
                {"email": "j@example.org", "visibility": "public"},
                {"email": "k@example.org", "verified": False},
            ],
        },
        {"orcid": GARCIA, "given_names": "Sofia", "state": "deprecated", "primary": CARBERRY},
    ],
    "clients": [{"id": "APP-X", "secret": "s", "name": "X", "redirect_uris": ["https://x.example/cb"]}],
    "tokens": [
        {"access": "t", "client": "APP-X", "orcid": CARBERRY, "scopes": ["/read-limited", "/activities/update"]},
        {"access": "old", "client": "APP-X", "orcid": CARBERRY, "scopes": [], "expires": "2020-01-01T00:00:00Z"},
    ],
    "codes": [
        {
            "value": "any form, even this",
            "client": "APP-X",
            "orcid": CARBERRY,
            "scopes": ["/authenticate"],
            "redirect_uri": "https://x.example/cb",
        }
    ],
    "items": [
        {
            "orcid": CARBERRY,
            "put_code": 77,
            "source": "APP-X",
            "visibility": "limited",
            "created": "2024-05-06T07:08:09.123Z",
            "message": work(),
        },
        {"orcid": CARBERRY, "section": "keyword", "message": {"content": "cracks"}},
    ],
    "group_ids": [{"group_id": "issn:0000-0019", "name": "N", "description": "D", "type": "journal"}],
    "organizations": [{"source": "ROR", "identifier": "https://ror.org/x"}],
    "searches": [{"q": "family-name:Nobody", "results": [GARCIA], "num_found": 1000}],
}


def changed(part: str, index: int, **fields: Any) -> dict[str, Any]:
    """The seed with fields of one entry changed; None takes a field out."""
    seed = copy.deepcopy(SEED)
    entry = seed[part][index] | fields
    seed[part][index] = {name: value for name, value in entry.items() if value is not None}
    return seed


def test_everything_is_there_as_it_was_set() -> None:
    with serve(Registry(SEED)) as server:
        api = Api(server, "t")
        item = api.get(77)
        assert (item["visibility"], item["source"]["source-name"]["value"]) == ("limited", "X")
        assert item["created-date"] == item["last-modified-date"] == {"value": 1714979289123}
        assert api("GET", "/keywords").json()["keyword"][0]["source"]["source-orcid"]["path"] == CARBERRY
        [email] = api("GET", "/email").json()["email"]
        assert (email["email"], email["primary"], email["verified"]) == ("j@example.org", True, True)
        history = api("GET", "/record").json()["history"]
        assert (history["verified-email"], history["verified-primary-email"]) == (True, True)
        assert Api(server, "old")("GET", "/works").status_code == 401
        assert Api(server, "t", GARCIA)("GET", "/works").status_code == 301
        registry = server.registry
        assert registry.codes["any form, even this"].used is False
        assert registry.searches["family-name:Nobody"].num_found == 1000
        assert registry.group("issn:0000-0019") is not None


def test_numbers_that_the_registry_gives_are_above_those_that_are_set() -> None:
    seed = copy.deepcopy(SEED)
    seed["items"].append({**SEED["items"][0], "put_code": 2000})
    registry = Registry(seed)
    assert sorted(item.put_code for item in registry.works_of(CARBERRY)) == [77, 2000]
    assert [item.put_code for item in registry.items_of(CARBERRY, "keyword")] == [2002]
    assert list(registry.group_ids) == [2001]
    assert registry.next_put_code() == 2003


def test_organizations_are_added_to_those_of_the_package_or_take_their_place() -> None:
    known = Registry(SEED).organizations
    assert ("ROR", "https://ror.org/x") in known
    assert ("ROR", "https://ror.org/04fa4r544") in known
    assert list(Registry({**SEED, "package_organizations": False}).organizations) == [("ROR", "https://ror.org/x")]


@pytest.mark.parametrize(
    ("seed", "sentence"),
    [
        ({**SEED, "reserchers": []}, "reserchers is unknown (did you mean researchers?)"),
        ({**SEED, "researchers": {}}, "researchers must be a list"),
        ({**SEED, "tokens": ["x"]}, "tokens[0] must be a JSON object"),
        ({**SEED, "next_put_code": 0}, "next_put_code must be a whole number from 1"),
        ({**SEED, "package_organizations": "no"}, "package_organizations must be true or false"),
        (changed("researchers", 0, orcid="0000-0002-1825-0098"), "researchers[0].orcid must be an ORCID iD"),
        (changed("researchers", 0, given_names=None), "researchers[0].given_names is missing"),
        (changed("researchers", 0, given_names=["J"]), "researchers[0].given_names must be a text"),
        (changed("researchers", 0, given_names="\ud800"), "researchers[0].given_names has a character"),
        (changed("researchers", 0, visibility="pubic"), "researchers[0].visibility must be one of public, limited, "),
        (changed("researchers", 0, emails=[{}]), "researchers[0].emails[0].email is missing"),
        (changed("researchers", 0, orcid=GARCIA), "researchers[1] has the same orcid as researchers[0]"),
        (
            changed("researchers", 1, primary=None),
            "researchers[1] must have the state deprecated and a primary iD",
        ),
        (changed("researchers", 1, primary=GARCIA), "researchers[1] is deprecated to itself"),
        (
            changed("researchers", 1, primary="0000-0000-3141-5920"),
            "researchers[1].primary is '0000-0000-3141-5920', which is not among the researchers",
        ),
        (changed("clients", 0, colour="red"), "clients[0].colour is unknown"),
        (changed("clients", 0, redirect_uris=[1]), "clients[0].redirect_uris[0] must be a text"),
        (changed("tokens", 0, client="APP-Y"), "tokens[0].client is 'APP-Y', which is not among the clients"),
        (changed("tokens", 0, expires=1700000000), "tokens[0].expires must be a moment in ISO 8601 with its offset"),
        (changed("tokens", 0, expires="2024-02-30T00:00:00Z"), "tokens[0].expires must be a moment in ISO 8601"),
        (changed("tokens", 0, expires="2024-02-20T00:00:00"), "tokens[0].expires must be a moment in ISO 8601"),
        (changed("tokens", 0, access="old"), "tokens[1] has the same access as tokens[0]"),
        (changed("codes", 0, used=1), "codes[0].used must be true or false"),
        (changed("items", 0, source="APP-Y"), "items[0].source is 'APP-Y', which is not among the clients"),
        (changed("items", 0, orcid="0000-0000-3141-5920"), "items[0].orcid is '0000-0000-3141-5920', which is not "),
        (changed("items", 0, put_code="77"), "items[0].put_code must be a whole number from 1"),
        (changed("items", 0, message={"foo": 1}), "items[0] has no legal message: unrecognized property 'foo'"),
        (changed("items", 0, message=work(type="song")), "items[0] has no legal message: 'song' is no"),
        (
            changed("items", 1, section="work", put_code=77, message=work()),
            "items[1] has the same section and put_code",
        ),
        (changed("organizations", 0, source="WIKI"), "organizations[0].source must be one of ROR, GRID,"),
        (changed("searches", 0, results=["x"]), "searches[0].results[0] must be an ORCID iD"),
    ],
)
def test_what_is_wrong_is_told_by_part_index_and_field(seed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UnreadableInput, match=re.escape(f"the seed cannot be used: {sentence}")):
        Registry(seed)


def test_everything_that_is_wrong_is_told_at_once_without_secrets(tmp_path: Path) -> None:
    file = tmp_path / "seed.json"
    seed = changed("clients", 0, secret={"hidden": "one"}, kind="guest")
    seed["tokens"][1] |= {"access": ["hidden"], "expires": "soon"}
    file.write_text(json.dumps(seed), "utf-8")
    with pytest.raises(UnreadableInput) as refusal:
        Registry(file)
    told = str(refusal.value)
    assert told.startswith(f"{file} cannot be used: ")
    for place in ("clients[0].secret", "clients[0].kind", "tokens[1].access", "tokens[1].expires"):
        assert place in told
    assert "hidden" not in told
    with pytest.raises(UnreadableInput, match="and 355 more"):
        Registry({"clients": [{"id": 1}] * 125})


@pytest.mark.parametrize("text", ["{", "[]", "\udcff", "[" * 100_000])
def test_an_unreadable_file(tmp_path: Path, text: str) -> None:
    file = tmp_path / "seed.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    for start in ({"seed": file}, {"store": file}):
        with pytest.raises(UnreadableInput, match=re.escape(str(file))):
            Registry(**start)  # type: ignore[arg-type]


def _orcid(number: int) -> str:
    digits = f"{number:015}"
    hyphened = "-".join(digits[start : start + 4] for start in range(0, 15, 4))
    return hyphened + check_digit(hyphened)


ORCIDS = [_orcid(number) for number in range(4)]
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_characters="\x7f"), max_size=8)
VISIBILITIES = st.sampled_from(["public", "limited", "private"])
OFFSETS = st.integers(-840, 840).map(lambda minutes: timezone(timedelta(minutes=minutes)))
ISO = st.datetimes(datetime(1000, 1, 3), datetime(2999, 1, 1), timezones=OFFSETS).map(
    lambda moment: moment.isoformat(timespec="milliseconds")
)


def _entries(key: str, keys: st.SearchStrategy[Any], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    demanded = {key: keys, **{name: one for name, one in fields.items() if not name.endswith("_")}}
    optional = {name.removesuffix("_"): one for name, one in fields.items() if name.endswith("_")}
    entry = st.fixed_dictionaries(demanded, optional=optional)
    return st.lists(entry, max_size=3, unique_by=lambda one: one[key])


SEEDS = st.fixed_dictionaries(
    {
        "researchers": st.tuples(
            *(
                st.fixed_dictionaries(
                    {"orcid": st.just(orcid), "given_names": TEXTS},
                    optional={
                        "family_name": st.none() | TEXTS,
                        "visibility": VISIBILITIES,
                        "state": st.sampled_from(["active", "locked", "deactivated", "unclaimed"]),
                        "created": ISO,
                        "emails": st.lists(
                            st.fixed_dictionaries(
                                {"email": TEXTS}, optional={"visibility": VISIBILITIES, "verified": st.booleans()}
                            ),
                            max_size=2,
                        ),
                    },
                )
                for orcid in ORCIDS
            )
        ).map(list),
        "clients": st.just([{"id": "APP-X", "secret": "s", "name": "X"}]),
        "tokens": _entries(
            "access",
            TEXTS,
            client=st.just("APP-X"),
            scopes=st.lists(TEXTS),
            orcid_=st.none() | st.sampled_from(ORCIDS),
            expires_=ISO,
        ),
        "codes": _entries(
            "value",
            TEXTS,
            client=st.just("APP-X"),
            orcid=st.sampled_from(ORCIDS),
            scopes=st.lists(TEXTS),
            redirect_uri=TEXTS,
            created_=ISO,
            used_=st.booleans(),
        ),
        "items": _entries(
            "put_code",
            st.integers(1, 9999),
            orcid=st.sampled_from(ORCIDS),
            message=st.just(work()),
            source_=st.sampled_from([None, "APP-X"]),
            visibility_=VISIBILITIES,
            created_=ISO,
            modified_=ISO,
        ),
        "searches": _entries("q", TEXTS, results_=st.lists(st.sampled_from(ORCIDS)), num_found_=st.integers(0, 9)),
    },
    optional={"package_organizations": st.booleans(), "next_put_code": st.integers(1, 9999)},
)
HELD = [*(part.name for part in PARTS if part.name != "webhooks"), "upcoming_put_code"]


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(SEEDS)
def test_a_snapshot_loads_back_to_the_same(seed: dict[str, Any]) -> None:
    clock = lambda: 1_700_000_000.0  # noqa: E731
    registry = Registry(seed, clock=clock)
    again = Registry(json.loads(json.dumps(registry.snapshot())), clock=clock)
    for name in HELD:
        assert getattr(again, name) == getattr(registry, name)
    assert again.snapshot() == registry.snapshot()


SCHEMA = json.loads(seed_schema.FILE.read_text("utf-8"))


def test_the_shipped_schema_is_the_present_one() -> None:
    assert seed_schema.FILE.read_text("utf-8") == seed_schema.text(), "run python -m orcid_plugin.emulator.seed_schema"
    Draft202012Validator.check_schema(SCHEMA)


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(SEEDS)
def test_the_schema_allows_what_loads(seed: dict[str, Any]) -> None:
    validator = Draft202012Validator(SCHEMA)
    validator.validate(seed)
    validator.validate(Registry(seed).snapshot())


PLACES = [(part, entry, field) for part in SEED for entry in range(len(SEED[part])) for field in SEED[part][entry]]
ODD = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.just([]) | st.just({}) | st.just(["x"])


@settings(max_examples=100)
@given(st.sampled_from(PLACES), ODD)
def test_the_schema_refuses_nothing_else_than_the_loader(place: tuple[str, int, str], value: Any) -> None:
    part, entry, field = place
    seed = copy.deepcopy(SEED)
    seed[part][entry][field] = value
    refused = ""
    try:
        Registry(seed)
    except UnreadableInput as refusal:
        refused = str(refusal)
    beyond_a_schema = ("legal message", "which is not among", "has the same", "primary iD", "character that XML")
    if not any(words in refused for words in beyond_a_schema):
        assert Draft202012Validator(SCHEMA).is_valid(seed) is (not refused), refused


def test_the_package_s_own_seed_is_legal() -> None:
    Draft202012Validator(SCHEMA).validate(json.loads(DEFAULT_SEED.read_text("utf-8")))
