"""The scopes of API v3.0: who may ask for which, what each lets a client do, and how a person reads them."""

from __future__ import annotations

from collections.abc import Collection

from orcid_plugin.emulator.values import Client

READ_PUBLIC = "/read-public"
READ_LIMITED = "/read-limited"
UPDATE_ACTIVITIES = "/activities/update"
UPDATE_PERSON = "/person/update"
READ_EMAILS = "/email/read-private"
READ_GROUPS = "/group-id-record/read"
UPDATE_GROUPS = "/group-id-record/update"

_WORDS = {
    "/authenticate": "Know your ORCID iD and that it is you who signed in.",
    "openid": "Know your ORCID iD and that it is you who signed in.",
    READ_PUBLIC: "Read what everyone can see on your record.",
    READ_LIMITED: "Read what only the organisations that you trust can see on your record.",
    UPDATE_ACTIVITIES: "Add your works and other activities to your record, and change or remove what it added.",
    UPDATE_PERSON: "Add keywords, names, countries and links to your record, and change or remove what it added.",
    READ_EMAILS: "Read your private e-mail addresses.",
}
PERSONAL = frozenset(_WORDS)
"""Scopes that a person grants."""
CLIENT_ONLY = frozenset(
    {
        READ_PUBLIC,
        "/webhook",
        "/premium-notification",
        "/basic-notification",
        READ_GROUPS,
        UPDATE_GROUPS,
    }
)
"""Scopes that a client gets for itself, with `client_credentials`."""
STRIPPED = frozenset({"profile", "email", "address", "phone", "offline_access"})
"""OpenID Connect's scopes that the Registry accepts and leaves out."""

_ALLOWED = {
    "public": frozenset({"/authenticate", "openid", READ_PUBLIC}),
    "member": frozenset(
        {
            "/authenticate",
            "openid",
            READ_PUBLIC,
            READ_LIMITED,
            UPDATE_ACTIVITIES,
            UPDATE_PERSON,
            READ_GROUPS,
            UPDATE_GROUPS,
        }
    ),
}
_READING = frozenset(
    {"/authenticate", "openid", READ_PUBLIC, READ_LIMITED, UPDATE_ACTIVITIES, UPDATE_PERSON, READ_EMAILS}
)


def allowed(client: Client) -> frozenset[str]:
    """What the client may ask for: what it was registered with, else what its kind has."""
    return frozenset(client.scopes) or _ALLOWED.get(client.kind, frozenset())


def split(text: str) -> tuple[str, ...]:
    """The scopes in a parameter, each once, in the order given, without those that are left out."""
    return tuple(dict.fromkeys(scope for scope in text.split() if scope not in STRIPPED))


def in_words(scopes: Collection[str]) -> list[str]:
    """Sentences for the person who is asked."""
    return list(dict.fromkeys(_WORDS[scope] for scope in scopes))


def may_read(scopes: Collection[str]) -> bool:
    """Whether public items may be read."""
    return not _READING.isdisjoint(scopes)
