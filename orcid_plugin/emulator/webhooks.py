"""Webhooks: who wants to know when a record changes, and the calls that tell them (documentation, webhooks)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import requests
from urllib3.exceptions import HTTPError

from orcid_plugin.emulator.values import Webhook

if TYPE_CHECKING:
    from orcid_plugin.emulator.state import Registry

INTERVAL = 5 * 60.0
"""Seconds for which the Registry gathers changes before it tells of them."""
_LONGEST_WAIT = 24 * 60 * 60.0
_TIMEOUT = 10.0
_LOOK_EVERY = 1.0


class Webhooks:
    """The webhooks of one Registry.

    Attributes:
        kept: by record and callback.
        interval: seconds for which changes are gathered; a call that fails is repeated after as long, then after twice
            as long, and so on.
    """

    def __init__(self, registry: Registry, interval: float) -> None:
        self.kept: dict[tuple[str, str], Webhook] = {}
        self.interval = interval
        self._registry = registry
        self._delivering = threading.Lock()

    def keep(self, webhook: Webhook) -> Webhook:
        with self._registry.change():
            self.kept[webhook.orcid, webhook.callback] = webhook
            return webhook

    def remove(self, webhook: Webhook) -> None:
        with self._registry.change():
            del self.kept[webhook.orcid, webhook.callback]

    def note_change(self, orcid: str) -> None:
        """A record has changed: whoever asked is told when the interval is over."""
        for webhook in list(self.kept.values()):
            if webhook.orcid == orcid:
                due = webhook.due if webhook.changes else self._registry.clock() + self.interval
                self.keep(replace(webhook, changes=webhook.changes + 1, due=due))

    def deliver(self, *, due: bool = False) -> list[Webhook]:
        """Call everybody who has not been told of a change, or those alone whose call is `due` by the Registry's clock.

        Not to be called while the Registry's lock is held. Gives the webhooks called, as they are afterwards.
        """
        with self._delivering:
            with self._registry.lock:
                now = self._registry.clock()
                waiting = [hook for hook in self.kept.values() if hook.changes and (not due or hook.due <= now)]
            return [self._settle(hook, _call(hook.callback)) for hook in waiting]

    def _settle(self, called: Webhook, outcome: str) -> Webhook:
        """Keep what came of a call; changes made during it are not told yet."""
        with self._registry.change():
            now = self._registry.clock()
            current = self.kept.get((called.orcid, called.callback))
            if current is None:
                return replace(called, outcome=outcome)
            if outcome.startswith("2"):
                left = max(0, current.changes - called.changes)
                return self.keep(replace(current, changes=left, due=now + self.interval, failures=0, outcome=outcome))
            wait = min(self.interval * 2.0 ** min(current.failures, 32), _LONGEST_WAIT)
            return self.keep(replace(current, due=now + wait, failures=current.failures + 1, outcome=outcome))

    @contextmanager
    def delivering(self) -> Iterator[None]:
        """While the context lasts, a thread makes the calls that are due."""
        stop = threading.Event()

        def work() -> None:
            while not stop.wait(min(self.interval, _LOOK_EVERY)):
                self.deliver(due=True)

        thread = threading.Thread(target=work, name="webhooks", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(_LOOK_EVERY)  # longer only if a callback does not answer


def _call(callback: str) -> str:
    """An empty POST: the status of the answer, or why there was none. The answer's body is never read."""
    with requests.Session() as session:
        session.trust_env = False  # no proxy, and no credentials from a .netrc
        try:
            with session.post(callback, timeout=_TIMEOUT, allow_redirects=False, stream=True) as answer:
                return str(answer.status_code)
        except requests.Timeout:
            return "no answer in time"
        except (requests.RequestException, HTTPError, UnicodeError):
            return "no connection"
