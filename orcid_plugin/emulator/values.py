"""What the emulated Registry keeps, as values: researchers, clients, codes, tokens, items, groups, organisations.

The seed and the file of `store` are lists of these values, their fields by name (docs/emulator.md).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from orcid_plugin.emulator.schema import Message


@dataclass(frozen=True, slots=True)
class Researcher:
    """A person with a record.

    Attributes:
        orcid: 16 characters with hyphens, check digit right.
        password: what the sign-in page asks for; None: nothing.
        visibility: of items that clients add: `public`, `limited` or `private`.
        name_visibility: of the name.
        state: `active`, `locked`, `deactivated`, `deprecated` (then `primary` is the iD that took its place) or
            `unclaimed`.
        created: seconds since 1970.
        modified: milliseconds since 1970: the last change of anything on the record.
        emails: the first is the primary one.
    """

    orcid: str
    given_names: str
    family_name: str | None = None
    credit_name: str | None = None
    password: str | None = field(default=None, repr=False)
    visibility: str = "public"
    name_visibility: str = "public"
    state: str = "active"
    primary: str | None = None
    created: float = 0.0
    modified: int = 0
    biography: str | None = None
    biography_visibility: str = "public"
    emails: tuple[str, ...] = ()
    email_visibility: str = "private"

    @property
    def name(self) -> str:
        """The display name: credit name, else given and family name."""
        return self.credit_name or " ".join(part for part in (self.given_names, self.family_name) if part)


@dataclass(frozen=True, slots=True)
class Client:
    """An application with API credentials.

    Attributes:
        kind: `member` or `public`.
        scopes: what it may ask for; empty: what its kind may.
        state: `active`, `locked` or `deactivated`.
    """

    id: str
    secret: str = field(repr=False)
    name: str
    kind: str = "member"
    redirect_uris: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    state: str = "active"


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code; kept after use, so that a second use is noticed."""

    value: str = field(repr=False)
    client: str
    orcid: str
    scopes: tuple[str, ...]
    redirect_uri: str
    created: float
    used: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """An access token with its refresh token.

    Attributes:
        orcid: the record it is for, or None for a token of the client alone.
        expires: seconds since 1970.
        state: `active`, `revoked`, or `user-revoked` when the person took the permission back.
        code: the authorization code it came from.
    """

    access: str = field(repr=False)
    client: str
    scopes: tuple[str, ...]
    expires: float
    refresh: str = field(default="", repr=False)
    orcid: str | None = None
    state: str = "active"
    code: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item of an activity section of a record.

    Attributes:
        source: id of the client that added it, or None if the person did.
        created, modified: milliseconds since 1970.
        message: ORCID's JSON, without what the Registry adds.
        section: name of the section: `work`, `employment` …
    """

    orcid: str
    put_code: int
    source: str | None
    visibility: str
    created: int
    modified: int
    message: Message
    display_index: str = "1"
    section: str = "work"


@dataclass(frozen=True, slots=True)
class GroupIdRecord:
    """What reviews are grouped by: a journal, a conference, a publisher.

    Attributes:
        source: id of the client that added it, or None if the Registry did.
        created, modified: milliseconds since 1970.
    """

    put_code: int
    group_id: str
    name: str
    description: str
    type: str
    source: str | None = None
    created: int = 0
    modified: int = 0


@dataclass(frozen=True, slots=True)
class Organization:
    """An organisation that the Registry knows; `source` is `ROR`, `GRID`, `RINGGOLD`, `FUNDREF` or `LEI`."""

    source: str
    identifier: str
    name: str = ""
