"""Accounts: registration (with ORCID), signing in and out, the profile with its connection."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from werkzeug import Response
from werkzeug.security import check_password_hash, generate_password_hash

from orcid_plugin.demo.context import journal, needs_account, the_account
from orcid_plugin.demo.host import ACCOUNT, begin_session
from orcid_plugin.demo.tables import Account
from orcid_plugin.errors import ConnectingError, InputError, LastSignIn
from orcid_plugin.hooks import registration
from orcid_plugin.identity.prefill import Prefill
from orcid_plugin.store.database import Store

pages = Blueprint("accounts", __name__)

LEAST_PASSWORD = 8
EDITOR_EMAIL = "editor@journal.example"
EDITOR_PASSWORD = "editor"  # noqa: S105 - shown on the sign-in page of a journal that is a demo


@pages.get("/register")
def register() -> str:
    """The registration form, filled with what ORCID said of this browser's person."""
    return _registration_form(registration.prefill() if "fill_in" in request.args else Prefill())


def _registration_form(offered: Prefill, typed: Mapping[str, str] = MappingProxyType({})) -> str:
    """The form; what ORCID offers goes where nothing was typed."""
    person = registration.pending()
    job = offered.affiliation
    known = {
        "name": " ".join(filter(None, (offered.given_names, offered.family_name))) or (person and person.name),
        "email": next(iter(offered.emails), None),
        "affiliation": ", ".join(filter(None, (job.department, job.organization))) if job else None,
    }
    return render_template(
        "register.html",
        person=person,
        connect_url=registration.connect_url(next=url_for("accounts.register")),
        values={field: typed.get(field) or value or "" for field, value in known.items()},
        least_password=LEAST_PASSWORD,
    )


@pages.post("/register")
def create_account() -> Response | tuple[str, int]:
    """Create the account; the iD that waits in this browser becomes its own."""
    typed = {field: " ".join(request.form.get(field, "").split()) for field in ("name", "email", "affiliation")}
    try:
        account_id = _create(**typed, password=request.form.get("password", ""))
    except InputError as error:
        flash(str(error), "error")
        return _registration_form(Prefill(), typed), 400
    person = registration.pending()
    try:
        connected = registration.completed(str(account_id))  # before the session that knows this browser ends
    except ConnectingError as error:
        begin_session(account_id)
        flash(f"Your account was created, but without your ORCID iD: {error}.", "error")
        return redirect(url_for("accounts.profile"))
    begin_session(account_id)
    flash(f"Welcome, {typed['name']}!{' Your ORCID iD is connected.' if connected else ''}", "done")
    return redirect((person and person.next_url) or url_for("accounts.profile"))


def _create(*, name: str, email: str, affiliation: str, password: str) -> int:
    if not name or "@" not in email[1:-1]:
        raise InputError("Please give your name and an e-mail address.")
    signs_in_with_orcid = not password and registration.pending() is not None
    account = Account(
        name=name,
        email=email.lower(),
        affiliation=affiliation or None,
        password_hash="" if signs_in_with_orcid else _hashed(password),
    )
    try:
        with journal().store.begin() as database:
            database.add(account)
    except IntegrityError:
        raise InputError("There is an account with this e-mail address already.") from None
    return account.id


def _hashed(password: str) -> str:
    if len(password) < LEAST_PASSWORD:
        raise InputError(f"A password has at least {LEAST_PASSWORD} characters.")
    return generate_password_hash(password)


@pages.get("/sign-in")
def sign_in() -> str:
    """The sign-in form."""
    return _sign_in_form(next_path=request.args.get("next", ""), email="")


def _sign_in_form(next_path: str, email: str) -> str:
    return render_template(
        "sign_in.html",
        orcid_url=registration.sign_in_url(next=next_path or None),
        next=next_path,
        email=email,
        editor_email=EDITOR_EMAIL,
        editor_password=EDITOR_PASSWORD,
    )


@pages.post("/sign-in")
def open_session() -> Response | tuple[str, int]:
    """Sign in."""
    email, password = request.form.get("email", "").strip().lower(), request.form.get("password", "")
    with journal().store.begin() as database:
        account = database.scalar(select(Account).where(Account.email == email))
    if account is None or not check_password_hash(account.password_hash, password):
        flash("That e-mail address and password do not belong together.", "error")
        return _sign_in_form(request.form.get("next", ""), email), 403
    begin_session(account.id)
    return redirect(
        _own_path(request.form.get("next", "")) or url_for("desk.desk" if account.is_editor else "articles.home")
    )


def appoint_editor(store: Store) -> None:
    """Make the editor's account, whose password the sign-in page tells, unless it is there."""
    with store.begin() as database:
        if database.scalar(select(Account.id).where(Account.email == EDITOR_EMAIL)) is None:
            password = generate_password_hash(EDITOR_PASSWORD)
            database.add(Account(email=EDITOR_EMAIL, name="Edith Editor", password_hash=password, is_editor=True))


def _own_path(path: str) -> str | None:
    """A path of this journal, never another host's."""
    return path if path.startswith("/") and not path.startswith("//") and "\\" not in path else None


@pages.post("/sign-out")
def sign_out() -> Response:
    """Sign out."""
    session.pop(ACCOUNT, None)
    return redirect(url_for("articles.home"))


@pages.get("/profile")
@needs_account
def profile() -> str:
    """The account and its connection."""
    account = the_account()
    return render_template(
        "profile.html",
        connection=registration.connection(str(account.id)),
        connect_url=registration.profile_url(next=url_for("accounts.profile")),
        conflict_url=registration.conflict_url(),
        least_password=LEAST_PASSWORD,
    )


@pages.post("/profile/password")
@needs_account
def set_password() -> Response:
    """Give the account a password, which is another way to sign in than ORCID."""
    try:
        password_hash = _hashed(request.form.get("password", ""))
    except InputError as error:
        flash(str(error), "error")
        return redirect(url_for("accounts.profile"))
    with journal().store.begin() as database:
        database.get_one(Account, the_account().id).password_hash = password_hash
    flash("You can now sign in with this password, too.", "done")
    return redirect(url_for("accounts.profile"))


@pages.post("/profile/disconnect")
@needs_account
def disconnect() -> Response:
    """Disconnect the iD."""
    try:
        registration.disconnect(str(the_account().id), remove_works="remove_works" in request.form)
    except LastSignIn:
        flash("You sign in with ORCID only: set a password before you disconnect your iD.", "error")
        return redirect(url_for("accounts.profile"))
    flash("Your ORCID iD is disconnected: this journal no longer writes to your record.", "done")
    return redirect(url_for("accounts.profile"))
