"""The language of pages and mails: stdlib gettext over the plugin's own catalogues, apart from the host's."""

from __future__ import annotations

import datetime
import gettext as stdlib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_datetime
from flask import g, has_app_context, has_request_context, request

import orcid_plugin.locales
from orcid_plugin.registry.oauth import LANGUAGES

CATALOGUES = Path(orcid_plugin.locales.__path__[0])
SOURCE = "en"
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Characters that turn the direction of all the text behind them (Unicode UAX 9); languages need none in a name."""

_LANGUAGE = "orcid_plugin_language"
"""In `flask.g`: the language that `speaking` chose."""


@cache
def available() -> tuple[str, ...]:
    """The languages that can be chosen, by the folders of their catalogues: `de`, `pt_BR`."""
    return (SOURCE, *sorted(path.parts[-3] for path in CATALOGUES.glob("*/LC_MESSAGES/orcid_plugin.mo")))


@contextmanager
def speaking(language: str | None) -> Iterator[None]:
    """Within it, texts are in this language (BCP 47, or a locale's name), or in English where there is no catalogue.

    None changes nothing: the request's language counts.
    """
    before = g.get(_LANGUAGE)
    if language is not None:
        setattr(g, _LANGUAGE, _nearest([language]))
    try:
        yield
    finally:
        setattr(g, _LANGUAGE, before)


def chosen() -> str:
    """The language in force: that of `speaking`, else the one of those available that this request prefers."""
    if has_app_context() and (named := g.get(_LANGUAGE)) is not None:
        return str(named)
    if not has_request_context():
        return SOURCE
    return _nearest([tag for tag, quality in request.accept_languages if quality > 0])


def _nearest(tags: Iterable[str]) -> str:
    """The first of the languages of which there is a catalogue, or one less special: `de` for `de-AT` and `de_AT`."""
    known = {name.replace("_", "-").lower(): name for name in available()}
    for tag in tags:
        parts = tag.replace("_", "-").lower().split("-")[:3]
        for length in range(len(parts), 0, -1):
            if (found := known.get("-".join(parts[:length]))) is not None:
                return found
    return SOURCE


def tag() -> str:
    """The chosen language as HTML names it (BCP 47)."""
    return chosen().replace("_", "-")


def direction() -> str:
    """Which way the chosen language is written: `ltr` or `rtl`."""
    return Locale.parse(chosen()).text_direction


def gettext(message: str, **variables: object) -> str:
    """The message in the chosen language, `%(name)s` filled in; no name turns the sentence around that it stands in."""
    catalogue = stdlib.translation("orcid_plugin", CATALOGUES, [chosen()], fallback=True)
    text = catalogue.gettext(message)
    straight = {name: _TURNS.sub("", value) if isinstance(value, str) else value for name, value in variables.items()}
    return text % straight if variables else text


def date(moment: datetime.datetime) -> str:
    """The day of a moment, written out in the chosen language."""
    return format_date(moment, format="long", locale=chosen())


def moment(moment: datetime.datetime) -> str:
    """Day and minute of a moment in UTC, in the chosen language."""
    return f"{format_datetime(moment, format='short', tzinfo=datetime.UTC, locale=chosen())} UTC"


def of_orcid() -> str | None:
    """The chosen language as ORCID's authorization page names it, or None where it has no such page."""
    return next((name for name in (chosen(), chosen().partition("_")[0]) if name in LANGUAGES), None)
