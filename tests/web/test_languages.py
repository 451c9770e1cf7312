"""Catalogues are complete and compiled, and the browser's language is chosen."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask

from orcid_plugin import languages
from orcid_plugin.hooks import submission
from orcid_plugin.languages import CATALOGUES
from orcid_plugin.web.pages import TEMPLATES
from tests.mounted import FakeHost, deliver, submit

TRANSLATED = sorted(CATALOGUES.glob("*/LC_MESSAGES/*.po"))


def in_templates() -> Iterator[str]:
    for _file, _line, message, _comments, _context in extract_from_dir(
        str(TEMPLATES), method_map=[("**.html", "jinja2"), ("**.txt", "jinja2")]
    ):
        assert isinstance(message, str)
        yield message


def test_the_template_catalogue_holds_what_the_pages_say() -> None:
    with (CATALOGUES / "orcid_plugin.pot").open("rb") as file:
        known = {message.id for message in read_po(file) if message.id}
    assert known == set(in_templates())


@pytest.mark.parametrize("path", TRANSLATED, ids=lambda path: path.parts[-3])
def test_a_translation_is_complete_and_compiled(path: Path) -> None:
    with path.open("rb") as file:
        catalogue = read_po(file)
    with path.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert {message.id for message in catalogue if message.id} == set(in_templates())
    for message in catalogue:
        if message.id:
            assert message.string
            assert sorted(re.findall(r"%\(\w+\)s", str(message.id))) == sorted(
                re.findall(r"%\(\w+\)s", str(message.string))
            )
            assert compiled.gettext(str(message.id)) == message.string


@pytest.mark.parametrize(
    ("header", "language", "heading"),
    [
        ("de-AT,de;q=0.8,en;q=0.5", "de", "Bitte beginnen Sie noch einmal"),
        ("tlh", "en", "Please start again"),
        ("", "en", "Please start again"),
        ("en-GB,de;q=0.5", "en", "Please start again"),
        ("*", "en", "Please start again"),
        ("DE-at", "de", "Bitte beginnen Sie noch einmal"),
        ("de;q=0,en;q=0.1", "en", "Please start again"),
    ],
)
def test_the_browsers_language(lite_app: Flask, header: str, language: str, heading: str) -> None:
    client = lite_app.test_client()
    page = client.get("/orcid/callback", headers={"Accept-Language": header})
    assert f'<html lang="{language}" dir="ltr">' in page.text
    assert heading in page.text
    there = client.get("/orcid/connect/register", headers={"Accept-Language": header})
    assert f"lang={language}" in there.location


def test_no_name_turns_a_sentence_around(lite_app: Flask) -> None:
    with lite_app.test_request_context():
        assert languages.gettext("Dear %(name)s,", name="Ada \u202eevoL\u2069") == "Dear Ada evoL,"
        assert languages.gettext("Dear %(name)s,", name="\u200fمحمد العربي") == "Dear \u200fمحمد العربي,"


@pytest.mark.parametrize(
    ("asked", "chosen", "tag", "direction", "of_orcid"),
    [
        ("pt-BR", "pt_BR", "pt-BR", "ltr", "pt"),
        ("zh-TW", "zh_TW", "zh-TW", "ltr", "zh_TW"),
        ("zh_TW", "zh_TW", "zh-TW", "ltr", "zh_TW"),
        ("zh-CN", "en", "en", "ltr", "en"),
        ("ar-EG", "ar", "ar", "rtl", "ar"),
    ],
)
def test_catalogues_of_all_kinds(
    lite_app: Flask, monkeypatch: pytest.MonkeyPatch, asked: str, chosen: str, tag: str, direction: str, of_orcid: str
) -> None:
    monkeypatch.setattr(languages, "available", lambda: ("en", "ar", "de", "pt_BR", "zh_TW"))
    with lite_app.test_request_context(headers={"Accept-Language": asked}):
        assert languages.chosen() == chosen
        assert (languages.tag(), languages.direction(), languages.of_orcid()) == (tag, direction, of_orcid)
    with lite_app.app_context(), languages.speaking(asked):
        assert languages.chosen() == chosen
    page = lite_app.test_client().get("/orcid/callback", headers={"Accept-Language": asked})
    assert f'<html lang="{tag}" dir="{direction}">' in page.text


def test_a_mail_in_german(lite_app: Flask, host: FakeHost) -> None:
    submit(lite_app)
    with lite_app.test_request_context(headers={"Accept-Language": "de"}):
        status = submission.invite("ms-1", "2", email="a@b.example", invited_by="Ada")
    deliver(lite_app)
    (mail,) = host.mails
    assert mail.subject.startswith("Ihre ORCID iD für „On")
    for text in (mail.text, mail.html):
        assert "Guten Tag Sofia Example," in text
        assert str(status.expires_at.year) in text
