"""Signing in with ORCID: what the callback does besides storing the permission."""

from __future__ import annotations

from flask import abort, redirect
from werkzeug import Response

from orcid_plugin.errors import RegistryError
from orcid_plugin.host import Purpose, SignsIn
from orcid_plugin.identity import accounts, browser, connections, trail
from orcid_plugin.registry.messages.person import Email
from orcid_plugin.registry.oauth_answers import TokenAnswer
from orcid_plugin.runtime import current, current_host
from orcid_plugin.store.tables import Connection

PATIENCE = 5.0
"""Seconds that ORCID may take to answer while somebody waits for a page."""


def account_of_email(answer: TokenAnswer) -> str | None:
    """The account of the person's verified addresses, where the site allows that and no account has the iD."""
    runtime = current()
    if not runtime.settings.sign_in_by_email:
        return None
    with runtime.store.begin() as session:
        known = connections.of_orcid(session, runtime.site, answer.orcid)
    if known is not None and (known.account is not None or accounts.left(known)):
        return None
    try:
        emails = runtime.reader(PATIENCE).items(answer.orcid, answer.access_token, Email)
    except RegistryError:
        return None
    return accounts.of_email(_host(), emails)


def finish(connection: Connection, next_url: str) -> Response:
    """Sign the account of the iD in; lead whoever has none to the registration form.

    Raises `SignInRefused` where the host refuses the account.
    """
    runtime, host = current(), _host()
    if connection.account is None:
        return redirect(current_host().next_url(Purpose.REGISTER, None))
    host.sign_in(connection.account)
    browser.renew()
    with runtime.store.begin() as session:
        actor = trail.account(connection.account)
        trail.note(session, runtime.site, actor, "signed_in", connection=connection)
    return redirect(next_url)


def _host() -> SignsIn:
    host = current_host()
    if not isinstance(host, SignsIn):
        abort(404)
    return host
