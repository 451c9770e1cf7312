"""Pages for invited authors, who need no account: the invitation, declining it, and thanks."""

from __future__ import annotations

from flask import abort, request, url_for
from werkzeug import Response

from orcid_plugin.errors import InvitationRefused
from orcid_plugin.host import Purpose
from orcid_plugin.identity import attempts, authorship, browser, invitations
from orcid_plugin.identity.authorship import Named
from orcid_plugin.letters import Promise
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.runtime import current, current_host
from orcid_plugin.store import publications
from orcid_plugin.store.tables import Invitation, InvitationState, PublicationState
from orcid_plugin.web.pages import blueprint, page, require_csrf
from orcid_plugin.web.people import to_orcid


@blueprint.get("/invitation/<token>")
def invitation(token: str) -> Response:
    """Who asks, for which publication, and what a permission means."""
    runtime = current()
    with runtime.store.begin() as session:
        found = invitations.find(session, runtime.known_site, token)
        if request.method == "GET":  # programs that scan mails often ask for the head only
            invitations.opened(session, found)
    person = _invited(found)
    return page(
        "invitation.html",
        invitation=found,
        publication=person.document,
        contributor=person.contributor,
        member=runtime.known_site.api == "member",
        promise=Promise.to(runtime.known_site, person),
        opt_out_url=url_for("orcid_plugin.opt_out", token=token),
        registry_host=runtime.settings.registry.id_host,
    )


@blueprint.post("/invitation/<token>", endpoint="answer_invitation")
def answer(token: str) -> Response:
    """To ORCID, or no."""
    require_csrf()
    choice = request.form.get("answer")
    if choice not in {"connect", "decline"}:
        abort(400)
    runtime = current()
    with runtime.store.begin() as session:
        found = invitations.find(session, runtime.known_site, token)
        if choice == "decline":
            invitations.answer(session, found.id, InvitationState.DENIED)
            authorship.decline(session, runtime.known_site, found.publication_key, found.contributor_key)
    if choice == "decline":
        next_url = current_host().next_url(Purpose.INVITATION, found.publication_key)
        return page("denied.html", next_url=next_url, purpose=Purpose.INVITATION, kept=False)
    contributor = _invited(found).contributor
    return to_orcid(
        Purpose.INVITATION,
        publication_key=found.publication_key,
        contributor_key=found.contributor_key,
        invitation_id=found.id,
        email=found.email,
        given_names=contributor.given_names,
        family_names=contributor.family_name,
        sign_in_again="shared" in request.form,
    )


@blueprint.get("/invitation/<token>/no-more")
def opt_out(token: str) -> Response:
    """Ask before anything is done: programs that scan mails open links."""
    runtime = current()
    with runtime.store.begin() as session:
        found = invitations.of_link(session, runtime.known_site, token)
    return page("opt_out.html", invitation=found, done=False)


@blueprint.post("/invitation/<token>/no-more")
def opted_out(token: str) -> Response:
    """Write to this person no more.

    Without a CSRF token, since mail programs send the form by themselves (RFC 8058); the link's secret protects it.
    """
    runtime = current()
    with runtime.store.begin() as session:
        found = invitations.of_link(session, runtime.known_site, token)
        invitations.opt_out(session, found)
    return page("opt_out.html", invitation=found, done=True)


def _invited(invitation: Invitation) -> Named:
    """Whom an invitation is for, with the publication or review as it is now."""
    person = _named(invitation.publication_key, invitation.contributor_key)
    if person is None:
        raise InvitationRefused("the publication of this invitation no longer names you")
    if person.stored.state == PublicationState.WITHDRAWN:
        raise InvitationRefused("the publication of this invitation is withdrawn")
    return person


def _named(publication_key: str | None, contributor_key: str | None) -> Named | None:
    runtime = current()
    with runtime.store.begin() as session:
        stored = publications.find(session, runtime.known_site.key, publication_key or "")
    if stored is None:
        return None
    document = publications.document_of(stored)
    found = (position for position, one in enumerate(document.contributors) if one.key == contributor_key)
    position = next(found, None)
    return Named(stored, document, position) if position is not None else None


@blueprint.get("/thanks")
def thanks() -> Response:
    """After an invitation was accepted in this browser."""
    runtime = current()
    with runtime.store.begin() as session:
        found = attempts.last_connected(session, runtime.known_site, browser.known(), Purpose.INVITATION)
    if found is None:
        abort(404)
    attempt, connection = found
    person = _named(attempt.publication_key, attempt.contributor_key)
    return page(
        "thanks.html",
        orcid=OrcidId(connection.orcid, runtime.settings.registry.id_host),
        name=connection.name,
        next_url=current_host().next_url(Purpose.INVITATION, attempt.publication_key),
        member=runtime.known_site.api == "member",
        promise=Promise.to(runtime.known_site, person) if person else Promise(),
    )
