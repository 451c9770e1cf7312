"""The Registry's time, which tests set, advance and freeze: by it tokens and codes expire."""

from __future__ import annotations

import threading
from collections.abc import Callable

LATEST = 32_000_000_000.0
"""Seconds since 1970 to which the clock can be set: in the year 2984, short of where dates end."""


class Clock:
    """Seconds since 1970; goes as its source does, until it is told otherwise."""

    def __init__(self, source: Callable[[], float]) -> None:
        self.source = source
        self._lock = threading.Lock()
        self._ahead = 0.0
        self._frozen: float | None = None

    def __call__(self) -> float:
        with self._lock:
            return self._now()

    def _now(self) -> float:
        return self.source() + self._ahead if self._frozen is None else self._frozen

    @property
    def frozen(self) -> bool:
        return self._frozen is not None

    def set(self, now: float) -> None:
        """Let it be another time, from which a clock that runs goes on; raises `ValueError` if not in 1970–2984."""
        if not 0 <= now <= LATEST:
            raise ValueError("the clock cannot be set to before 1970 or after 2984")
        with self._lock:
            if self._frozen is None:
                self._ahead = now - self.source()
            else:
                self._frozen = now

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass at once, backwards if negative; raises `ValueError` as `set` does."""
        self.set(self() + seconds)

    def freeze(self) -> None:
        """Stand still."""
        with self._lock:
            self._frozen = self._now()

    def run(self) -> None:
        """Go on from where it stands."""
        with self._lock:
            self._ahead, self._frozen = self._now() - self.source(), None

    def reset(self) -> None:
        """Go as the source does."""
        with self._lock:
            self._ahead, self._frozen = 0.0, None
