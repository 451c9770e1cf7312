"""What the emulated Registry knows: researchers, clients, tokens, items, groups, organisations, behind one lock.

The file of `store` and the seed have one form: lists of the values below, their fields by name.
"""

from __future__ import annotations

import json
import secrets
import string
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from orcid_plugin.emulator import activity_messages, json_form, person_messages, seeds
from orcid_plugin.emulator.faults import Faults, Journal
from orcid_plugin.emulator.refusals import Refusal
from orcid_plugin.emulator.schema import Message
from orcid_plugin.errors import UnreadableInput

CODE_LIFE = 24 * 60 * 60
TOKEN_LIFE = 631138519
FIRST_PUT_CODE = 1001
DEFAULT_SEED = Path(__file__).with_name("seed.json")
ORGANIZATIONS = Path(__file__).with_name("organizations.json")
_FORMS = {**activity_messages.FORMS, **person_messages.FORMS}
_PARTS = frozenset("researchers clients codes tokens organizations group_ids works items next_put_code".split())


@dataclass(frozen=True, slots=True)
class Researcher:
    """A person with a record.

    Attributes:
        orcid: 16 characters with hyphens, check digit right.
        password: what the sign-in page asks for; None: nothing.
        visibility: of items that clients add: `public`, `limited` or `private`.
        name_visibility: of the name.
        state: `active`, `locked`, `deactivated`, `deprecated` (then `primary` is the iD that took its place) or
            `unclaimed`.
        created: seconds since 1970.
        emails: the first is the primary one.
    """

    orcid: str
    given_names: str
    family_name: str | None = None
    credit_name: str | None = None
    password: str | None = field(default=None, repr=False)
    visibility: str = "public"
    name_visibility: str = "public"
    state: str = "active"
    primary: str | None = None
    created: float = 0.0
    biography: str | None = None
    biography_visibility: str = "public"
    emails: tuple[str, ...] = ()
    email_visibility: str = "private"

    @property
    def name(self) -> str:
        """The display name: credit name, else given and family name."""
        return self.credit_name or " ".join(part for part in (self.given_names, self.family_name) if part)


@dataclass(frozen=True, slots=True)
class Client:
    """An application with API credentials.

    Attributes:
        kind: `member` or `public`.
        scopes: what it may ask for; empty: what its kind may.
        state: `active`, `locked` or `deactivated`.
    """

    id: str
    secret: str = field(repr=False)
    name: str
    kind: str = "member"
    redirect_uris: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    state: str = "active"


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code; kept after use, so that a second use is noticed."""

    value: str = field(repr=False)
    client: str
    orcid: str
    scopes: tuple[str, ...]
    redirect_uri: str
    created: float
    used: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """An access token with its refresh token.

    Attributes:
        orcid: the record it is for, or None for a token of the client alone.
        expires: seconds since 1970.
        state: `active`, `revoked`, or `user-revoked` when the person took the permission back.
        code: the authorization code it came from.
    """

    access: str = field(repr=False)
    client: str
    scopes: tuple[str, ...]
    expires: float
    refresh: str = field(default="", repr=False)
    orcid: str | None = None
    state: str = "active"
    code: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item of an activity section of a record.

    Attributes:
        source: id of the client that added it, or None if the person did.
        created, modified: milliseconds since 1970.
        message: ORCID's JSON, without what the Registry adds.
        section: name of the section: `work`, `employment` …
    """

    orcid: str
    put_code: int
    source: str | None
    visibility: str
    created: int
    modified: int
    message: Message
    display_index: str = "1"
    section: str = "work"


@dataclass(frozen=True, slots=True)
class GroupIdRecord:
    """What reviews are grouped by: a journal, a conference, a publisher.

    Attributes:
        source: id of the client that added it, or None if the Registry did.
        created, modified: milliseconds since 1970.
    """

    put_code: int
    group_id: str
    name: str
    description: str
    type: str
    source: str | None = None
    created: int = 0
    modified: int = 0


@dataclass(frozen=True, slots=True)
class Organization:
    """An organisation that the Registry knows; `source` is `ROR`, `GRID`, `RINGGOLD`, `FUNDREF` or `LEI`."""

    source: str
    identifier: str
    name: str = ""


