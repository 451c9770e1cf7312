"""A deposit as elements with their byte offsets, read without entities and without the network."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from orcid_plugin.errors import UnreadableInput
from orcid_plugin.metadata.readers.xml import named_character

LARGEST = 64 * 1024 * 1024
DEEPEST = 200

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
        pieces: its character data, entities and CDATA resolved, and its children, in their order.
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
    pieces: list[str | Element] = field(default_factory=list)
    named: Counter[str] = field(default_factory=Counter)

    @property
    def children(self) -> list[Element]:
        return [piece for piece in self.pieces if isinstance(piece, Element)]

    @property
    def text(self) -> str:
        """Its own text, without that of its children."""
        return "".join(piece for piece in self.pieces if isinstance(piece, str))

    @property
    def whole_text(self) -> str:
        """Its own text and that of all elements inside it."""
        return "".join(piece if isinstance(piece, str) else piece.whole_text for piece in self.pieces)

    @property
    def path(self) -> str:
        """`body/journal/journal_article[2]`, from below the root; a number only where siblings share the name."""
        if self.parent is None:
            return ""
        number = f"[{self.ordinal}]" if self.parent.named[self.name] > 1 else ""
        return f"{self.parent.path}/{self.name}{number}".lstrip("/")

    def tag(self, name: str) -> str:
        """A name with the prefix of this element."""
        return f"{self.prefix}:{name}" if self.prefix else name

    def all(self, *names: str) -> list[Element]:
        """Its children of these names, in document order."""
        return [child for child in self.children if child.name in names]

    def inside(self, name: str) -> Iterator[Element]:
        """All elements of this name inside it, at any depth, in document order."""
        for child in self.children:
            if child.name == name:
                yield child
            yield from child.inside(name)


@dataclass(frozen=True, slots=True)
class Document:
    """A deposit that was read.

    Attributes:
        data: its bytes in UTF-8, which all offsets count.
        codec: Python's name of the encoding of the file.
        doctype: public and system identifier of its DOCTYPE, neither of which is ever fetched; empty where it has none.
        namespace: that of the first root.
        elements: those of the same namespace in document order, without what was left out.
    """

    data: bytes
    codec: str
    doctype: str
    namespace: str
    elements: tuple[Element, ...]

    @property
    def root(self) -> Element:
        return self.elements[0]

    @property
    def roots(self) -> list[Element]:
        return [element for element in self.elements if element.parent is None]

    def encoded(self, data: bytes) -> bytes:
        """UTF-8 bytes in the encoding of the file; what that encoding lacks becomes a character reference."""
        return data if self.codec == "utf-8" else data.decode("utf-8").encode(self.codec, "xmlcharrefreplace")


def read(
    xml: bytes,
    name: str,
    *,
    roots: frozenset[str] | None = None,
    left_out: frozenset[str] = frozenset(),
    named_characters: bool = False,
) -> Document:
    """Read a deposit; `name` is what messages call it.

    `roots` are names of the elements to read where others may stand around them (an OAI-PMH answer, a set of articles);
    None: the outermost one. `left_out` are names of elements that hold nothing to amend. With `named_characters`, the
    file may use characters that only its DTD declares (`&eacute;`).
    Raises `UnreadableInput` if it is too large or too deep, not well-formed, brings declarations of its own, or has no
    such root.
    """
    if len(xml) > LARGEST:
        raise UnreadableInput(f"{name} is larger than {LARGEST // 1024**2} MiB")
    codec, data = _transcoded(xml, name)
    reading = _Reading(data, name, roots, left_out, named_characters)
    if not reading.elements:
        wanted = " or ".join(sorted(roots or ()))
        raise UnreadableInput(f"{name} has no element {wanted!r}; its root element is {reading.outermost!r}")
    return Document(data, codec, reading.doctype, reading.namespace, tuple(reading.elements))


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
    """One pass of expat over the deposit.

    Namespaces are told apart here and not by expat, because a DTD that is not loaded may declare prefixes
    (`xmlns:xlink` in JATS) that expat would then miss.
    """

    def __init__(
        self, data: bytes, name: str, roots: frozenset[str] | None, left_out: frozenset[str], named_characters: bool
    ) -> None:
        self.doctype = ""
        self.namespace = ""
        self.outermost = ""
        self.elements: list[Element] = []
        self._data = data
        self._name = name
        self._roots = roots
        self._left_out = left_out
        self._named_characters = named_characters
        self._open: Element | None = None
        self._scopes = [{"": "", "xml": "http://www.w3.org/XML/1998/namespace"}]
        self._skipped_from: int | None = None
        self._parser = parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.SkippedEntityHandler = self._skipped_entity
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            raise self._not_well_formed(expat.ErrorString(error.code), error.lineno) from None

    def _not_well_formed(self, reason: str, line: int) -> UnreadableInput:
        return UnreadableInput(f"{self._name} is not well-formed XML: {reason} in line {line}")

    def _doctype(self, _name: str, system: str | None, public: str | None, has_subset: bool) -> None:
        if has_subset:
            raise UnreadableInput(f"{self._name} brings declarations of its own in its DOCTYPE, which is not allowed")
        self.doctype = f"{public or ''} {system or ''}".strip()

    def _skipped_entity(self, entity: str, _is_parameter: bool) -> None:
        if not self._named_characters:
            raise UnreadableInput(f"{self._name} uses the entity {entity!r}, which is not declared in it")
        self._text(named_character(entity) or "")

    def _start(self, qualified: str, attributes: dict[str, str]) -> None:
        prefix, _, name = qualified.rpartition(":")
        namespace = self._enter(prefix, attributes)
        self.outermost = self.outermost or name
        if self._skipped_from is not None:
            return
        if self._open is None:
            if self._roots is not None and name not in self._roots:
                return
            if not self.elements:
                self.namespace = namespace
        if namespace != self.namespace or (self._open is not None and name in self._left_out):
            self._skipped_from = len(self._scopes)
            return
        start = self._parser.CurrentByteIndex
        tag = _START_TAG.match(self._data, start)
        inner = tag.end() if tag else start
        element = Element(name, prefix, attributes, self._open, 1, start, inner)
        if self._open is not None:
            self._open.named[name] += 1
            element.ordinal = self._open.named[name]
            self._open.pieces.append(element)
        self.elements.append(element)
        self._open = element

    def _enter(self, prefix: str, attributes: dict[str, str]) -> str:
        """One level down; the namespace of a prefix there."""
        scope = self._scopes[-1]
        declared = {key[6:]: value for key, value in attributes.items() if key == "xmlns" or key.startswith("xmlns:")}
        self._scopes.append({**scope, **declared} if declared else scope)
        if len(self._scopes) > DEEPEST + 1:
            raise UnreadableInput(f"{self._name} is nested more than {DEEPEST} elements deep")
        namespace = self._scopes[-1].get(prefix)
        if namespace is None and not self.doctype:
            raise self._not_well_formed(f"unbound prefix {prefix!r}", self._parser.CurrentLineNumber)
        return f"(declared for {prefix} by the DTD)" if namespace is None else namespace

    def _end(self, _qualified: str) -> None:
        if self._skipped_from is None and self._open is not None:
            element = self._open
            if self._data[element.inner - 2 : element.inner] == b"/>":
                element.close = element.end = element.inner
            else:
                element.close = self._parser.CurrentByteIndex
                element.end = self._data.index(b">", element.close) + 1
            self._open = element.parent
        elif self._skipped_from == len(self._scopes):
            self._skipped_from = None
        self._scopes.pop()

    def _text(self, text: str) -> None:
        if self._skipped_from is None and self._open is not None:
            self._open.pieces.append(text)
