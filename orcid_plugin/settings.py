"""The one table of ORCID_PLUGIN_* settings: name, default, parser, help and whether it is secret.

Each field of `Settings` is a row of the table; `docs/settings.md` is generated from it.
"""

from __future__ import annotations

import datetime
import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from typing import Any

from orcid_plugin import icons, parsers
from orcid_plugin.errors import SettingsError
from orcid_plugin.icons import IconFile
from orcid_plugin.metadata.affiliation import Affiliation
from orcid_plugin.metadata.identifiers import ror
from orcid_plugin.metadata.vocabulary import COUNTRY_CODES
from orcid_plugin.registry.cache import Cache
from orcid_plugin.registry.environment import ENVIRONMENTS, Environment
from orcid_plugin.registry.messages.group_id import GROUP_ID
from orcid_plugin.registry.oauth import OAuthClient
from orcid_plugin.registry.transport import Transport

PREFIX = "ORCID_PLUGIN_"
MEMBER_PACE = 24
PUBLIC_PACE = 12
CREDENTIALS = ("environment", "web_url", "api_url", "public_api_url", "id_host", "client_id", "client_secret", "api")
"""Settings that say together as whom a site speaks to which Registry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One journal or repository of a host, with its own ORCID credentials.

    Attributes:
        key: stable name in every row of the store.
        name: what people read in pages and mails.
        api: `member` (may write) or `public` (may only authenticate).
        support_email: whom people can ask when something fails, or None.
    """

    key: str
    name: str
    environment: Environment
    client_id: str
    client_secret: str = field(repr=False)
    api: str = "member"
    support_email: str | None = None

    def oauth(self, transport: Transport, cache: Cache | None = None) -> OAuthClient:
        """ORCID's OAuth endpoints with the site's credentials; `cache` keeps keys and tokens of the client's own."""
        return OAuthClient(
            environment=self.environment,
            client_id=self.client_id,
            client_secret=self.client_secret,
            transport=transport,
            cache=cache if cache is not None else Cache(),
        )


def _setting(
    default: Any, parse: Callable[[object], Any], help: str, *, secret: bool = False, of_site: bool = False
) -> Any:
    metadata = {"parse": parse, "help": help, "secret": secret, "of_site": of_site}
    return field(default=default, repr=not secret, metadata=metadata)


def _group_id(value: object) -> str:
    found = parsers.text(value)
    if not GROUP_ID.fullmatch(found):
        raise ValueError("is not a group id like orcid-generated:my-journal or issn:1741-4857")
    return found


def _country(value: object) -> str:
    found = parsers.text(value).upper()
    if found not in COUNTRY_CODES:
        raise ValueError("is not a country of ISO 3166-1 (two letters)")
    return found


