"""A journal's day with all that can happen to a permission, after which every place is searched for what is secret."""

from __future__ import annotations

import gc
import logging
import re
import traceback
import urllib.parse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask, Response, got_request_exception, request

from orcid_plugin.emulator import Fault, Researcher, Server
from orcid_plugin.errors import OrcidPluginError
from orcid_plugin.hooks import administration, publication, registration, sites, submission
from orcid_plugin.runtime import at_site
from orcid_plugin.testing.hosts import Credentials, credentials, grant
from tests.mounted import FakeHost, SigningHost, article, dump, runtime_of, state_of, submit
from tests.security.routes import routes
from tests.web.live import PREMIUM, Live, mounted, settings_of

ERRORS = (
    Fault(status=500, body="a fault"),
    Fault(status=503, body="busy"),
    Fault(status=401, body='{"error":"invalid_token","error_description":"Invalid access token: %s"}'),
    Fault(status=400, body='{"response-code":400,"developer-message":"wrong: %s","error-code":9006}'),
    Fault(close=True),
)
"""What the Registry answers while works are sent; `%s` is the token, which ORCID likes to repeat."""


CODE = "Kn0wnC"


class Seen:
    """Everything that left the plugin, by the place where it was seen."""

    def __init__(self, app: Flask) -> None:
        self.places: list[tuple[str, str]] = []
        self.urls: list[tuple[str, str]] = []
        app.after_request(self.answer)
        got_request_exception.connect(self.fault, app)

    def answer(self, response: Response) -> Response:
        response.direct_passthrough = False
        where = f"{request.method} {request.endpoint} {response.status_code}"
        headers = {name: value for name, value in response.headers if name != "Location"}
        self.places.append((where, f"{headers}{response.get_data(as_text=True)}"))
        self.urls.append((where, urllib.parse.unquote(response.location or "")))
        return response

    def fault(self, _app: Flask, exception: Exception) -> None:
        self.error(exception)

    def error(self, error: BaseException) -> None:
        self.places.append((type(error).__name__, "".join(traceback.format_exception(error)) + repr(error)))


@pytest.fixture
def journal(orcid_registry: Server, orcid_client: Credentials, tmp_path: Path) -> Iterator[Live]:
    """A journal that lets people sign in."""
    settings, url = settings_of(orcid_client), f"sqlite:///{tmp_path / 'journal.sqlite3'}"
    with mounted(orcid_registry, url, SigningHost(passwords={"ada"}), **settings) as live:
        yield live


@pytest.fixture
def seen(journal: Live) -> Seen:
    return Seen(journal.app)


@pytest.fixture
def errors(monkeypatch: pytest.MonkeyPatch, seen: Seen) -> list[OrcidPluginError]:
    """Every error of the package that is made, whether somebody sees it or not."""
    made: list[OrcidPluginError] = []
    original = OrcidPluginError.__init__

    def init(self: OrcidPluginError, *args: object) -> None:
        made.append(self)
        original(self, *args)

    monkeypatch.setattr(OrcidPluginError, "__init__", init)
    return made


def reprs() -> Iterator[tuple[str, str]]:
    """How every object of the plugin that is alive shows itself; the emulator may show what it likes."""
    for one in gc.get_objects():
        layer = str(type(one).__module__).split(".")[:2]
        if layer[0] == "orcid_plugin" and layer[-1] not in {"emulator", "testing"}:
            yield f"repr of {type(one).__name__}", repr(one)


def at_another_client(journal: Live, person: Researcher, seen: Seen) -> str:
    """A second site gets other credentials, and ORCID refuses the former ones; returns their secret."""
    own, former = settings_of(credentials(journal.server)), journal.registry.clients[PREMIUM]
    with journal.app.test_request_context():
        sites.add("second", {**own, "client_id": former.id, "client_secret": former.secret})
        with at_site("second"):
            journal.visit(journal.browser("ada"), "/orcid/connect/profile", person)
        seen.places.append(("a change", repr(sites.change("second", own, people=1))))
        with at_site("second"):
            registration.disconnect("ada")
        journal.registry.add_client(replace(former, state="deactivated"))
        journal.work()
        (failed,) = administration.failed_tasks("second").rows
        assert failed.code == "credentials_refused"
        seen.places.append(("a failed task", repr(failed)))
    return former.secret