class Registry:
    """One emulated Registry.

    Arguments:
        seed: what it starts with, in the form of docs/emulator.md; nothing if None.
        store: file that keeps everything; read at the start if it exists (the seed is then left alone), written
            after each change.
        clock: seconds since 1970.
    Raises `UnreadableInput` for a seed or file that has not that form.
    """

    def __init__(
        self,
        seed: Mapping[str, Any] | None = None,
        *,
        store: Path | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.faults = Faults()
        self.journal = Journal(clock)
        self.researchers: dict[str, Researcher] = {}
        self.clients: dict[str, Client] = {}
        self.codes: dict[str, Code] = {}
        self.tokens: dict[str, Token] = {}
        self.items: dict[tuple[str, str], dict[int, StoredItem]] = {}
        self.group_ids: dict[int, GroupIdRecord] = {}
        self.organizations: dict[tuple[str, str], Organization] = {}
        self._next_put_code = FIRST_PUT_CODE
        self._store: Path | None = None
        kept = store is not None and store.exists()
        self._load(seeds.read(store) if store is not None and kept else seed or {})
        self._store = store

    @classmethod
    def seeded(cls, *, store: Path | None = None, clock: Callable[[], float] = time.time) -> Registry:
        """A Registry with the five researchers and the two clients of the package's own seed."""
        return cls(seeds.read(DEFAULT_SEED), store=store, clock=clock)

    @contextmanager
    def change(self) -> Iterator[None]:
        """Everything inside is one change: alone under the lock, and in the file when it is over."""
        with self.lock:
            yield
            if self._store is not None:
                seeds.write_atomically(self._store, json.dumps(self.snapshot(), ensure_ascii=False, indent=1))

    def now_ms(self) -> int:
        return int(self.clock() * 1000)

    def add_researcher(self, researcher: Researcher) -> Researcher:
        with self.change():
            self.researchers[researcher.orcid] = replace(researcher, created=researcher.created or self.clock())
            return self.researchers[researcher.orcid]

    def add_client(self, client: Client) -> Client:
        with self.change():
            self.clients[client.id] = client
            return client

    def issue_code(self, client: str, orcid: str, scopes: Iterable[str], redirect_uri: str) -> Code:
        letters = string.ascii_letters + string.digits
        with self.change():
            value = "".join(secrets.choice(letters) for _ in range(6))
            self.codes[value] = Code(value, client, orcid, tuple(scopes), redirect_uri, self.clock())
            return self.codes[value]

    def issue_token(
        self,
        client: str,
        scopes: Iterable[str],
        orcid: str | None = None,
        *,
        code: str | None = None,
        expires: float = 0,
    ) -> Token:
        """A new token, as if the person had granted it (`orcid` None: a token of the client alone)."""
        with self.change():
            token = Token(
                str(uuid.uuid4()),
                client,
                tuple(scopes),
                expires or self.clock() + TOKEN_LIFE,
                refresh=str(uuid.uuid4()),
                orcid=orcid,
                code=code,
            )
            self.tokens[token.access] = token
            return token

    def set_token_state(self, token: Token, state: str) -> None:
        with self.change():
            self.tokens[token.access] = replace(token, state=state)

    def withdraw(self, orcid: str, client: str) -> None:
        """The person removes a client from the trusted organisations of the record."""
        with self.change():
            for token in list(self.tokens.values()):
                if (token.orcid, token.client, token.state) == (orcid, client, "active"):
                    self.set_token_state(token, "user-revoked")

    def is_active(self, token: Token) -> bool:
        return token.state == "active" and token.expires > self.clock()

    def works_of(self, orcid: str) -> list[StoredItem]:
        """All works of a record in the order in which they came."""
        return self.items_of(orcid, "work")

    def items_of(self, orcid: str, section: str) -> list[StoredItem]:
        """All items of a section of a record in the order in which they came."""
        with self.lock:
            return list(self.items.get((orcid, section), {}).values())

    def put_item(self, item: StoredItem) -> StoredItem:
        with self.change():
            self.items.setdefault((item.orcid, item.section), {})[item.put_code] = item
            return item

    def remove_item(self, item: StoredItem) -> None:
        with self.change():
            del self.items[item.orcid, item.section][item.put_code]

    def remove_work(self, orcid: str, put_code: int) -> None:
        """The person removes a work from the record."""
        self.remove_item(self.items[orcid, "work"][put_code])

    def put_group(self, group: GroupIdRecord) -> GroupIdRecord:
        with self.change():
            self.group_ids[group.put_code] = group
            return group

    def remove_group(self, put_code: int) -> None:
        with self.change():
            del self.group_ids[put_code]

    def group(self, group_id: str) -> GroupIdRecord | None:
        """The record of a group id, exactly as it is written."""
        return next((group for group in self.group_ids.values() if group.group_id == group_id), None)

    def next_put_code(self) -> int:
        with self.lock:
            self._next_put_code += 1
            return self._next_put_code - 1

    def snapshot(self) -> dict[str, Any]:
        """Everything, in the form of a seed."""
        items = [asdict(item) for items in self.items.values() for item in items.values()]
        lists: dict[str, Mapping[Any, Any]] = {
            "researchers": self.researchers,
            "clients": self.clients,
            "codes": self.codes,
            "tokens": self.tokens,
            "organizations": self.organizations,
            "group_ids": self.group_ids,
        }
        values = {name: [asdict(value) for value in held.values()] for name, held in lists.items()}
        return {**values, "items": items, "next_put_code": self._next_put_code}

    def _load(self, seed: Mapping[str, Any]) -> None:
        unknown = set(seed) - _PARTS
        if unknown:
            raise UnreadableInput(f"the Registry's seed has an unknown part {min(unknown)!r}")
        for researcher in seeds.values(Researcher, seed, "researchers"):
            seeds.check_orcid(researcher.orcid)
            self.add_researcher(researcher)
        for client in seeds.values(Client, seed, "clients"):
            self.add_client(client)
        self.codes = {code.value: code for code in seeds.values(Code, seed, "codes")}
        defaults = {"expires": self.clock() + TOKEN_LIFE}
        self.tokens = {token.access: token for token in seeds.values(Token, seed, "tokens", defaults)}
        self._next_put_code = seed.get("next_put_code", FIRST_PUT_CODE)
        for token in self.tokens.values():
            self._demand_record(token.orcid)
        known = seeds.values(
            Organization, seed if "organizations" in seed else seeds.read(ORGANIZATIONS), "organizations"
        )
        self.organizations = {(entry.source, entry.identifier): entry for entry in known}
        for group in seeds.values(GroupIdRecord, seed, "group_ids", {"put_code": 0}):
            self._load_group(group)
        for part in ("works", "items"):
            for entry in seed.get(part, ()):
                self._load_item(entry, part)

    def _load_group(self, group: GroupIdRecord) -> None:
        put_code = group.put_code or self.next_put_code()
        self.group_ids[put_code] = replace(group, put_code=put_code)
        self._next_put_code = max(self._next_put_code, put_code + 1)

    def _load_item(self, entry: object, part: str) -> None:
        if not isinstance(entry, dict):
            raise UnreadableInput(f"an entry of the Registry's seed in {part!r} is no JSON object")
        given = dict(entry)
        if part == "works":
            given |= {"section": "work", "message": given.pop("work", None)}
        form = _FORMS.get(given.get("section", "work"))
        if form is None:
            raise UnreadableInput(f"the Registry's seed has an item of an unknown section {given['section']!r}")
        try:
            message = json_form.read(form, given.get("message"))
        except Refusal as refusal:
            raise UnreadableInput(f"an item of the Registry's seed is not legal: {refusal.values}") from None
        now = self.now_ms()
        defaults = {"source": None, "visibility": "public", "created": now, "modified": now}
        put_code = given.get("put_code") or self.next_put_code()
        item = seeds.value(StoredItem, {**given, "put_code": put_code, "message": message}, part, defaults)
        self._demand_record(item.orcid)
        self.items.setdefault((item.orcid, item.section), {})[item.put_code] = item
        self._next_put_code = max(self._next_put_code, item.put_code + 1)

    def _demand_record(self, orcid: str | None) -> None:
        if orcid is not None and orcid not in self.researchers:
            raise UnreadableInput(f"the Registry's seed has something for {orcid!r}, but no such researcher")
