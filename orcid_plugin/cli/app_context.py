"""The hooks on the command line: in the host's app if there is one, else in an app that holds only the runtime."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from orcid_plugin.cli.context import mounted, open_runtime
from orcid_plugin.runtime import EXTENSION, Runtime


@contextmanager
def hooks_at_work() -> Iterator[Runtime]:
    """Within it, `orcid_plugin.hooks` can be called. Raises `SettingsError`, also while credentials are missing."""
    with open_runtime() as runtime:
        runtime.settings.the_site()
        if mounted():
            yield runtime
            return
        app = Flask("orcid_plugin")
        app.extensions[EXTENSION] = runtime
        with app.app_context():
            yield runtime