def a_day(journal: Live, person: Researcher, invited: Researcher, seen: Seen) -> set[str]:
    """Connect, publish, fail, send, look, invite, register, disconnect; returns what went over the wire in secret."""
    secrets = {CODE}
    app, registry = journal.app, journal.registry

    def visit(client: object, there: str) -> None:
        back = grant(journal.server, person if client is ada else invited, there)
        secrets.update(urllib.parse.parse_qs(urllib.parse.urlsplit(back).query)["code"])
        client.get(back)  # type: ignore[attr-defined]
        client.get(back)  # type: ignore[attr-defined]  # again: refused

    submit(app)
    secrets.add(at_another_client(journal, invited, seen))
    ada, guest = journal.browser("ada"), journal.browser()
    visit(ada, ada.get("/orcid/connect/profile").location)
    visit(ada, ada.get("/orcid/connect/submission?publication=ms-1&contributor=1").location)
    for _ in range(2):
        journal.visit(journal.browser(), "/orcid/connect/sign-in", person)

    with app.test_request_context():
        submission.invite("ms-1", "2", email="sofia@example.org", invited_by="Ada Editor")
    journal.work()
    host = runtime_of(app).host
    assert isinstance(host, FakeHost)
    (link,) = re.findall(r"^http://localhost(/orcid/invitation/[\w-]+)$", host.mails[-1].text, re.MULTILINE)
    page = guest.get(link)
    (token,) = re.findall(r'name="csrf_token" value="([^"]+)"', page.text)
    visit(guest, guest.post(link, data={"csrf_token": token, "answer": "connect"}).location)
    assert guest.get("/orcid/thanks").status_code == 200

    *_, own = (one.access for one in registry.tokens.values() if one.orcid == invited.orcid)
    for fault in ERRORS:
        planned = replace(fault, body=fault.body.replace("%s", own))
        registry.faults.plan(planned, methods="POST", path=f"{invited.orcid}/work")
        with app.app_context():
            publication.published(article(doi=f"10.5555/{fault.status}"), key="ms-1")
            publication.send_again("ms-1", invited.orcid)
            journal.work()
            seen.places.append(("status", repr(publication.status("ms-1"))))
    said = f"Reused authorization code: {CODE} by {runtime_of(app).settings.client_secret}"
    refused = Fault(status=400, body=f'{{"error":"invalid_grant","error_description":"{said}"}}')
    registry.faults.plan(refused, methods="POST", path="/oauth/token")
    back = {"state": state_of(ada, "/orcid/connect/profile"), "code": CODE}
    assert ada.get("/orcid/callback", query_string=back).status_code == 502

    for client in (ada, guest):
        for route in routes(app):
            if route.endpoint != "orcid_plugin.api_disconnect":  # the day ends with that
                client.open(route.path, method=route.method)
    # The token of a sign-in is kept beside the other, so that there is one to be found.
    assert [token.state for token in registry.tokens.values() if token.scopes == ("openid",)] == ["revoked", "active"]
    registry.faults.plan(Fault(status=500), path="/oauth/revoke")
    with app.app_context():
        assert registration.disconnect("ada", remove_works=True)
    for _ in range(3):
        journal.work()
    for issued_token in registry.tokens.values():
        secrets |= {issued_token.access, issued_token.refresh or issued_token.access}
    return secrets


def test_no_secret_is_in_any_page_header_address_log_exception_repr_mail_or_row(
    journal: Live,
    seen: Seen,
    errors: list[OrcidPluginError],
    orcid_researcher: Researcher,
    orcid_researcher_factory: object,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    invited = orcid_researcher_factory("Sofia", "Garcia")  # type: ignore[operator]
    wire = a_day(journal, orcid_researcher, invited, seen)
    runtime = runtime_of(journal.app)
    client_secret = runtime.settings.client_secret
    assert client_secret
    secrets = {*wire, client_secret, *runtime.settings.token_keys}
    assert len(wire) >= 6  # two tokens of each person, and codes
    for error in errors:
        seen.error(error)
    assert {error.code for error in errors} >= {"attempt_refused", "oauth_code_reused"}

    host = runtime.host
    assert isinstance(host, FakeHost)
    places = [
        *seen.places,
        *seen.urls,
        ("the log", caplog.text),
        ("the log's arguments", repr([(record.msg, record.args) for record in caplog.records])),
        *(("a mail", mail.text + mail.html + mail.subject + repr(mail)) for mail in host.mails),
        *reprs(),
        ("the database", dump(journal.app)),
        ("the database's file", Path(runtime.store.engine.url.database or "").read_bytes().decode("latin-1")),
    ]
    found = {(secret, place) for secret in secrets for place, text in places if secret in text}
    assert not found
