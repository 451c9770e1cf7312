"""What the journal tells the plugin: who is signed in, who may edit, where mails and people go."""

from __future__ import annotations

from flask import session, url_for

from orcid_plugin.demo.tables import Account, Article, SentMail, article_id
from orcid_plugin.errors import SignInRefused
from orcid_plugin.host import Account as HostAccount
from orcid_plugin.host import Mail, Purpose
from orcid_plugin.store.database import Store

ACCOUNT = "account"
"""Key of the account's id in Flask's session."""


def begin_session(account_id: int) -> None:
    """Sign an account in, in a session that holds nothing of whoever used this browser before."""
    session.clear()
    session[ACCOUNT] = account_id


class JournalHost:
    """The `Host` of this journal, also `SignsIn` of `orcid_plugin.host`; `store` is the journal's own database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def account(self) -> Account | None:
        """The account that is signed in, or None."""
        if ACCOUNT not in session:
            return None
        with self._store.begin() as database:
            return database.get(Account, session[ACCOUNT])

    def current_account(self) -> HostAccount | None:
        """Who is signed in, as the plugin sees it."""
        account = self.account()
        return HostAccount(str(account.id), account.name, account.email) if account else None

    def may_edit(self, account: HostAccount, publication_key: str) -> bool:
        """Editors may edit every submission, authors their own."""
        with self._store.begin() as database:
            article = database.get(Article, article_id(publication_key))
            person = database.get(Account, int(account.id))
            return bool(article and person and (person.is_editor or article.owner_id == person.id))

    def send_mail(self, mail: Mail) -> None:
        """Keep the mail for the mailbox page."""
        with self._store.begin() as database:
            database.add(SentMail(to=mail.to, subject=mail.subject, text=mail.text, html=mail.html))

    def next_url(self, purpose: Purpose, publication_key: str | None) -> str:
        """Back to the form or page on which the trip to ORCID began."""
        if purpose is Purpose.REGISTER:
            return url_for("accounts.register")
        if purpose in {Purpose.PROFILE, Purpose.SIGN_IN}:
            return url_for("accounts.profile")
        if purpose is Purpose.SUBMISSION and publication_key:
            return url_for("articles.submission", article_id=article_id(publication_key))
        return url_for("articles.home")

    def sign_in(self, account_id: str) -> None:
        """Sign in whoever has the iD."""
        if self._find(account_id) is None:
            raise SignInRefused("this account is no longer there")
        begin_session(int(account_id))

    def account_of_email(self, email: str) -> str | None:
        """Nobody: this journal has no address proved."""
        return None

    def has_other_sign_in(self, account_id: str) -> bool:
        """Whether the account has a password."""
        account = self._find(account_id)
        return account is not None and bool(account.password_hash)

    def _find(self, account_id: str) -> Account | None:
        with self._store.begin() as database:
            return database.get(Account, int(account_id))
