"""Every error that the package raises on purpose.

    OrcidPluginError
    ├── SettingsError           settings are missing or wrong; names them all
    ├── InputError              what was handed in cannot be used: a file, a deposit, a value
    │   ├── InvalidOrcidId      not an ORCID iD, or its check digit is wrong
    │   ├── UnreadableInput     not well-formed, too large, too deep, of an unknown kind, with its own entities
    │   ├── PublicationRefused  no title, or no identifier of its own: cannot become a legal work
    │   ├── SiteRefused         settings that a site cannot have
    │   ├── SearchRefused       what a log cannot be searched for; has a sentence for each field
    │   ├── InvalidMessage      breaks rules that ORCID would refuse it for; carries the findings
    │   └── NotInvited          connected already, declined, wants no such mails, or too many today
    ├── RegistryError           ORCID answered with an error, or not at all
    │   ├── Unreachable         no answer: connection, TLS, time-out
    │   └── AnswerError         an answer with status, ORCID error code and texts
    │       ├── CallRefused     the message or the call is wrong: the same fails again
    │       ├── TokenRefused    the token is unknown, expired, revoked, or for another record
    │       ├── ScopeMissing    the token does not allow this
    │       ├── NotTheSource    another client, or the person, put the item there
    │       ├── NotVisible      the item is not shown to us
    │       ├── NotFound        the record or the item is not there
    │       ├── AlreadyThere    an item of ours says the same; names its put-code
    │       ├── RecordFull      the record holds as many works as it may
    │       ├── RecordClosed    locked, unclaimed or deactivated
    │       ├── RecordMoved     merged into another record; names it
    │       ├── CredentialsLocked  ORCID has locked our API credentials
    │       ├── NotNotified     the person wants no notifications, or has read this one
    │       ├── SlowDown        too many requests, or out of order for a while
    │       │   └── QuotaSpent  no more requests today
    │       └── RegistryFault   the fault is ORCID's, or on the way to it
    ├── OAuthError              the authorization or token endpoint refused, or its answer cannot be used
    │   ├── GrantRefused        code or token is unknown, over or withdrawn: the person has to connect again
    │   │   └── CodeReused      the code was used before, and its tokens are void now
    │   ├── CredentialsRefused  client id or secret is wrong
    │   ├── ClientLocked        ORCID has locked or deactivated the client
    │   ├── RedirectRefused     the redirect URI is not the one that the person was sent with
    │   ├── ScopeRefused        the client may not have this scope
    │   ├── RecordUnusable      the person's record is locked, deactivated or deprecated
    │   ├── OAuthUnavailable    a fault of ORCID's or on the way, or too many requests: later again
    │   ├── UnusableAnswer      not in OAuth's form, or without what it must hold: somebody else answered
    │   └── IdTokenRefused      the id_token does not prove who signed in
    ├── UnknownSite             there is no such journal or repository in the database
    ├── PeopleConcerned         other credentials would end the permissions of so many people: say that you know
    ├── NotConnected            there is no token: the person disconnected here
    ├── StoreError              the database
    │   ├── NotMigrated         its schema is not the one this version needs
    │   └── UnusableKey         a stored secret cannot be decrypted with ORCID_PLUGIN_TOKEN_KEYS
    ├── StepFailed              a step of the demo's story, or of a sign-in of a test, went wrong
    └── ConnectingError         a trip to ORCID or an invitation that cannot go on; shown as a friendly page
        ├── AttemptRefused      forged, replayed, foreign or expired `state`
        ├── LinkRefused         a link of another site, which leads to ORCID only after a click here
        ├── InvitationRefused   unknown, used or expired invitation link
        └── IdentityConflict    the iD belongs to another account, or the account has another iD

Every class has a stable `code` and the HTTP status that a page answers with; the exit status of a command is 2 for
`InputError` and `SettingsError`, else 1. A message is one sentence for people and never holds a secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orcid_plugin.metadata.findings import Finding


class OrcidPluginError(Exception):
    """Root of all errors of the package."""

    code = "error"
    status = 500
    exit_status = 1


class SettingsError(OrcidPluginError):
    """Settings are missing or wrong; the message names every one of them."""

    code = "settings"
    exit_status = 2


class InputError(OrcidPluginError):
    """What was handed in cannot be used."""

    code = "input"
    status = 400
    exit_status = 2


class InvalidOrcidId(InputError, ValueError):
    """Not an ORCID iD, or its check digit is wrong."""

    code = "orcid_id_invalid"


class UnreadableInput(InputError):
    """Not well-formed, too large, too deep, of an unknown kind, or with entity declarations of its own."""

    code = "unreadable"


class PublicationRefused(InputError):
    """No title, or no identifier of its own, so that it cannot become a legal work."""

    code = "publication_refused"


class SiteRefused(InputError):
    """Settings that a site cannot have; the message names every one of them."""

    code = "site_refused"


class SearchRefused(InputError):
    """What a log cannot be searched for. `faults` has a sentence for each field that is wrong."""

    code = "search_refused"

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {sentence}" for name, sentence in faults.items()))
        self.faults = dict(faults)


class InvalidMessage(InputError):
    """Breaks rules for which ORCID would refuse it; `findings` tells which and where."""

    code = "message_invalid"

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(str(finding) for finding in findings))
        self.findings = tuple(findings)


class NotInvited(InputError):
    """Somebody is not to be invited. Its code is `not_invited_` and the reason.

    Attributes:
        reason: `connected` already, `declined` before, `opted_out` of such mails, `no_address` known, `limit` of
            invitations a day reached, `answered` the one that should be sent again, `withdrawn` the publication.
    """

    status = 409
    code = "not_invited"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.code = f"not_invited_{reason}"


class RegistryError(OrcidPluginError):
    """ORCID answered with an error, or not at all."""

    code = "registry"
    status = 502


class Unreachable(RegistryError):
    """No answer came: connection refused, TLS failure, time-out."""

    code = "registry_unreachable"
    status = 504


class AnswerError(RegistryError):
    """An answer that is an error.

    `registry.refusals` decides which class an answer becomes, and `docs/errors.md` lists what to do about each.

    Attributes:
        http_status: status of the answer.
        error_code: ORCID's own code (9021 …), or None where the body was not ORCID's form.
        developer_message: ORCID's text, at most a few hundred characters.
        retry_after: seconds that the answer asks to wait, or None.
        location: address that the answer refers to, or None.
    """

    code = "registry_answer"

    def __init__(
        self,
        http_status: int,
        error_code: int | None = None,
        developer_message: str = "",
        *,
        retry_after: float | None = None,
        location: str | None = None,
    ) -> None:
        known = f" (error {error_code})" if error_code else ""
        super().__init__(f"ORCID answered {http_status}{known}: {developer_message or 'no explanation'}")
        self.http_status = http_status
        self.error_code = error_code
        self.developer_message = developer_message
        self.retry_after = retry_after
        self.location = location


class CallRefused(AnswerError):
    """The message or the call itself is wrong: the same fails again."""

    code = "registry_call_refused"


class TokenRefused(AnswerError):
    """The token is unknown, expired or revoked, or it is for another record."""

    code = "registry_token_refused"


class ScopeMissing(AnswerError):
    """The token does not allow this."""

    code = "registry_scope_missing"


class NotTheSource(AnswerError):
    """Another client, or the person, put the item there, so that we cannot change it."""

    code = "registry_not_the_source"


class NotVisible(AnswerError):
    """The item is not shown to us."""

    code = "registry_not_visible"


class NotFound(AnswerError):
    """The record or the item is not there."""

    code = "registry_not_found"


class AlreadyThere(AnswerError):
    """An item of ours on the record says the same."""

    code = "registry_already_there"

    @property
    def put_code(self) -> int | None:
        """The put-code of that item, to be updated instead; None where the answer does not name it."""
        named = re.search(r"put-code ([1-9][0-9]{0,17})\b", self.developer_message, re.ASCII)
        return int(named[1]) if named else None


class RecordFull(AnswerError):
    """The record holds as many works as it may."""

    code = "registry_record_full"


class RecordClosed(AnswerError):
    """The record is locked, not claimed yet, or deactivated."""

    code = "registry_record_closed"


class RecordMoved(AnswerError):
    """The record was merged into another one."""

    code = "registry_record_moved"

    @property
    def primary(self) -> str | None:
        """The bare iD of that record, its check digit not looked at; None where the answer does not name it."""
        text = f"{self.developer_message.partition('refer to account')[2]} {self.location or ''}"
        named = re.search(r"(?:[0-9]{4}-){3}[0-9]{3}[0-9Xx]", text, re.ASCII)
        return named[0].upper() if named else None


class CredentialsLocked(AnswerError):
    """ORCID has locked our API credentials."""

    code = "registry_credentials_locked"


class NotNotified(AnswerError):
    """The person wants no notifications, or has read this one, so that it cannot be taken back."""

    code = "registry_not_notified"


class SlowDown(AnswerError):
    """Too many requests, or the Registry is out of order for a while."""

    code = "registry_slow_down"


class QuotaSpent(SlowDown):
    """No more requests today without credentials (public API)."""

    code = "registry_quota_spent"


class RegistryFault(AnswerError):
    """The fault is ORCID's or lies on the way to it, or the answer cannot be read."""

    code = "registry_fault"


