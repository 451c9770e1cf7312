"""People who want no invitations any more: nobody's address is kept for that, only a hash of it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from orcid_plugin.settings import Site
from orcid_plugin.store.encryption import hashed
from orcid_plugin.store.tables import OptOut


def add(session: Session, site: Site | str, *addresses: str) -> None:
    """No invitation of this site goes to these addresses (e-mail, or iD for its inbox) any more."""
    for key in _keys(site, addresses):
        if session.get(OptOut, key) is None:
            session.add(OptOut(site=key[0], email_hash=key[1]))
    session.flush()


def remove(session: Session, site: Site | str, *addresses: str) -> bool:
    """The person asked for it: invitations may go to these addresses again. False where they might before."""
    found = [row for key in _keys(site, addresses) if (row := session.get(OptOut, key)) is not None]
    for row in found:
        session.delete(row)
    return bool(found)


def exists(session: Session, site: Site | str, *addresses: str) -> bool:
    """Whether one of these addresses is not to be written to."""
    keys = _keys(site, addresses)
    return bool(keys) and (
        session.scalar(
            select(OptOut.site)
            .where(OptOut.site == keys[0][0], OptOut.email_hash.in_([hash_ for _, hash_ in keys]))
            .limit(1)
        )
        is not None
    )


def of(site: str, *addresses: str) -> ColumnElement[bool]:
    """The condition of the rows about these addresses."""
    return and_(OptOut.site == site, OptOut.email_hash.in_([hash_ for _, hash_ in _keys(site, addresses)]))


def _keys(site: Site | str, addresses: tuple[str, ...]) -> list[tuple[str, str]]:
    key = site if isinstance(site, str) else site.key
    return [(key, hashed(f"{key}\n{address.strip().casefold()}")) for address in addresses if address]