def _demand(whom: str) -> Any:
    help = f"Whether an authenticated iD of {whom} is needed: `no`, `warn` without it, or `block` (docs/policies.md)."
    return _setting("no", parsers.one_of("no", "warn", "block"), help, of_site=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, parsed. The name in a configuration is ORCID_PLUGIN_ and the field's name in upper case.

    Those marked `of_site` can be given by a site of the database too (`of_site`); the others are the host's alone.
    """

    environment: str = _setting(
        "sandbox",
        parsers.text,
        "Registry: `production`, `sandbox`, `emulator`, or a name of your own with the four URLs below.",
        of_site=True,
    )
    web_url: str | None = _setting(
        None, parsers.url, "Registry's web address, where it is not that of the environment.", of_site=True
    )
    api_url: str | None = _setting(None, parsers.url, "Member API's address without the version.", of_site=True)
    public_api_url: str | None = _setting(None, parsers.url, "Public API's address without the version.", of_site=True)
    id_host: str | None = _setting(None, parsers.host, "Host in the URIs of the Registry's iDs.", of_site=True)
    client_id: str | None = _setting(
        None, parsers.text, "Client id of your ORCID API credentials (`APP-…`).", of_site=True
    )
    client_secret: str | None = _setting(
        None, parsers.text, "Secret of your ORCID API credentials.", secret=True, of_site=True
    )
    api: str = _setting(
        "member",
        parsers.one_of("member", "public"),
        "Kind of the credentials: `member` may write to records, `public` may not.",
        of_site=True,
    )
    host_credentials: bool = _setting(
        False, parsers.flag, "Whether a site of the database uses Registry and credentials of the host.", of_site=True
    )
    site: str = _setting("default", parsers.text, "Stable key of the journal or repository in the database.")
    site_name: str = _setting(
        "this journal", parsers.text, "Name of the journal or repository in pages and mails.", of_site=True
    )
    support_email: str | None = _setting(
        None, parsers.email, "Whom people can ask when something with ORCID fails.", of_site=True
    )
    public_url: str | None = _setting(
        None,
        parsers.url,
        "Address of the host as people see it, for the redirect URI and links in mails; else the request's.",
        of_site=True,
    )
    icon: IconFile | None = _setting(  # noqa: RUF009 - a field all the same
        None,
        icons.read,
        "ORCID's iD icon, the path of the SVG or PNG that you downloaded; else a drawn one (docs/display.md).",
    )
    unauthenticated_icon: IconFile | None = _setting(  # noqa: RUF009 - a field all the same
        None, icons.read, "ORCID's icon for iDs that are not authenticated, likewise."
    )
    smtp_url: str | None = _setting(
        None,
        parsers.smtp,
        "Mail server (`smtp://user:password@host:587`, `smtps://…`); else the host sends the mails.",
        secret=True,
    )
    mail_from: str | None = _setting(
        None,
        parsers.email,
        "Sender of mails through ORCID_PLUGIN_SMTP_URL; answers go to the support address.",
        of_site=True,
    )
    database_url: str | None = _setting(
        None, parsers.text, "SQLAlchemy URL of the database; else SQLite in the instance folder.", secret=True
    )
    token_keys: tuple[str, ...] = _setting(
        (),
        parsers.keys,
        "Fernet keys for secrets at rest, separated by commas; the first encrypts, all decrypt.",
        secret=True,
    )
    trust_metadata: bool = _setting(
        False,
        parsers.flag,
        'Whether iDs that the host\'s metadata marks `authenticated="true"` count as authenticated.',
        of_site=True,
    )
    sign_in_by_email: bool = _setting(
        False,
        parsers.flag,
        "Whether an iD that no account has signs in the account of an e-mail address that ORCID has verified.",
        of_site=True,
    )
    two_factor_roles: tuple[str, ...] = _setting(
        (),
        parsers.words,
        "Roles, in the host's words and separated by commas, whose people must sign in at ORCID with a second factor.",
        of_site=True,
    )
    require_submitter: str = _demand("the submitting author")
    require_authors: str = _demand("every author")
    require_reviewers: str = _demand("every reviewer")
    require_editors: str = _demand("every editor")
    require_from: datetime.date | None = _setting(  # noqa: RUF009 - a field all the same
        None,
        parsers.date,
        "First day (`2027-01-31`) of submissions that need iDs; earlier ones are exempt.",
        of_site=True,
    )
    require_grace_days: int = _setting(
        0, parsers.number(0, 3650), "Days after a submission in which a missing iD only warns.", of_site=True
    )
    require_at_publication: bool = _setting(
        False, parsers.flag, "Whether a missing iD may block publishing too; else it only warns then.", of_site=True
    )
    retracted: str = _setting(
        "keep",
        parsers.one_of("keep", "delete"),
        "What becomes of a retracted publication on records: `keep` or `delete`.",
        of_site=True,
    )
    review_group_id: str | None = _setting(
        None,
        _group_id,
        "Group of the site's reviews at ORCID, where it has no ISSN: `orcid-generated:` and a word of your own.",
        of_site=True,
    )
    review_delay_days: int = _setting(
        30,
        parsers.number(0, 365),
        "Days over which anonymous reviews are spread at random, so that their day tells nothing; 0: at once.",
        of_site=True,
    )
    organization_name: str | None = _setting(
        None, parsers.text, "Whom reviews are written for, as ORCID shows it; else the site's name.", of_site=True
    )
    organization_city: str | None = _setting(None, parsers.text, "Its city.", of_site=True)
    organization_country: str | None = _setting(None, _country, "Its country, two letters (ISO 3166-1).", of_site=True)
    organization_ror: str | None = _setting(
        None, lambda value: ror(parsers.text(value)), "Its ROR iD, if ORCID knows the organization.", of_site=True
    )
    audit_days: int = _setting(
        0, parsers.number(0, 36_500), "Days that events of the audit trail are kept; 0 for ever.", of_site=True
    )
    call_log_days: int = _setting(
        90, parsers.number(0, 36_500), "Days that calls to ORCID are kept in the log; 0 logs none.", of_site=True
    )
    call_log_bodies: str = _setting(
        "errors",
        parsers.one_of("no", "errors", "all"),
        "Of which calls the log keeps what was sent and answered, secrets removed: `no`, `errors` or `all`.",
        of_site=True,
    )
    attempt_days: int = _setting(
        400,
        parsers.number(1, 36_500),
        "Days that finished trips to ORCID are kept; that somebody said no is kept for ever.",
        of_site=True,
    )
    task_days: int = _setting(
        90,
        parsers.number(1, 36_500),
        "Days that finished mails, revocations and notifications are kept; until then a failed one can be tried again.",
        of_site=True,
    )
    attempt_minutes: int = _setting(20, parsers.number(1, 1440), "Minutes that a trip to ORCID may take.")
    invitation_days: int = _setting(60, parsers.number(1, 3650), "Days that an invitation link holds.", of_site=True)
    reminder_days: tuple[int, ...] = _setting(
        (7, 21),
        parsers.days,
        "Days after which an invitation that is not answered is repeated, separated by commas; empty: never.",
        of_site=True,
    )
    invitations_per_day: int = _setting(
        50, parsers.number(1, 100_000), "Most invitations a day about one publication that people send.", of_site=True
    )
    inbox_invitations: bool = _setting(
        False,
        parsers.flag,
        "Whether invitations go to the ORCID inbox of those whose iD the metadata states (premium members only).",
        of_site=True,
    )
    connect_timeout: float = _setting(
        5.0, parsers.number(0.1, 600, float), "Seconds to wait for a connection to ORCID."
    )
    read_timeout: float = _setting(30.0, parsers.number(0.1, 600, float), "Seconds to wait for an answer of ORCID.")
    pace: int | None = _setting(
        None,
        parsers.number(1, 1000),
        f"Most requests a second to ORCID; else {MEMBER_PACE} for members, {PUBLIC_PACE} for the public API.",
    )
    pace_storage: str = _setting(
        "memory://",
        parsers.text,
        "Where the pace and the counts of requests are shared: `memory://` in one process, `redis://…` among several.",
        secret=True,
    )
    person_limit: str = _setting(
        "60/minute",
        parsers.rate,
        "How often the plugin's pages answer one account, or one browser where nobody is signed in.",
    )
    address_limit: str = _setting(
        "300/minute", parsers.rate, "How often they answer one address, which a whole university can share."
    )
    max_attempts: int = _setting(12, parsers.number(1, 1000), "How often a delivery is tried before it fails for good.")
    poll_seconds: float = _setting(
        2.0, parsers.number(0.05, 3600, float), "Seconds between looks of the worker for due deliveries."
    )

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object]) -> Settings:
        """Read the ORCID_PLUGIN_* keys of a configuration or of the process environment.

        Keys that are None count as absent. Raises `SettingsError` that names every fault at once; an unknown key is
        one, with the nearest known name. Values of secret settings are never repeated.
        """
        known = {PREFIX + row.name.upper(): row for row in fields(cls)}
        values, faults = _parsed({key: value for key, value in mapping.items() if key.startswith(PREFIX)}, known)
        settings = cls(**values)
        faults += settings._contradictions()
        if faults:
            raise SettingsError("; ".join(faults))
        return settings

    def of_site(self, key: str, own: Mapping[str, object]) -> Settings:
        """The settings of one site of many: `own` are those it gives itself, by name without the prefix.

        Registry, credentials and kind of API belong together: a site gives its own, or uses the host's where it says
        `host_credentials`. Raises `SettingsError` that names the site and every fault.
        """
        values, faults = _parsed(own, {row.name: row for row in fields(self) if row.metadata["of_site"]})
        if key == self.site or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", key):
            faults.append("its key is taken by ORCID_PLUGIN_SITE" if key == self.site else "its key is no plain word")
        given = [name for name in CREDENTIALS if name in values]
        lacking = [name for name in ("client_id", "client_secret") if name not in values]
        if given and lacking:
            faults.append(f"{' and '.join(given)} cannot be given without {' and '.join(lacking)}")
        if not values.get("host_credentials"):
            defaults = {row.name: row.default for row in fields(self)}
            values = {name: defaults[name] for name in CREDENTIALS} | values
        settings = replace(self, **values, site=key)
        faults += settings._contradictions()
        if faults:
            raise SettingsError(f"site {key!r}: {'; '.join(faults)}")
        return settings

    def _contradictions(self) -> list[str]:
        faults = []
        urls = ("web_url", "api_url", "public_api_url", "id_host")
        missing = [PREFIX + name.upper() for name in urls if getattr(self, name) is None]
        if missing and self.environment not in ENVIRONMENTS:
            name = f"{PREFIX}ENVIRONMENT {self.environment!r}"
            faults.append(f"{name} is not a known one, so {', '.join(missing)} must be set")
        if self.two_factor_roles and self.api != "member":
            faults.append(f"{PREFIX}TWO_FACTOR_ROLES needs member credentials: ORCID tells of it to members only")
        return faults

    @property
    def registry(self) -> Environment:
        """The Registry that all this is about."""
        given = {"web": self.web_url, "api": self.api_url, "public_api": self.public_api_url, "id_host": self.id_host}
        changes = {name: value for name, value in given.items() if value is not None}
        known = ENVIRONMENTS.get(self.environment)
        return replace(known, **changes) if known else Environment(name=self.environment, **changes)

    def the_site(self) -> Site:
        """The one site that settings describe. Raises `SettingsError` while its credentials are missing."""
        missing = [PREFIX + name.upper() for name in ("client_id", "client_secret") if getattr(self, name) is None]
        if missing:
            raise SettingsError(f"{' and '.join(missing)} must be set: the API credentials that ORCID gave you")
        return self.known_site()

    def known_site(self) -> Site:
        """The same for what only looks into the database: its credentials are empty while they are missing."""
        return Site(
            key=self.site,
            name=self.site_name,
            environment=self.registry,
            client_id=self.client_id or "",
            client_secret=self.client_secret or "",
            api=self.api,
            support_email=self.support_email,
        )

    @property
    def organization(self) -> Affiliation:
        """Whom the site's reviews are written for."""
        return Affiliation(
            name=self.organization_name or self.site_name,
            city=self.organization_city,
            country=self.organization_country,
            ror=self.organization_ror,
        )

    @property
    def requests_per_second(self) -> int:
        """The pace in force (ORCID: API limits, 24 a second for members, 12 for the public API)."""
        return self.pace or (MEMBER_PACE if self.api == "member" else PUBLIC_PACE)


def _parsed(mapping: Mapping[str, object], known: Mapping[str, Field[Any]]) -> tuple[dict[str, Any], list[str]]:
    """Values by name, and a sentence for each fault."""
    values: dict[str, Any] = {}
    faults = []
    for key, value in mapping.items():
        if value is None:
            continue
        row = known.get(key)
        if row is None:
            near = difflib.get_close_matches(key, known, n=1)
            faults.append(f"{key} is unknown{f' (did you mean {near[0]}?)' if near else ''}")
            continue
        try:
            values[row.name] = row.metadata["parse"](value)
        except ValueError as error:
            shown = "" if row.metadata["secret"] else f" {str(value)[:80]!r}"
            faults.append(f"{key}{shown} {error}")
    return values, faults


def document() -> str:
    """`docs/settings.md`, in Markdown."""
    lines = [
        "# Settings",
        "",
        "Keys of the host's Flask configuration, or environment variables of the same names for the command line.",
        "An unknown `ORCID_PLUGIN_*` key is an error. This page is generated: `orcid-plugin settings --markdown`.",
        "",
        'A host with several journals gives those marked "site" for each of them (docs/sites.md); what a site does not',
        "give is the host's.",
        "",
        "| name | default | of a site | what it is |",
        "|---|---|---|---|",
    ]
    for row in fields(Settings):
        shown = ",".join(map(str, row.default)) if isinstance(row.default, tuple) else str(row.default).lower()
        default = "" if row.default in (None, ()) else f"`{shown}`"
        secret = " **Secret.**" if row.metadata["secret"] else ""
        site = "site" if row.metadata["of_site"] else ""
        lines.append(f"| `{PREFIX}{row.name.upper()}` | {default} | {site} | {row.metadata['help']}{secret} |")
    return "\n".join(lines) + "\n"
