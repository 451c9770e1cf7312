"""Flask applications around one Registry."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.typing import ResponseReturnValue

from orcid_plugin.emulator.state import Registry


class RegistryApp(Flask):
    """A Flask application that answers one request at a time, so that each sees the Registry in one state."""

    def __init__(self, registry: Registry, **options: Any) -> None:
        super().__init__(__package__, **options)
        self.registry = registry
        self.json.sort_keys = False  # type: ignore[attr-defined]

    def dispatch_request(self) -> ResponseReturnValue:
        with self.registry.lock:
            return super().dispatch_request()
