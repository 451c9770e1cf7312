"""How values of a configuration become those of settings: each parser raises `ValueError` that says what is wrong."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import limits
from cryptography.fernet import Fernet


def text(value: object) -> str:
    """Text that is not empty, without spaces around it."""
    found = str(value).strip()
    if not found:
        raise ValueError("is empty")
    return found


def url(value: object) -> str:
    """An http or https URL without user, query and fragment, and without a last slash."""
    found = text(value).rstrip("/")
    parts = urlsplit(found)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("is not a plain http or https URL")
    return found


def host(value: object) -> str:
    """A host name, with a port or without."""
    found = text(value)
    if urlsplit(f"//{found}").netloc != found or "@" in found:
        raise ValueError("is not a host name")
    return found


def email(value: object) -> str:
    """An e-mail address, as far as that can be told."""
    found = text(value)
    if "@" not in found[1:-1]:
        raise ValueError("is not an e-mail address")
    return found


def smtp(value: object) -> str:
    """The address of a mail server."""
    found = text(value)
    parts = urlsplit(found)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("is not the address of a mail server (smtp://host:587)")
    return found


def flag(value: object) -> bool:
    """Yes or no, in the words that configurations use."""
    known = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
    try:
        return known[str(value).strip().lower()]
    except KeyError:
        raise ValueError("is neither true nor false") from None


def number(least: float, most: float, kind: type = int) -> Callable[[object], Any]:
    """A number between two, whole unless `kind` is float."""

    def parse(value: object) -> Any:
        try:
            found = kind(str(value).strip())
        except ValueError:
            raise ValueError("is not a whole number" if kind is int else "is not a number") from None
        if not least <= found <= most:
            raise ValueError(f"is not between {least} and {most}")
        return found

    return parse


def rate(value: object) -> str:
    """How often something may happen, as `limits` writes it: `60/minute`."""
    found = text(value)
    try:
        limits.parse(found)
    except ValueError:
        raise ValueError('is not a number of requests and a time ("60/minute")') from None
    return found


def one_of(*choices: str) -> Callable[[object], str]:
    """One of these words."""

    def parse(value: object) -> str:
        if str(value) not in choices:
            raise ValueError(f"is not one of {', '.join(choices)}")
        return str(value)

    return parse


def days(value: object) -> tuple[int, ...]:
    """Numbers of days, each more than the one before; none at all is possible."""
    parts = value if isinstance(value, list | tuple) else str(value).split(",")
    found = [number(1, 3650)(part) for part in parts if str(part).strip()]
    if sorted(set(found)) != found:
        raise ValueError("is not a rising list of days (7,21)")
    return tuple(found)


def words(value: object) -> tuple[str, ...]:
    """Words, each once, at least one."""
    parts = value if isinstance(value, list | tuple) else str(value).split(",")
    found = tuple(dict.fromkeys(str(part).strip() for part in parts if str(part).strip()))
    if not found:
        raise ValueError("is empty")
    return found


def date(value: object) -> datetime.date:
    """A day as ISO 8601 writes it."""
    try:
        return datetime.date.fromisoformat(str(value).strip())
    except ValueError:
        raise ValueError("is not a day (2027-01-31)") from None


def keys(value: object) -> tuple[str, ...]:
    """Fernet keys."""
    found = words(value)
    for key in found:
        try:
            Fernet(key)
        except ValueError:
            raise ValueError(
                "holds a key that is not 32 url-safe base64 bytes (make one: orcid-plugin keys new)"
            ) from None
    return found
