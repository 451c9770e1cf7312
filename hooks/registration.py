"""Registration, sign-in and profile: an iD fills the form, then belongs to the new account."""

from __future__ import annotations

import datetime
import logging
from dataclasses import dataclass

from flask import url_for

from orcid_plugin.errors import LastSignIn, OrcidPluginError
from orcid_plugin.host import Purpose, SignsIn
from orcid_plugin.identity import attempts, browser, connections, trail
from orcid_plugin.identity import conflicts as conflicts_of
from orcid_plugin.identity.prefill import Prefill, of_record
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.outbox import plan
from orcid_plugin.runtime import Runtime, current, of_host
from orcid_plugin.store.tables import Connection, ConnectionState

PATIENCE = 5.0
"""Seconds that ORCID may take to answer while somebody waits for a form."""

log = logging.getLogger("orcid_plugin.hooks")


@dataclass(frozen=True, slots=True)
class Person:
    """Whom ORCID vouched for in this browser.

    Attributes:
        name: None where they keep it private.
        came_to_sign_in: they chose to sign in, and no account has their iD: tell them so, and how to go on.
        next_url: a path of the host where signing in would have led them; None for others.
    """

    orcid: OrcidId
    name: str | None
    came_to_sign_in: bool = False
    next_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """The connection of an account.

    Attributes:
        state: `active`, or `revoked` when ORCID says that the permission is gone and the person must connect again.
        scopes: what the person permitted.
        since: when they connected first.
    """

    orcid: OrcidId
    name: str | None
    state: ConnectionState
    scopes: frozenset[str]
    since: datetime.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenConflict:
    """That an iD came back from ORCID for the account `wanted_by` while the account `held_by` has it."""

    id: int
    orcid: OrcidId
    held_by: str
    wanted_by: str
    since: datetime.datetime


def connect_url(*, next: str | None = None) -> str:
    """The link of the button on a registration form; `next` is a path of the host, usually that form."""
    return url_for("orcid_plugin.connect", purpose=Purpose.REGISTER, next=next)


def profile_url(*, next: str | None = None) -> str:
    """The link of the button for somebody who is signed in."""
    return url_for("orcid_plugin.connect", purpose=Purpose.PROFILE, next=next)


def sign_in_url(*, next: str | None = None) -> str:
    """The link of the button on a sign-in page, for a host that implements `SignsIn`; `next` as for `connect_url`.

    Whoever comes back with an iD that no account has is led to the registration form, where they are `pending()`.
    """
    return url_for("orcid_plugin.connect", purpose=Purpose.SIGN_IN, next=next)


def pending() -> Person | None:
    """Who came back from ORCID to this browser's registration form, within a day. Nothing the browser sends sets it."""
    runtime = current()
    with runtime.store.begin() as session:
        found = attempts.pending(session, runtime.known_site, browser.known())
    if found is None:
        return None
    attempt, connection = found
    signing_in = attempt.purpose == Purpose.SIGN_IN
    return Person(
        _orcid(runtime, connection), connection.name, signing_in, next_url=attempt.next_url if signing_in else None
    )


def prefill() -> Prefill:
    """What the record of the person who is `pending()` offers for the fields of the form that are still empty.

    Ask when the person wants it: after a click on the macro `fill_in_button`, or at once where your form has told them.
    One request to ORCID, kept in memory for ten minutes. Nothing is offered, and nothing raised, where nobody is
    pending or ORCID does not answer within five seconds.
    """
    runtime = current()
    with runtime.store.begin() as session:
        found = attempts.pending(session, runtime.known_site, browser.known())
    if found is None:
        return Prefill()
    attempt, connection = found
    return runtime.prefills.get(attempt.id, lambda: _read(runtime, connection))


def _read(runtime: Runtime, connection: Connection) -> tuple[Prefill, float]:
    """What the record offers, and the seconds for which that holds."""
    try:
        token = connections.access_token(runtime.keyring, connection)
        offered = of_record(runtime.reader(PATIENCE).record(connection.orcid, token))
    except OrcidPluginError as error:
        log.warning("the record of %s fills no form: %s", connection.orcid, error)
        return Prefill(), 30
    with runtime.store.begin() as session:
        trail.note(
            session, runtime.known_site, trail.PERSON, "record_read", connection=connection, purpose=Purpose.REGISTER
        )
    return offered, 600


