"""Absolute addresses of the plugin's pages, as people outside see them, by the settings of the site in question."""

from __future__ import annotations

from typing import Any

from flask import current_app, has_request_context, request
from sqlalchemy.orm import Session

from orcid_plugin.errors import SettingsError
from orcid_plugin.runtime import requested_key
from orcid_plugin.settings import Settings
from orcid_plugin.store import sites


def absolute(settings: Settings, endpoint: str, **values: str) -> str:
    """The address of a page for mails and for ORCID.

    It begins with ORCID_PLUGIN_PUBLIC_URL where that is set, else with the root of this request; without either,
    `SettingsError`.
    """
    arguments: dict[str, Any] = dict(values)
    current_app.inject_url_defaults(endpoint, arguments)
    path = current_app.url_map.bind("localhost").build(endpoint, arguments)
    if settings.public_url is None and not has_request_context():
        raise SettingsError("ORCID_PLUGIN_PUBLIC_URL must be set to make links outside of a request")
    return (settings.public_url or request.url_root.rstrip("/")) + path


def mailed(settings: Settings, endpoint: str, **values: str) -> str:
    """The address of a page for a mail: whoever sends a request must not choose where a link to somebody else leads.

    Raises `SettingsError` in production where neither ORCID_PLUGIN_PUBLIC_URL nor Flask's TRUSTED_HOSTS limits that.
    """
    if settings.environment == "production" and not (settings.public_url or current_app.config.get("TRUSTED_HOSTS")):
        raise SettingsError("ORCID_PLUGIN_PUBLIC_URL must be set, so that no forged Host header gets into a mail")
    return absolute(settings, endpoint, **values)


def is_known(session: Session, key: str) -> bool:
    """Whether links to the site of this key can be made here.

    From elsewhere than its own pages only with an address of its own: that of the host, or of this request, may be
    another site's.
    """
    return key == requested_key() or sites.has_address(session, key)
