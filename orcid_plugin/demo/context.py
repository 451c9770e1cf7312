"""What the journal's pages share: its database, who is signed in, who may see what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import abort, current_app, g, redirect, request, url_for
from werkzeug import Response

from orcid_plugin.demo.host import JournalHost
from orcid_plugin.demo.tables import Account, Article
from orcid_plugin.outbox.engines.embedded import Worker
from orcid_plugin.runtime import Runtime
from orcid_plugin.store.database import Store

EXTENSION = "journal"

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """What one running journal works with: its own database, its host adapter, the plugin and its worker."""

    store: Store
    host: JournalHost
    plugin: Runtime
    worker: Worker

    def close(self) -> None:
        """Stop the worker and close both databases."""
        self.worker.stop()
        self.plugin.close()
        self.store.close()


def journal() -> Journal:
    """The journal of the running app."""
    running: Journal = current_app.extensions[EXTENSION]
    return running


def signed_in() -> Account | None:
    """Who is signed in; looked up once a request."""
    if "account" not in g:
        g.account = journal().host.account()
    account: Account | None = g.account
    return account


def the_account() -> Account:
    """Who is signed in, on pages that need somebody."""
    account = signed_in()
    if account is None:
        abort(403)
    return account


def needs_account(view: Callable[P, R]) -> Callable[P, R | Response]:
    """Send visitors to the sign-in page first."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
        if signed_in() is None:
            return redirect(url_for("accounts.sign_in", next=request.path if request.method == "GET" else None))
        return view(*args, **kwargs)

    return guarded


def needs_editor(view: Callable[P, R]) -> Callable[P, R | Response]:
    """Send visitors to the sign-in page first, and everybody but editors away."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if not the_account().is_editor:
            abort(403)
        return view(*args, **kwargs)

    return needs_account(guarded)


def find_article(article_id: int) -> Article:
    """The article; 404 where there is none."""
    with journal().store.begin() as database:
        article = database.get(Article, article_id)
    if article is None:
        abort(404)
    return article


def own_article(article_id: int) -> Article:
    """The article, for its author and for editors; 404 for others, so that nobody learns what was submitted."""
    article, account = find_article(article_id), the_account()
    if not (account.is_editor or article.owner_id == account.id):
        abort(404)
    return article
