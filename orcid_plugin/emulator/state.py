"""What the emulated Registry knows: researchers, clients, codes, tokens and works, behind one lock.

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

from orcid_plugin.emulator import json_form, messages, seeds
from orcid_plugin.emulator.faults import Faults, Journal
from orcid_plugin.emulator.refusals import Refusal
from orcid_plugin.emulator.schema import Message
from orcid_plugin.errors import UnreadableInput

CODE_LIFE = 24 * 60 * 60
TOKEN_LIFE = 631138519
FIRST_PUT_CODE = 1001
DEFAULT_SEED = Path(__file__).with_name("seed.json")


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
class StoredWork:
    """A work on a record.

    Attributes:
        source: id of the client that added it, or None if the person did.
        created, modified: milliseconds since 1970.
        work: the message in ORCID's JSON, without what the Registry adds.
    """

    orcid: str
    put_code: int
    source: str | None
    visibility: str
    created: int
    modified: int
    work: Message
    display_index: str = "1"


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
        self.works: dict[str, dict[int, StoredWork]] = {}
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

    def works_of(self, orcid: str) -> list[StoredWork]:
        """All works of a record in the order in which they came."""
        with self.lock:
            return list(self.works.get(orcid, {}).values())

    def put_work(self, item: StoredWork) -> StoredWork:
        with self.change():
            self.works.setdefault(item.orcid, {})[item.put_code] = item
            return item

    def remove_work(self, orcid: str, put_code: int) -> None:
        with self.change():
            del self.works[orcid][put_code]

    def next_put_code(self) -> int:
        with self.lock:
            self._next_put_code += 1
            return self._next_put_code - 1

    def snapshot(self) -> dict[str, Any]:
        """Everything, in the form of a seed."""
        works = [asdict(item) for items in self.works.values() for item in items.values()]
        lists: dict[str, dict[str, Any]] = {
            "researchers": self.researchers,
            "clients": self.clients,
            "codes": self.codes,
            "tokens": self.tokens,
        }
        values = {name: [asdict(value) for value in held.values()] for name, held in lists.items()}
        return {**values, "works": works, "next_put_code": self._next_put_code}

    def _load(self, seed: Mapping[str, Any]) -> None:
        unknown = set(seed) - {"researchers", "clients", "codes", "tokens", "works", "next_put_code"}
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
        for entry in seed.get("works", ()):
            self._load_work(entry)

    def _load_work(self, entry: object) -> None:
        if not isinstance(entry, dict):
            raise UnreadableInput("an entry of the Registry's seed in 'works' is no JSON object")
        now = self.now_ms()
        defaults = {"source": None, "visibility": "public", "created": now, "modified": now}
        try:
            work = json_form.read(messages.WORK, entry.get("work"))
        except Refusal as refusal:
            raise UnreadableInput(f"a work of the Registry's seed is not legal: {refusal.values}") from None
        put_code = entry.get("put_code") or self.next_put_code()
        item = seeds.value(StoredWork, {**entry, "put_code": put_code, "work": work}, "works", defaults)
        self._demand_record(item.orcid)
        self.works.setdefault(item.orcid, {})[item.put_code] = item
        self._next_put_code = max(self._next_put_code, item.put_code + 1)

    def _demand_record(self, orcid: str | None) -> None:
        if orcid is not None and orcid not in self.researchers:
            raise UnreadableInput(f"the Registry's seed has something for {orcid!r}, but no such researcher")
