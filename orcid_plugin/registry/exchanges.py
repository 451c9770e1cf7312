"""One exchange with the Registry as it may be kept and shown: without tokens, codes, client secrets and callbacks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from urllib.parse import quote, quote_plus, unquote, urlencode

from orcid_plugin.registry.answers import Answer

LARGEST_BODY = 1_000_000
"""Bytes of a body that is looked at; of a larger one only its size is told."""

LONGEST_TEXT = 20_000
"""Characters of a body that are kept."""

HIDDEN = "…"

_ORCID = r"(?:[0-9]{4}-){3}[0-9]{3}[0-9X]"

_NAMES = r"(?:access|refresh|id)[_-]?token(?:_hint)?|token|code(?:_verifier)?|client[_-]?(?:secret|assertion)|password"
_JSON_MEMBER = re.compile(rf'("(?:{_NAMES})"\s*:\s*)(?:"(?:[^"\\]|\\.)*"?|[^\s,}}\]]+)', re.IGNORECASE)
_FORM_FIELD = re.compile(rf"((?:^|[?&;])(?:{_NAMES})=)[^&;\s\"'<>]*", re.IGNORECASE)
_QUOTE = r"""(?:\\+["']|&(?:quot|apos|#34|#39|#x27);|')"""
_QUOTED = re.compile(rf"((?<![\w-])(?:{_NAMES}){_QUOTE}\s*[:=]\s*{_QUOTE}?)[A-Za-z0-9._~+/=-]+", re.IGNORECASE)
"""In JSON that is text within JSON or HTML, or as Python writes it."""
_ELEMENT = re.compile(rf"((?:<|&lt;)(?!code\b)(?:{_NAMES})(?:>|&gt;))[^<&\s]+", re.IGNORECASE)
_SPOKEN = re.compile(r"(\b(?:bearer|(?:access|refresh) token:?)\s+)[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE)
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_CALLBACK = re.compile(r"(?<=/webhook/)\S+")
_INVITATION = re.compile(r'("authorization-url"\s*:\s*)(\{[^{}]*\}|"(?:[^"\\]|\\.)*")')
"""Of a notification: the personal link in it."""

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_OAUTH_ERROR = re.compile(r'"error"\s*:\s*"([a-z_]{1,40})"')
_TOKEN_OWNER = re.compile(rf'"orcid"\s*:\s*"({_ORCID})"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and what became of it. What it shows of addresses and bodies holds no secret, nor does its `repr`.

    Attributes:
        correlation_id: of the call's line in the log.
        address, answer, data, token: as they were, with secrets; `answer` is None where no whole one came, `data` the
            body, a mapping that of a form.
    """

    method: str
    milliseconds: int
    correlation_id: str
    address: str = field(repr=False)
    answer: Answer | None = field(repr=False)
    data: bytes | Mapping[str, str] | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The address without query, and without the callback of a webhook, which may hold a secret of the host."""
        return without(place(self.address), self._secrets)

    @property
    def status(self) -> int | None:
        """Of the answer; None where no whole one came."""
        return self.answer.status if self.answer else None

    @property
    def error_code(self) -> str | None:
        """ORCID's number or OAuth's word, or None."""
        if self.answer is None or self.answer.status < 300:
            return None
        word = _OAUTH_ERROR.search(self._response)
        code = self.answer.error_code or (word and word[1])
        return str(code) if code and code not in self._secrets else None

    @property
    def orcid(self) -> str | None:
        """The bare iD that the call was about: of its address, or of a token answer."""
        found = re.search(rf"/({_ORCID})(?:/|$)", self.url)
        if found is None and self.url.endswith("/token"):
            found = _TOKEN_OWNER.search(self._response)
        return found[1] if found else None

    def request_body(self) -> str:
        """What was sent, secrets removed, `LONGEST_TEXT` characters at most."""
        return _shortened(without(self._request, self._secrets))

    def response_body(self) -> str:
        """What came back, alike."""
        return _shortened(without(self._response, self._secrets))

    @property
    def _request(self) -> str:
        return _text(self.data if isinstance(self.data, bytes) else urlencode(self.data or {}).encode())

    @property
    def _response(self) -> str:
        return _text(self.answer.body) if self.answer else ""

    @property
    def _secrets(self) -> set[str]:
        form = self.data if isinstance(self.data, Mapping) else {}
        named = [value for name, value in form.items() if re.fullmatch(_NAMES, name)]
        return {one for one in (self.token, *named, *private(self.address, self._request)) if one}


Observer = Callable[[Exchange], None]
"""Told of each exchange when it is over, in the thread that called; it should be quick."""


def place(url: str) -> str:
    """An address without query, and without the callback of a webhook."""
    return re.split(r"[?#]|(?<=/webhook/)", url)[0]


def without(text: str, secrets: Iterable[str]) -> str:
    """The text without these secrets, however they are written in it, and without what stands where secrets stand."""
    spelled = {form for secret in secrets for form in _spellings(secret)}
    for form in sorted(spelled, key=len, reverse=True):
        text = text.replace(form, HIDDEN)
    text = _JSON_MEMBER.sub(rf'\1"{HIDDEN}"', text)
    text = _INVITATION.sub(rf'\1"{HIDDEN}"', text)
    for pattern in (_QUOTED, _ELEMENT, _FORM_FIELD, _SPOKEN):
        text = pattern.sub(rf"\1{HIDDEN}", text)
    return _JWT.sub(HIDDEN, text)


def private(address: str, body: str) -> list[str]:
    """What a request tells ORCID alone, beside its token: the callback of a webhook, the personal link of a person."""
    callback = _CALLBACK.search(address)
    return [*({callback[0], unquote(callback[0])} if callback else ()), *_links(body)]


def _links(text: str) -> list[str]:
    """The personal links of notifications: every long string at their addresses, so that no part is told either."""
    found = (_STRING.findall(match[2]) for match in _INVITATION.finditer(text))
    return [link for strings in found for one in strings if "/" in (link := str(json.loads(one))) and len(link) > 8]


def _shortened(text: str) -> str:
    """At most `LONGEST_TEXT` characters of a text."""
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + HIDDEN


def _text(body: bytes) -> str:
    if len(body) > LARGEST_BODY:  # a part of it could end within a secret
        return f"({len(body)} bytes)"
    return body.decode(errors="replace").replace("\x00", "\ufffd")


def _spellings(secret: str) -> set[str]:
    plain = {secret, unquote(secret)}
    return {
        form
        for one in plain
        for form in (
            one,
            quote(one, safe=""),
            quote(one),
            quote_plus(one),
            escape(one),
            json.dumps(one)[1:-1],
            json.dumps(one, ensure_ascii=False)[1:-1],
            json.dumps(one)[1:-1].replace("/", "\\/"),
        )
        if form
    }