def completed(account_id: str) -> Connected | None:
    """The registration is done: the iD that waited in this browser becomes that of the new account.

    None where no iD waited. Raises `IdentityConflict` where the account has another iD.
    """
    runtime = current()
    with runtime.store.begin() as session:
        plan.one_at_a_time(session, runtime.settings.site)
        found = attempts.pending(session, runtime.known_site, browser.known())
        if found is None:
            return None
        attempt, connection = found
        connections.give_to(session, connection, account_id)
        attempts.end(session, attempt, attempts.REGISTERED, connection)
        trail.note(session, runtime.known_site, trail.account(account_id), "registered", connection=connection)
        plan.plan_connection(session, runtime.known_site, runtime.settings, connection)
        registered = _connected(runtime, connection)
    runtime.due.set()
    return registered


def connection(account_id: str) -> Connected | None:
    """The connection of an account, or None; look at its `state` before you show it as connected."""
    runtime = current()
    with runtime.store.begin() as session:
        found = connections.of_account(session, runtime.known_site, account_id)
    return _connected(runtime, found) if found else None


def denied(account_id: str, purpose: Purpose = Purpose.PROFILE) -> datetime.datetime | None:
    """When the person said no at ORCID, unless they have said yes since; None where they never did.

    Look here before your pages ask somebody by themselves, so that nobody is asked twice. A button that waits may stay:
    they can change their mind (`connect_button(url, declined=…)` says so).
    """
    runtime = current()
    with runtime.store.begin() as session:
        return attempts.denied(session, runtime.known_site, account_id, purpose)


def edu_person_orcid(account_id: str) -> str | None:
    """The account's value of eduPersonOrcid, an https URI as eduPerson 202208 asks for; None without permission."""
    found = connection(account_id)
    return found.orcid.uri if found and found.state is ConnectionState.ACTIVE else None


def disconnect(account_id: str, *, remove_works: bool = False) -> bool:
    """Disconnect an account, also at a Registry that the site had before; False where it was not connected.

    It works at once here, also while ORCID is down, where the permission is revoked in the background. With
    `remove_works` what this site added to the record is deleted first. Raises `LastSignIn` where a host that implements
    `SignsIn` says that the account has no other way to sign in.
    """
    runtime = current()
    if connection(account_id) is not None:
        require_other_sign_in(account_id)
    with runtime.store.begin() as session:
        plan.one_at_a_time(session, runtime.settings.site)
        ended = connections.disconnect(session, runtime.keyring, runtime.known_site, account_id, removing=remove_works)
        for one in ended:
            if remove_works:
                plan.plan_items(session, runtime.known_site, runtime.settings, one)
    runtime.due.set()
    return bool(ended)


def require_other_sign_in(account_id: str) -> None:
    """Raise `LastSignIn` where the iD is the only way to sign in to the account."""
    host = of_host().host
    if isinstance(host, SignsIn) and not host.has_other_sign_in(account_id):
        raise LastSignIn("the ORCID iD is the only way to sign in to this account")


def conflict_url() -> str | None:
    """Where the person of this browser can move an iD that came back from ORCID for another account; None for nobody.

    Show the link on the profile: whoever signs in to the account with the iD, within an hour, proves both.
    """
    runtime = current()
    with runtime.store.begin() as session:
        found = conflicts_of.of_browser(session, runtime.known_site, browser.conflict())
    return url_for("orcid_plugin.conflict") if found else None


def conflicts() -> list[OpenConflict]:
    """For administrators: iDs that came back for one account while another has them, newest first, of thirty days."""
    runtime = current()
    with runtime.store.begin() as session:
        return [
            OpenConflict(
                id=conflict.id,
                orcid=_orcid(runtime, connection),
                held_by=connection.account or "",
                wanted_by=conflict.account,
                since=conflict.created_at,
            )
            for conflict, connection in conflicts_of.unresolved(session, *_place(runtime))
        ]


def release(conflict_id: int, administrator_id: str) -> None:
    """Take the iD of a conflict from the account that has it; whoever proves it at ORCID next can connect it.

    You see to it that `administrator_id` may, and that you know whose the account is. The other account gets nothing
    by itself. Raises `IdentityConflict` where the conflict is over.
    """
    runtime = current()
    with runtime.store.begin() as session:
        conflicts_of.release(session, *_place(runtime), conflict_id, administrator_id)


def _place(runtime: Runtime) -> tuple[str, str]:
    """Key of the site and name of its Registry."""
    return runtime.settings.site, runtime.settings.registry.name


def _orcid(runtime: Runtime, connection: Connection) -> OrcidId:
    return OrcidId(connection.orcid, runtime.settings.registry.id_host)


def _connected(runtime: Runtime, connection: Connection) -> Connected:
    return Connected(
        orcid=_orcid(runtime, connection),
        name=connection.name,
        state=ConnectionState(connection.state),
        scopes=connection.scope_set,
        since=connection.created_at,
    )
