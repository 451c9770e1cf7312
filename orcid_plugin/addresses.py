"""Absolute addresses of the plugin's pages, as people outside see them."""

from __future__ import annotations

from typing import Any

from flask import current_app, has_request_context, request

from orcid_plugin.errors import SettingsError
from orcid_plugin.runtime import current


def absolute(endpoint: str, **values: str) -> str:
    """The address of a page for mails and for ORCID.

    It begins with ORCID_PLUGIN_PUBLIC_URL where that is set, else with the root of this request; without either,
    `SettingsError`.
    """
    arguments: dict[str, Any] = dict(values)
    current_app.inject_url_defaults(endpoint, arguments)
    path = current_app.url_map.bind("localhost").build(endpoint, arguments)
    public_url = current().settings.public_url
    if public_url is None and not has_request_context():
        raise SettingsError("ORCID_PLUGIN_PUBLIC_URL must be set to make links outside of a request")
    return (public_url or request.url_root.rstrip("/")) + path


def mailed(endpoint: str, **values: str) -> str:
    """The address of a page for a mail: whoever sends a request must not choose where a link to somebody else leads.

    Raises `SettingsError` in production where neither ORCID_PLUGIN_PUBLIC_URL nor Flask's TRUSTED_HOSTS limits that.
    """
    settings = current().settings
    if settings.environment == "production" and not (settings.public_url or current_app.config.get("TRUSTED_HOSTS")):
        raise SettingsError("ORCID_PLUGIN_PUBLIC_URL must be set, so that no forged Host header gets into a mail")
    return absolute(endpoint, **values)
