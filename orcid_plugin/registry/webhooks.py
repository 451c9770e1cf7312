"""Webhooks: the Registry calls an address when a record has changed (premium members).

The call has no body and tells neither record nor change, so that the address must name the record by itself. The token
is the client's own, with the scope `/webhook`.
"""

from __future__ import annotations

from urllib.parse import quote

from orcid_plugin.registry.caller import Caller


class Webhooks:
    """Calls about the webhooks of one client; `caller` is without the version of the API."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def register(self, orcid: str, token: str, callback: str) -> bool:
        """Have the Registry call an address; False where it did so already."""
        return self._caller.call("PUT", _path(orcid, callback), token, 201, 204).status == 201

    def remove(self, orcid: str, token: str, callback: str) -> None:
        """End the calls; `NotFound` with code 9028 where there were none."""
        self._caller.call("DELETE", _path(orcid, callback), token, 204)


def _path(orcid: str, callback: str) -> str:
    return f"{orcid}/webhook/{quote(callback, safe='')}"
