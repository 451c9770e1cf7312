"""Articles: the list, the article page with its deposit, the submission form, and one submission with its people."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug import Response as Redirect
from werkzeug.exceptions import NotFound

from orcid_plugin.demo import deposit
from orcid_plugin.demo import submission as submissions
from orcid_plugin.demo.context import find_article, journal, needs_account, own_article, signed_in, the_account
from orcid_plugin.demo.tables import Article, ArticleState
from orcid_plugin.errors import ConnectingError, InputError
from orcid_plugin.hooks import deposit as deposit_hook
from orcid_plugin.hooks import display, registration
from orcid_plugin.hooks import publication as publication_hook
from orcid_plugin.hooks import review as review_hook
from orcid_plugin.hooks import submission as submission_hook
from orcid_plugin.metadata.contributor import ContributorKind
from orcid_plugin.metadata.findings import Finding
from orcid_plugin.metadata.publication import Publication
from orcid_plugin.store.tables import now

pages = Blueprint("articles", __name__)

PUBLIC = (ArticleState.PUBLISHED, ArticleState.RETRACTED)


@pages.get("/")
def home() -> str:
    """What has been published."""
    with journal().store.begin() as database:
        listed = database.scalars(select(Article).where(Article.state.in_(PUBLIC)).order_by(Article.id.desc())).all()
    return render_template("home.html", articles=listed)


@pages.get("/article/<int:article_id>")
def article(article_id: int) -> str:
    """An article with its contributors and their iDs, for readers and for machines."""
    found = _public_article(article_id)
    people, title = publication_hook.status(found.key), found.publication.title.text
    linked_data = {"@context": "https://schema.org", "@type": "ScholarlyArticle", "name": title}
    return render_template(
        "article.html",
        article=found,
        publication=found.publication,
        people=people,
        linked_data=linked_data | display.schema_org(people),
    )


@pages.get("/article/<int:article_id>/crossref.xml")
def crossref(article_id: int) -> Response:
    """The article's Crossref deposit."""
    xml, _ = amended_deposit(_public_article(article_id))
    disposition = f'attachment; filename="article-{article_id}.crossref.xml"'
    return Response(xml, mimetype="application/xml", headers={"Content-Disposition": disposition})


def amended_deposit(published: Article) -> tuple[bytes, list[Finding]]:
    """The article's Crossref deposit with iDs and roles, and what the plugin noticed."""
    findings: list[Finding] = []
    landing_page = url_for("articles.article", article_id=published.id, _external=True)
    own = deposit.build(published.publication, landing_page=landing_page, at=now())
    return deposit_hook.crossref(own, published.key, report=findings.append), findings


def _public_article(article_id: int) -> Article:
    """A published article; others are there for their author and for editors only."""
    found = find_article(article_id)
    if found.state in PUBLIC:
        return found
    if signed_in() is None:
        raise NotFound
    return own_article(article_id)


@pages.get("/submit")
@needs_account
def submit() -> str:
    """The submission form, its first contributor filled with who is signed in."""
    account = the_account()
    given, _, family = account.name.rpartition(" ")
    first = submissions.Row(given_names=given, family_name=family, email=account.email, corresponding=True)
    empty = [submissions.Row() for _ in range(submissions.ROWS - 1)]
    return render_template("submit.html", rows=[first, *empty], title="", abstract="")


@pages.post("/submit/file")
@needs_account
def submit_file() -> Redirect | tuple[str, int]:
    """Take an uploaded file."""
    upload = request.files.get("article")
    try:
        if upload is None or not upload.filename:
            raise InputError("Please choose a file.")
        reading = submissions.from_file(upload.read(), upload.filename)
    except InputError as error:
        flash(str(error), "error")
        return submit(), 400  # type: ignore[return-value]
    for finding in reading.findings:
        flash(str(finding), "note")
    return _submitted(reading.publication)


@pages.post("/submit/form")
@needs_account
def submit_form() -> Redirect | str | tuple[str, int]:
    """Take the form, or give it another row."""
    form = request.form
    filled = {"title": form.get("title", ""), "abstract": form.get("abstract", "")}
    if form.get("action") == "add":
        return render_template("submit.html", rows=[*submissions.rows(form), submissions.Row()], **filled)
    try:
        return _submitted(submissions.from_form(form))
    except InputError as error:
        flash(str(error), "error")
        return render_template("submit.html", rows=submissions.rows(form), **filled), 400


def _submitted(publication: Publication) -> Redirect:
    new = Article(owner_id=the_account().id)
    new.describe(publication)
    with journal().store.begin() as database:
        database.add(new)
    submission_hook.submitted(publication, key=new.key)
    flash("Your article was submitted. Now tell who of its contributors you are, and invite the others.", "done")
    return redirect(url_for("articles.submission", article_id=new.id))


@pages.get("/submission/<int:article_id>")
@needs_account
def submission(article_id: int) -> str:
    """One submission with its people; for editors with what they can do."""
    found = own_article(article_id)
    return render_template(
        "submission.html",
        article=found,
        publication=found.publication,
        people=publication_hook.status(found.key),
        reviewers=review_hook.status(found.review_key),
        published=found.state in PUBLIC,
    )


@pages.get("/submission/<int:article_id>/deposit")
@needs_account
def deposit_report(article_id: int) -> str:
    """The deposit of a published article, and what was noticed when iDs and roles went into it."""
    found = own_article(article_id)
    if found.state not in PUBLIC:
        raise NotFound
    xml, findings = amended_deposit(found)
    return render_template("deposit.html", article=found, xml=xml.decode(), findings=findings)


@pages.get("/submission/<int:article_id>/contributor/<contributor_key>")
@needs_account
def contributor(article_id: int, contributor_key: str) -> str:
    """One contributor: who they are, and ways to their iD."""
    found = own_article(article_id)
    mine = registration.connection(str(the_account().id))
    return render_template(
        "contributor.html",
        article=found,
        status=_contributor(found, contributor_key),
        mine=mine,
        connect_url=submission_hook.connect_url(found.key, contributor_key),
    )


@pages.post("/submission/<int:article_id>/contributor/<contributor_key>/me")
@needs_account
def this_is_me(article_id: int, contributor_key: str) -> Redirect:
    """The submitter is this contributor."""
    found, account = own_article(article_id), the_account()
    try:
        linked = submission_hook.link_account(found.key, contributor_key, str(account.id))
    except ConnectingError as error:
        flash(f"{error}.", "error")
    else:
        if not linked:
            return redirect(submission_hook.connect_url(found.key, contributor_key))
        flash("Your ORCID iD now stands with this contributor.", "done")
    return redirect(url_for("articles.submission", article_id=article_id))


@pages.post("/submission/<int:article_id>/contributor/<contributor_key>/invite")
@needs_account
def invite(article_id: int, contributor_key: str) -> Redirect:
    """Invite a contributor by mail."""
    found, email = own_article(article_id), request.form.get("email", "").strip()
    try:
        submission_hook.invite(found.key, contributor_key, email=email, invited_by=the_account().name)
    except (InputError, ConnectingError) as error:
        flash(str(error), "error")
        return redirect(url_for("articles.contributor", article_id=article_id, contributor_key=contributor_key))
    flash(f"The invitation to {email} is on its way to the mailbox.", "done")
    return redirect(url_for("articles.submission", article_id=article_id))


def _contributor(article: Article, contributor_key: str) -> publication_hook.ContributorStatus:
    for status in publication_hook.status(article.key):
        if status.key == contributor_key and status.contributor.kind is ContributorKind.PERSON:
            return status
    raise NotFound
