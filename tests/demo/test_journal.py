"""The demo journal as a host: who may see and do what, and what an author's file cannot bring in."""

from __future__ import annotations

import io
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from cryptography.fernet import Fernet
from flask import Flask
from flask.cli import NoAppException
from flask.testing import FlaskClient
from lxml import etree, html

from orcid_plugin.demo import create_app
from orcid_plugin.demo.accounts import EDITOR_EMAIL, EDITOR_PASSWORD
from orcid_plugin.demo.cast import Player
from orcid_plugin.demo.context import EXTENSION
from orcid_plugin.demo.deposit import build
from orcid_plugin.demo.story import Story
from orcid_plugin.errors import PublicationRefused
from orcid_plugin.host import Mail
from orcid_plugin.identity import authorship
from orcid_plugin.metadata import readers
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.store.tables import Connection, Delivery, StoredPublication, now
from tests.conftest import samples
from tests.demo.articles import group, jats, orcid, person

CREDENTIALS = {
    "ORCID_PLUGIN_ENVIRONMENT": "emulator",
    "ORCID_PLUGIN_CLIENT_ID": "APP-EMULATORMEMBER00",
    "ORCID_PLUGIN_CLIENT_SECRET": "emulator-member-secret",
    "ORCID_PLUGIN_TOKEN_KEYS": Fernet.generate_key().decode(),
}
ARTICLE = jats(person("Ada", "Lovelace"), group("A Group"))


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """A journal that no Registry answers."""
    app = create_app(
        CREDENTIALS
        | {
            "ORCID_PLUGIN_DATABASE_URL": f"sqlite:///{tmp_path / 'plugin.sqlite'}",
            "JOURNAL_DATABASE_URL": f"sqlite:///{tmp_path / 'journal.sqlite'}",
        }
    )
    yield app
    app.extensions[EXTENSION].close()


@pytest.fixture
def visit(app: Flask) -> Callable[..., FlaskClient]:
    """A browser; signed in to a new account of this name if one is given."""
    app.config["WTF_CSRF_ENABLED"] = False

    def new(name: str | None = None) -> FlaskClient:
        client = app.test_client()
        if name:
            email = f"{name.lower()}@mail.example"
            data = {"name": name, "email": email, "password": "correct horse"}
            assert client.post("/register", data=data).status_code == 302
        return client

    return new


def editor(client: FlaskClient) -> FlaskClient:
    client.post("/sign-in", data={"email": EDITOR_EMAIL, "password": EDITOR_PASSWORD})
    return client


def upload(client: FlaskClient, article: bytes = ARTICLE) -> str:
    """Submit a file; what the page after it says."""
    data = {"article": (io.BytesIO(article), "article.xml")}
    return client.post("/submit/file", data=data, follow_redirects=True).text


def test_every_form_is_protected_against_forgery(app: Flask) -> None:
    client = app.test_client()
    posts = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or set())]
    for rule in posts:
        path = re.sub(r"<int\b[^>]*>", "1", re.sub(r"<(?!int\b)[^>]+>", "x", rule.rule))
        # What is for administrators alone is refused before, and this journal has none.
        assert client.post(path).status_code == (403 if path.startswith(("/orcid/admin/", "/orcid/api/")) else 400), (
            path
        )
    assert len(posts) >= 12


def test_no_page_allows_scripts(visit: Callable[..., FlaskClient]) -> None:
    for path in ("/", "/register", "/sign-in", "/mailbox/", "/nowhere"):
        answer = visit().get(path)
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self';")
        assert "<script" not in answer.text


def test_a_submission_is_seen_by_its_author_and_by_editors_only(visit: Callable[..., FlaskClient]) -> None:
    author = visit("Ada")
    upload(author)
    page = author.get("/submission/1")
    assert page.status_code == 200
    invitations = "/orcid/invitations?publication=article-1"
    assert f'href="{invitations}"' in page.text
    assert "Nobody was invited yet." in author.get(invitations).text
    eve = visit("Eve")
    assert eve.get(invitations).status_code == 403
    assert editor(visit()).get("/submission/1").status_code == 200
    assert eve.get("/submission/1").status_code == 404
    assert visit("Mallory").get("/article/1").status_code == 404
    assert visit().get("/submission/1").headers["Location"] == "/sign-in?next=/submission/1"


def test_only_editors_publish(visit: Callable[..., FlaskClient]) -> None:
    author = visit("Ada")
    upload(author)
    assert author.post("/desk/1/publish").status_code == 403
    assert author.get("/desk/").status_code == 403
    assert visit().get("/article/1").status_code == 404
    assert editor(visit()).post("/desk/1/publish").status_code == 302
    assert visit().get("/article/1").status_code == 200


def test_nobody_connects_or_invites_for_the_submission_of_another(visit: Callable[..., FlaskClient]) -> None:
    upload(visit("Ada"))
    eve = visit("Eve")
    assert eve.get("/orcid/connect/submission?publication=article-1&contributor=c1").status_code == 403
    assert eve.post("/submission/1/contributor/c1/invite", data={"email": "eve@mail.example"}).status_code == 404
    assert "No mail yet" in eve.get("/mailbox/").text


