"""JATS articles for the story: as short as they can be, with the people that a test wants."""

from __future__ import annotations

from xml.sax.saxutils import escape

from orcid_plugin.metadata.identifiers import check_digit


def jats(*contributors: str, doi: str = "10.5555/test.1", title: str = "A title", more: str = "") -> bytes:
    """An article with these <contrib> elements."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<article article-type="research-article"><front>
  <journal-meta><journal-title-group><journal-title>Annals of Tests</journal-title></journal-title-group></journal-meta>
  <article-meta><article-id pub-id-type="doi">{escape(doi)}</article-id>
    <title-group><article-title>{title}</article-title></title-group>
    <contrib-group>{"".join(contributors)}</contrib-group>
    <pub-date date-type="pub"><year>2024</year></pub-date>{more}
  </article-meta></front></article>""".encode()


def person(given: str | None, family: str, *, orcid: str | None = None, role: str = "author", inside: str = "") -> str:
    """A <contrib> of one person."""
    known = f'<contrib-id contrib-id-type="orcid" authenticated="true">{orcid}</contrib-id>' if orcid else ""
    names = f"<surname>{escape(family)}</surname>"
    if given is not None:
        names += f"<given-names>{escape(given)}</given-names>"
    return f'<contrib contrib-type="{role}">{known}<name>{names}</name>{inside}</contrib>'


def group(name: str) -> str:
    return f'<contrib contrib-type="author"><collab>{escape(name)}</collab></contrib>'


ANONYMOUS = '<contrib contrib-type="author"><anonymous/></contrib>'


def credit(term: str) -> str:
    return (
        f'<role vocab="credit" vocab-term-identifier="https://credit.niso.org/contributor-roles/{term}/">{term}</role>'
    )


def orcid(number: int) -> str:
    """A valid iD."""
    digits = f"{number:015d}"
    return "-".join((digits[:4], digits[4:8], digits[8:12], digits[12:] + check_digit(digits)))
