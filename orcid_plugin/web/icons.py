"""ORCID's own icon files, where settings name them, as browsers fetch them: unaltered, and kept for good."""

from __future__ import annotations

from flask import abort, request
from werkzeug import Response

from orcid_plugin.icons import IconFile
from orcid_plugin.runtime import of_host
from orcid_plugin.web.pages import blueprint

# An SVG opened by its address is a document: its own styles hold, and nothing in it runs.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_YEAR = 31_536_000


def asked() -> IconFile | None:
    """The icon that the address of this request names, if it is one of those in use."""
    if request.endpoint != f"{blueprint.name}.icon" or request.view_args is None:
        return None
    settings, name = of_host().settings, request.view_args["name"]
    return next((one for one in (settings.icon, settings.unauthenticated_icon) if one and one.name == name), None)


@blueprint.get("/icons/<name>")
def icon(name: str) -> Response:
    """The file as it was read. Its address changes with its content."""
    found = asked()
    if found is None:
        abort(404)
    answer = Response(found.content, content_type=found.media_type)
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.cache_control.public = True
    answer.cache_control.max_age = _YEAR
    answer.cache_control.immutable = True
    answer.set_etag(name)
    return answer.make_conditional(request)
