"""For tests: what shall go wrong next, and what was asked of the Registry."""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to a request.

    Attributes:
        status: answer with this status; None: the Registry's own answer.
        body, content_type: of that answer.
        headers: added to that answer, such as `Retry-After`.
        close: send no answer at all, close the connection.
        after: first do what was asked, only then answer or close: the work is stored, but the client does not know.
        delay: seconds to wait before anything else.
    """

    status: int | None = None
    body: str = ""
    content_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    close: bool = False
    after: bool = False
    delay: float = 0.0


@dataclass(slots=True)
class _Planned:
    fault: Fault
    methods: tuple[str, ...]
    path: re.Pattern[str]
    left: int


class Faults:
    """The plan: faults wait in line, each for the next requests that match."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plan: list[_Planned] = []

    def plan(self, fault: Fault, *, times: int = 1, methods: str = "", path: str = "") -> None:
        """Let the next `times` requests meet the fault: of these methods (`"POST PUT"`; empty: all), path matching
        the regular expression `path` anywhere."""
        with self._lock:
            self._plan.append(_Planned(fault, tuple(methods.split()), re.compile(path), times))

    def clear(self) -> None:
        with self._lock:
            self._plan.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that this request meets, used up by it."""
        with self._lock:
            for planned in self._plan:
                if (not planned.methods or method in planned.methods) and planned.path.search(path):
                    planned.left -= 1
                    if planned.left <= 0:
                        self._plan.remove(planned)
                    return planned.fault
        return None


@dataclass(frozen=True, slots=True)
class Entry:
    """One request: `client` is the id of the client that made it, if known; `at` is seconds since 1970.

    `status` is the Registry's answer, even where a fault with `after` kept it from the client.

    Neither the query nor any header or body is kept, so no secret is.
    """

    method: str
    path: str
    status: int
    client: str | None
    at: float


class Journal:
    """The last 10,000 requests, oldest first."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._entries: deque[Entry] = deque(maxlen=10_000)

    def record(self, method: str, path: str, status: int, client: str | None) -> None:
        self._entries.append(Entry(method, path, status, client, self._clock()))

    def entries(self, *, methods: str = "", path: str = "") -> list[Entry]:
        """The requests of these methods (empty: all) whose path matches the regular expression anywhere."""
        wanted = methods.split()
        return [
            entry
            for entry in list(self._entries)
            if (not wanted or entry.method in wanted) and re.search(path, entry.path)
        ]

    def clear(self) -> None:
        self._entries.clear()
