"""A deposit as elements with their byte offsets, read without entities and without the network."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from orcid_plugin.errors import UnreadableInput

LARGEST = 64 * 1024 * 1024
DEEPEST = 200

# A character that XML 1.0 does not allow, so that no namespace can hold it.
_SEPARATOR = "\f"
_START_TAG = re.compile(rb"<[^\s/>]+(?:[^\"'>]|\"[^\"]*\"|'[^']*')*>")
_DECLARED = re.compile(rb"<\?xml[^>]*?\sencoding\s*=\s*[\"']([A-Za-z][\w.-]*)[\"']")
# Encodings in which markup has the bytes of ASCII, and UTF-16.
_ENCODINGS = re.compile(
    r"utf-(?:8|16-[bl]e)|ascii|iso8859-\d+|cp125\d|koi8-[ru]|gb2312|gbk|gb18030|big5|shift_jis|euc_(?:jp|kr)"
)


@dataclass(slots=True, eq=False)
class Element:
    """An element of the deposit's own namespace.

    Attributes:
        start, end: where its first tag begins and its last one ends.
        inner, close: where its first tag ends and its last one begins; both are `end` of a self-closing element.
        text: its own character data, entities and CDATA resolved, without that of its children.
    """

    name: str
    prefix: str
    attributes: dict[str, str]
    parent: Element | None
    ordinal: int
    start: int
    inner: int
    close: int = 0
    end: int = 0
    children: list[Element] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    named: Counter[str] = field(default_factory=Counter)

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    @property
    def path(self) -> str:
        """`body/journal/journal_article[2]`, from below the root; a number only where siblings share the name."""
        if self.parent is None:
            return ""
        number = f"[{self.ordinal}]" if self.parent.named[self.name] > 1 else ""
        return f"{self.parent.path}/{self.name}{number}".lstrip("/")

    def all(self, *names: str) -> list[Element]:
        """Its children of these names, in document order."""
        return [child for child in self.children if child.name in names]


@dataclass(frozen=True, slots=True)
class Document:
    """A deposit that was read.

    Attributes:
        data: its bytes in UTF-8, which all offsets count.
        codec: Python's name of the encoding of the file.
        namespace: that of the root element.
        elements: those of the same namespace in document order, without what stands in other namespaces or citations.
    """

    data: bytes
    codec: str
    namespace: str
    elements: tuple[Element, ...]

    @property
    def root(self) -> Element:
        return self.elements[0]

    def encoded(self, data: bytes) -> bytes:
        """UTF-8 bytes in the encoding of the file."""
        return data if self.codec == "utf-8" else data.decode("utf-8").encode(self.codec)


def read(xml: bytes, name: str) -> Document:
    """Read a deposit; `name` is what messages call it.

    Raises `UnreadableInput` if it is too large or too deep, not well-formed, or brings declarations of its own.
    """
    if len(xml) > LARGEST:
        raise UnreadableInput(f"{name} is larger than {LARGEST // 1024**2} MiB")
    codec, data = _transcoded(xml, name)
    reading = _Reading(data, name)
    return Document(data, codec, reading.namespace, tuple(reading.elements))


def _transcoded(xml: bytes, name: str) -> tuple[str, bytes]:
    declared = _DECLARED.match(xml.removeprefix(codecs.BOM_UTF8))
    if xml.startswith((codecs.BOM_UTF16_LE, b"<\0")):
        label = "utf-16-le"
    elif xml.startswith((codecs.BOM_UTF16_BE, b"\0<")):
        label = "utf-16-be"
    elif xml.startswith(codecs.BOM_UTF8) or declared is None:
        label = "utf-8"
    else:
        label = declared[1].decode("ascii")
    try:
        codec = codecs.lookup(label).name
        if _ENCODINGS.fullmatch(codec) is None:
            raise LookupError(label)
        text = xml.decode(codec)
        if codec != "utf-8" and text.encode(codec) != xml:
            raise UnicodeError(codec)
    except (LookupError, UnicodeError):
        raise UnreadableInput(f"{name} cannot be read in its encoding {label!r}; save it as UTF-8") from None
    return codec, text.encode("utf-8")


class _Reading:
    """One pass of expat over the deposit."""

    def __init__(self, data: bytes, name: str) -> None:
        self.namespace = ""
        self.elements: list[Element] = []
        self._data = data
        self._name = name
        self._open: Element | None = None
        self._depth = 0
        self._skipped_from: int | None = None
        self._parser = parser = expat.ParserCreate("utf-8", _SEPARATOR)
        parser.namespace_prefixes = True
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.SkippedEntityHandler = self._skipped_entity
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            raise UnreadableInput(f"{name} is not well-formed XML: {reason} in line {error.lineno}") from None

    def _doctype(self, _name: str, _system: str | None, _public: str | None, has_subset: bool) -> None:
        if has_subset:
            raise UnreadableInput(f"{self._name} brings declarations of its own in its DOCTYPE, which is not allowed")

    def _skipped_entity(self, entity: str, _is_parameter: bool) -> None:
        raise UnreadableInput(f"{self._name} uses the entity {entity!r}, which is not declared in it")

    def _start(self, qualified: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise UnreadableInput(f"{self._name} is nested more than {DEEPEST} elements deep")
        if self._skipped_from is not None:
            return
        namespace, name, prefix = _split(qualified)
        if self._open is None:
            self.namespace = namespace  # of the root, the only element with none around it
        if namespace != self.namespace or (self._open is not None and name == "citation_list"):
            self._skipped_from = self._depth
            return
        start = self._parser.CurrentByteIndex
        tag = _START_TAG.match(self._data, start)
        inner = tag.end() if tag else start
        element = Element(name, prefix, attributes, self._open, 1, start, inner)
        if self._open is not None:
            self._open.named[name] += 1
            element.ordinal = self._open.named[name]
            self._open.children.append(element)
        self.elements.append(element)
        self._open = element

    def _end(self, _qualified: str) -> None:
        if self._skipped_from is None and self._open is not None:
            element = self._open
            if self._data[element.inner - 2 : element.inner] == b"/>":
                element.close = element.end = element.inner
            else:
                element.close = self._parser.CurrentByteIndex
                element.end = self._data.index(b">", element.close) + 1
            self._open = element.parent
        elif self._skipped_from == self._depth:
            self._skipped_from = None
        self._depth -= 1

    def _text(self, text: str) -> None:
        if self._skipped_from is None and self._open is not None:
            self._open.pieces.append(text)


def _split(qualified: str) -> tuple[str, str, str]:
    """Namespace, local name and prefix of what expat calls an element."""
    parts: list[Any] = qualified.split(_SEPARATOR)
    if len(parts) == 1:
        return "", parts[0], ""
    return parts[0], parts[1], parts[2] if len(parts) > 2 else ""
