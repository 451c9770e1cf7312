"""Paths with encoded slashes in a segment, as the callback address in the path of a webhook has them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, unquote, unquote_to_bytes
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.routing import BaseConverter


class EncodedSegment(BaseConverter):
    """One segment of a path that may hold anything, decoded for the view: `<encoded:callback>` in a rule."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        return unquote(value)

    def to_url(self, value: str) -> str:
        return quote(value, safe="")


class KeepEncodedSlashes:
    """Leaves `%2F`, and `%25` lest it be mistaken, as they were sent; servers decode the whole path."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("REQUEST_URI", "").partition("?")[0]
        if path.startswith("/"):
            kept = re.sub(r"%(?=2[Ff]|25)", "%25", path)
            environ["PATH_INFO"] = unquote_to_bytes(kept.encode("latin-1")).decode("latin-1")
        return self.app(environ, start_response)
