"""Pages for everybody who connects an ORCID iD: to ORCID, back again, and disconnecting."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import abort, g, redirect, request, url_for
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug import Response

from orcid_plugin import languages
from orcid_plugin.addresses import absolute
from orcid_plugin.errors import AttemptRefused, IdentityConflict, LinkRefused, OrcidPluginError, SignInRefused
from orcid_plugin.hooks import registration
from orcid_plugin.host import Purpose, SignsIn
from orcid_plugin.identity import (
    accounts,
    attempts,
    authorship,
    browser,
    connections,
    invitations,
    merged,
    permissions,
    trail,
)
from orcid_plugin.outbox import moves, plan
from orcid_plugin.registry.client import PublicClient
from orcid_plugin.registry.oauth_answers import TokenAnswer
from orcid_plugin.registry.oauth_refusals import refusal
from orcid_plugin.runtime import current, current_host
from orcid_plugin.store import publications
from orcid_plugin.store.tables import Attempt, Connection, ConnectionState, InvitationState
from orcid_plugin.web import conflicts, signing_in
from orcid_plugin.web.pages import AGAIN_URL, NEXT_URL, blueprint, page, require_csrf


@blueprint.get('/connect/<any(register,profile,submission,"sign-in"):purpose>')
def connect(purpose: str) -> Response:
    """Send a person to ORCID."""
    account = current_host().current_account()
    publication_key = contributor_key = None
    if purpose in {Purpose.PROFILE, Purpose.SUBMISSION} and account is None:
        abort(403)
    if purpose == Purpose.SIGN_IN and not isinstance(current_host(), SignsIn):
        abort(404)
    # ORCID asks nothing again of somebody who consented before: another site's link would connect them unasked.
    if purpose != Purpose.REGISTER and request.headers.get("Sec-Fetch-Site") == "cross-site":
        names = ("publication", "contributor", "next", "prompt")
        given: dict[str, Any] = {name: request.args.get(name) for name in names}
        setattr(g, AGAIN_URL, url_for("orcid_plugin.connect", purpose=purpose, **given))
        raise LinkRefused("a link of another site leads to ORCID only after a click here")
    if purpose == Purpose.SUBMISSION:
        publication_key, contributor_key = _contributor_to_connect()
    return to_orcid(
        Purpose(purpose),
        publication_key=publication_key,
        contributor_key=contributor_key,
        next_url=request.args.get("next"),
        email=account.email if account and purpose == Purpose.PROFILE else None,
        sign_in_again=request.args.get("prompt") == "login",
    )


def _contributor_to_connect() -> tuple[str, str]:
    """The contributor that the address names, if this person may edit the submission."""
    publication_key, contributor_key = request.args.get("publication", ""), request.args.get("contributor", "")
    runtime, host = current(), current_host()
    account = host.current_account()
    if account is None or not host.may_edit(account, publication_key):
        abort(403)
    if "\x00" in publication_key:  # PostgreSQL stores no such text
        abort(404)
    with runtime.store.begin() as session:
        stored = publications.find(session, runtime.site.key, publication_key)
        known = publications.document_of(stored).contributors if stored else ()
    if contributor_key not in {one.key for one in known if one.key}:
        abort(404)
    return publication_key, contributor_key


def to_orcid(
    purpose: Purpose,
    *,
    publication_key: str | None = None,
    contributor_key: str | None = None,
    invitation_id: int | None = None,
    next_url: str | None = None,
    email: str | None = None,
    given_names: str | None = None,
    family_names: str | None = None,
    sign_in_again: bool = False,
) -> Response:
    """Begin an attempt and redirect to ORCID's authorization page.

    With `sign_in_again` ORCID asks for the password even of somebody who is signed in there, who may be another person
    on a shared computer.
    """
    runtime = current()
    account = current_host().current_account()
    with runtime.store.begin() as session:
        state = attempts.start(
            session,
            runtime.site,
            runtime.settings,
            purpose=purpose,
            browser=browser.remember(),
            account=account.id if account else None,
            publication_key=publication_key,
            contributor_key=contributor_key,
            invitation_id=invitation_id,
            next_url=next_url,
        )
    return redirect(
        runtime.oauth.authorize_url(
            redirect_uri=absolute(runtime.settings, "orcid_plugin.callback"),
            scopes=permissions.scopes(runtime.settings, purpose),
            state=state,
            nonce=attempts.nonce(state),
            prompt="login" if sign_in_again else None,
            lang=languages.of_orcid(),
            email=email,
            given_names=given_names,
            family_names=family_names,
        )
    )


@blueprint.get("/callback")
def callback() -> Response:
    """Where ORCID sends the person back to, with a code or an error."""
    runtime = current()
    account = current_host().current_account()
    with runtime.store.begin() as session:
        attempt = attempts.take(
            session,
            runtime.site,
            state=request.args.get("state"),
            browser=browser.known(),
            account=account.id if account else None,
        )
    setattr(g, NEXT_URL, _next(attempt))
    setattr(g, AGAIN_URL, _again(attempt))
    if request.args.get("error") == "access_denied":
        return _denied(attempt)
    try:
        answer = _exchanged()
        with _given_back_unless_kept(answer):
            return _arrived(attempt, answer)
    except OrcidPluginError as error:
        with runtime.store.begin() as session:
            attempts.end(session, attempt, error.code)
        raise


@contextmanager
def _given_back_unless_kept(answer: TokenAnswer) -> Iterator[None]:
    """Whatever comes between ORCID's answer and the person's page, no token is left behind at ORCID."""
    try:
        yield
    except Exception:
        _give_back(answer.access_token, answer.orcid)
        raise


def _give_back(token: str, orcid: str | None = None) -> None:
    runtime = current()
    with runtime.store.begin() as session:
        connections.give_back(session, runtime.keyring, runtime.site, token, orcid)
    runtime.due.set()


def _arrived(attempt: Attempt, answer: TokenAnswer) -> Response:
    try:
        connection = _connected(attempt, answer, _owner(attempt, answer))
    except IdentityConflict:
        proposal = conflicts.begun(attempt, answer)
        if proposal is None:
            raise
        return proposal
    current().due.set()
    if attempt.purpose == Purpose.INVITATION:
        return redirect(url_for("orcid_plugin.thanks"))
    if attempt.purpose == Purpose.SIGN_IN:
        return signing_in.finish(connection, _next(attempt))
    return redirect(_next(attempt))


def _exchanged() -> TokenAnswer:
    """What ORCID answers for the code that came back."""
    error, code = request.args.get("error"), request.args.get("code")
    if error:
        known = error if re.fullmatch(r"[a-z_]{1,40}", error) else "unknown_error"
        raise refusal(known, request.args.get("error_description", ""))
    if not code:
        raise AttemptRefused("ORCID sent no authorization code")
    runtime, nonce = current(), attempts.nonce(request.args["state"])
    redirect_uri = absolute(runtime.settings, "orcid_plugin.callback")
    return runtime.oauth.exchange(code, redirect_uri, nonce=nonce, refused=_give_back)


def _owner(attempt: Attempt, answer: TokenAnswer) -> str | None:
    """The account that gets the iD; None leaves it to the account that has it, if any."""
    if attempt.purpose == Purpose.PROFILE:
        return attempt.account
    if attempt.purpose == Purpose.SIGN_IN:
        return signing_in.account_of_email(answer)
    # On a submission or an invitation the person at ORCID need not be the one who is signed in here.
    return None


def _connected(attempt: Attempt, answer: TokenAnswer, owner: str | None) -> Connection:
    former = _former(attempt, answer, owner)

    def store() -> Connection:
        with current().store.begin() as session:
            if former is not None:
                _follow(session, former, answer.orcid)
            return _store(session, attempt, answer, owner)

    try:
        return store()
    except IntegrityError:  # another callback was faster: look again at what it left
        return store()


def _former(attempt: Attempt, answer: TokenAnswer, owner: str | None) -> str | None:
    """The iD by which the site knows the person, where ORCID says that it was merged into the one of the answer."""
    runtime = current()
    with runtime.store.begin() as session:
        known = connections.of_account(session, runtime.site, owner) if owner is not None else None
        if attempt.publication_key is not None and attempt.contributor_key is not None:
            known = authorship.linked(session, runtime.site, attempt.publication_key, attempt.contributor_key)
    if known is None or known.orcid == answer.orcid:
        return None
    public = PublicClient(runtime.site.environment, runtime.transport.within(signing_in.PATIENCE))
    return known.orcid if merged.primary_of(public, known.orcid) == answer.orcid else None


def _follow(session: Session, former: str, primary: str) -> None:
    runtime = current()
    plan.one_at_a_time(session, runtime.site.key)
    old = connections.of_orcid(session, runtime.site, former)
    if old is not None:
        new = moves.follow(session, runtime.site, runtime.settings, runtime.keyring, old=old, primary=primary)
        trail.note(session, runtime.site, trail.PERSON, "record_moved", connection=new, old=former, new=primary)


def _store(session: Session, attempt: Attempt, answer: TokenAnswer, owner: str | None) -> Connection:
    runtime = current()
    plan.one_at_a_time(session, runtime.site.key)
    if attempt.purpose == Purpose.SIGN_IN:
        known = connections.of_orcid(session, runtime.site, answer.orcid)
        if known is not None and accounts.left(known):  # which signing in must not undo
            raise SignInRefused("you disconnected this ORCID iD from your account here")
    if attempt.invitation_id is not None:
        invitations.answer(session, attempt.invitation_id, InvitationState.CONNECTED)
    connection = connections.store_answer(session, runtime.site, runtime.keyring, answer, owner)
    if attempt.purpose in {Purpose.PROFILE, Purpose.SIGN_IN} and connection.account is not None:
        permissions.require_two_factor(runtime.settings, current_host(), connection.account, answer)
    if attempt.purpose == Purpose.REGISTER:
        connections.require_unowned(connection)
    if attempt.publication_key is not None and attempt.contributor_key is not None:
        authorship.link(session, runtime.site, attempt.publication_key, attempt.contributor_key, connection)
    plan.plan_connection(session, runtime.site, runtime.settings, connection)
    attempts.end(session, attempt, attempts.CONNECTED, connection)
    if attempt.purpose == Purpose.SIGN_IN and owner is None and connection.account is not None:
        return connection  # connected before; that somebody signed in is noted when the host has agreed
    trail.note(
        session,
        runtime.site,
        trail.account(attempt.account) if attempt.account else trail.PERSON,
        "connected",
        connection=connection,
        publication_key=attempt.publication_key,
        purpose=attempt.purpose,
        scopes=sorted(connection.scope_set),
    )
    return connection


def _denied(attempt: Attempt) -> Response:
    runtime = current()
    with runtime.store.begin() as session:
        attempts.end(session, attempt, attempts.DENIED)
        if attempt.invitation_id is not None:
            invitations.answer(session, attempt.invitation_id, InvitationState.DENIED)
        if attempt.publication_key is not None and attempt.contributor_key is not None:
            authorship.decline(session, runtime.site, attempt.publication_key, attempt.contributor_key)
        actor = trail.account(attempt.account) if attempt.account else trail.PERSON
        key = attempt.publication_key
        trail.note(session, runtime.site, actor, "denied", publication_key=key, purpose=attempt.purpose)
        known = _known(session, attempt)
    kept = known is not None and known.state == ConnectionState.ACTIVE
    return page("denied.html", next_url=_next(attempt), purpose=attempt.purpose, kept=kept)


def _known(session: Session, attempt: Attempt) -> Connection | None:
    """The connection that whoever the trip is for has already."""
    site = current().site
    if attempt.publication_key is not None and attempt.contributor_key is not None:
        return authorship.linked(session, site, attempt.publication_key, attempt.contributor_key)
    if attempt.purpose == Purpose.PROFILE and attempt.account is not None:
        return connections.of_account(session, site, attempt.account)
    return None


def _next(attempt: Attempt) -> str:
    return attempt.next_url or current_host().next_url(Purpose(attempt.purpose), attempt.publication_key)


def _again(attempt: Attempt) -> str | None:
    """Where the person can try once more as somebody who signs in at ORCID afresh; None where a form begins it."""
    if attempt.invitation_id is not None:
        return None
    return url_for(
        "orcid_plugin.connect",
        purpose=attempt.purpose,
        publication=attempt.publication_key,
        contributor=attempt.contributor_key,
        next=attempt.next_url,
        prompt="login",
    )


@blueprint.post("/disconnect")
def disconnect() -> Response:
    """End the connection of the person who is signed in."""
    require_csrf()
    account = current_host().current_account()
    if account is None:
        abort(403)
    registration.disconnect(account.id, remove_works="remove_works" in request.form)
    return redirect(attempts.local_path(request.form.get("next")) or current_host().next_url(Purpose.PROFILE, None))
