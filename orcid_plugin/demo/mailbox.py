"""The mails that the journal sent, for all to see: this is a demo, and nobody else delivers them."""

from __future__ import annotations

from flask import Blueprint, Response, abort, make_response, render_template
from sqlalchemy import select

from orcid_plugin.demo.context import journal
from orcid_plugin.demo.tables import SentMail

pages = Blueprint("mailbox", __name__, url_prefix="/mailbox")

SANDBOX = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)


@pages.get("/")
def mailbox() -> str:
    """The last hundred mails."""
    with journal().store.begin() as database:
        mails = database.scalars(select(SentMail).order_by(SentMail.id.desc()).limit(100)).all()
    return render_template("mailbox.html", mails=mails)


@pages.get("/<int:mail_id>")
def mail(mail_id: int) -> str:
    """One mail."""
    return render_template("mail.html", mail=_find(mail_id))


@pages.get("/<int:mail_id>/html")
def body(mail_id: int) -> Response:
    """The HTML part alone, for a sandboxed frame: its links open in a tab of their own."""
    response = make_response(f'<base target="_blank">{_find(mail_id).html}')
    response.headers["Content-Security-Policy"] = SANDBOX
    return response


def _find(mail_id: int) -> SentMail:
    with journal().store.begin() as database:
        found = database.get(SentMail, mail_id)
    if found is None:
        abort(404)
    return found
