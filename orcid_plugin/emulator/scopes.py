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
WEBHOOK = "/webhook"
NOTIFY = "/premium-notification"

_WORDS = {
    "/authenticate": "Know your ORCID iD and that it is you who signed in.",
    "openid": "Know your ORCID iD and that it is you who signed in.",
    READ_PUBLIC: "Read what everyone can see on your record.",
    READ_LIMITED: "Read what only the organisations that you trust can see on your record.",
    UPDATE_ACTIVITIES: "Add your works and other activities to your record, and change or remove what it added.",
    UPDATE_PERSON: "Add keywords, names, countries and links to your record, and change or remove what it added.",
    READ_EMAILS: "Read your private e-mail addresses.",
}
CLIENT_ONLY = frozenset(
    {
        READ_PUBLIC,
        WEBHOOK,
        NOTIFY,
        "/basic-notification",
        READ_GROUPS,
        UPDATE_GROUPS,
    }
)
"""Scopes that a client gets for itself, with `client_credentials`."""
STRIPPED = frozenset({"profile", "email", "address", "phone", "offline_access"})
"""OpenID Connect's scopes that the Registry accepts and leaves out."""

_READ_LIMITED_BEFORE = (
    "/orcid-profile/read-limited /orcid-bio/read-limited /orcid-works/read-limited /affiliations/read-limited "
    "/funding/read-limited /peer-review/read-limited /activities/read-limited /person/read-limited"
).split()
_UPDATE_ACTIVITIES_BEFORE = (
    "/orcid-works/create /orcid-works/update /affiliations/create /affiliations/update /funding/create "
    "/funding/update /peer-review/create /peer-review/update"
).split()
_UPDATE_PERSON_BEFORE = "/orcid-bio/update /orcid-bio/external-identifiers/create".split()
_TODAY = {
    **dict.fromkeys(_READ_LIMITED_BEFORE, READ_LIMITED),
    **dict.fromkeys(_UPDATE_ACTIVITIES_BEFORE, UPDATE_ACTIVITIES),
    **dict.fromkeys(_UPDATE_PERSON_BEFORE, UPDATE_PERSON),
}
IN_FRAGMENT = frozenset({"/authenticate", "openid", READ_PUBLIC})
"""What can come back in the fragment of a redirect URI; the implicit flow leaves out the others."""

_PUBLIC = frozenset({"/authenticate", "openid", READ_PUBLIC})
_MEMBER = _PUBLIC | {READ_LIMITED, UPDATE_ACTIVITIES, UPDATE_PERSON, READ_GROUPS, UPDATE_GROUPS}
_ALLOWED = {"public": _PUBLIC, "member": _MEMBER, "premium": _MEMBER | CLIENT_ONLY}
_READING = frozenset(
    {"/authenticate", "openid", READ_PUBLIC, READ_LIMITED, UPDATE_ACTIVITIES, UPDATE_PERSON, READ_EMAILS}
)


def may_ask(client: Client, scope: str) -> bool:
    """Whether the client was registered with the scope, or if with none, its kind has it."""
    return today(scope) in map(today, client.scopes or _ALLOWED.get(client.kind, ()))


def today(scope: str) -> str:
    """The scope of API v3.0 that stands for one of an earlier version."""
    return _TODAY.get(scope, scope)


def personal(scope: str) -> bool:
    """Whether a person grants the scope."""
    return today(scope) in _WORDS


def split(text: str) -> tuple[str, ...]:
    """The scopes in a parameter, each once, in the order given, without those that are left out."""
    return tuple(dict.fromkeys(scope for scope in text.split() if scope not in STRIPPED))


def in_words(scopes: Collection[str]) -> list[str]:
    """Sentences for the person who is asked, about the scopes that a person grants."""
    return list(dict.fromkeys(_WORDS[today(scope)] for scope in scopes if personal(scope)))


def may_read(scopes: Collection[str]) -> bool:
    """Whether public items may be read."""
    return not _READING.isdisjoint(scopes)
