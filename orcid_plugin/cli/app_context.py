"""The hooks on the command line, with or without a host's app around it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from orcid_plugin.cli.context import open_runtime
from orcid_plugin.runtime import EXTENSION, Runtime


@contextmanager
def hooks_at_work() -> Iterator[Runtime]:
    """Within it, `orcid_plugin.hooks` can be called. Raises `SettingsError`, also while credentials are missing."""
    with open_runtime() as runtime:
        runtime.settings.the_site()
        app = Flask("orcid_plugin")
        app.extensions[EXTENSION] = runtime
        with app.app_context():
            yield runtime
