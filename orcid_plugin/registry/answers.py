"""Answers of the API, and the errors among them, whatever their form: ORCID's, OAuth's, HTML, plain text, nothing."""

from __future__ import annotations

import datetime
import email.utils
import json
import re
from dataclasses import dataclass, field
from typing import Any

from lxml import etree
from requests.structures import CaseInsensitiveDict

from orcid_plugin.errors import AnswerError
from orcid_plugin.registry import refusals
from orcid_plugin.registry.refusals import WEB_PAGE

MAX_BODY = 200_000
"""Bytes of an error's body that are looked at; ORCID's own are far shorter."""

MAX_TEXT = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers with case-insensitive names, the body's bytes, and the call's id in the log.

    `repr` leaves out the body, which holds the tokens of a grant, or repeats the one that was refused.
    """

    status: int
    headers: CaseInsensitiveDict[str]
    body: bytes = field(repr=False)
    call: str = ""

    @property
    def error_code(self) -> int | None:
        """ORCID's code of an error; None for success and for an error without one."""
        return _explanation(self.body)[0] if self.status >= 300 else None


def error_of(answer: Answer, *secrets: str) -> AnswerError:
    """The error that an answer stands for. It raises nothing, and its texts hold none of the secrets.

    ORCID repeats the token: "Invalid access token: X".
    """
    code, message = _explanation(answer.body)
    for secret in secrets:
        message = message.replace(secret, "…") if secret else message
    return refusals.error(
        answer.status,
        code,
        one_line(message),
        retry_after=retry_after(answer.headers.get("Retry-After")),
        location=answer.headers.get("Location"),
    )


def retry_after(value: str | None, now: datetime.datetime | None = None) -> float | None:
    """Seconds that a `Retry-After` header asks to wait (RFC 9110, 10.2.3: seconds or a date), never below 0."""
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text, re.ASCII):
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return max(0.0, (moment - (now or datetime.datetime.now(datetime.UTC))).total_seconds())


def error_in(body: Any) -> AnswerError:
    """The error that stands in place of an item of a bulk answer: an object of ORCID's form."""
    found: dict[str, Any] = body if isinstance(body, dict) else {}
    status = _code(found.get("response-code")) or 500
    return refusals.error(status, _code(found.get("error-code")), one_line(_text(found.get("developer-message"))))


def _explanation(body: bytes) -> tuple[int | None, str]:
    """Error code and text. The form is told by the body itself: proxies send any Content-Type, or none."""
    text = body[:MAX_BODY].decode(errors="replace").lstrip("\ufeff \t\r\n")
    if text.startswith("{"):
        return _of_json(text)
    if text.startswith("<"):
        return _of_xml(text)
    return None, text


def _of_json(text: str) -> tuple[int | None, str]:
    try:
        body: dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError):
        return None, text
    oauth = ": ".join(part for part in (_text(body.get("error")), _text(body.get("error_description"))) if part)
    return _code(body.get("error-code")), _text(body.get("developer-message")) or oauth or _text(body.get("message"))


def _of_xml(text: str) -> tuple[int | None, str]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None, WEB_PAGE
    if etree.QName(root).localname != "error":
        return None, WEB_PAGE
    found = {etree.QName(child).localname: child.text or "" for child in root if isinstance(child.tag, str)}
    return _code(found.get("error-code")), found.get("developer-message", "")


def _code(value: object) -> int | None:
    text = str(value)
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text, re.ASCII) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def one_line(text: str, length: int = MAX_TEXT) -> str:
    """The text without line breaks, control characters, half characters and turns of direction, cut at a length."""
    return re.sub(r"[\s\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+", " ", text).strip()[:length]
