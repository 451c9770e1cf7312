"""Contributors connect on the form, are the submitter, or are invited."""

from __future__ import annotations

import dataclasses
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import responses
from flask import Flask
from werkzeug.exceptions import SecurityError

from orcid_plugin.errors import IdentityConflict, InputError, SettingsError
from orcid_plugin.hooks import publication, submission
from orcid_plugin.identity import authorship
from orcid_plugin.metadata.publication import Title
from orcid_plugin.store import publications
from orcid_plugin.store.tables import InvitationState, PublicationState
from tests.mounted import (
    SOFIA,
    FakeHost,
    article,
    come_back,
    deliver,
    deny,
    grants,
    make_app,
    runtime_of,
    sign_in,
    state_of,
    submit,
)

INVITE = {"email": "sofia@example.org", "invited_by": "Ada Editor"}


def connect(app: Flask, account: str, orcid: responses.RequestsMock) -> None:
    client = app.test_client()
    sign_in(client, account)
    grants(orcid)
    come_back(client, state_of(client, "/orcid/connect/profile"))


def test_a_submission_is_kept_as_a_draft(lite_app: Flask, orcid: responses.RequestsMock) -> None:
    submit(lite_app)
    with runtime_of(lite_app).store.begin() as session:
        stored = publications.find(session, "default", "ms-1")
        assert stored is not None
        assert stored.state == PublicationState.DRAFT
        assert publications.publication_of(stored) == article()
    assert len(orcid.calls) == 0


def test_contributors_need_keys(lite_app: Flask) -> None:
    one, two, group = article().contributors
    for people, sentence in [
        ((dataclasses.replace(one, key=None), two), "these contributors have no key: Josiah Example"),
        ((one, dataclasses.replace(two, key="1")), "these contributor keys occur twice: 1"),
    ]:
        with lite_app.app_context(), pytest.raises(InputError, match=sentence):
            submission.submitted(dataclasses.replace(article(), contributors=people), key="ms-1")
    with lite_app.app_context():
        without = dataclasses.replace(article(), contributors=(one, dataclasses.replace(group, key=None)))
        submission.submitted(without, key="ms-1")


