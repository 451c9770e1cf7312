"""What the emulated Registry keeps, as values: researchers, clients, codes, tokens, items, groups, notifications,
webhooks, organisations.

The seed and the file of `store` are lists of these values, their fields by name (docs/emulator.md); what a field may be
is in its annotation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from orcid_plugin.emulator import activity_messages, notification_messages, person_messages
from orcid_plugin.emulator.plain import Moment, OneOf, OrcidId, Reference, Text, Whole
from orcid_plugin.emulator.schema import Message

FORMS = {**activity_messages.FORMS, **person_messages.FORMS}
"""The forms of the items that a record has, by the names of their sections."""

Orcid = Annotated[str, OrcidId()]
KnownOrcid = Annotated[str, Reference("researchers")]
KnownClient = Annotated[str, Reference("clients")]
Visibility = Annotated[str, OneOf(("public", "limited", "private"))]
Seconds = Annotated[float, Moment(1)]
"""Seconds since 1970."""
Milliseconds = Annotated[int, Moment(1000)]
"""Milliseconds since 1970."""
PutCode = Annotated[int, Whole(1)]


@dataclass(frozen=True, slots=True)
class Email:
    """An e-mail address of a person."""

    email: str
    visibility: Visibility = "private"
    verified: bool = True


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
        modified: the last change of anything on the record.
        emails: the first is the primary one.
        two_factor: whether the person signs in with two factors; the sign-in page asks for none all the same.
        notifications: whether clients may put notifications into the inbox.
    """

    orcid: Orcid
    given_names: str
    family_name: str | None = None
    credit_name: str | None = None
    password: str | None = field(default=None, repr=False)
    visibility: Visibility = "public"
    name_visibility: Visibility = "public"
    state: Annotated[str, OneOf(("active", "locked", "deactivated", "deprecated", "unclaimed"))] = "active"
    primary: KnownOrcid | None = None
    created: Seconds = 0.0
    modified: Milliseconds = 0
    biography: str | None = None
    biography_visibility: Visibility = "public"
    emails: tuple[Email, ...] = ()
    two_factor: bool = False
    notifications: bool = True

    @property
    def name(self) -> str:
        """The display name: credit name, else given and family name."""
        return self.credit_name or " ".join(part for part in (self.given_names, self.family_name) if part)


@dataclass(frozen=True, slots=True)
class Client:
    """An application with API credentials.

    Attributes:
        kind: `member`, `premium` (a member that may ask for webhooks and send notifications) or `public`.
        scopes: what it may ask for; empty: what its kind may.
        state: `active`, `locked` or `deactivated`.
        persistent_tokens: whether what people grant it lasts for twenty years; else for an hour.
    """

    id: str
    secret: str = field(repr=False)
    name: str
    kind: Annotated[str, OneOf(("member", "premium", "public"))] = "member"
    redirect_uris: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    state: Annotated[str, OneOf(("active", "locked", "deactivated"))] = "active"
    description: str = ""
    persistent_tokens: bool = True


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code; kept after use, so that a second use is noticed.

    Attributes:
        nonce: what the client sent to find in the id_token.
        auth_time: when the person signed in; 0: when the code was made.
    """

    value: str = field(repr=False)
    client: KnownClient
    orcid: KnownOrcid
    scopes: tuple[str, ...]
    redirect_uri: str
    created: Seconds
    used: bool = False
    nonce: str | None = None
    auth_time: Seconds = 0.0


@dataclass(frozen=True, slots=True)
class Token:
    """An access token with its refresh token.

    Attributes:
        orcid: the record it is for, or None for a token of the client alone.
        refresh: empty if there is none.
        state: `active`, `revoked`, or `user-revoked` when the person took the permission back.
        code: the authorization code it came from.
        persistent: whether it lasts for twenty years, so that the person need not be asked again.
    """

    access: str = field(repr=False)
    client: KnownClient
    scopes: tuple[str, ...]
    expires: Seconds
    refresh: str = field(default="", repr=False)
    orcid: KnownOrcid | None = None
    state: Annotated[str, OneOf(("active", "revoked", "user-revoked"))] = "active"
    code: str | None = field(default=None, repr=False)
    created: Seconds = 0.0
    persistent: bool = True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that signs id_tokens.

    Attributes:
        kid: its id.
        pem: private RSA key, not encrypted.
    """

    kid: str
    pem: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item of a section of a record.

    Attributes:
        source: id of the client that added it, or None if the person did.
        message: ORCID's JSON, without what the Registry adds.
        section: name of the section: `work`, `employment` …
    """

    orcid: KnownOrcid
    put_code: PutCode
    source: KnownClient | None
    visibility: Visibility
    created: Milliseconds
    modified: Milliseconds
    message: Message
    display_index: Annotated[str, Text("[0-9]{1,9}", "a whole number, as a text")] = "1"
    section: Annotated[str, OneOf(tuple(FORMS))] = "work"


@dataclass(frozen=True, slots=True)
class GroupIdRecord:
    """What reviews are grouped by: a journal, a conference, a publisher.

    Attributes:
        source: id of the client that added it, or None if the Registry did.
    """

    put_code: PutCode
    group_id: str
    name: str
    description: str
    type: str
    source: KnownClient | None = None
    created: Milliseconds = 0
    modified: Milliseconds = 0


@dataclass(frozen=True, slots=True)
class Notification:
    """A message in a person's inbox.

    Attributes:
        id: one numbering for all inboxes; the API calls it a put-code.
        client: which it comes from.
        type: `permission` where the client asks for permission; `added`, `changed` or `removed` where it tells what the
            client did to the record.
        message: ORCID's JSON of a permission notification, without what the Registry adds; else its `items` alone.
        read, actioned, archived: None for what has not happened yet.
    """

    orcid: KnownOrcid
    id: PutCode
    client: KnownClient
    type: Annotated[str, OneOf(tuple(notification_messages.FORMS))]
    message: Message
    created: Milliseconds
    read: Milliseconds | None = None
    actioned: Milliseconds | None = None
    archived: Milliseconds | None = None


@dataclass(frozen=True, slots=True)
class Webhook:
    """A client's wish to be called when a record changes.

    Attributes:
        callback: address that gets an empty POST.
        changes: of the record, not told yet.
        due: when to tell of them.
        failures: calls in a row that were not answered with 2xx.
        outcome: of the last call: a status, or why there was none; empty before the first.
    """

    orcid: KnownOrcid
    callback: str
    client: KnownClient
    created: Milliseconds = 0
    changes: Annotated[int, Whole(0)] = 0
    due: Seconds = 0.0
    failures: Annotated[int, Whole(0)] = 0
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Organization:
    """An organisation that the Registry knows."""

    source: Annotated[str, OneOf(("ROR", "GRID", "RINGGOLD", "FUNDREF", "LEI"))]
    identifier: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class CannedSearch:
    """What a search answers, literally, instead of what would be found.

    Attributes:
        q: the query, exactly as it is sent.
        results: iDs, in this order.
        num_found: what the answer says about their number; None: as many as there are.
    """

    q: str
    results: tuple[Orcid, ...] = ()
    num_found: Annotated[int, Whole(0)] | None = None
