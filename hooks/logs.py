"""Logs: the audit trail of a site and its calls to ORCID, searched and given out as files, for administrators.

`given` is what is looked for, as texts that people write: `orcid`, `publication`, `since`, `until`, of events also
`account` and `action`, of calls `status`. What cannot be raises `SearchRefused`, which has a sentence for each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from orcid_plugin.hooks import sites
from orcid_plugin.hooks.administration import PAGE
from orcid_plugin.identity import logs, trail
from orcid_plugin.identity.logs import Form, Found, Log
from orcid_plugin.runtime import of_host


def find(key: str, log: Log, given: Mapping[str, str]) -> Found:
    """A page of a log of a site, the newest first, as values.

    Where `before` is given, the page that begins at the `older` of another one. Raises `UnknownSite`, `SearchRefused`.
    """
    asked = logs.search(log, sites.shown(key).key, given)
    return logs.find(of_host().store, log, replace(asked, limit=PAGE))


def file(key: str, log: Log, form: Form, given: Mapping[str, str], *, actor: str = trail.COMMAND) -> Iterator[str]:
    """A file of all that matches, in pieces that are read from the database as they are taken.

    It is in the audit trail of the site as `log_exported`. Raises `UnknownSite`, `SearchRefused`.
    """
    return logs.file(of_host().store, log, logs.search(log, sites.shown(key).key, given), form, actor=actor)
