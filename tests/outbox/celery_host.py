"""A host with a Celery app, as `celery -A tests.outbox.celery_host worker` loads it: set by the environment alone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from celery import Celery
from flask import Flask

from orcid_plugin import OrcidPlugin, use_celery
from orcid_plugin.runtime import EXTENSION, Runtime
from orcid_plugin.settings import PREFIX
from orcid_plugin.testing.hosts import SimpleHost

BROKER = "TEST_BROKER"


def environment(url: str, **settings: Any) -> dict[str, str]:
    """The settings of a journal whose Registry is at `url`; `broker` is Celery's."""
    broker = {BROKER: settings.pop("broker")}
    of_journal = {
        "environment": "emulator",
        "web_url": url,
        "api_url": url,
        "public_api_url": f"{url}/pub",
        "client_id": "APP-EMULATORMEMBER00",
        "client_secret": "emulator-member-secret",
        "site": "journal",
        "pace": 1000,
        "poll_seconds": 0.1,
    }
    return broker | {f"{PREFIX}{name.upper()}": str(value) for name, value in (of_journal | settings).items()}


def make(environment: Mapping[str, str], **settings: Any) -> tuple[Flask, Celery]:
    """The Flask app and its Celery app, which has these settings."""
    host = Flask("host")
    host.config.update({name: value for name, value in environment.items() if name.startswith(PREFIX)}, SECRET_KEY="x")
    OrcidPlugin(host, host=SimpleHost())
    celery = Celery("host", broker=environment[BROKER])
    celery.conf.update(settings)
    use_celery(host, celery)
    return host, celery


def runtime_of(host: Flask) -> Runtime:
    """What the plugin works with."""
    runtime: Runtime = host.extensions[EXTENSION]
    return runtime


if BROKER in os.environ:
    # Of what a host may set, the harder: messages are kept until they are done, and come again when a process is lost.
    host, celery = make(os.environ, task_acks_late=True, task_reject_on_worker_lost=True)
    runtime_of(host).store.require_migrated()  # connects, before the worker forks
