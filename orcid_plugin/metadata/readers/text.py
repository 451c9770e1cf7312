"""Plain text from mixed content: titles, names, affiliations, abstracts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pylatexenc.latex2text import LatexNodes2Text

from orcid_plugin.metadata.readers.xml import Element, collapse

_FOOTNOTE_XREFS = {"fn", "table-fn", "author-notes", "aff", "corresp", "contrib"}
_NOT_TEXT = set(
    "fn fn-group index-term graphic inline-graphic media supplementary-material inline-supplementary-material "
    "alt-text long-desc object-id annotation annotation-xml glyph-data private-char rt rp contrib-id institution-id "
    "contrib-group processing-meta fig fig-group table-wrap table-wrap-group".split()
)
_SPACED = {"break", "p", "title", "sec", "list", "list-item", "label", "disp-formula", "institution", "addr-line"}
_BLOCKS = set("abstract trans-abstract sec p title list list-item def-list def-item term def disp-quote".split())
_MATH_TOKENS = {"mi", "mn", "mo", "mtext", "ms"}
_READABLE = ("math", "textual-form", "tex-math")
_NO_SPACE_BEFORE = re.compile(r" +([,;.:)\]])(?=\s|$)")


def text(element: Element | None, without: frozenset[str] = frozenset()) -> str:
    """All readable text of an element in one line, white space collapsed; "" for None.

    Footnotes and their marks are dropped, formulas stand once, as MathML if they come in several forms.
    `without` names further elements to leave out.
    """
    return "" if element is None else collapse("".join(_pieces(element, without)))


def _pieces(element: Element, without: frozenset[str]) -> Iterator[str]:
    if element.tag == "math":
        yield _math(element)
        return
    if element.tag == "tex-math":
        yield _tex(element)
        return
    yield element.text or ""
    readable = _one_form(element)
    for child in element:
        if _is_readable(child, without) and (readable is None or child is readable or child.tag not in _READABLE):
            blank = " " if child.tag in _SPACED else ""
            yield blank
            yield from _pieces(child, without)
            yield blank
        yield child.tail or ""


def _is_readable(child: Element, without: frozenset[str]) -> bool:
    if not isinstance(child.tag, str) or child.tag in _NOT_TEXT or child.tag in without:
        return False
    if child.tag == "ext-link" and child.get("ext-link-type") == "email":
        return "email" not in without
    return not (child.tag == "xref" and child.get("ref-type") in _FOOTNOTE_XREFS)


def _one_form(element: Element) -> Element | None:
    """Of a formula's MathML, text and TeX the one to read; None where there is no formula."""
    if element.tag not in {"alternatives", "inline-formula", "disp-formula"}:
        return None
    return next((child for tag in _READABLE for child in element if child.tag == tag), None)


def _math(element: Element) -> str:
    return _formula(element) or collapse(element.text or "")


def _formula(node: Element) -> str:
    """MathML in one line; without the signs of root, fraction and power, 10 to the 5th would read as 105."""
    if node.tag in _MATH_TOKENS:
        return collapse(node.text or "")
    parts = [_formula(child) for child in node if child.tag not in _NOT_TEXT]
    if node.tag == "msqrt":
        return f"√{_grouped(''.join(parts))}"
    if len(parts) == 2 and all(parts):
        base, other = parts
        if node.tag == "mfrac":
            return f"{_grouped(base)}/{_grouped(other)}"
        if node.tag == "mroot":
            return f"{_grouped(base)}^(1/{other})"
        if node.tag == "msup" and re.fullmatch("[0-9.]+", base) and re.fullmatch("[-−–+]?[0-9]+", other):
            return f"{base}^{other}"
    return "".join(parts)


def _grouped(formula: str) -> str:
    return formula if formula.isalnum() else f"({formula})"


def _tex(element: Element) -> str:
    source = "".join(str(piece) for piece in element.itertext())
    body = re.search(r"\\begin\{document\}(.*?)\\end\{document\}", source, re.DOTALL)
    source = (body[1] if body else source).strip().strip("$")
    try:
        return str(LatexNodes2Text(math_mode="text").latex_to_text(source))
    except Exception:  # noqa: BLE001, RUF100 - pylatexenc raises what it likes on faulty TeX; the source is readable too
        return source


def language_distance(stated: str | None, wanted: str | None) -> int:
    """How far two BCP 47 tags are apart: 0 the same, 1 the same language of another region, 2 not the same."""
    if not stated or not wanted:
        return 2
    here, there = (tag.lower().replace("_", "-") for tag in (stated, wanted))
    return 0 if here == there else 1 if here.partition("-")[0] == there.partition("-")[0] else 2


def paragraphs(element: Element | None) -> str:
    """The text of an abstract: section titles and paragraphs parted by a blank line, its own title left out."""
    if element is None:
        return ""
    heading = element.find("title")
    blocks = (_NO_SPACE_BEFORE.sub(r"\1", block) for block in _blocks(element, heading))
    return "\n\n".join(block for block in blocks if block and not re.fullmatch(r"DOI:?\s*\S+", block))


def _blocks(element: Element, heading: Element | None) -> Iterator[str]:
    line = [element.text or ""]
    for child in element:
        if child.tag in _BLOCKS:
            yield collapse("".join(line))
            line = []
            if child is not heading:
                yield from _blocks(child, heading)
        elif _is_readable(child, frozenset({"label"})):
            line.append(" " if child.tag in _SPACED else "")
            line.extend(_pieces(child, frozenset()))
            line.append(" " if child.tag in _SPACED else "")
        line.append(child.tail or "")
    yield collapse("".join(line))
