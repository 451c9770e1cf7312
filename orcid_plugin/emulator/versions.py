"""The API's versions: where a path without one, or with one that is gone, leads (Source, `ApiVersionCheckFilter`)."""

from __future__ import annotations

import re

from flask import Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from orcid_plugin.emulator.answers import error_answer
from orcid_plugin.emulator.hosts import MEMBER_API, place
from orcid_plugin.emulator.refusals import Refusal

_VERSION = re.compile(r"/v(?P<number>\d+\.\d+)(?P<candidate>_rc\d+)?(?=/|$)")
_WITHOUT_VERSION = re.compile(r"/[^/]+/webhook/.")


def check(*, https_only: bool) -> BaseResponse | None:
    """The answer to a request to an API whose version is not v3.0; refused if it has to be.

    Arguments:
        https_only: whether the APIs' named hosts answer over TLS alone.
    """
    arrived = place()
    if not arrived.is_api or _WITHOUT_VERSION.match(arrived.path):
        return None
    version = _VERSION.match(arrived.path)
    if version is None:
        if request.method not in {"GET", "HEAD"}:
            raise Refusal(9012, "The path must begin with the version of the API.")
        return redirect(arrived.url(f"{MEMBER_API}{arrived.path}"))
    if version["candidate"]:
        return _replaced(version)
    if https_only and arrived.named and request.scheme == "http":
        raise Refusal(9012, "This API Version only allows HTTPS calls.")
    if version[0] != MEMBER_API:
        raise Refusal(9016, "This emulator knows version 3.0 of the API only.")
    return None


def _replaced(version: re.Match[str]) -> Response:
    answer = error_answer(Refusal(9056, version=version["number"]))
    answer.headers["Location"] = place().url(f"/v{version['number']}{version.string[version.end() :]}")
    return answer
