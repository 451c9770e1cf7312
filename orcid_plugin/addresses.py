"""Absolute addresses of the plugin's pages, as people outside see them."""

from __future__ import annotations

from flask import current_app, has_request_context, request

from orcid_plugin.errors import SettingsError
from orcid_plugin.runtime import current


def absolute(endpoint: str, **values: str) -> str:
    """The address of a page for mails and for ORCID.

    It begins with ORCID_PLUGIN_PUBLIC_URL where that is set, else with the root of this request; without either,
    `SettingsError`.
    """
    path = current_app.url_map.bind("localhost").build(endpoint, values)
    public_url = current().settings.public_url
    if public_url is None and not has_request_context():
        raise SettingsError("ORCID_PLUGIN_PUBLIC_URL must be set to make links outside of a request")
    return (public_url or request.url_root.rstrip("/")) + path
