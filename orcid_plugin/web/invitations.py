"""Pages for those who may edit a publication: what became of its invitations, and sending one again."""

from __future__ import annotations

from flask import abort, redirect, request
from werkzeug import Response

from orcid_plugin.errors import InputError
from orcid_plugin.hooks import invitations as hook
from orcid_plugin.host import Purpose
from orcid_plugin.identity import attempts
from orcid_plugin.runtime import current, current_host
from orcid_plugin.store import publications
from orcid_plugin.web.pages import blueprint, page, require_csrf


@blueprint.get("/invitations")
def invitations() -> Response:
    """All invitations of the publication that the address names, with state and history."""
    key = request.args.get("publication", "")
    _require_editor(key)
    runtime = current()
    with runtime.store.begin() as session:
        stored = publications.find(session, runtime.known_site.key, key)
    if stored is None:
        abort(404)
    return page(
        "invitations.html",
        key=key,
        publication=publications.document_of(stored),
        invitations=hook.of_publication(key),
        next_url=current_host().next_url(Purpose.SUBMISSION, key),
    )


@blueprint.post("/invitations/<int(max=2147483647):invitation_id>/send")
def send_invitation(invitation_id: int) -> Response:
    """Send a draft, or an invitation once more."""
    require_csrf()
    try:
        found = hook.find(invitation_id)
    except InputError:
        abort(404)
    _require_editor(found.publication_key)
    if request.form.get("sendings") in {None, str(found.sendings)}:  # else a second click, or an editor who was faster
        hook.resend(invitation_id)
    target = attempts.local_path(request.form.get("next"))
    return redirect(target or current_host().next_url(Purpose.SUBMISSION, found.publication_key))


def _require_editor(publication_key: str) -> None:
    host = current_host()
    account = host.current_account()
    if account is None or "\x00" in publication_key or not host.may_edit(account, publication_key):
        abort(403)
