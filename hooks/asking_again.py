"""Asking people once more whose permissions were given to credentials that their site has no longer."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from orcid_plugin.addresses import is_known
from orcid_plugin.errors import InputError, SettingsError
from orcid_plugin.hooks.invitations import InvitationReason, invite
from orcid_plugin.identity import trail
from orcid_plugin.identity.invitations import OPEN
from orcid_plugin.runtime import at_site, of_host
from orcid_plugin.store.tables import Authorship, Connection, ConnectionState, Invitation

log = logging.getLogger("orcid_plugin.hooks")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAgain:
    """Whom `ask_again` found: invited by mail, with an account (account ids), and neither (the bare iDs)."""

    invited: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    unreachable: tuple[str, ...] = ()


def ask_again(key: str, *, actor: str = trail.COMMAND) -> AskedAgain:
    """Ask those to connect again whose permissions are stale.

    Who came by an invitation gets a new one for the latest of the publications that they were invited for, unless they
    have not answered the last one of this kind yet. Who has an account is shown the button again; the host may write to
    them. Raises `InputError` where it is not known at which address people see the site, or its credentials are
    missing, and what `Runtime.at` raises.
    """
    with of_host().store.begin() as session:
        known = is_known(session, key)
    if not known:
        raise InputError(f"set public_url of the site {key!r} first: the invitations lead there")
    with at_site(key):
        runtime = of_host().at(key)
        try:
            runtime.settings.the_site()
        except SettingsError:
            raise InputError(f"give the site {key!r} its credentials first: people would connect with them") from None
        with runtime.store.begin() as session:
            stale = session.scalars(
                select(Connection)
                .where(Connection.site == key, Connection.state == ConnectionState.STALE)
                .order_by(Connection.id)
            ).all()
            latest = _latest_invitations(session, key)
        accounts = tuple(one.account for one in stale if one.account is not None)
        others = [one for one in stale if one.account is None and not _waits(latest.get(one.id))]
        invited = dict.fromkeys(one.orcid for one in others if one.id in latest and _invited(latest[one.id]))
        with runtime.store.begin() as session:
            trail.note(session, key, actor, "asked_again", invited=len(invited), accounts=len(accounts))
    unreachable = tuple(one.orcid for one in others if one.orcid not in invited)
    return AskedAgain(invited=tuple(invited), accounts=accounts, unreachable=unreachable)


def _latest_invitations(session: Session, key: str) -> dict[int, Invitation]:
    """Id of a stale connection -> the latest invitation for a publication that its person is on."""
    found = session.execute(
        select(Connection.id, Invitation)
        .join(Authorship, Authorship.connection_id == Connection.id)
        .join(
            Invitation,
            (Invitation.site == Authorship.site)
            & (Invitation.publication_key == Authorship.publication_key)
            & (Invitation.contributor_key == Authorship.contributor_key),
        )
        .where(Connection.site == key, Connection.state == ConnectionState.STALE, Connection.account.is_(None))
        .order_by(Invitation.id)
    )
    return {row[0]: row[1] for row in found}


def _waits(latest: Invitation | None) -> bool:
    return latest is not None and latest.reason == InvitationReason.AGAIN and latest.state in OPEN


def _invited(earlier: Invitation) -> bool:
    key, contributor, email = earlier.publication_key, earlier.contributor_key, earlier.email
    try:
        invite(key, contributor, email=email, reason=InvitationReason.AGAIN, language=earlier.language, limited=False)
    except InputError as error:  # the publication names them no longer, or they want no mails
        log.info("%s is not asked again: %s", earlier.name, error.code)
        return False
    return True
