"""Mounting: several apps, a moved prefix, addresses, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, g

from orcid_plugin.errors import SettingsError
from orcid_plugin.extension import OrcidPlugin
from orcid_plugin.hooks import registration, submission
from orcid_plugin.runtime import current
from tests.mounted import FakeHost, deliver, make_app, query_of, runtime_of, submit


def configured(name: str = "journal", **options: str) -> Flask:
    app = Flask(name, **options)  # type: ignore[arg-type]
    app.config.update(
        SECRET_KEY="test",
        ORCID_PLUGIN_CLIENT_ID="APP-1",
        ORCID_PLUGIN_CLIENT_SECRET="s",
        ORCID_PLUGIN_TOKEN_KEYS="A" * 43 + "=",
    )
    return app


def test_several_apps_of_one_extension(tmp_path: Path) -> None:
    plugin = OrcidPlugin()
    apps = []
    for number in (1, 2):
        app = configured(f"app{number}")
        app.config.update(
            ORCID_PLUGIN_DATABASE_URL=f"sqlite:///{tmp_path}/{number}.sqlite3", ORCID_PLUGIN_CLIENT_ID=f"APP-{number}"
        )
        plugin.init_app(app, host=FakeHost(), url_prefix=f"/orcid{number}")
        runtime_of(app).store.upgrade()
        apps.append(app)
    for number, app in enumerate(apps, start=1):
        query = query_of(app.test_client().get(f"/orcid{number}/connect/register"))
        assert query["client_id"] == f"APP-{number}"
        assert query["redirect_uri"] == f"http://localhost/orcid{number}/callback"
        runtime_of(app).close()


@pytest.mark.parametrize("prefix", ["/deep/er/place", "/", ""])
def test_a_moved_prefix(tmp_path: Path, prefix: str) -> None:
    host, app = FakeHost(), configured()
    app.config["ORCID_PLUGIN_DATABASE_URL"] = f"sqlite:///{tmp_path}/store.sqlite3"
    runtime = OrcidPlugin(host=host, url_prefix=prefix).init_app(app)
    runtime.store.upgrade()
    submit(app)
    root = prefix.rstrip("/")
    with app.test_request_context():
        assert registration.connect_url() == f"{root}/connect/register"
        submission.invite("ms-1", "2", email="a@b.example", invited_by="Ada")
        deliver(app)
        link = next(line for line in host.mails[0].text.splitlines() if line.startswith("http://localhost/"))
    page = app.test_client().get(link.removeprefix("http://localhost"))
    assert page.status_code == 200
    assert f'href="{root}/assets/style.css"' in page.text
    with app.test_client().get(f"{root}/assets/style.css") as style:
        assert style.status_code == 200
    runtime.close()


def test_a_prefix_that_names_the_journal(tmp_path: Path) -> None:
    app = configured()
    app.config["ORCID_PLUGIN_DATABASE_URL"] = f"sqlite:///{tmp_path}/store.sqlite3"
    runtime = OrcidPlugin(host=FakeHost(), url_prefix="/<journal>/orcid").init_app(app)
    runtime.store.upgrade()

    @app.url_value_preprocessor
    def keep(_endpoint: str | None, values: dict[str, str] | None) -> None:
        g.journal = (values or {}).pop("journal", None)

    @app.url_defaults
    def put_back(_endpoint: str, values: dict[str, str]) -> None:
        values.setdefault("journal", g.journal)

    response = app.test_client().get("/botany/orcid/connect/register")
    assert query_of(response)["redirect_uri"] == "http://localhost/botany/orcid/callback"
    runtime.close()


def test_behind_a_proxy(tmp_path: Path) -> None:
    for settings, uri in [
        ({}, "http://localhost/journal/orcid/callback"),
        ({"public_url": "https://press.example/journal/"}, "https://press.example/journal/orcid/callback"),
    ]:
        app = make_app(f"sqlite:///{tmp_path}/store.sqlite3", **settings)
        runtime_of(app).store.upgrade()
        response = app.test_client().get("/orcid/connect/register", environ_overrides={"SCRIPT_NAME": "/journal"})
        assert query_of(response)["redirect_uri"] == uri
        runtime_of(app).close()


def test_the_default_database_is_in_the_instance_folder(tmp_path: Path) -> None:
    app = configured(instance_path=str(tmp_path / "instance"))
    runtime = OrcidPlugin(app, host=FakeHost())
    assert runtime is not None
    with app.app_context():
        assert current().store.engine.url.database == str(tmp_path / "instance" / "orcid_plugin.sqlite3")
    runtime_of(app).close()


def test_what_is_refused(tmp_path: Path) -> None:
    app = configured()
    with pytest.raises(SettingsError, match="needs a host"):
        OrcidPlugin(app)
    app.config["ORCID_PLUGIN_CLINT_ID"] = "x"
    with pytest.raises(SettingsError, match="did you mean ORCID_PLUGIN_CLIENT_ID"):
        OrcidPlugin(app, host=FakeHost())
    del app.config["ORCID_PLUGIN_CLINT_ID"]
    app.config["ORCID_PLUGIN_DATABASE_URL"] = f"sqlite:///{tmp_path}/store.sqlite3"
    plugin = OrcidPlugin(app, host=FakeHost())
    with pytest.raises(SettingsError, match="already been registered"):
        plugin.init_app(app)
    runtime_of(app).close()


def test_without_a_plugin_the_hooks_say_so() -> None:
    with Flask("bare").app_context(), pytest.raises(RuntimeError, match="has no OrcidPlugin"):
        registration.connection("ada")


def test_the_host_can_replace_the_frame_of_the_pages(tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    (templates / "orcid_plugin").mkdir(parents=True)
    (templates / "orcid_plugin" / "base.html").write_text("OUR FRAME {% block content %}{% endblock %}")
    (templates / "index.html").write_text(
        '{% from "orcid_plugin/macros.html" import orcid_id, connect_button, disconnect_button %}'
        '{{ orcid_id("https://sandbox.orcid.org/0000-0002-1825-0097", "Josiah", authenticated=True) }}'
        '{{ orcid_id("https://orcid.org/0000-0002-1825-0097") }}{{ orcid_id("javascript:alert(1)") }}'
        '{{ connect_button("/go?a=1&b=2") }}{{ disconnect_button("/profile") }}'
    )
    app = configured(template_folder=str(templates))
    app.config["ORCID_PLUGIN_DATABASE_URL"] = f"sqlite:///{tmp_path}/store.sqlite3"
    app.add_url_rule("/", "index", lambda: __import__("flask").render_template("index.html"))
    OrcidPlugin(app, host=FakeHost())
    assert "OUR FRAME" in app.test_client().get("/orcid/connect/profile").text
    page = app.test_client().get("/").text
    assert 'href="https://sandbox.orcid.org/0000-0002-1825-0097" aria-label="View ORCID record' in page
    assert 'href="https://orcid.org/0000-0002-1825-0097"' in page
    assert page.count("(unauthenticated)") == 2
    assert page.count("#a6ce39") == 2  # the authenticated iD and the button
    assert 'href="javascript' not in page
    assert "Create or connect your ORCID iD" in page
    assert 'href="/go?a=1&amp;b=2"' in page
    assert 'action="/orcid/disconnect"' in page
    runtime_of(app).close()
