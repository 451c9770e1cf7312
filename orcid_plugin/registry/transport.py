"""HTTP to the Registry: time-outs, no redirects, limits on the size and time of an answer, pooled connections."""

from __future__ import annotations

import copy
import http.cookiejar
import logging
import time
import uuid
from collections.abc import Mapping
from typing import Any

import requests
import requests.adapters
import urllib3.exceptions

from orcid_plugin.errors import Unreachable
from orcid_plugin.registry.answers import Answer
from orcid_plugin.registry.exchanges import Exchange, Observer, place
from orcid_plugin.version import VERSION

CHUNK = 65_536
MAX_ANSWER = 50_000_000
"""Bytes of an answer that are read at most; a record of 10,000 works is far smaller."""

log = logging.getLogger("orcid_plugin.registry")


class Bearer(requests.auth.AuthBase):
    """A token as requests wants it: `repr` hides it, and no .netrc replaces it."""

    def __init__(self, token: str) -> None:
        self.token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


def no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """No header at all, so that no .netrc adds one."""
    return request


class PlainSession(requests.Session):
    """A session that leaves redirects alone, keeps no cookies, and reads answers within limits.

    requests would read a redirect's body away, whatever its size, and stumble over an odd `Location`.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.headers["User-Agent"] = f"orcid_plugin/{VERSION}"
        self.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        adapter = _Adapter(pool_connections=4, pool_maxsize=32)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere."""


class _Adapter(requests.adapters.HTTPAdapter):
    """Reads the body at once, for as long again as the first byte may take, and never more than `MAX_ANSWER`."""

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        response = super().send(request, *arguments, **{**options, "stream": True})
        try:
            response._content = _body(response.raw, options["timeout"][1])
        except TimeoutError as error:
            raise requests.ReadTimeout(request=request) from error
        except urllib3.exceptions.HTTPError as error:
            raise requests.exceptions.ChunkedEncodingError(request=request) from error
        finally:
            response.close()
        return response


class Transport:
    """A pool of connections to the Registry, safe to share among threads."""

    def __init__(self, *, connect_timeout: float = 5.0, read_timeout: float = 30.0) -> None:
        self._timeout = (connect_timeout, read_timeout)
        self._session = PlainSession()
        self._observer: Observer | None = None

    def send(self, method: str, url: str, **options: Any) -> Answer:
        """One request, never redirected: a 301 would turn a POST into a GET (reference: ORCID deprecated records).

        `options` are those of `requests.Session.request`; pass a token as `auth`, or `no_auth`, so that no .netrc does.
        Raises `Unreachable` where no whole answer came. Each call is logged with duration, status, ORCID's error code
        and a correlation id; never with headers, query or body.
        """
        call, started, answer = uuid.uuid4().hex[:12], time.monotonic(), None
        try:
            answer = self._answer(method, url, options, call)
        finally:
            milliseconds = round((time.monotonic() - started) * 1000)
            self._observe(
                Exchange(
                    method=method,
                    address=url,
                    answer=answer,
                    milliseconds=milliseconds,
                    correlation_id=call,
                    data=options.get("data"),
                    token=auth.token if isinstance(auth := options.get("auth"), Bearer) else None,
                )
            )
        code = answer.error_code
        log.info(
            "%s %s: %d%s in %d ms",
            method,
            place(url),
            answer.status,
            f" (error {code})" if code else "",
            milliseconds,
            extra={"call": call, "status": answer.status, "error_code": code},
        )
        return answer

    def _answer(self, method: str, url: str, options: Mapping[str, Any], call: str) -> Answer:
        try:
            response = self._session.request(method, url, timeout=self._timeout, allow_redirects=False, **options)
        except (requests.RequestException, OSError) as error:
            reason = "in time" if isinstance(error, requests.Timeout) else "at all"
            kind, where = type(error).__name__, place(url)
            log.warning("%s %s: no answer %s (%s)", method, where, reason, kind, extra={"call": call})
            # without the cause: it holds the request, and with it tokens, codes and secrets
            raise Unreachable(f"ORCID did not answer {reason} ({method} {where})") from None
        return Answer(response.status_code, response.headers, response.content, call)

    def _observe(self, exchange: Exchange) -> None:
        try:
            if self._observer is not None:
                self._observer(exchange)
        except Exception as error:  # what comes of a call does not depend on who looks on
            log.error("a call cannot be observed: %s", type(error).__name__)

    def observed(self, observer: Observer | None) -> Transport:
        """The same pool with another observer of its exchanges, or with none; it never fails a call."""
        other = copy.copy(self)
        other._observer = observer
        return other

    def within(self, seconds: float) -> Transport:
        """The same pool for calls on which a person waits: each part of a call takes at most so many seconds."""
        hurried = copy.copy(self)
        hurried._timeout = (min(seconds, self._timeout[0]), min(seconds, self._timeout[1]))
        return hurried

    def close(self) -> None:
        """Close the pool."""
        self._session.close()


def _body(raw: Any, seconds: float) -> bytes:
    """The body, decoded piece by piece, so that neither a small answer that unpacks nor one that drips is endless."""
    body, until = bytearray(), time.monotonic() + seconds
    while part := raw.read1(CHUNK, decode_content=True):
        body += part
        if len(body) > MAX_ANSWER:
            raise urllib3.exceptions.HTTPError(f"more than {MAX_ANSWER} bytes")
        if time.monotonic() > until:
            raise TimeoutError
    return bytes(body)
