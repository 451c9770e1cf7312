"""What ORCID answered and holds for a while: tokens of a client's own, keys that id_tokens are signed with."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any, TypeVar

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class _Kept:
    value: Any
    asked: float
    until: float


class Cache:
    """Values that are asked for once and kept while they hold; whoever holds a `Transport` holds one beside it.

    Safe to share among threads: while one asks, others that want the same wait, and share its answer or its failure.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[Hashable, _Kept] = {}
        self._asking: dict[Hashable, Future[Any]] = {}

    def get(self, key: Hashable, ask: Callable[[], tuple[V, float]], *, max_age: float = math.inf) -> V:
        """The value that is kept, or that `ask` gives together with the seconds for which it holds.

        A value is asked for again when the last question is older than `max_age` seconds, answered or not: until then
        the value that is kept counts. Raises what `ask` raises.
        """
        with self._lock:
            kept, now = self._kept.get(key), self._clock()
            if kept is not None and now < kept.until and now - kept.asked < max_age:
                known: V = kept.value
                return known
            others = self._asking.get(key)
            if others is None:
                own = self._asking[key] = Future()
        if others is not None:
            shared: V = others.result()
            return shared
        try:
            value, seconds = ask()
        except BaseException as error:
            with self._lock:
                if kept is not None:
                    self._kept[key] = replace(kept, asked=self._clock())
                del self._asking[key]
            own.set_exception(error)
            raise
        with self._lock:
            now = self._clock()
            self._kept = {other: one for other, one in self._kept.items() if now < one.until}
            self._kept[key] = _Kept(value, now, now + seconds)
            del self._asking[key]
        own.set_result(value)
        return value

    def forget(self, key: Hashable, value: object) -> None:
        """Drop a value that turned out not to hold; a newer one, which another thread got meanwhile, stays."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept.value == value:
                del self._kept[key]
