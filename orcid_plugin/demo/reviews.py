"""Reviews of a submission: the editor asks somebody, and tells when the review was handed in. Each is a hook or two."""

from __future__ import annotations

import dataclasses

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug import Response
from werkzeug.exceptions import NotFound

from orcid_plugin.demo.context import find_article, needs_editor, the_account
from orcid_plugin.errors import ConnectingError, InputError
from orcid_plugin.hooks import invitations
from orcid_plugin.hooks import review as hook
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.dates import PartialDate
from orcid_plugin.metadata.review import Review
from orcid_plugin.store.tables import now

pages = Blueprint("reviews", __name__, url_prefix="/desk")


@pages.post("/<int:article_id>/reviewer")
@needs_editor
def ask(article_id: int) -> Response:
    """Ask somebody to review, and to connect for the credit."""
    article, form = find_article(article_id), request.form
    given, _, family = form.get("name", "").strip().rpartition(" ")
    person = Contributor(given_names=given or None, family_name=family)
    hook.requested(
        Review(reviewer=person, title=article.publication.title, subject_key=article.key), key=article.review_key
    )
    try:
        invitations.invite(
            article.review_key,
            hook.REVIEWER,
            email=form.get("email", ""),
            invited_by=the_account().name,
            reason="reviewer",
        )
    except (InputError, ConnectingError) as error:
        flash(str(error), "error")
    else:
        flash("The reviewer was asked. The mail is on its way to the mailbox.", "done")
    return _back(article_id)


@pages.post("/<int:article_id>/reviewed")
@needs_editor
def handed_in(article_id: int) -> Response:
    """The review is there: its reviewer gets the credit."""
    article, today = find_article(article_id), now().date()
    asked = hook.status(article.review_key)
    if not asked:
        raise NotFound
    review = Review(reviewer=asked[0].contributor, title=article.publication.title, subject_key=article.key)
    completed = PartialDate(today.year, today.month, today.day)
    hook.completed(dataclasses.replace(review, completed=completed), key=article.review_key)
    flash("The review was handed in. Its credit is on its way to the reviewer’s ORCID record.", "done")
    return _back(article_id)


def _back(article_id: int) -> Response:
    return redirect(url_for("articles.submission", article_id=article_id))
