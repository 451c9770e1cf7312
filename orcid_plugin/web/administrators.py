"""Pages for those who run the platform: sites, their credentials, their connections, and what could not be done."""

from __future__ import annotations

from dataclasses import fields

from flask import redirect, request, url_for
from werkzeug import Response
from werkzeug.exceptions import BadRequest, Forbidden, NotFound

from orcid_plugin.errors import PeopleConcerned, SiteRefused
from orcid_plugin.hooks import administration, registration, sites
from orcid_plugin.hooks.sites import Change
from orcid_plugin.host import Administrators
from orcid_plugin.identity import trail
from orcid_plugin.runtime import at_site, current_host, of_host
from orcid_plugin.settings import Settings
from orcid_plugin.store.sites import SECRET
from orcid_plugin.store.tables import ConnectionState
from orcid_plugin.web.pages import blueprint, page, require_csrf

FIRST = ("site_name", "client_id", SECRET, "environment", "api", "public_url", "support_email")
"""Settings that a form begins with; the others follow in the order of the table."""

LAST_PAGE = 100_000


def administrator() -> str:
    """The actor who asks, for the audit trail. Answers 403 as `administrator_id` does."""
    return trail.account(administrator_id())


def administrator_id() -> str:
    """The account that asks. Answers 403 where the host does not call it an administrator."""
    host = current_host()
    account = host.current_account()
    if account is None or not isinstance(host, Administrators) or not host.is_administrator(account):
        raise Forbidden
    return account.id


def page_number() -> int:
    """The page that the address asks for, counted from 1."""
    asked = request.args.get("page", "1")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 7 and 1 <= int(asked) <= LAST_PAGE):
        raise BadRequest
    return int(asked)


@blueprint.get("/admin/sites")
def admin_sites() -> Response:
    """All sites with state and number of connections."""
    administrator()
    return page("admin/sites.html", sites=sites.listed())


@blueprint.route("/admin/sites/new", methods=["GET", "POST"])
def admin_add_site() -> Response:
    """The form of a new site."""
    actor = administrator()
    if request.method == "GET":
        return _form(None, {})
    require_csrf()
    key = request.form.get("key", "").strip()
    own = {name: value for name, value in _given().items() if value is not None}
    try:
        sites.add(key, own, actor=actor, people=_people())
    except SiteRefused as error:
        return _form(None, request.form.to_dict(), fault=str(error))
    except PeopleConcerned:
        return _form(None, request.form.to_dict(), change=sites.preview(key, own))
    return _to("admin_site", key)


@blueprint.route("/admin/sites/<key>", methods=["GET", "POST"])
def admin_site(key: str) -> Response:
    """One site, and the form of what it sets itself."""
    actor = administrator()
    found = sites.shown(key)
    if request.method == "GET":
        return _form(key, {name: str(value) for name, value in found.own.items()})
    require_csrf()
    own = {} if found.of_host else _given()
    try:
        sites.change(key, own, actor=actor, people=_people())
    except SiteRefused as error:
        return _form(key, request.form.to_dict(), fault=str(error))
    except PeopleConcerned:
        return _form(key, request.form.to_dict(), change=sites.preview(key, own))
    return _to("admin_site", key)


@blueprint.post("/admin/sites/<key>/check")
def admin_check_site(key: str) -> Response:
    """What the Registry says of the site's credentials."""
    administrator()
    require_csrf()
    return page("admin/check.html", site=sites.shown(key), lines=list(sites.check(key)))


@blueprint.post("/admin/sites/<key>/remove")
def admin_remove_site(key: str) -> Response:
    """Remove a site, after the page said what that means."""
    actor = administrator()
    require_csrf()
    if request.form.get("confirmed") != "yes":
        return page("admin/remove.html", site=sites.shown(key))
    sites.remove(key, actor=actor)
    return _to("admin_sites")


@blueprint.post("/admin/sites/<key>/restore")
def admin_restore_site(key: str) -> Response:
    """Put a removed site back as it was."""
    actor = administrator()
    require_csrf()
    sites.add(sites.shown(key).key, {}, actor=actor, people=sites.preview(key, {}).people)
    return _to("admin_site", key)


