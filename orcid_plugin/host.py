"""What the plugin asks of the platform that mounts it: a small adapter, the `Host` protocol."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable


class Purpose(StrEnum):
    """Why somebody goes to ORCID."""

    REGISTER = "register"
    PROFILE = "profile"
    SUBMISSION = "submission"
    INVITATION = "invitation"
    SIGN_IN = "sign-in"


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who is signed in to the host.

    Attributes:
        id: the host's own id, stable, as text.
        name: how the host displays the person.
    """

    id: str
    name: str
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail to one person, in plain text and HTML; `repr` leaves out what holds personal links.

    Attributes:
        unsubscribe_url: where the person ends mails of this kind, by a form or by one POST; part of `headers`.
    """

    to: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    unsubscribe_url: str | None = field(default=None, repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """What belongs into the mail's header beside sender, recipient and subject."""
        headers = {"Auto-Submitted": "auto-generated"}  # RFC 3834, 5: out-of-office replies are kept away
        if self.unsubscribe_url is not None:  # RFC 8058: mail programs show a button
            headers["List-Unsubscribe"] = f"<{self.unsubscribe_url}>"
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        return headers


class Host(Protocol):
    """The platform. All methods are called within a request of the host's app, `send_mail` also from a worker."""

    def current_account(self) -> Account | None:
        """Who is signed in, or None."""

    def may_edit(self, account: Account, publication_key: str) -> bool:
        """Whether the person may change the submission: connect a contributor, invite one."""

    def send_mail(self, mail: Mail) -> None:
        """Send a mail with its `headers`; any exception counts as "not sent" and is shown to the editor."""

    def next_url(self, purpose: Purpose, publication_key: str | None) -> str:
        """Where a person goes after a trip to ORCID that named no page of its own: a path of the host."""


@runtime_checkable
class SignsIn(Protocol):
    """A host whose people may sign in with ORCID implements this as well."""

    def sign_in(self, account_id: str) -> None:
        """Sign the account in, within this request, in a new session: what the browser brought along must end.

        Raise `SignInRefused` with a sentence for the person where the account may not sign in.
        """

    def account_of_email(self, email: str) -> str | None:
        """Id of the one account that has this address and has proved to the host that it is theirs, or None.

        Asked only with ORCID_PLUGIN_SIGN_IN_BY_EMAIL. An address that nobody proved would let whoever typed it first
        wait for its owner.
        """

    def has_other_sign_in(self, account_id: str) -> bool:
        """Whether the account can sign in without ORCID, too: with a password, through a university."""


@runtime_checkable
class Roles(Protocol):
    """A host of which ORCID_PLUGIN_TWO_FACTOR_ROLES demands two-factor sign-in of some people implements this too."""

    def roles(self, account_id: str) -> Collection[str]:
        """What the account is at the site of this request, in the host's own words: `editor`, `manager`."""


@runtime_checkable
class Addresses(Protocol):
    """A host that knows the e-mail addresses of contributors implements this as well, for invitations in bulk."""

    def email_of(self, publication_key: str, contributor_key: str) -> str | None:
        """The contributor's address, or None."""


@runtime_checkable
class ManySites(Protocol):
    """A host with several journals or repositories implements this as well."""

    def current_site(self) -> str | None:
        """Key of the site that this request is about, told by its address; None for that of ORCID_PLUGIN_SITE."""


@runtime_checkable
class Administrators(Protocol):
    """A host whose administrators run the plugin on its pages implements this as well; without it nobody may."""

    def is_administrator(self, account: Account) -> bool:
        """Whether the person runs the platform: they see and change all sites, their credentials and connections."""