class OAuthError(OrcidPluginError):
    """An OAuth endpoint refused, or its answer cannot be used. The subclasses say what can be done about it.

    Attributes:
        error: OAuth's own word (`invalid_grant`), or one of ours for an answer without.
        description: ORCID's text, at most a few hundred characters.
        http_status: status of the answer; None for an error that came with the browser.
        retry_after: seconds that the answer asks to wait, or None.
    """

    code = "oauth"
    status = 502
    what = "ORCID refused the authorization"

    def __init__(
        self,
        error: str,
        description: str = "",
        http_status: int | None = None,
        *,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{self.what}: {error}{': ' + description if description else ''}")
        self.error = error
        self.description = description
        self.http_status = http_status
        self.retry_after = retry_after


class GrantRefused(OAuthError):
    """The code or token is unknown, over, withdrawn or another client's: the person has to connect again."""

    code = "oauth_grant"
    what = "ORCID does not accept this permission"


class CodeReused(GrantRefused):
    """The code was used before. ORCID voids every token that came from it: delete those, and connect again."""

    code = "oauth_code_reused"


class CredentialsRefused(OAuthError):
    """Client id or secret is wrong, or is of another environment: correct the settings."""

    code = "oauth_credentials"
    what = "ORCID does not accept the client's credentials"


class ClientLocked(OAuthError):
    """ORCID has locked or deactivated the client: ask ORCID why; nothing works until that is settled."""

    code = "oauth_client_locked"
    what = "ORCID has locked the client"


class RedirectRefused(OAuthError):
    """The redirect URI is not the one that the person was sent with: look at the host's public address."""

    code = "oauth_redirect"
    what = "ORCID does not accept the redirect URI"


class ScopeRefused(OAuthError):
    """The client may not have this scope: ask ORCID for credentials with it, or do without."""

    code = "oauth_scope"
    what = "ORCID does not grant the scope"


class RecordUnusable(OAuthError):
    """The person's record is locked, deactivated or deprecated: only they can settle that with ORCID."""

    code = "oauth_record"
    what = "ORCID does not let this record be used"


class OAuthUnavailable(OAuthError):
    """Status 429 or 5xx: try later, after `retry_after` seconds where that is given."""

    code = "oauth_unavailable"
    what = "ORCID cannot answer at the moment"


class UnusableAnswer(OAuthError):
    """Not in OAuth's form, or without what it must hold: look at the network and at the address of the environment."""

    code = "oauth_answer"
    what = "this is no answer of ORCID's"


class IdTokenRefused(OAuthError):
    """The id_token does not prove who signed in: let nobody in.

    Its code is `id_token_` and the claim or part that is wrong: `missing`, `form`, `algorithm`, `key`, `signature`,
    `iss`, `aud`, `azp`, `exp`, `iat`, `nonce`, `at_hash`, `sub`, `auth_time`.
    """

    code = "id_token"
    what = "ORCID's proof of who signed in does not hold"

    def __init__(self, part: str, description: str) -> None:
        super().__init__(f"id_token_{part}", description)
        self.code = self.error


class UnknownSite(OrcidPluginError):
    """There is no such journal or repository in the database, or it was removed."""

    code = "site_unknown"
    status = 404


class PeopleConcerned(OrcidPluginError):
    """With other credentials, the permissions of `people` would hold no longer, and nobody said to know that."""

    code = "people_concerned"
    status = 409

    def __init__(self, people: int) -> None:
        super().__init__(
            f"the permissions of {people} people would hold no longer, and they would have to connect again"
        )
        self.people = people


class NotConnected(OrcidPluginError):
    """The person disconnected here, so that no token is kept."""

    code = "not_connected"
    status = 409


class StoreError(OrcidPluginError):
    """The database cannot be used."""

    code = "store"
    status = 503


class NotMigrated(StoreError):
    """The schema of the database is not the one that this version needs."""

    code = "store_not_migrated"


class UnusableKey(StoreError):
    """A stored secret cannot be decrypted with the keys in ORCID_PLUGIN_TOKEN_KEYS."""

    code = "token_key"


class CannotListen(OrcidPluginError):
    """A server of the package cannot have its address: the port is in use, or the address is another machine's."""

    code = "cannot_listen"


class CannotWrite(OrcidPluginError):
    """A file that the package keeps cannot be written: no such folder, no permission, no space."""

    code = "cannot_write"


class StepFailed(OrcidPluginError):
    """A step of the demo's story, or of a sign-in of a test, went wrong; the message names it and says why."""

    code = "step_failed"


class ConnectingError(OrcidPluginError):
    """A trip to ORCID or an invitation that cannot go on; shown as a friendly page."""

    code = "connecting"
    status = 400


class AttemptRefused(ConnectingError):
    """The `state` that came back is forged, was used before, belongs to another browser, or has expired."""

    code = "attempt_refused"


class LinkRefused(ConnectingError):
    """A link of another site, or in a mail on the web, which leads to ORCID only after a click on a page of ours."""

    code = "link_refused"


class InvitationRefused(ConnectingError):
    """The invitation link is unknown, was used, or has expired."""

    code = "invitation_refused"


class SignInRefused(ConnectingError):
    """Nobody is signed in: the person disconnected the iD from their account, or the host refuses the account."""

    code = "sign_in_refused"
    status = 403


class LastSignIn(ConnectingError):
    """The iD is the only way to sign in to the account, so it cannot be taken away."""

    code = "last_sign_in"
    status = 409


class IdentityConflict(ConnectingError):
    """The iD belongs to another account of the site, or the account has another iD."""

    code = "identity_conflict"
    status = 409


class TwoFactorRequired(ConnectingError):
    """The site demands two-factor authentication at ORCID of people with such a role, and this person used none."""

    code = "two_factor_required"
    status = 403


class AccountExists(IdentityConflict):
    """Somebody came to register whose iD has an account."""

    code = "account_exists"