@blueprint.post("/admin/sites/<key>/ask-again")
def admin_ask_again(key: str) -> Response:
    """Ask those to connect again whose permissions other credentials ended."""
    actor = administrator()
    require_csrf()
    return page("admin/asked.html", site=sites.shown(key), asked=sites.ask_again(key, actor=actor))


@blueprint.get("/admin/sites/<key>/connections")
def admin_connections(key: str) -> Response:
    """Who has permitted the site what."""
    administrator()
    search, state = request.args.get("search", ""), request.args.get("state") or None
    found = administration.connections(key, search=search, state=state, page=page_number())
    states = [state.value for state in ConnectionState]
    return page("admin/connections.html", site=sites.shown(key), found=found, search=search, state=state, states=states)


@blueprint.get("/admin/sites/<key>/tasks")
def admin_tasks(key: str) -> Response:
    """Mails, revocations and notifications that were given up."""
    administrator()
    return page("admin/tasks.html", site=sites.shown(key), found=administration.failed_tasks(key, page=page_number()))


@blueprint.post("/admin/sites/<key>/tasks/<int(max=2147483647):number>/retry")
def admin_retry_task(key: str, number: int) -> Response:
    """Try a task afresh."""
    actor = administrator()
    require_csrf()
    if not administration.retry(sites.shown(key).key, number, actor=actor):
        raise NotFound
    return _to("admin_tasks", key)


@blueprint.get("/admin/sites/<key>/conflicts")
def admin_conflicts(key: str) -> Response:
    """iDs that came back from ORCID for one account while another has them."""
    administrator()
    site = sites.shown(key)
    with at_site(site.key):
        return page("admin/conflicts.html", site=site, conflicts=registration.conflicts())


@blueprint.post("/admin/sites/<key>/conflicts/<int(max=2147483647):number>/release")
def admin_release_conflict(key: str, number: int) -> Response:
    """Take the iD from the account that has it, so that whoever proves it next can connect it."""
    account_id = administrator_id()
    require_csrf()
    with at_site(sites.shown(key).key):
        registration.release(number, account_id)
    return _to("admin_conflicts", key)


def _given() -> dict[str, object]:
    """What the form says of each setting; an empty field takes it back, an empty secret leaves the one there is."""
    given: dict[str, object] = {name: request.form[name].strip() or None for name in _names() if name in request.form}
    if given.get(SECRET) is None:
        given.pop(SECRET, None)
    return given


def _people() -> int:
    """How many people the form says may have to connect again."""
    confirmed = request.form.get("people", "0")
    return int(confirmed) if confirmed.isascii() and confirmed.isdigit() and len(confirmed) < 10 else 0


def _form(
    key: str | None, values: dict[str, str], *, fault: str | None = None, change: Change | None = None
) -> Response:
    """The form of a site; with what was sent where that cannot be, except for the secret, which no page repeats."""
    inherited = of_host().settings
    rows = {row.name: row for row in fields(Settings)}
    return page(
        "admin/site.html",
        400 if fault else 409 if change else 200,
        site=sites.shown(key) if key is not None else None,
        rows=[
            {
                "name": name,
                "value": "" if name == SECRET else values.get(name, ""),
                "inherited": "" if rows[name].metadata["secret"] else getattr(inherited, name),
                "help": rows[name].metadata["help"],
                "secret": name == SECRET,
                "first": name in FIRST,
            }
            for name in _names()
        ],
        key=key if key is not None else values.get("key", ""),
        secret_again=bool(values.get(SECRET)),
        fault=fault,
        change=change,
    )


def _names() -> list[str]:
    others = [row.name for row in fields(Settings) if row.metadata["of_site"] and row.name not in FIRST]
    return [*FIRST, *others]


def _to(endpoint: str, key: str | None = None) -> Response:
    return redirect(url_for(f"orcid_plugin.{endpoint}", key=key))
