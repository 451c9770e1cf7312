"""Hardened parsing of the XML that publishers send, shared by the JATS and the Crossref reader.

Nothing is fetched: no DTD, no entity, no network. A DOCTYPE is accepted, entity declarations of the file's own are
refused. Named characters (`&nbsp;`, `&eacute;`), which only the unloaded DTD defines, become the characters that HTML
and ISO 8879 mean by them; an unknown one is dropped with a finding. Elements and attributes lose their namespaces,
because publishers leave out, misspell and version them: readers ask for local names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html.entities import html5

from lxml import etree

from orcid_plugin.errors import UnreadableInput
from orcid_plugin.metadata.findings import Finding

MAX_BYTES = 50_000_000
MAX_DEPTH = 256

Element = etree._Element


def collapse(string: str) -> str:
    """White space of any kind as single blanks, invisible characters gone."""
    return " ".join(_INVISIBLE.sub("", string).split())


_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff]")

_GREEK = dict(
    zip(
        "a b g d e z ee th i k l m n x o p r s sf t u ph kh ps oh".split(),
        "αβγδεζηθικλμνξοπρσςτυφχψω",
        strict=True,
    )
)
_ISO_GREEK = {f"{name}gr": letter for name, letter in _GREEK.items()} | {
    f"{name.upper()}gr": letter.upper() for name, letter in _GREEK.items()
}
_PREDEFINED = {"amp", "lt", "gt", "quot", "apos"}
_TOKENS = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)"
    r"|(?P<declaration><!ENTITY)|&(?P<name>[A-Za-z_][\w.-]*);",
    re.DOTALL,
)
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")


def named_character(name: str) -> str | None:
    """What HTML or ISO 8879 mean by `&name;`, which an unloaded DTD defines; None where neither knows it."""
    return html5.get(f"{name};") or _ISO_GREEK.get(name)


class Report:
    """Collects the findings of one reading, each once, and tells where each of them is.

    Attributes:
        person: display name of the contributor being read; goes into every finding meanwhile.
    """

    def __init__(self, findings: Iterable[Finding] = ()) -> None:
        self._findings = dict.fromkeys(findings)
        self.person: str | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(self._findings)

    def add(self, code: str, message: str, element: Element | None = None) -> None:
        where = None if element is None else path(element)
        self._findings[Finding(code, message, where, self.person)] = None


def parse(data: bytes, name: str, report: Report) -> Element:
    """The root element of an XML document, all tags and attributes as local names, comments and instructions gone.

    Raises `UnreadableInput` with one sentence that names the file: too large, too deep, not well-formed, in an
    unknown encoding, or with entity declarations of its own.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableInput(f"{name} is larger than {MAX_BYTES // 1_000_000} MB")
    data = data.lstrip(b" \t\r\n")
    if not data:
        raise UnreadableInput(f"{name} is empty")
    root = _tree(_characters(data, name, report), name, report)
    internal = root.getroottree().docinfo.internalDTD
    if internal is not None and internal.entities():  # type: ignore[attr-defined]
        raise UnreadableInput(_declares_entities(name))
    _check_depth(root, name)
    _drop_namespaces(root)
    return root


def _tree(data: bytes, name: str, report: Report) -> Element:
    parser = _parser(recover=False)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        if "Excessive depth" in str(error):
            raise UnreadableInput(f"{name} is nested deeper than {MAX_DEPTH} elements") from error
        if not _only_undeclared_prefixes(parser):
            raise UnreadableInput(f"{name} is not well-formed XML: {_fault(parser)}") from error
    except (LookupError, ValueError, AssertionError) as error:
        raise UnreadableInput(f"{name} is not readable as XML") from error
    report.add("namespace_undeclared", "a namespace prefix is used without its declaration")
    return etree.fromstring(data, _parser(recover=True))


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
    )


def _only_undeclared_prefixes(parser: etree.XMLParser) -> bool:
    return len(parser.error_log) > 0 and all(
        entry.type == etree.ErrorTypes.NS_ERR_UNDEFINED_NAMESPACE for entry in parser.error_log
    )


def _fault(parser: etree.XMLParser) -> str:
    """The parser's first complaint that is not about a prefix, with its line."""
    faults = (entry for entry in parser.error_log if entry.type != etree.ErrorTypes.NS_ERR_UNDEFINED_NAMESPACE)
    fault = next(faults, None)
    return "no element" if fault is None else f"{collapse(fault.message)[:200]} (line {fault.line})"


def _declares_entities(name: str) -> str:
    return f"{name} declares entities of its own, which are never expanded here: resolve them before handing it in"


def _characters(data: bytes, name: str, report: Report) -> bytes:
    """The document with every named character as a number; refuses entity declarations."""
    codec = "utf-16" if data.startswith(_UTF16[:2]) else "utf-16-le" if data.startswith(_UTF16[2]) else None
    if data.startswith(_UTF16[3]):
        codec = "utf-16-be"
    try:
        # Latin 1 maps every byte to itself: the ASCII that matters here is ASCII in every encoding but these.
        text = data.decode(codec or "latin-1")
    except UnicodeDecodeError as error:
        raise UnreadableInput(f"{name} is not well-formed XML: its text is not in the encoding it declares") from error

    def character(match: re.Match[str]) -> str:
        if match["declaration"]:
            raise UnreadableInput(_declares_entities(name))
        entity = match["name"]
        if entity is None or entity in _PREDEFINED:
            return match[0]
        characters = named_character(entity)
        if characters is None:
            report.add("entity_unknown", f"the entity &{entity[:50]}; is not known and was dropped")
        return "".join(f"&#{ord(character)};" for character in characters or "")

    if "&" not in text and "<!ENTITY" not in text:
        return data
    return _TOKENS.sub(character, text).encode(codec or "latin-1")


def _check_depth(root: Element, name: str) -> None:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise UnreadableInput(f"{name} is nested deeper than {MAX_DEPTH} elements")


def _drop_namespaces(root: Element) -> None:
    for element in root.iter(etree.Element):
        element.tag = _local(element.tag)
        for key in [key for key in element.attrib if _local(key) != key]:
            value = element.attrib.pop(key)
            if _local(key) not in element.attrib:
                element.set(_local(key), value)


def _local(name: str | bytes) -> str:
    name = name.decode() if isinstance(name, bytes) else name
    return name.rpartition("}")[2].rpartition(":")[2]


def path(element: Element) -> str:
    """Where an element is, from below the article or deposit: `front/article-meta/contrib-group/contrib[2]`."""
    whole = element.getroottree().getpath(element)
    return re.sub(r"^.*?/(?:article|doi_batch)(?:\[[0-9]+\])?/", "", whole).lstrip("/")


def children(element: Element | None, *names: str) -> Iterator[Element]:
    """The child elements with one of these local names, in document order."""
    if element is not None:
        yield from (child for child in element if child.tag in names)


def first(element: Element | None, *paths: str) -> Element | None:
    """The first element found at the first of these paths that has any."""
    if element is None:
        return None
    return next((found for step in paths if (found := element.find(step)) is not None), None)
