"""What the fixtures give out: credentials, people, a minimal host, and people who have connected with one."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import requests
from flask import Flask, url_for

from orcid_plugin.emulator import Registry, Researcher, Server
from orcid_plugin.emulator.values import Token
from orcid_plugin.errors import StepFailed
from orcid_plugin.extension import OrcidPlugin
from orcid_plugin.hooks import registration
from orcid_plugin.host import Account, Mail, Purpose
from orcid_plugin.metadata.identifiers import check_digit
from orcid_plugin.registry.environment import ENVIRONMENTS, Environment
from orcid_plugin.runtime import EXTENSION, Runtime

CARBERRY = "0000-0002-1825-0097"
MEMBER = "APP-EMULATORMEMBER00"
TIMEOUT = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """API credentials, and the Registry that knows them."""

    client_id: str
    client_secret: str = field(repr=False)
    environment: Environment

    @property
    def settings(self) -> dict[str, str]:
        """The same as `ORCID_PLUGIN_*` settings."""
        return {
            "ORCID_PLUGIN_ENVIRONMENT": self.environment.name,
            "ORCID_PLUGIN_WEB_URL": self.environment.web,
            "ORCID_PLUGIN_API_URL": self.environment.api,
            "ORCID_PLUGIN_PUBLIC_API_URL": self.environment.public_api,
            "ORCID_PLUGIN_ID_HOST": self.environment.id_host,
            "ORCID_PLUGIN_CLIENT_ID": self.client_id,
            "ORCID_PLUGIN_CLIENT_SECRET": self.client_secret,
        }


@dataclass(slots=True)
class SimpleHost:
    """An adapter that a test fills.

    Attributes:
        account: who is signed in, in every browser; they may edit every submission.
        mails: what was sent.
    """

    account: Account | None = None
    mails: list[Mail] = field(default_factory=list)

    def current_account(self) -> Account | None:
        """Who is signed in."""
        return self.account

    def may_edit(self, account: Account, publication_key: str) -> bool:
        """Everybody may edit everything."""
        return True

    def send_mail(self, mail: Mail) -> None:
        """Keep the mail."""
        self.mails.append(mail)

    def next_url(self, purpose: Purpose, publication_key: str | None) -> str:
        """To the start page, which a minimal app does not have."""
        return "/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """A person who has connected with an app.

    Attributes:
        account_id: the account of the app that has the iD now.
        token: what the Registry gave to the app.
    """

    app: Flask
    researcher: Researcher
    account_id: str
    token: Token
    registry: Registry = field(repr=False)

    @property
    def works(self) -> list[dict[str, Any]]:
        """The works on the record in the order in which they came, in ORCID's JSON as it was sent."""
        return [item.message for item in self.registry.works_of(self.researcher.orcid)]


class MakeResearcher(Protocol):
    """Adds a person with a record; keywords are the fields of `Researcher`."""

    def __call__(self, given_names: str = "Ada", family_name: str | None = "Lovelace", **fields: Any) -> Researcher: ...


Connect = Callable[[Researcher, str], Connected]
Send = Callable[[], int]


def credentials(server: Server) -> Credentials:
    """Those of the seed's member."""
    client = server.registry.clients[MEMBER]
    environment = replace(ENVIRONMENTS["emulator"], web=server.web, api=server.api, public_api=server.public_api)
    return Credentials(client_id=client.id, client_secret=client.secret, environment=environment)


def researcher_factory(registry: Registry) -> MakeResearcher:
    """Each new iD lies below the range that ORCID assigns, so that it is nobody's."""
    numbers = count(1000)

    def make(given_names: str = "Ada", family_name: str | None = "Lovelace", **fields: Any) -> Researcher:
        digits = f"{next(numbers):015d}"
        digits += check_digit(digits)
        orcid = "-".join(digits[start : start + 4] for start in range(0, 16, 4))
        person = {"orcid": orcid, "given_names": given_names, "family_name": family_name, **fields}
        return registry.add_researcher(Researcher(**person))

    return make


def minimal_app(settings: dict[str, Any], host: SimpleHost) -> Flask:
    """A Flask app that has nothing but the plugin."""
    app = Flask("host")
    app.config.update(SECRET_KEY=secrets.token_hex(), TESTING=True, **settings)
    OrcidPlugin(app, host=host)
    return app


def worker(app: Flask) -> Send:
    """What sends the deliveries of an app that are due."""
    runtime: Runtime = app.extensions[EXTENSION]
    return runtime.worker(app).run_once


def connect(app: Flask, server: Server, researcher: Researcher, account_id: str) -> Connected:
    """Take a person from the app's registration form through the Registry's pages and back.

    Raises `StepFailed` where a page is not what it should be.
    """
    registry = server.registry
    with app.test_request_context():
        begin = url_for("orcid_plugin.connect", purpose=Purpose.REGISTER)
    with app.test_client() as browser:
        begun = browser.get(begin)
        if not begun.location or not begun.location.startswith(f"{server.web}/"):
            raise StepFailed(f"{begin} answered {begun.status_code} and did not lead to {server.web}")
        client_id = register_redirect_uri(registry, begun.location)
        back = browser.get(grant(server, researcher, begun.location))
        if back.status_code != 302:
            raise StepFailed(f"{researcher.name} came back from ORCID, and the app answered {back.status_code}")
        registration.completed(account_id)
    tokens = [one for one in registry.tokens.values() if (one.orcid, one.client) == (researcher.orcid, client_id)]
    return Connected(app=app, researcher=researcher, account_id=account_id, token=tokens[-1], registry=registry)


def register_redirect_uri(registry: Registry, authorize_url: str) -> str:
    """Register the app's callback with its credentials, as its owner does at ORCID; returns the client's id."""
    query = parse_qs(urlsplit(authorize_url).query)
    client, uri = registry.clients[query["client_id"][0]], query["redirect_uri"][0]
    registry.add_client(replace(client, redirect_uris=(*client.redirect_uris, uri)))
    return client.id


def grant(server: Server, researcher: Researcher, authorize_url: str) -> str:
    """Sign in at the Registry and grant what is asked for; returns where the person is sent to."""
    with requests.Session() as browser:
        browser.trust_env = False  # no proxy stands between a person and loopback

        def go(answer: requests.Response) -> requests.Response:
            while answer.next is not None and str(answer.next.url).startswith(f"{server.web}/"):
                answer = browser.send(answer.next, allow_redirects=False, timeout=TIMEOUT)
            return answer

        def submit(page: requests.Response, **form: str) -> requests.Response:
            return go(browser.post(page.url, data=form, allow_redirects=False, timeout=TIMEOUT))

        page = go(browser.get(authorize_url, allow_redirects=False, timeout=TIMEOUT))
        page = submit(page, orcid=researcher.orcid, password=researcher.password or "")
        if not page.is_redirect:  # who granted the same before is not asked again
            page = submit(page, decision="grant")
        if page.next is None:
            raise StepFailed(f"ORCID's page for {researcher.name} answered {page.status_code}: no permission was given")
        return str(page.next.url)