class TestLinkAccount:
    def test_the_submitter_is_a_contributor(self, app: Flask, orcid: responses.RequestsMock) -> None:
        submit(app)
        with app.test_request_context():
            assert not submission.link_account("ms-1", "1", "ada")
        connect(app, "ada", orcid)
        with app.test_request_context():
            assert submission.link_account("ms-1", "1", "ada")
            assert submission.link_account("ms-1", "1", "ada")
            with pytest.raises(IdentityConflict):
                submission.link_account("ms-1", "2", "ada")
            with pytest.raises(InputError, match="already"):
                submission.invite("ms-1", "1", **INVITE)

    def test_while_a_co_author_connects(
        self, app: Flask, orcid: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        submit(app)
        connect(app, "ada", orcid)
        with app.app_context():
            publication.published(article(), key="ms-1")
        editor = app.test_client()
        sign_in(editor, "bob")
        state = state_of(editor, "/orcid/connect/submission?publication=ms-1&contributor=2")
        grants(orcid, SOFIA)
        link, linking = authorship.link, threading.Event()

        def link_slowly(*arguments: Any) -> Any:
            linked = link(*arguments)
            if not linking.is_set():
                linking.set()
                time.sleep(0.3)
            return linked

        def link_ada() -> bool:
            with app.test_request_context():
                return submission.link_account("ms-1", "1", "ada")

        monkeypatch.setattr(authorship, "link", link_slowly)
        with ThreadPoolExecutor(1) as pool:
            linked = pool.submit(link_ada)
            linking.wait()
            assert come_back(editor, state).status_code == 302
            assert linked.result(timeout=20)

    def test_who_is_not_there(self, lite_app: Flask) -> None:
        submit(lite_app)
        with lite_app.test_request_context():
            for key, contributor in [("ms-9", "1"), ("ms-1", "9"), ("ms-1", "group")]:
                with pytest.raises(InputError):
                    submission.link_account(key, contributor, "ada")
                with pytest.raises(InputError):
                    submission.invite(key, contributor, **INVITE)


class TestInvite:
    def test_the_mail_names_who_asks_why_and_until_when(self, app: Flask, host: FakeHost) -> None:
        submit(app)
        with app.test_request_context():
            status = submission.invite("ms-1", "2", **INVITE)
        assert (status.state, status.name, status.email) == (InvitationState.QUEUED, "Sofia Example", INVITE["email"])
        assert host.mails == []  # nobody waits for the mail server
        deliver(app)
        (mail,) = host.mails
        assert mail.to == "sofia@example.org"
        assert mail.subject == "Your ORCID iD for “On <i>tests</i> & trees”"
        until = f"{status.expires_at:%B} {status.expires_at.day}, {status.expires_at.year}"
        for text in (mail.text, mail.html):
            for part in ("Dear Sofia Example,", "Ada Editor of Journal of Tests", until, "help@example.org"):
                assert part in text
        assert "On <i>tests</i> & trees" in mail.text
        assert "On &lt;i&gt;tests&lt;/i&gt; &amp; trees" in mail.html
        assert "http://localhost/orcid/invitation/" in mail.text
        assert "orcid/invitation" not in repr(mail)

    @pytest.mark.parametrize(
        "email",
        [
            *("", "sofia", "a@b@c", "a b@c", "a@b\nBcc: eve@example.org", "a@b, c@d", "<a@b>", "a@b\x00"),
            *(
                "eve(x)@b",
                "a:eve@b",
                'e"ve@b',
                "=?utf-8?q?eve?=@b",
                "a@b.",
                "a@b..c",
                "a@-b",
                "\u202ea@b",
            ),
        ],
    )
    def test_what_is_no_address(self, lite_app: Flask, host: FakeHost, email: str) -> None:
        submit(lite_app)
        with lite_app.test_request_context(), pytest.raises(InputError):
            submission.invite("ms-1", "2", email=email, invited_by="Ada")
        assert host.mails == []

    @pytest.mark.parametrize(
        ("email", "to"),
        [
            ("fiona.o'brien+orcid@Example.ORG", "fiona.o'brien+orcid@example.org"),
            ("jürgen@straße.example", "jürgen@xn--strae-oqa.example"),
            ("王@例え.テスト", "王@xn--r8jz45g.xn--zckzah"),
        ],
    )
    def test_addresses_of_the_world(self, lite_app: Flask, host: FakeHost, email: str, to: str) -> None:
        submit(lite_app)
        with lite_app.test_request_context():
            assert submission.invite("ms-1", "2", email=email, invited_by="Ada").email == email
        deliver(lite_app)
        assert [mail.to for mail in host.mails] == [to]

    def test_no_host_header_gets_into_a_mail(self, tmp_path: object) -> None:
        host = FakeHost()
        app = make_app(f"sqlite:///{tmp_path}/x.sqlite3", host, environment="production")
        runtime_of(app).store.upgrade()
        submit(app)
        with app.test_request_context(base_url="https://evil.example"):
            with pytest.raises(SettingsError, match="PUBLIC_URL"):
                submission.invite("ms-1", "2", **INVITE)
            assert host.mails == []
        app.config["TRUSTED_HOSTS"] = ["journal.example"]
        with app.test_request_context(base_url="https://evil.example"), pytest.raises(SecurityError):
            submission.invite("ms-1", "2", **INVITE)
        with app.test_request_context(base_url="https://journal.example"):
            submission.invite("ms-1", "2", **INVITE)
        deliver(app)
        assert "https://journal.example/orcid/invitation/" in host.mails[0].text
        runtime_of(app).close()

    def test_no_line_of_a_mail_is_from_metadata(self, lite_app: Flask, host: FakeHost) -> None:
        (one, *_) = article().contributors
        odd = dataclasses.replace(
            article(),
            title=Title("Trees\r\nBcc: eve@example.org\n\nPay here"),
            contributors=(dataclasses.replace(one, given_names="Josiah\nPay here"),),
        )
        with lite_app.test_request_context():
            submission.submitted(odd, key="ms-1")
            submission.invite("ms-1", "1", email="j@example.org", invited_by="Ada\nPay here")
        deliver(lite_app)
        (mail,) = host.mails
        assert mail.subject == "Your ORCID iD for “Trees Bcc: eve@example.org Pay here”"
        assert not [line for line in mail.text.splitlines() if line.startswith(("Pay here", "Bcc"))]

    def test_outside_of_a_request(self, tmp_path: object) -> None:
        for settings in ({}, {"public_url": "https://journal.example/press/"}):
            host = FakeHost()
            app = make_app(f"sqlite:///{tmp_path}/{len(settings)}.sqlite3", host, **settings)
            runtime_of(app).store.upgrade()
            submit(app)
            with app.app_context():
                if settings:
                    submission.invite("ms-1", "2", **INVITE)
                    deliver(app)
                    assert "https://journal.example/press/orcid/invitation/" in host.mails[0].text
                else:
                    with pytest.raises(SettingsError, match="PUBLIC_URL"):
                        submission.invite("ms-1", "2", **INVITE)
            runtime_of(app).close()


def test_connect_url_is_for_that_contributor(lite_app: Flask) -> None:
    with lite_app.test_request_context():
        url = submission.connect_url("ms/1 &x", "2", next="/form")
    assert url == "/orcid/connect/submission?publication=ms/1+%26x&contributor=2&next=/form"


def test_a_contributor_who_said_no_may_change_their_mind(app: Flask, orcid: responses.RequestsMock) -> None:
    submit(app)
    client = app.test_client()
    sign_in(client, "ada")
    url = "/orcid/connect/submission?publication=ms-1&contributor=2"
    with app.test_request_context():
        assert submission.declined("ms-1", "2") is None
    deny(client, state_of(client, url))
    with app.test_request_context():
        assert submission.declined("ms-1", "2") is not None
        assert submission.declined("ms-1", "1") is None
    grants(orcid)
    come_back(client, state_of(client, url))
    with app.test_request_context():
        assert submission.declined("ms-1", "2") is None
