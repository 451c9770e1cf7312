"""Text as ORCID's messages want it: plain, of legal characters, and no longer than allowed."""

from __future__ import annotations

import html
import re
import unicodedata
from urllib.parse import urlsplit

ELLIPSIS = "…"

FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold (XML 1.0, production 2); lone surrogates among it."""

_ENTITY = re.compile(r"&(?:[a-zA-Z][a-zA-Z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")
_TAG = re.compile(
    r"<(?P<close>/?)(?P<name>[a-zA-Z][\w.-]*(?::[\w.-]+)?)(?:\s+[\w:.-]+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*\s*(?P<empty>/?)>"
)
_BLOCKS = frozenset({"p", "div", "sec", "title", "li", "list-item", "br", "break", "hr", "abstract"})
_VOID = frozenset({"br", "break", "hr"})
# A character that no URI may hold (RFC 3986), or a per cent sign that escapes nothing.
_NOT_IN_URI = re.compile(r"[^!#$%&'()*+,\-./0-9:;=?@A-Z_a-z~]|%(?![0-9a-fA-F]{2})")


def clean(text: str | None, limit: int | None = None) -> str | None:
    """One line of plain text: tags, entities and illegal characters gone, at most `limit` long; None if empty."""
    return _shortened(" ".join(_plain(text).split()), limit) or None if text else None


def paragraphs(text: str | None, limit: int) -> str | None:
    """Plain text with its paragraphs parted by a blank line; None if empty."""
    if not text:
        return None
    parts = (" ".join(part.split()) for part in re.split(r"\n\s*\n", _plain(text)))
    return _shortened("\n\n".join(part for part in parts if part), limit) or None


def joined(title: str, subtitle: str | None) -> str:
    """Title and subtitle in one line, parted by a colon unless the title ends in a mark of its own."""
    title = title.strip()
    return f"{title}{' ' if title.endswith((':', '?', '!', '.')) else ': '}{subtitle}" if subtitle else title


def length(text: str) -> int:
    """Length in UTF-16 code units: the Registry is written in Java, and so counts a character beyond U+FFFF as two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def web_address(text: str | None) -> str | None:
    """An http, https or ftp address as a legal `xs:anyURI`, other characters percent-encoded; None for the rest."""
    if not text:
        return None
    escaped = _NOT_IN_URI.sub(lambda match: _percent(match[0]), FORBIDDEN.sub("", text).strip())
    return escaped if re.match(r"(?:https?|ftp)://[^/?#]", escaped, re.IGNORECASE) and is_uri(escaped) else None


def is_uri(text: str) -> bool:
    """Whether the text is a URI reference of legal characters, as `xs:anyURI` demands."""
    try:
        parts = urlsplit(text)
        legal_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return bool(text) and legal_port and "#" not in parts.fragment and not _NOT_IN_URI.search(text)


def _plain(text: str) -> str:
    text = FORBIDDEN.sub("", text)
    for _ in range(3):  # `&amp;lt;i&amp;gt;` is escaped twice
        text = FORBIDDEN.sub("", _ENTITY.sub(lambda match: html.unescape(match[0]), text))
    return unicodedata.normalize("NFC", _without_tags(text))


def _without_tags(text: str) -> str:
    # "a<b and c>d" is honest text: only what is closed somewhere, closes itself or has a prefix is a tag.
    closed = {match["name"] for match in _TAG.finditer(text) if match["close"]}

    def replacement(match: re.Match[str]) -> str:
        name = match["name"]
        if not (name in closed or match["empty"] or name.lower() in _VOID or ":" in name):
            return match[0]
        local = name.rpartition(":")[2].lower()
        return "\n\n" if local in _BLOCKS else ""

    return _TAG.sub(replacement, text)


def _shortened(text: str, limit: int | None) -> str:
    if limit is None or length(text) <= limit:
        return text
    text = text.encode("utf-16-le")[: 2 * (limit - len(ELLIPSIS))].decode("utf-16-le", "ignore")
    head, space, _ = text.rpartition(" ")
    # A language without spaces, or one endless word, is cut where it must be.
    kept = head if space and len(head) > len(text) // 2 else text
    return kept.rstrip(" \n,;:–—-") + ELLIPSIS


def _percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())
