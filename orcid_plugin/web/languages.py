"""The language of pages and mails: stdlib gettext over the plugin's own catalogues, apart from the host's."""

from __future__ import annotations

import datetime
import gettext as stdlib
from functools import cache
from pathlib import Path

from babel import negotiate_locale
from babel.dates import format_date
from flask import has_request_context, request

import orcid_plugin.locales
from orcid_plugin.registry.oauth import LANGUAGES

CATALOGUES = Path(orcid_plugin.locales.__path__[0])
SOURCE = "en"


@cache
def available() -> tuple[str, ...]:
    """The languages that can be chosen."""
    return (SOURCE, *sorted(path.parts[-3] for path in CATALOGUES.glob("*/LC_MESSAGES/orcid_plugin.mo")))


def chosen() -> str:
    """The language that this request prefers among those available."""
    if not has_request_context():
        return SOURCE
    return negotiate_locale(request.accept_languages.values(), available(), sep="-") or SOURCE


def gettext(message: str, **variables: object) -> str:
    """The message in the chosen language, `%(name)s` filled in."""
    catalogue = stdlib.translation("orcid_plugin", CATALOGUES, [chosen()], fallback=True)
    text = catalogue.gettext(message)
    return text % variables if variables else text


def date(moment: datetime.datetime) -> str:
    """The day of a moment, written out in the chosen language."""
    return format_date(moment, format="long", locale=chosen())


def of_orcid() -> str | None:
    """The chosen language as ORCID's authorization page names it, or None where it has no such page."""
    return chosen() if chosen() in LANGUAGES else None
