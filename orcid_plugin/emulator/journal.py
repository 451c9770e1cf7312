"""What was asked of the Registry, for a test's assertions."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from orcid_plugin.emulator.values import Seconds

MOST_ENTRIES = 10_000
LONGEST_BODY = 100_000
_HIDDEN = "(hidden)"
_SECRETS = frozenset(
    "access_token client_secret code id_token id_token_hint password refresh_token subject_token token".split()
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One request.

    Attributes:
        path, query: as they arrived, without the secrets of OAuth.
        status: the Registry's answer, even where a fault with `after` kept it from the client.
        client: id of the client that asked, if known.
        at: when it arrived.
        duration: seconds until the answer was ready.
        body: as text, a form without the secrets of OAuth; None unless the journal keeps bodies.
    """

    method: str
    path: str
    status: int
    client: str | None
    at: Seconds
    query: str = ""
    duration: float = 0.0
    body: str | None = None


class Journal:
    """The last 10,000 requests, oldest first; `bodies` tells whether it keeps what they carry."""

    def __init__(self) -> None:
        self.bodies = False
        self._entries: deque[Entry] = deque(maxlen=MOST_ENTRIES)

    def record(self, entry: Entry) -> None:
        self._entries.append(entry)

    def entries(
        self,
        *,
        methods: str = "",
        path: str = "",
        client: str | None = None,
        status: int | None = None,
        since: float = 0.0,
    ) -> list[Entry]:
        """The requests of these methods (`"POST PUT"`; empty: all), the regular expression found in their path, by this
        client, answered with this status, since this second."""
        wanted = methods.split()
        return [
            entry
            for entry in list(self._entries)
            if (not wanted or entry.method in wanted)
            and re.search(path, entry.path)
            and client in (None, entry.client)
            and status in (None, entry.status)
            and entry.at >= since
        ]

    def clear(self) -> None:
        self._entries.clear()


def without_secrets(parameters: Iterable[tuple[str, str]]) -> str:
    """Parameters as a query or a form, what is secret left out."""
    return urlencode([(name, _HIDDEN if name in _SECRETS else value) for name, value in parameters], safe="/:(),")
