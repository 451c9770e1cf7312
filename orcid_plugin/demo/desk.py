"""The editor's desk: all submissions, and what an editor does with one. Each is one call of a hook."""

from __future__ import annotations

import dataclasses

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug import Response

from orcid_plugin.demo.context import find_article, journal, needs_editor
from orcid_plugin.demo.tables import Article, ArticleState
from orcid_plugin.hooks import publication as publication_hook
from orcid_plugin.metadata.dates import PartialDate
from orcid_plugin.metadata.identifiers import Identifier
from orcid_plugin.metadata.publication import Publication
from orcid_plugin.store.tables import now

pages = Blueprint("desk", __name__, url_prefix="/desk")

DOI_PREFIX = "10.5555"
"""Crossref's prefix for examples, which resolves nowhere."""


@pages.get("/")
@needs_editor
def desk() -> str:
    """All submissions."""
    with journal().store.begin() as database:
        submissions = database.scalars(select(Article).order_by(Article.id.desc())).all()
    return render_template("desk.html", articles=submissions)


@pages.post("/<int:article_id>/publish")
@needs_editor
def publish(article_id: int) -> Response:
    """Publish an article, or its changed metadata."""
    article = find_article(article_id)
    publication = _ready(article)
    _keep(article, ArticleState.PUBLISHED, publication)
    publication_hook.published(publication, key=article.key)
    return _back(article_id, "Published. Its works are on their way to the ORCID records of everybody who connected.")


@pages.post("/<int:article_id>/withdraw")
@needs_editor
def withdraw(article_id: int) -> Response:
    """Take an article back altogether."""
    article = find_article(article_id)
    _keep(article, ArticleState.WITHDRAWN, article.publication)
    publication_hook.withdrawn(article.key)
    return _back(article_id, "Withdrawn. Its works will be taken off the ORCID records.")


@pages.post("/<int:article_id>/retract")
@needs_editor
def retract(article_id: int) -> Response:
    """Retract an article."""
    article = find_article(article_id)
    _keep(article, ArticleState.RETRACTED, article.publication)
    publication_hook.retracted(article.key)
    return _back(article_id, "Retracted.")


def _ready(article: Article) -> Publication:
    """The metadata to publish: with a DOI and a date, where the author brought none."""
    publication = article.publication
    if publication.doi is None:
        doi = Identifier.of("doi", f"{DOI_PREFIX}/imaginary.{article.id}")
        publication = dataclasses.replace(publication, identifiers=(doi, *publication.identifiers))
    if publication.dates.publication is None:
        today = now().date()
        dates = dataclasses.replace(publication.dates, online=PartialDate(today.year, today.month, today.day))
        publication = dataclasses.replace(publication, dates=dates)
    return publication


def _keep(article: Article, state: ArticleState, publication: Publication) -> None:
    with journal().store.begin() as database:
        kept = database.get_one(Article, article.id)
        kept.state = state
        kept.describe(publication)


def _back(article_id: int, message: str) -> Response:
    flash(message, "done")
    return redirect(url_for("articles.submission", article_id=article_id))
