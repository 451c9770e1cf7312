"""A small host with the plugin mounted, and ORCID's token endpoint as `responses` plays it."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import time
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from cryptography.fernet import Fernet
from flask import Flask, session
from flask.testing import FlaskClient
from jinja2 import StrictUndefined
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from orcid_plugin.errors import SignInRefused
from orcid_plugin.extension import OrcidPlugin
from orcid_plugin.hooks import submission
from orcid_plugin.host import Account, Mail, Purpose
from orcid_plugin.identity import attempts
from orcid_plugin.metadata.contributor import Contributor, ContributorKind
from orcid_plugin.metadata.identifiers import Identifier
from orcid_plugin.metadata.publication import Publication, Title
from orcid_plugin.metadata.vocabulary import WorkType
from orcid_plugin.runtime import Runtime, current

JOSIAH = "0000-0002-1825-0097"
SOFIA = "0000-0001-5109-3700"
ACCESS = "access-token-4b1d"
REFRESH = "refresh-token-9c2e"
SECRET = "client-secret-77aa"
TOKEN_URL = "https://sandbox.orcid.org/oauth/token"
KEYS_URL = "https://sandbox.orcid.org/oauth/jwks"
REVOKE_URL = "https://sandbox.orcid.org/oauth/revoke"


@dataclasses.dataclass
class FakeHost:
    """The host's session says who is signed in; mails are kept in a list."""

    mails: list[Mail] = dataclasses.field(default_factory=list)
    editors: set[str] = dataclasses.field(default_factory=lambda: {"ada", "bob"})
    broken_mailer: bool = False

    def current_account(self) -> Account | None:
        account = session.get("account")
        return Account(account, account.title(), f"{account}@example.org") if account else None

    def may_edit(self, account: Account, publication_key: str) -> bool:
        return account.id in self.editors

    def send_mail(self, mail: Mail) -> None:
        if self.broken_mailer:
            raise OSError(f"no server for {mail.text}")
        self.mails.append(mail)

    def next_url(self, purpose: Purpose, publication_key: str | None) -> str:
        return f"/after/{purpose}"


@dataclasses.dataclass
class SigningHost(FakeHost):
    """People may sign in with ORCID; `emails` are addresses that they proved, `passwords` who has one."""

    emails: dict[str, str] = dataclasses.field(default_factory=dict)
    passwords: set[str] = dataclasses.field(default_factory=set)
    blocked: set[str] = dataclasses.field(default_factory=set)

    def sign_in(self, account_id: str) -> None:
        if account_id in self.blocked:
            raise SignInRefused("this account is closed")
        session.clear()
        session["account"] = account_id

    def account_of_email(self, email: str) -> str | None:
        return self.emails.get(email)

    def has_other_sign_in(self, account_id: str) -> bool:
        return account_id in self.passwords


def make_app(database_url: str, host: FakeHost | None = None, *, url_prefix: str = "/orcid", **settings: Any) -> Flask:
    app = Flask("journal")
    app.jinja_options = {"undefined": StrictUndefined}  # as careful hosts have it
    app.config.update(
        SECRET_KEY="test",
        TESTING=True,
        ORCID_PLUGIN_CLIENT_ID="APP-1234567890ABCDEF",
        ORCID_PLUGIN_CLIENT_SECRET=SECRET,
        ORCID_PLUGIN_TOKEN_KEYS=Fernet.generate_key().decode(),
        ORCID_PLUGIN_DATABASE_URL=database_url,
        ORCID_PLUGIN_SITE_NAME="Journal of Tests",
        ORCID_PLUGIN_SUPPORT_EMAIL="help@example.org",
    )
    app.config.update({f"ORCID_PLUGIN_{key.upper()}": value for key, value in settings.items()})
    OrcidPlugin(app, host=host or FakeHost(), url_prefix=url_prefix)
    return app


def runtime_of(app: Flask) -> Runtime:
    with app.app_context():
        return current()


@pytest.fixture
def host() -> FakeHost:
    return FakeHost()


@pytest.fixture
def app(database_url: str, host: FakeHost) -> Iterator[Flask]:
    app = make_app(database_url, host)
    runtime = runtime_of(app)
    runtime.store.upgrade()
    yield app
    runtime.close()


@pytest.fixture
def lite_app(tmp_path: Any, host: FakeHost) -> Iterator[Flask]:
    """The same on SQLite only, for what does not depend on the database."""
    app = make_app(f"sqlite:///{tmp_path / 'lite.sqlite3'}", host)
    runtime = runtime_of(app)
    runtime.store.upgrade()
    yield app
    runtime.close()


