"""What all pages of the plugin share: the blueprint, headers, what templates can use, and errors as pages."""

from __future__ import annotations

import html
import json
import logging
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, g, jsonify, make_response, render_template, request
from flask_wtf.csrf import generate_csrf, validate_csrf
from werkzeug.exceptions import BadRequest, HTTPException

import orcid_plugin.templates
from orcid_plugin import languages
from orcid_plugin.errors import InvalidOrcidId, OrcidPluginError
from orcid_plugin.hooks import display, registration
from orcid_plugin.host import SignsIn
from orcid_plugin.icons import IconFile
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.runtime import current, of_host
from orcid_plugin.settings import Settings

TEMPLATES = Path(orcid_plugin.templates.__path__[0])
CSRF_FIELD = "csrf_token"
NEXT_URL = "orcid_plugin_next_url"
AGAIN_URL = "orcid_plugin_again_url"
"""In `flask.g`: where a person can go on who ends on an error page, and where they can try again at ORCID."""

log = logging.getLogger("orcid_plugin.web")
blueprint = Blueprint(
    "orcid_plugin",
    __name__,
    template_folder=str(TEMPLATES),
    static_folder=str(TEMPLATES / "orcid_plugin" / "static"),
    static_url_path="/assets",  # not /static, which is the host's own where the plugin is mounted at its root
)


class TemplateTools:
    """What templates find as `orcid_plugin`, in imported macros as well."""

    gettext = staticmethod(languages.gettext)
    date = staticmethod(languages.date)
    moment = staticmethod(languages.moment)
    language = staticmethod(languages.tag)
    direction = staticmethod(languages.direction)
    csrf_token = staticmethod(generate_csrf)
    citation_tags = staticmethod(display.citation_tags)
    plain = staticmethod(html.unescape)  # what a macro says, in a mail of plain text

    @staticmethod
    def detail(value: object) -> str:
        """What an event tells beside who and what: a text as it is, a list with commas, all else as JSON."""
        if isinstance(value, str):
            return value
        return ", ".join(map(str, value)) if isinstance(value, list) else json.dumps(value, ensure_ascii=False)

    @staticmethod
    def known_orcid(orcid: str | OrcidId) -> OrcidId | None:
        """The iD in any common form; None for what is none."""
        try:
            return orcid if isinstance(orcid, OrcidId) else OrcidId.parse(orcid)
        except InvalidOrcidId:
            return None

    @staticmethod
    def record_url(orcid: OrcidId) -> str:
        """Where the record of an iD is: the iD's own URI, or the emulator's page of it."""
        environment = current().settings.registry
        return environment.record_url(orcid.path) if orcid.host == environment.id_host else orcid.uri

    @staticmethod
    def icon(authenticated: bool) -> IconFile | None:
        """ORCID's icon for iDs that are authenticated, or are not, where settings name the file."""
        settings = of_host().settings
        return settings.icon if authenticated else settings.unauthenticated_icon


blueprint.add_app_template_global(TemplateTools, "orcid_plugin")


def _settings() -> Settings:
    """Those of the site that is asked for; the host's own on the page that says that there is no such site."""
    try:
        return current().settings
    except OrcidPluginError:
        return of_host().settings


def page(template: str, status: int = 200, **context: Any) -> Response:
    """One of the plugin's pages."""
    settings = _settings()
    return make_response(
        render_template(
            f"orcid_plugin/{template}", site_name=settings.site_name, support_email=settings.support_email, **context
        ),
        status,
    )


def _as_json() -> bool:
    """Whether the answer is for a script: the endpoints of `web.api`."""
    return (request.endpoint or "").startswith(f"{blueprint.name}.api_")


def _json_error(code: str, message: str, status: int) -> Response:
    answer = jsonify(error={"code": code, "message": message})
    answer.status_code = status
    return answer


def require_csrf() -> None:
    """Refuse a form that was not sent from one of our pages, whether the host uses `CSRFProtect` or not."""
    try:
        validate_csrf(request.form.get(CSRF_FIELD))
    except ValueError:  # WTForms' ValidationError
        raise BadRequest("The form has expired or was not sent from this site.") from None


@blueprint.after_request
def _headers(response: Response) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")  # addresses hold states and invitation links
    of_static = request.endpoint == f"{blueprint.name}.static" and response.status_code < 400
    if of_static or "Content-Security-Policy" in response.headers:
        return response  # a file, which may be kept
    web = _settings().registry.web
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault(
        "Content-Security-Policy",
        # Browsers hold a form's redirect against form-action as well, so ORCID is named.
        f"default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {web}",
    )
    return response


@blueprint.errorhandler(OrcidPluginError)
def _refused(error: OrcidPluginError) -> Response:
    log.info("%s answered with %s: %s", request.endpoint, error.code, error)
    if _as_json():
        return _json_error(error.code, str(error), error.status)
    return _error_page(error.code, error.status, str(error))


def _error_page(code: str, status: int, detail: str | None = None) -> Response:
    return page(
        "error.html",
        status,
        code=code,
        detail=detail,
        asked=status < 500,
        next_url=g.get(NEXT_URL),
        again_url=g.get(AGAIN_URL),
        registry_web=_settings().registry.web,
        sign_in_url=registration.sign_in_url() if isinstance(of_host().host, SignsIn) else None,
    )


@blueprint.errorhandler(HTTPException)
def _http(error: HTTPException) -> Response:
    status = error.code or 500
    code = _CODES.get(status, "request")
    if _as_json():
        answer = _json_error(code, error.description or "The request cannot be answered.", status)
    else:
        answer = _error_page(code, status)
    answer.headers.extend((name, value) for name, value in error.get_headers() if name == "Retry-After")
    return answer


_CODES = {403: "forbidden", 404: "not_found", 429: "too_many_requests"}


@blueprint.errorhandler(Exception)
def _unexpected(error: Exception) -> Response:
    log.exception("%s failed", request.endpoint)
    if _as_json():
        return _json_error("unexpected", "Something went wrong on our side; the log has the details.", 500)
    return _error_page("unexpected", 500)
