"""The file that keeps what the Registry knows, written on the side so that no request waits for it."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from orcid_plugin.errors import CannotWrite

DELAY = 1.0
"""Seconds from a change until it is written, with all that came in between; a crash loses no more."""

_log = logging.getLogger(__name__)


class Storage:
    """Writes a file when something has changed.

    Arguments:
        path: the file, replaced as a whole so that a crash leaves the old one or the new one.
        lock: held by whoever changes something, and while the snapshot is taken.
        snapshot: gives everything, in the form of a seed.
    Raises `CannotWrite` if the file cannot be written now.
    """

    def __init__(self, path: Path, lock: threading.RLock, snapshot: Callable[[], Mapping[str, Any]]) -> None:
        self._path = path
        self._lock = lock
        self._snapshot = snapshot
        self._writing = threading.Lock()
        self._timer: threading.Timer | None = None
        self._unwritten = True
        self.flush()

    def changed(self) -> None:
        """Let what has just changed be written soon; called with the lock held."""
        self._unwritten = True
        if self._timer is None:
            # No daemon: an interpreter that ends waits for it.
            self._timer = threading.Timer(DELAY, self._flush_later)
            self._timer.start()

    def flush(self) -> None:
        """Write what is not yet written; raises `CannotWrite`. Not to be called with the lock held."""
        with self._writing:
            with self._lock:
                if self._timer is not None:
                    self._timer.cancel()
                    self._timer = None
                if not self._unwritten:
                    return
                seed = self._snapshot()
                self._unwritten = False
            try:
                _write_atomically(self._path, _text(seed))
            except OSError as error:
                self._unwritten = True
                raise CannotWrite(f"{self._path} cannot be written: {error.strerror or error}") from None

    def _flush_later(self) -> None:
        try:
            self.flush()
        except CannotWrite as error:
            _log.error("%s; it is tried again with the next change", error)


def _text(seed: Mapping[str, Any]) -> str:
    """JSON with a line for each entry: quick to write, and to be read by people."""

    def of(value: Any) -> str:
        if not isinstance(value, list) or not value:
            return json.dumps(value, ensure_ascii=False)
        return "[\n" + ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in value) + "\n]"

    return "{\n" + ",\n".join(f"{json.dumps(name)}: {of(value)}" for name, value in seed.items()) + "\n}\n"


def _write_atomically(path: Path, text: str) -> None:
    partial = path.with_name(f"{path.name}.partial")
    # The file holds tokens and client secrets, if only of an emulator.
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    partial.replace(path)