def test_an_authors_file_vouches_for_nobody(visit: Callable[..., FlaskClient]) -> None:
    page = upload(visit("Ada"), jats(person("Ada", "Lovelace", orcid=orcid(5))))
    assert "(unauthenticated)" in page
    assert 'data-orcid=""' in page


@pytest.mark.parametrize(
    ("article", "sentence"),
    [
        (b"", "article.xml is neither XML nor JSON"),
        (b"<article", "article.xml"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><article>&x;</article>', "article.xml"),
        (jats(person("Ada", "L"), title=""), "it has no title"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(
    article: bytes, sentence: str, visit: Callable[..., FlaskClient]
) -> None:
    client = visit("Ada")
    answer = client.post("/submit/file", data={"article": (io.BytesIO(article), "article.xml")})
    assert answer.status_code == 400
    assert sentence in answer.text
    assert "root:" not in answer.text
    assert "Submit the file" in answer.text


def test_markup_in_names_and_titles_is_text(visit: Callable[..., FlaskClient]) -> None:
    page = upload(visit("Ada"), jats(person("<b>Bob</b>", "<script>"), title="&lt;script&gt;alert(1)&lt;/script&gt;"))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_an_article_typed_in_gets_a_doi_and_a_date_when_it_is_published(visit: Callable[..., FlaskClient]) -> None:
    author = visit("Ada")
    ada = {"given-0": "Ada", "family-0": "Lovelace", "credit-0": "software"}
    form = {"rows": "2", "title": "By hand", "family-1": "Plato"} | ada
    page = author.post("/submit/form", data=form, follow_redirects=True).text
    assert "Software" in page
    assert "Plato" in page
    editor(visit()).post("/desk/1/publish")
    published = visit().get("/article/1").text
    assert "https://doi.org/10.5555/imaginary.1" in published
    assert f"{now():%Y-%m-%d}" in published


@pytest.mark.parametrize(("form", "sentence"), [({}, "needs a title"), ({"title": "x"}, "at least one contributor")])
def test_an_incomplete_form_keeps_what_was_typed(
    form: dict[str, str], sentence: str, visit: Callable[..., FlaskClient]
) -> None:
    answer = visit("Ada").post("/submit/form", data=form | {"abstract": "Typed already"})
    assert answer.status_code == 400
    assert sentence in answer.text
    assert "Typed already" in answer.text


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example/", "/\\evil.example/"])
def test_signing_in_never_leads_to_another_host(path: str, visit: Callable[..., FlaskClient]) -> None:
    data = {"email": EDITOR_EMAIL, "password": EDITOR_PASSWORD, "next": path}
    assert visit().post("/sign-in", data=data).headers["Location"] == "/desk/"


def test_a_wrong_password_opens_nothing(visit: Callable[..., FlaskClient]) -> None:
    client = visit()
    answer = client.post("/sign-in", data={"email": EDITOR_EMAIL, "password": "wrong"})
    assert answer.status_code == 403
    assert client.get("/desk/").status_code == 302


def test_an_address_has_one_account(visit: Callable[..., FlaskClient]) -> None:
    visit("Ada")
    answer = visit().post("/register", data={"name": "Eve", "email": "ADA@mail.example", "password": "correct horse"})
    assert answer.status_code == 400
    assert "There is an account with this e-mail address already" in answer.text


def test_a_mails_html_is_shown_in_a_sandbox(app: Flask, visit: Callable[..., FlaskClient]) -> None:
    mail = Mail(to="a@b.example", subject="Hello", text="Go to http://x.example/y", html="<script>alert(1)</script>")
    app.extensions[EXTENSION].host.send_mail(mail)
    assert '<a href="http://x.example/y"' in visit().get("/mailbox/1").text
    body = visit().get("/mailbox/1/html")
    assert "sandbox allow-popups" in body.headers["Content-Security-Policy"]
    assert "allow-scripts" not in body.headers["Content-Security-Policy"]


def test_a_published_article_can_be_retracted_and_withdrawn(visit: Callable[..., FlaskClient]) -> None:
    upload(visit("Ada"))
    chief = editor(visit())
    chief.post("/desk/1/publish")
    chief.post("/desk/1/retract")
    assert "has been retracted" in visit().get("/article/1").text
    chief.post("/desk/1/withdraw")
    assert visit().get("/article/1").status_code == 404
    assert "Nothing has been published yet" in visit().get("/").text


def test_an_editor_sends_again_what_failed(app: Flask, visit: Callable[..., FlaskClient]) -> None:
    upload(visit("Ada"), jats(person("Ada", "Lovelace", orcid=orcid(1)), person("Alan", "Turing")))
    runtime = app.extensions["orcid_plugin"]
    with runtime.store.begin() as session:
        stored = session.query(StoredPublication).one()
        connection = Connection(
            site="default",
            environment="emulator",
            client_id=CREDENTIALS["ORCID_PLUGIN_CLIENT_ID"],
            orcid="0000-0002-1825-0097",
            scopes="/activities/update",
            sealed_token_answer="",
        )
        session.add(connection)
        session.flush()
        authorship.link(session, runtime.site, stored.key, stored.document["contributors"][1]["key"], connection)
    chief = editor(visit())
    chief.post("/desk/1/publish")
    with runtime.store.begin() as session:
        session.query(Delivery).update({"state": "failed", "message": "ORCID refused it."})
    page = chief.get("/submission/1").text
    assert "ORCID refused it." in page
    assert page.count(">Send again<") == 1
    (form,) = [one for one in html.fromstring(page).forms if "/orcid/history" in (one.action or "")]
    data = dict(form.form_values()) | {"orcid": connection.orcid}
    assert visit("Eve").post(form.action, data=data).status_code in {400, 403}
    answer = chief.post(form.action, data=data, follow_redirects=True)
    assert "on its way again" in answer.text
    with runtime.store.begin() as session:
        assert session.query(Delivery).count() == 2


@pytest.mark.parametrize("missing", ["ORCID_PLUGIN_CLIENT_SECRET", "ORCID_PLUGIN_TOKEN_KEYS"])
def test_what_settings_lack_is_said_in_one_sentence(missing: str, tmp_path: Path) -> None:
    settings = {name: value for name, value in CREDENTIALS.items() if name != missing}
    with pytest.raises(NoAppException, match=f"{missing} must be set"):
        create_app(settings | {"JOURNAL_DATABASE_URL": f"sqlite:///{tmp_path / 'journal.sqlite'}"})


def test_its_own_deposits_are_valid(shared: Path) -> None:
    schema = etree.XMLSchema(etree.parse(shared / "schemas" / "crossref" / "crossref5.5.0.xsd"))
    built = 0
    for sample in samples("jats"):
        try:
            publication = readers.read(sample.read_bytes(), sample.name).publication
        except PublicationRefused:
            continue
        deposit = build(publication, landing_page="https://journal.example/article/1", at=now())
        schema.assertValid(etree.fromstring(deposit))
        built += 1
    assert built > 30


@contextmanager
def running(*command: str, environment: dict[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """A process of its own, ended afterwards."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("ORCID_PLUGIN_")}
    process = subprocess.Popen(
        [sys.executable, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=own | (environment or {}),
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=30)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def test_the_journal_runs_against_a_registry_that_it_knows_from_settings_alone(tmp_path: Path) -> None:
    emulator_command = ("-c", "from orcid_plugin.cli import main; main()", "emulator")
    journal = f"http://127.0.0.1:{(port := free_port())}"
    with running(*emulator_command) as emulator:
        assert emulator.stdout is not None
        found = dict(pair.split("=", 1) for pair in emulator.stdout.readline().split() if "=" in pair)
        environment = {
            "ORCID_PLUGIN_ENVIRONMENT": "stand-in",
            "ORCID_PLUGIN_ID_HOST": "orcid.org",
            "ORCID_PLUGIN_WEB_URL": found["web"],
            "ORCID_PLUGIN_API_URL": found["api"],
            "ORCID_PLUGIN_PUBLIC_API_URL": found["public-api"],
            "ORCID_PLUGIN_CLIENT_ID": found["client-id"],
            "ORCID_PLUGIN_CLIENT_SECRET": found["client-secret"],
            "ORCID_PLUGIN_TOKEN_KEYS": CREDENTIALS["ORCID_PLUGIN_TOKEN_KEYS"],
            "ORCID_PLUGIN_POLL_SECONDS": "0.1",
            "ORCID_PLUGIN_DATABASE_URL": f"sqlite:///{tmp_path / 'plugin.sqlite'}",
            "JOURNAL_DATABASE_URL": f"sqlite:///{tmp_path / 'journal.sqlite'}",
        }
        command = ("-m", "flask", "--app", "orcid_plugin.demo", "run", "--port", str(port))
        with running(*command, environment=environment):
            wait_for(journal)
            said = play(journal, found)
    assert said[-1] == "✓ The Crossref deposit carries their iDs as authenticated"


def wait_for(url: str) -> None:
    for _ in range(200):
        try:
            requests.get(url, timeout=5)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"{url} does not answer")


def play(journal: str, registry: dict[str, str]) -> list[str]:
    article = jats(person("Sofia", "Garcia"), person("Jürgen", "Weiß"))
    sofia, juergen = readers.read(article, "article.xml").publication.contributors
    reviewer = Player(2, Contributor(given_names="Amina", family_name="Okafor"), "0000-0000-2718-2810")
    players = [Player(0, sofia, "0000-0001-2345-6789"), Player(1, juergen, "0000-0000-3141-5920"), reviewer]
    said: list[str] = []
    story = Story(journal, registry["web"], registry["public-api"], players, said.append)
    try:
        story.play(article)
    finally:
        story.close()
    return said


def test_flask_says_what_is_missing_in_one_sentence() -> None:
    command = [sys.executable, "-m", "flask", "--app", "orcid_plugin.demo", "run"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "ORCID_PLUGIN_CLIENT_ID and ORCID_PLUGIN_CLIENT_SECRET must be set" in done.stderr
    assert "Traceback" not in done.stderr
