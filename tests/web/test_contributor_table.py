"""The table of a publication's contributors for editors, in the host's pages and in the plugin's own."""

from __future__ import annotations

import dataclasses

import pytest
from flask import Flask, render_template_string
from lxml import html

from orcid_plugin.hooks import publication as hook
from orcid_plugin.hooks.publication import ContributorStatus
from orcid_plugin.identity import authorship
from orcid_plugin.languages import speaking
from orcid_plugin.metadata.contributor import ContributorRole
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.store.tables import ConnectionState, Delivery, DeliveryState, InvitationState
from tests.hooks.test_display import EVIL, someone
from tests.hooks.test_publication import KEY, connect
from tests.mounted import JOSIAH, SOFIA, article, runtime_of, sign_in

TABLE = '{% from "orcid_plugin/macros.html" import contributor_table %}{{ contributor_table(statuses, key=key) }}'


@pytest.fixture
def failed(lite_app: Flask) -> Flask:
    """Josiah's record refused the work, Sofia declined, the group is nobody's."""
    connect(lite_app)
    with lite_app.app_context():
        hook.published(article())
        runtime = runtime_of(lite_app)
        with runtime.store.begin() as session:
            authorship.decline(session, runtime.site, KEY, "2")
            values = {"state": DeliveryState.FAILED, "code": "message_refused", "message": "ORCID refused <b>it</b>."}
            session.query(Delivery).update(values)
    return lite_app


def table(
    app: Flask, statuses: list[ContributorStatus], key: str | None = None, source: str = TABLE
) -> html.HtmlElement:
    with app.test_request_context():
        return html.fromstring(render_template_string(source, statuses=statuses, key=key))


def cells(row: html.HtmlElement) -> list[str]:
    return [" ".join(" ".join(cell.itertext()).split()) for cell in row.xpath("./th | ./td")]


def test_each_contributor_has_a_row_with_id_and_states(failed: Flask) -> None:
    with failed.app_context():
        found = table(failed, hook.status(KEY))
    josiah, sofia, group = found.xpath("//tbody/tr")
    assert cells(josiah) == [
        "Josiah Example",
        JOSIAH,
        "connected",
        "",
        "failed ORCID refused <b>it</b>. message_refused",
    ]
    assert cells(sofia) == ["Sofia Example", "", "declined", "", ""]
    assert cells(group) == ["The Group", "", "", "", ""]
    assert josiah.xpath(".//a/@href") == [f"https://sandbox.orcid.org/{JOSIAH}"]
    assert dict(josiah.attrib) == {
        "data-contributor": "1",
        "data-name": "Josiah Example",
        "data-orcid": JOSIAH,
        "data-connection": "active",
        "data-invitation": "",
        "data-delivery": "failed",
        "data-put-code": "",
    }
    assert not found.xpath("//form")


def test_the_put_code_leads_to_the_record(lite_app: Flask) -> None:
    sent = dataclasses.replace(
        someone(orcid=OrcidId(JOSIAH), authenticated=True),
        connection=ConnectionState.ACTIVE,
        delivery=DeliveryState.SENT,
        put_code=77,
        out_of_reach=12,
    )
    (row,) = table(lite_app, [sent]).xpath("//tbody/tr")
    assert cells(row)[4] == "done put-code 77 put-code 12, which only former credentials could change"
    assert row.xpath("./td[4]/a/@href") == [f"https://orcid.org/{JOSIAH}"]
    assert row.get("data-put-code") == "77"


def test_an_id_that_nobody_proved_is_marked_and_a_role_is_said(lite_app: Flask) -> None:
    claimed = someone("Garcia", ContributorRole.REVIEWER, orcid=OrcidId(SOFIA))
    (row,) = table(lite_app, [claimed]).xpath("//tbody/tr")
    assert cells(row)[:3] == ["Garcia reviewer", f"{SOFIA} (unauthenticated)", "not connected"]
    assert row.get("data-orcid") == ""


def test_every_state_has_its_words_in_both_languages(lite_app: Flask) -> None:
    rows = [
        *(dataclasses.replace(someone(), connection=state) for state in ConnectionState),
        *(dataclasses.replace(someone(), invitation=state) for state in InvitationState),
        *(dataclasses.replace(someone(), delivery=state) for state in DeliveryState),
    ]
    said = {}
    for language in ("en", "de"):
        with lite_app.app_context(), speaking(language):
            page = html.fromstring(render_template_string(TABLE, statuses=rows, key=None))
        said[language] = ["|".join(cells(row)[2:]) for row in page.xpath("//tbody/tr")]
    assert all(text.replace("not connected", "").strip("|") for text in said["en"])
    assert not set(said["en"]) & set(said["de"])


def test_a_call_block_writes_the_names_and_names_are_text(lite_app: Flask) -> None:
    evil = someone(EVIL)
    source = TABLE.replace("{{ contributor_table(statuses, key=key) }}", "") + (
        "{% call(one) contributor_table(statuses) %}<i>{{ one.name }}</i>{% endcall %}"
    )
    for one in (TABLE, source):
        page = table(lite_app, [evil], source=one)
        assert not page.xpath("//script")
        assert page.xpath("//tr/@data-name") == [EVIL]
    assert page.xpath("string(//tbody/tr/th/i)") == EVIL


def test_its_button_sends_again_what_did_not_arrive(failed: Flask) -> None:
    failed.add_url_rule(
        "/desk", view_func=lambda: render_template_string(TABLE, statuses=hook.status(KEY), key=KEY), endpoint="desk"
    )
    client = failed.test_client()
    sign_in(client, "ada")
    page = html.fromstring(client.get("/desk").text)
    (form,) = page.forms
    assert page.xpath("//form//button/@aria-label") == [f"Send again to {JOSIAH}"]
    answer = client.post(form.action, data=dict(form.form_values()) | {"orcid": JOSIAH})
    assert "It is on its way again." in client.get(answer.location).text
    assert not html.fromstring(client.get("/desk").text).forms


def test_the_editors_page_of_the_plugin_has_it(failed: Flask) -> None:
    client = failed.test_client()
    sign_in(client, "ada")
    page = html.fromstring(client.get(f"/orcid/history?publication={KEY}").text)
    assert [cells(row)[:3] for row in page.xpath("//tbody/tr[@data-contributor]")] == [
        ["Josiah Example", JOSIAH, "connected"],
        ["Sofia Example", "", "declined"],
        ["The Group", "", ""],
    ]
