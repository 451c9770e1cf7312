"""Which browser this is: a random value in the host's session, to which attempts are bound, and its open conflict."""

from __future__ import annotations

from flask import request, session

from orcid_plugin.store.encryption import random_secret

_KEY = "orcid_plugin_browser"
CONFLICT = "orcid_plugin_conflict"
"""Cookie with the secret of a conflict, which must outlast the host's session: signing in ends that."""


def known() -> str | None:
    """The value of this browser if it has been here before."""
    value = session.get(_KEY)
    return value if isinstance(value, str) else None


def remember() -> str:
    """The value of this browser, made now if need be."""
    value = session[_KEY] = known() or random_secret()
    return value


def renew() -> None:
    """Give this browser another value, when somebody signs in: who knew the old one follows them no further."""
    session[_KEY] = random_secret()


def conflict() -> str | None:
    """The secret of the conflict that this browser may resolve."""
    return request.cookies.get(CONFLICT)
