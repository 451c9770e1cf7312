"""HTTP to the Registry: time-outs, no redirects, limits on the size and time of an answer, pooled connections."""

from __future__ import annotations

import http.cookiejar
import logging
import time
import uuid
from dataclasses import dataclass
from typing import Any

import requests
import requests.adapters
import urllib3.exceptions

from orcid_plugin.errors import Unreachable
from orcid_plugin.version import VERSION

CHUNK = 65_536
MAX_ANSWER = 50_000_000
"""Bytes of an answer that are read at most; a record of 10,000 works is far smaller."""

log = logging.getLogger("orcid_plugin.registry")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers with case-insensitive names, and the body's bytes."""

    status: int
    headers: requests.structures.CaseInsensitiveDict[str]
    body: bytes


class PlainSession(requests.Session):
    """A session that leaves redirects alone, and keeps no cookies: calls for different people share it.

    requests would read a redirect's body away, whatever its size, and stumble over an odd `Location`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere."""


class Transport:
    """A pool of connections to the Registry, safe to share among threads.

    A call ends after the time for the connection, that for the first byte and the same again for the rest.
    """

    def __init__(self, *, connect_timeout: float = 5.0, read_timeout: float = 30.0) -> None:
        self._timeout = (connect_timeout, read_timeout)
        self._session = PlainSession()
        self._session.headers["User-Agent"] = f"orcid_plugin/{VERSION}"
        adapter = requests.adapters.HTTPAdapter(pool_connections=4, pool_maxsize=32)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def send(self, method: str, url: str, **options: Any) -> Answer:
        """One request, never redirected: a 301 would turn a POST into a GET (reference: ORCID deprecated records).

        `options` are those of `requests.Session.request`; pass a token as `auth`, so that no .netrc replaces it.
        Raises `Unreachable` where no whole answer came. Each call is logged with duration, status and a correlation id;
        never with headers, query or body.
        """
        call, started = uuid.uuid4().hex[:12], time.monotonic()
        place = url.partition("?")[0]
        try:
            with self._session.request(
                method, url, timeout=self._timeout, allow_redirects=False, stream=True, **options
            ) as response:
                answer = Answer(response.status_code, response.headers, _body(response.raw, self._timeout[1]))
        except (requests.RequestException, OSError) as error:
            reason = "in time" if isinstance(error, requests.Timeout | TimeoutError) else "at all"
            log.warning("%s %s: no answer %s", method, place, reason, extra={"call": call})
            raise Unreachable(f"ORCID did not answer {reason} ({method} {place})") from error
        except urllib3.exceptions.HTTPError as error:
            log.warning("%s %s: the answer broke off", method, place, extra={"call": call})
            raise Unreachable(f"ORCID's answer broke off ({method} {place})") from error
        log.info(
            "%s %s: %d in %.0f ms",
            method,
            place,
            answer.status,
            (time.monotonic() - started) * 1000,
            extra={"call": call, "status": answer.status},
        )
        return answer

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
