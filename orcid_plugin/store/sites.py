"""The sites of a host with many: their settings in the database, the client secret sealed."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from orcid_plugin.errors import SettingsError, UnknownSite, UnusableKey
from orcid_plugin.settings import Settings, Site
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import SiteRow

SECRET = "client_secret"  # noqa: S105 (the name of the setting)


def settings_of(session: Session, host: Settings, keyring: Keyring, key: str, *, removed_too: bool = False) -> Settings:
    """The settings of a site: the host's own where `key` is that of ORCID_PLUGIN_SITE, else by the site's row.

    Raises `UnknownSite` for one that was never added or is removed, `SettingsError` where what is stored cannot be
    read any more, `UnusableKey` where its client secret cannot be decrypted. With `removed_too` a removed site has its
    settings still.
    """
    if key == host.site:
        return host
    row = session.get(SiteRow, key)
    if row is None or (row.removed_at is not None and not removed_too):
        raise UnknownSite(f"there is no site {key!r} here")
    return host.of_site(key, own_settings(keyring, row))


def has_address(session: Session, key: str) -> bool:
    """Whether the site says at which address people see it, and does not just inherit the host's."""
    row = session.get(SiteRow, key)
    return row is not None and "public_url" in row.settings


def in_force(session: Session, host: Settings, keyring: Keyring, key: str) -> Site | None:
    """The site with its credentials, also one that is removed; None where they are missing or cannot be read."""
    try:
        return settings_of(session, host, keyring, key, removed_too=True).the_site()
    except (SettingsError, UnknownSite, UnusableKey):
        return None


def own_settings(keyring: Keyring, row: SiteRow) -> dict[str, object]:
    """What a site sets itself, by name without the prefix, its client secret among it."""
    secret = keyring.open(row.sealed_client_secret, _owner(row.key)) if row.sealed_client_secret else None
    return {**row.settings, **({SECRET: secret} if secret is not None else {})}


def save(session: Session, host: Settings, keyring: Keyring, key: str, own: Mapping[str, object]) -> Settings:
    """Add a site, put a removed one back, or replace what one sets itself. Returns its settings.

    Raises `SettingsError` that names every fault, also for the key of the host's own site.
    """
    settings = host.of_site(key, own)
    row = session.get(SiteRow, key) or SiteRow(key=key)
    secret = own.get(SECRET)
    row.settings = {name: value for name, value in own.items() if name != SECRET and value is not None}
    row.sealed_client_secret = keyring.seal(str(secret), _owner(key)) if secret is not None else None
    row.removed_at = None
    session.add(row)
    session.flush()
    return settings


def keys(session: Session) -> list[str]:
    """The keys of all sites in the database that are not removed, in order."""
    return list(session.scalars(select(SiteRow.key).where(SiteRow.removed_at.is_(None)).order_by(SiteRow.key)))


def _owner(key: str) -> str:
    """Whom the sealed secret is bound to, so that it is of no use in another row."""
    return f"site/{key}"
