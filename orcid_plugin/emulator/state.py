"""What the emulated Registry knows and how it changes, behind one lock."""

from __future__ import annotations

import secrets
import string
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from orcid_plugin.emulator import keys, loading, seeds, webhooks
from orcid_plugin.emulator.clock import Clock
from orcid_plugin.emulator.faults import Faults
from orcid_plugin.emulator.journal import Journal
from orcid_plugin.emulator.loading import FIRST_PUT_CODE, TOKEN_LIFE
from orcid_plugin.emulator.schema import Message
from orcid_plugin.emulator.storage import Storage
from orcid_plugin.emulator.values import (
    CannedSearch,
    Client,
    Code,
    GroupIdRecord,
    Notification,
    Organization,
    Researcher,
    SigningKey,
    StoredItem,
    Token,
)
from orcid_plugin.metadata.identifiers import check_digit

CODE_LIFE = 24 * 60 * 60
DEFAULT_SEED = Path(__file__).with_name("seed.json")


class Registry:
    """One emulated Registry.

    Arguments:
        seed: what it starts with, or the file that holds it, in the form of docs/emulator.md; nothing if None.
        store: file that keeps everything; read at the start if it exists (the seed is then left alone), written
            within a second or so after each change.
        clock: seconds since 1970; `registry.clock` goes by it until it is set, advanced or frozen.
        webhook_interval: seconds for which changes are gathered before webhooks tell of them.
    Raises `UnreadableInput` for a seed or file that has not that form, `CannotWrite` if the file cannot be written.
    """

    def __init__(
        self,
        seed: Mapping[str, Any] | Path | None = None,
        *,
        store: Path | None = None,
        clock: Callable[[], float] = time.time,
        webhook_interval: float = webhooks.INTERVAL,
    ) -> None:
        self.lock = threading.RLock()
        self.clock = Clock(clock)
        self.faults = Faults()
        self.journal = Journal()
        self.researchers: dict[str, Researcher] = {}
        self.clients: dict[str, Client] = {}
        self.codes: dict[str, Code] = {}
        self.tokens: dict[str, Token] = {}
        self.signing_keys: dict[str, SigningKey] = {}
        self.items: dict[tuple[str, str], dict[int, StoredItem]] = {}
        self.group_ids: dict[int, GroupIdRecord] = {}
        self.notifications: dict[int, Notification] = {}
        self.webhooks = webhooks.Webhooks(self, webhook_interval)
        self.organizations: dict[tuple[str, str], Organization] = {}
        self.searches: dict[str, CannedSearch] = {}
        self.upcoming_put_code = FIRST_PUT_CODE
        self.changes = 0
        self._storage: Storage | None = None
        self._seed = seeds.read(seed) if isinstance(seed, Path) else seed or {}
        if store is not None and store.exists():
            loading.put(self, loading.read(seeds.read(store), self.clock(), name=str(store)))
        else:
            name = str(seed) if isinstance(seed, Path) else "the seed"
            loading.put(self, loading.read(self._seed, self.clock(), name=name))
        self._storage = None if store is None else Storage(store, self.lock, self.snapshot)

    @classmethod
    def seeded(
        cls,
        *,
        store: Path | None = None,
        clock: Callable[[], float] = time.time,
        webhook_interval: float = webhooks.INTERVAL,
    ) -> Registry:
        """A Registry with the five researchers and the three clients of the package's own seed."""
        return cls(DEFAULT_SEED, store=store, clock=clock, webhook_interval=webhook_interval)

    @contextmanager
    def change(self) -> Iterator[None]:
        """Everything inside is one change: alone under the lock, and in the file soon."""
        with self.lock:
            self.changes += 1
            try:
                yield
            finally:
                if self._storage is not None:
                    self._storage.changed()

    def flush(self) -> None:
        """Write what the file lacks, now; raises `CannotWrite`. `serve` does it when it ends."""
        if self._storage is not None:
            self._storage.flush()

    def snapshot(self) -> dict[str, Any]:
        """Everything, in the form of a seed."""
        return loading.snapshot(self)

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Know what is in this seed, and nothing else."""
        with self.change():
            loading.put(self, loading.read(snapshot, self.clock()))

    def reset(self, seed: Mapping[str, Any] | None = None) -> None:
        """Be as at the start, with that seed or this one: no faults, an empty journal, the clock as it was."""
        with self.change():
            loading.put(self, loading.read(self._seed if seed is None else seed, self.clock.source()))
            self.faults.clear()
            self.journal.clear()
            self.journal.bodies = False
            self.clock.reset()

    def add(self, seed: Mapping[str, Any]) -> Mapping[str, Sequence[Any]]:
        """Take in everything in a seed, in place of what has the same key; gives what was taken in, by part.

        A record to which something is added is changed thereby, unless the seed has its researcher too.
        """
        with self.change():
            loaded = loading.read(seed, self.clock(), beside=self)
            loading.put(self, loaded)
            set_literally = {researcher.orcid for researcher in loaded.entries["researchers"]}
            for orcid in dict.fromkeys(item.orcid for item in loaded.entries["items"]):
                if orcid not in set_literally:
                    self._changed(orcid)
            return loaded.entries

    def now_ms(self) -> int:
        return int(self.clock() * 1000)

    def add_researcher(self, researcher: Researcher) -> Researcher:
        """Add a person, or change one by giving all of them anew."""
        with self.change():
            self.researchers[researcher.orcid] = replace(researcher, created=researcher.created or self.clock())
            self._changed(researcher.orcid)
            return self.researchers[researcher.orcid]

    def _changed(self, orcid: str) -> None:
        self.researchers[orcid] = replace(self.researchers[orcid], modified=self.now_ms())
        self.webhooks.note_change(orcid)

    def free_orcid(self) -> str:
        """An iD that is nobody's, below the range that ORCID assigns."""
        with self.lock:
            while True:
                digits = f"0000-0000-{secrets.randbelow(10**4):04}-{secrets.randbelow(10**3):03}"
                orcid = digits + check_digit(digits)
                if orcid not in self.researchers:
                    return orcid

    def add_client(self, client: Client) -> Client:
        with self.change():
            self.clients[client.id] = client
            return client

    def issue_code(
        self,
        client: str,
        orcid: str,
        scopes: Iterable[str],
        redirect_uri: str,
        *,
        nonce: str | None = None,
        auth_time: float = 0.0,
    ) -> Code:
        letters = string.ascii_letters + string.digits
        with self.change():
            value = "".join(secrets.choice(letters) for _ in range(6))
            self.codes[value] = Code(
                value,
                client,
                orcid,
                tuple(scopes),
                redirect_uri,
                self.clock(),
                nonce=nonce,
                auth_time=auth_time,
            )
            return self.codes[value]

    def issue_token(
        self,
        client: str,
        scopes: Iterable[str],
        orcid: str | None = None,
        *,
        code: str | None = None,
        expires: float = 0,
        persistent: bool = True,
        refreshable: bool = True,
    ) -> Token:
        """A new token, as if the person had granted it (`orcid` None: a token of the client alone).

        It ends at `expires`, in seconds since 1970, or if that is 0 after twenty years.
        """
        with self.change():
            token = Token(
                str(uuid.uuid4()),
                client,
                tuple(scopes),
                expires or self.clock() + TOKEN_LIFE,
                refresh=str(uuid.uuid4()) if refreshable else "",
                orcid=orcid,
                code=code,
                created=self.clock(),
                persistent=persistent,
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

    def signing_key(self) -> SigningKey:
        """The key that signs id_tokens: the last one, made when it is first asked for."""
        with self.lock:
            return list(self.signing_keys.values())[-1] if self.signing_keys else self.rotate_signing_key()

    def rotate_signing_key(self, *, keep_old: bool = True) -> SigningKey:
        """Sign with a new key from now on; the old ones stay in `/oauth/jwks` or are gone."""
        with self.change():
            key = keys.new()
            self.signing_keys = {**(self.signing_keys if keep_old else {}), key.kid: key}
            return key

    def is_active(self, token: Token) -> bool:
        return token.state == "active" and token.expires > self.clock()

    def works_of(self, orcid: str) -> list[StoredItem]:
        """All works of a record in the order in which they came."""
        return self.items_of(orcid, "work")

    def items_of(self, orcid: str, section: str) -> list[StoredItem]:
        """All items of a section of a record in the order in which they came."""
        with self.lock:
            return list(self.items.get((orcid, section), {}).values())

    def public_items_of(self, orcid: str, section: str) -> list[StoredItem]:
        """Those items of a section that everybody may see."""
        return [item for item in self.items_of(orcid, section) if item.visibility == "public"]

    def put_item(self, item: StoredItem) -> StoredItem:
        with self.change():
            self.items.setdefault((item.orcid, item.section), {})[item.put_code] = item
            self._changed(item.orcid)
            return item

    def remove_item(self, item: StoredItem) -> None:
        with self.change():
            del self.items[item.orcid, item.section][item.put_code]
            self._changed(item.orcid)

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

    def notify(self, orcid: str, client: str, type: str, message: Message) -> Notification:
        """Put a new notification into a person's inbox."""
        with self.change():
            id = max(self.notifications, default=0) + 1
            return self.put_notification(Notification(orcid, id, client, type, message, self.now_ms()))

    def put_notification(self, notification: Notification) -> Notification:
        with self.change():
            self.notifications[notification.id] = notification
            return notification

    def group(self, group_id: str) -> GroupIdRecord | None:
        """The record of a group id, exactly as it is written."""
        return next((group for group in self.group_ids.values() if group.group_id == group_id), None)

    def next_put_code(self) -> int:
        """A put-code that was never used; one numbering for all records."""
        with self.lock:
            self.upcoming_put_code += 1
            return self.upcoming_put_code - 1

    def reserve_put_code(self, put_code: int) -> None:
        """Never give this put-code, or a lower one, to anything new."""
        with self.lock:
            self.upcoming_put_code = max(self.upcoming_put_code, put_code + 1)
