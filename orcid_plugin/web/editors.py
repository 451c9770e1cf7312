"""Pages for editors: what happened to one publication at ORCID, and sending it again."""

from __future__ import annotations

from flask import abort, redirect, request, url_for
from werkzeug import Response

from orcid_plugin.errors import InvalidOrcidId
from orcid_plugin.hooks import publication
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.runtime import current, current_host
from orcid_plugin.store import publications
from orcid_plugin.web.pages import blueprint, page, require_csrf


@blueprint.get("/history")
def history() -> Response:
    """Contributors, deliveries, events and calls of the publication that the address names."""
    key, title = _publication_to_edit()
    return page(
        "history.html",
        key=key,
        title=title,
        contributors=publication.status(key),
        history=publication.history(key),
        again=request.args.get("again"),
    )


@blueprint.post("/history", endpoint="send_again")
def send_again() -> Response:
    """Try one record once more."""
    require_csrf()
    key, _ = _publication_to_edit()
    try:
        orcid = OrcidId(request.form.get("orcid", "")).path
    except InvalidOrcidId:
        abort(400)
    planned = publication.send_again(key, orcid)
    return redirect(url_for("orcid_plugin.history", publication=key, again="yes" if planned else "no"))


def _publication_to_edit() -> tuple[str, str]:
    """Key and title of the publication that the address names, if this person may edit it."""
    key, host = request.args.get("publication", ""), current_host()
    account = host.current_account()
    if account is None or not host.may_edit(account, key):
        abort(403)
    if "\x00" in key:  # PostgreSQL stores no such text
        abort(404)
    runtime = current()
    with runtime.store.begin() as session:
        stored = publications.find(session, runtime.settings.site, key)
        if stored is None:
            abort(404)
        return key, publications.document_of(stored).title.text
