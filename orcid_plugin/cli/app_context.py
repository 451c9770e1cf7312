"""The hooks on the command line, with or without a host's app around it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from orcid_plugin.cli.context import mounted, open_runtime
from orcid_plugin.runtime import EXTENSION, Runtime


@contextmanager
def app_at_work() -> Iterator[Runtime]:
    """Within it, `orcid_plugin.hooks` can be called: in the host's app, else in one that has no pages."""
    with open_runtime() as runtime:
        if mounted():
            yield runtime
            return
        app = Flask("orcid_plugin")
        app.extensions[EXTENSION] = runtime
        with app.app_context():
            yield runtime


@contextmanager
def hooks_at_work() -> Iterator[Runtime]:
    """The same for one site. Raises `SettingsError`, also while its credentials are missing."""
    with app_at_work() as runtime:
        runtime.settings.the_site()
        yield runtime
