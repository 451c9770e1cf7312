"""Sites: the journals or repositories of a host with many, added, changed, checked and removed without a restart.

Each call is about the site that its key names, whatever the request is about. `actor` is who did it, for the audit
trail: `identity.trail.account(id)`, else the command line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.routing import BuildError

from orcid_plugin.addresses import absolute, is_known
from orcid_plugin.errors import OrcidPluginError, PeopleConcerned, SettingsError, SiteRefused, UnknownSite
from orcid_plugin.hooks.asking_again import AskedAgain, ask_again
from orcid_plugin.identity import credentials, trail
from orcid_plugin.identity.credentials import Line, look
from orcid_plugin.outbox import credentials as writes
from orcid_plugin.outbox import plan
from orcid_plugin.runtime import Runtime, at_site, forget, of_host
from orcid_plugin.settings import PREFIX, Settings, Site
from orcid_plugin.store import credentials as kept
from orcid_plugin.store import sites
from orcid_plugin.store.tables import Connection, SiteRow, now

__all__ = [
    "AskedAgain",
    "Change",
    "SiteStatus",
    "add",
    "ask_again",
    "change",
    "check",
    "listed",
    "preview",
    "remove",
    "shown",
]


WITHOUT_CREDENTIALS = "it has no credentials: give client_id and client_secret, or host_credentials=true for the host's"
"""Of a site of the database; the host's own has settings of other names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteStatus:
    """One site as it is now.

    Attributes:
        state: `ready`; `incomplete` without credentials; `unusable` where what is stored cannot be read; `removed`.
        fault: why it is `incomplete` or `unusable`, as a sentence.
        of_host: whether it is the host's own, whose settings are those of the app's configuration.
        own: what the site sets itself, by name without the prefix; never the client secret.
        has_secret: whether it has a client secret of its own.
        connections: number of connections by their state.
    """

    key: str
    name: str
    state: str
    fault: str | None = None
    of_host: bool = False
    environment: str | None = None
    client_id: str | None = None
    api: str | None = None
    own: Mapping[str, object] = field(default_factory=dict)
    has_secret: bool = False
    connections: Mapping[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """As JSON, whose names are those of the attributes."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What settings mean for those who gave permission before.

    Attributes:
        people: whose permission would hold no longer; `accounts`: those among them with an account, who are shown the
            button again.
        deliveries: writes to records that would wait.
        works: on records, which only former credentials could change or delete.
        revocations: permissions that are still to be given back to ORCID with other credentials, which must stay valid
            there until then.
    """

    people: int = 0
    accounts: int = 0
    deliveries: int = 0
    works: int = 0
    revocations: int = 0


def listed() -> list[SiteStatus]:
    """All sites by key, the host's own first, removed ones too."""
    runtime = of_host()
    with runtime.store.begin() as session:
        counts = _connection_counts(session)
        rows = session.scalars(select(SiteRow).order_by(SiteRow.key)).all()
        own = _status(runtime, None, runtime.settings.site, counts)
        return [own, *(_status(runtime, row, row.key, counts) for row in rows)]


def shown(key: str) -> SiteStatus:
    """One site. Raises `UnknownSite` where it was never added."""
    runtime = of_host()
    with runtime.store.begin() as session:
        row = None if key == runtime.settings.site else _row(session, key)
        return _status(runtime, row, key, _connection_counts(session, key))


def add(key: str, own: Mapping[str, object], *, actor: str = trail.COMMAND, people: int = 0) -> Change:
    """Add a site, or put a removed one back with what it had and what is given.

    Raises `SiteRefused`, also for a key that is taken, and `PeopleConcerned` as `change` does.
    """
    runtime = of_host()
    with runtime.store.begin() as session:
        row = _find(session, key)
        if row is not None and row.removed_at is None:
            raise SiteRefused(f"there is a site {key!r} already")
        added = _save(session, runtime, key, own, actor=actor, action="site_added", people=people)
    runtime.due.set()
    return added


def change(key: str, own: Mapping[str, object], *, actor: str = trail.COMMAND, people: int = 0) -> Change:
    """Change what a site sets itself, by name without the prefix; None takes a setting back, others stay as they are.

    Permissions that were given to other credentials than those in force afterwards are marked as stale, in the same
    transaction. `people` is how many may be; more raise `PeopleConcerned`, and nothing changes. `preview` counts them.
    The host's own site takes no settings here: call it with none after its configuration changed. Raises `SiteRefused`
    that names every fault, `UnknownSite`.
    """
    runtime = of_host()
    with runtime.store.begin() as session:
        if key != runtime.settings.site and _row(session, key).removed_at is not None:
            raise UnknownSite(f"the site {key!r} is removed; adding it puts it back")
        changed = _save(session, runtime, key, own, actor=actor, action="site_changed", people=people)
    runtime.due.set()
    return changed


def preview(key: str, own: Mapping[str, object]) -> Change:
    """What `add` or `change` would do; nothing is changed. Raises as they do, except `PeopleConcerned`."""
    runtime = of_host()
    with runtime.store.begin() as session:
        return _consequences(session, _site(_changed(session, runtime, key, own)[1]))


def remove(key: str, *, actor: str = trail.COMMAND) -> SiteStatus:
    """Remove a site: nothing is sent for it any more and its pages say that it is unknown; all its rows are kept.

    `add` puts it back. Raises `UnknownSite`, and `SiteRefused` for the host's own.
    """
    runtime = of_host()
    if key == runtime.settings.site:
        raise SiteRefused(f"{key!r} is the host's own site, which its configuration describes")
    with runtime.store.begin() as session:
        row = _row(session, key)
        if row.removed_at is None:
            row.removed_at = now()
            trail.note(session, key, actor, "site_removed", subject=f"site/{key}")
    forget(key)
    return shown(key)


def check(key: str, *, url_prefix: str | None = None) -> Iterator[Line]:
    """Look at a site's settings, and ask the Registry about its credentials; nothing is changed.

    `url_prefix` is where the host mounts the plugin; the running app's own if None. Raises `UnknownSite`.
    """
    runtime = of_host()
    if key != runtime.settings.site:
        with runtime.store.begin() as session:
            _row(session, key)
    line = look("settings", lambda: _described(runtime.at(key).settings))
    yield line
    if line.remedy:
        return
    there = runtime.at(key)
    settings = there.settings
    line = look("credentials", lambda: f"client {settings.the_site().client_id}")
    if line.remedy and key != runtime.settings.site:
        line = Line("credentials", WITHOUT_CREDENTIALS, f"run `orcid-plugin site set {key} client_id=APP-…`")
    yield line
    yield _redirect_uri(key, settings, url_prefix)
    if line.remedy:
        return
    yield from credentials.of_registry(settings, there.transport)
    yield _permissions(runtime, settings)


def _save(
    session: Session, runtime: Runtime, key: str, own: Mapping[str, object], *, actor: str, action: str, people: int
) -> Change:
    plan.one_at_a_time(session, key)
    values, settings = _changed(session, runtime, key, own)
    site, former = _site(settings), sites.in_force(session, runtime.settings, runtime.keyring, key)
    found = _consequences(session, site)
    if found.people > people:
        raise PeopleConcerned(found.people)
    for one in filter(None, (former, site)):  # whom tokens were given to that may have to be given back
        kept.remember(session, runtime.keyring, one)
    if key != runtime.settings.site:
        sites.save(session, runtime.settings, runtime.keyring, key, values)
    if site is not None:
        credentials.take_effect(session, site)
        writes.take_effect(session, site)
    # The names alone: a value may be a secret.
    trail.note(session, key, actor, action, subject=f"site/{key}", settings=sorted(own), people=found.people)
    forget(key)
    return found


def _changed(
    session: Session, runtime: Runtime, key: str, own: Mapping[str, object]
) -> tuple[dict[str, object], Settings]:
    """What the site would set itself, and its settings then."""
    if key == runtime.settings.site:
        if own:
            raise SiteRefused(f"{key!r} is the host's own site: change {PREFIX}* in its configuration")
        return {}, runtime.settings
    if own.get("client_id", "") is None:  # a secret belongs to its client, and no page can say that it should go
        own = {sites.SECRET: None, **own}
    row = _find(session, key)
    present: Mapping[str, object] = {}
    if row is not None:  # a secret that cannot be decrypted any more must not keep a new one away
        present = row.settings if sites.SECRET in own else sites.own_settings(runtime.keyring, row)
    values = {name: _text(name, value) for name, value in {**present, **own}.items() if value is not None}
    try:
        return dict(values), runtime.settings.of_site(key, values)
    except SettingsError as error:
        raise SiteRefused(str(error)) from None


def _text(name: str, value: object) -> str:
    """A value as it is stored; JSON and forms bring it in forms of their own."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        raise SiteRefused(f"the setting {name[:80]!r} is neither text, number, true nor false")
    return str(value)


def _find(session: Session, key: str) -> SiteRow | None:
    return session.get(SiteRow, key) if "\x00" not in key else None  # PostgreSQL stores no such text


def _row(session: Session, key: str) -> SiteRow:
    row = _find(session, key)
    if row is None:
        raise UnknownSite(f"there is no site {key[:100]!r} here")
    return row


def _site(settings: Settings) -> Site | None:
    """None while credentials are missing."""
    try:
        return settings.the_site()
    except SettingsError:
        return None


def _consequences(session: Session, site: Site | None) -> Change:
    if site is None:
        return Change()
    people, accounts = credentials.people_concerned(session, site)
    return Change(
        people=people,
        accounts=accounts,
        deliveries=writes.deliveries_concerned(session, site),
        works=writes.works_out_of_reach(session, site),
        revocations=writes.revocations_waiting(session, site),
    )


def _connection_counts(session: Session, key: str | None = None) -> dict[str, dict[str, int]]:
    """Number of connections by site and state."""
    query = select(Connection.site, Connection.state, func.count()).group_by(Connection.site, Connection.state)
    if key is not None:
        query = query.where(Connection.site == key)
    counts: dict[str, dict[str, int]] = {}
    for site, state, count in session.execute(query):
        counts.setdefault(site, {})[state] = count
    return counts


def _status(runtime: Runtime, row: SiteRow | None, key: str, counts: Mapping[str, Mapping[str, int]]) -> SiteStatus:
    """The state of a site; `row` is None for the host's own."""
    status = SiteStatus(
        key=key,
        name=key,
        state="removed" if row is not None and row.removed_at is not None else "ready",
        of_host=row is None,
        own=dict(row.settings) if row is not None else {},
        has_secret=row is not None and row.sealed_client_secret is not None,
        connections=counts.get(key, {}),
    )
    try:
        own = sites.own_settings(runtime.keyring, row) if row is not None else {}
        settings = runtime.settings.of_site(key, own) if row is not None else runtime.settings
    except OrcidPluginError as error:
        name = str(status.own.get("site_name", key))
        return replace(status, name=name, state=_worse(status, "unusable"), fault=str(error))
    status = replace(
        status,
        name=settings.site_name,
        environment=settings.registry.name,
        client_id=settings.client_id,
        api=settings.api,
    )
    try:
        settings.the_site()
    except SettingsError as error:
        fault = WITHOUT_CREDENTIALS if row is not None else str(error)
        return replace(status, state=_worse(status, "incomplete"), fault=fault)
    return status


def _worse(status: SiteStatus, state: str) -> str:
    return status.state if status.state == "removed" else state


def _described(settings: Settings) -> str:
    return f"Registry {settings.registry.name} ({settings.registry.web}), {settings.api} API, site {settings.site!r}"


def _redirect_uri(key: str, settings: Settings, url_prefix: str | None) -> Line:
    subject, remedy = "redirect URI", "set public_url to the address at which people see the site"
    if url_prefix is not None:
        path = f"{url_prefix.rstrip('/')}/callback"
        if settings.public_url is None:
            return Line(subject, f"the address of the host, then {path}: public_url is not set", remedy)
        return Line(subject, f"{settings.public_url}{path} must be registered at ORCID")
    with of_host().store.begin() as session:
        known = is_known(session, key)
    if not known:
        return Line(subject, "it is not known at which address people see the site", remedy)
    try:
        with at_site(key):
            return Line(subject, f"{absolute(settings, 'orcid_plugin.callback')} must be registered at ORCID")
    except SettingsError as error:
        return Line(subject, str(error), remedy)
    except BuildError:
        return Line(subject, "the host's addresses need more than the site's key", "look at the address of its pages")


def _permissions(runtime: Runtime, settings: Settings) -> Line:
    with runtime.store.begin() as session:
        people, _ = credentials.people_concerned(session, settings.the_site())
    if not people:
        return Line("permissions", "all that hold were given to these credentials")
    remedy = f"run `orcid-plugin site apply {settings.site}`, then ask these people again"
    return Line("permissions", f"{people} people gave theirs to other credentials", remedy)