@pytest.fixture
def orcid() -> Iterator[responses.RequestsMock]:
    """Nothing reaches the network; tests add the answers that they expect."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def sign_in(client: FlaskClient, account: str | None) -> None:
    with client.session_transaction() as cookie:
        cookie["account"] = account


def token_body(orcid: str = JOSIAH, name: str | None = "Josiah Carberry", **changes: Any) -> dict[str, Any]:
    return {
        "access_token": ACCESS,
        "token_type": "bearer",
        "refresh_token": REFRESH,
        "expires_in": 631138518,
        "scope": "/read-limited /activities/update openid",
        "name": name,
        "orcid": orcid,
        **changes,
    }


def grants(mock: responses.RequestsMock, orcid: str = JOSIAH, **body: Any) -> None:
    """From now on each code is that of this person, who signs in by password; `amr` says otherwise."""
    amr = body.pop("amr", "pwd")

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        form = {name: values[0] for name, values in parse_qs(request.body).items()}
        given = token_body(orcid, **body)
        claims = {"aud": form["client_id"], "sub": orcid, "amr": amr, "state": form["code"].partition(".")[2]}
        return 200, {}, json.dumps({"id_token": id_token(given["access_token"], **claims), **given})

    mock.remove(responses.POST, TOKEN_URL)
    mock.add_callback(responses.POST, TOKEN_URL, answer, content_type="application/json")
    mock.upsert(responses.GET, KEYS_URL, json={"keys": [signing_key().as_dict(private=False)]})


@cache
def signing_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "of-orcid", "use": "sig"})


def id_token(access_token: str, *, state: str, **claims: Any) -> str:
    """Signed as ORCID signs it, for the trip of this `state`."""
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    usual = {
        "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
        "iss": "https://sandbox.orcid.org",
        "iat": int(time.time()),
        "exp": int(time.time()) + 86400,
        "nonce": attempts.nonce(state),
    }
    return jwt.encode({"alg": "RS256", "kid": "of-orcid"}, {**usual, **claims}, signing_key())


def exchanges(mock: responses.RequestsMock) -> list[dict[str, str]]:
    """The forms that came to the token endpoint."""
    return [
        {name: values[0] for name, values in parse_qs(str(call.request.body)).items()}
        for call in mock.calls
        if call.request.url == TOKEN_URL
    ]


def query_of(response: TestResponse) -> dict[str, str]:
    assert response.status_code == 302, response.text
    return {name: values[0] for name, values in parse_qs(urlsplit(response.location).query).items()}


def state_of(client: FlaskClient, url: str) -> str:
    return query_of(client.get(url))["state"]


def come_back(client: FlaskClient, state: str, **query: str) -> TestResponse:
    """With a code that tells the Registry which trip it is of."""
    code = query.pop("code", "Cd3Xyz")
    return client.get("/orcid/callback", query_string={"state": state, "code": code and f"{code}.{state}", **query})


def deny(client: FlaskClient, state: str) -> TestResponse:
    return client.get(
        "/orcid/callback",
        query_string={"state": state, "error": "access_denied", "error_description": "User denied access"},
    )


def article(*names: str, doi: str = "10.5555/demo.1") -> Publication:
    return Publication(
        type=WorkType.JOURNAL_ARTICLE,
        title=Title("On <i>tests</i> & trees"),
        identifiers=(Identifier.of("doi", doi),),
        contributors=(
            *(
                Contributor(given_names=name, family_name="Example", key=str(position))
                for position, name in enumerate(names or ("Josiah", "Sofia"), start=1)
            ),
            Contributor(kind=ContributorKind.GROUP, name="The Group", key="group"),
        ),
    )


def submit(app: Flask, key: str = "ms-1", *names: str) -> None:
    with app.app_context():
        submission.submitted(article(*names), key=key)


def deliver(app: Flask) -> None:
    """Let a worker do what is due."""
    runtime_of(app).worker(app).run_once()


def dump(app: Flask) -> str:
    """Everything that the database holds, as text."""
    from orcid_plugin.store.tables import Base

    with runtime_of(app).store.engine.connect() as connection:
        rows = {table.name: connection.execute(table.select()).all() for table in Base.metadata.sorted_tables}
    return json.dumps({name: [list(map(str, row)) for row in found] for name, found in rows.items()})
