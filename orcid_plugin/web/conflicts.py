"""The page on which a person proves that both accounts are theirs, and moves the iD from one to the other."""

from __future__ import annotations

from flask import abort, current_app, redirect, request, url_for
from werkzeug import Response

from orcid_plugin.errors import IdentityConflict
from orcid_plugin.hooks import registration
from orcid_plugin.host import Purpose, SignsIn
from orcid_plugin.identity import attempts, browser, conflicts, connections, permissions
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.outbox import plan
from orcid_plugin.registry.oauth_answers import TokenAnswer
from orcid_plugin.runtime import current, current_host
from orcid_plugin.store.tables import Attempt
from orcid_plugin.web.pages import blueprint, page, require_csrf


def begun(attempt: Attempt, answer: TokenAnswer) -> Response | None:
    """The page for an iD that came back for one account while another has it; None for any other conflict."""
    runtime = current()
    if attempt.purpose != Purpose.PROFILE or attempt.account is None:
        return None
    permissions.require_two_factor(runtime.settings, current_host(), attempt.account, answer)
    with runtime.store.begin() as session:
        connection = connections.of_orcid(session, runtime.site, answer.orcid)
        if connection is None or connection.account in {None, attempt.account}:
            return None
        if connections.of_account(session, runtime.site, attempt.account):
            return None
        connections.give_back(session, runtime.keyring, runtime.site, answer.access_token, answer.orcid)
        secret = conflicts.begin(session, runtime.site, connection, attempt.account)
        attempts.end(session, attempt, IdentityConflict.code)
    response = _page("other", connection.orcid, 409)
    sessions = current_app.session_interface
    response.set_cookie(  # of its own, since the host's session ends when the person signs in to the other account
        browser.CONFLICT,
        secret,
        max_age=conflicts.OPEN,
        domain=sessions.get_cookie_domain(current_app),
        path=sessions.get_cookie_path(current_app),
        secure=sessions.get_cookie_secure(current_app) or request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return response


@blueprint.get("/conflict")
def conflict() -> Response:
    """What the person of this browser can do about an iD that another account has."""
    runtime, account = current(), current_host().current_account()
    with runtime.store.begin() as session:
        found = conflicts.of_browser(session, runtime.site, browser.conflict())
    if found is None:
        abort(404)
    owner = account is not None and account.id == found[1].account
    return _page("owner" if owner else "other", found[1].orcid)


@blueprint.post("/conflict")
def resolve() -> Response:
    """Move the iD to the other account, or keep it where it is."""
    require_csrf()
    runtime, account = current(), current_host().current_account()
    if account is None:
        abort(403)
    moving = request.form.get("answer") == "move"
    if moving:
        registration.require_other_sign_in(account.id)
    with runtime.store.begin() as session:
        plan.one_at_a_time(session, runtime.site.key)
        found = conflicts.of_browser(session, runtime.site, browser.conflict())
        if found is None:
            abort(404)
        if moving:
            conflicts.move(session, runtime.site, *found, account.id)
            plan.plan_connection(session, runtime.site, runtime.settings, found[1])
            response = _page("moved", found[1].orcid)
        else:
            conflicts.keep(session, runtime.site, *found, account.id)
            response = redirect(current_host().next_url(Purpose.PROFILE, None))
    sessions = current_app.session_interface
    response.delete_cookie(
        browser.CONFLICT, sessions.get_cookie_path(current_app), sessions.get_cookie_domain(current_app)
    )
    return response


def _page(state: str, orcid: str, status: int = 200) -> Response:
    """`state`: `other` for whoever has not proved the account with the iD, `owner` for who has, `moved` in the end."""
    host = current_host()
    here = url_for("orcid_plugin.conflict")
    signs_in = isinstance(host, SignsIn)
    return page(
        "conflict.html",
        status,
        state=state,
        orcid=OrcidId(orcid, current().settings.registry.id_host).uri,
        here=here,
        sign_in_url=registration.sign_in_url(next=None if state == "moved" else here) if signs_in else None,
        next_url=host.next_url(Purpose.PROFILE, None),
    )
