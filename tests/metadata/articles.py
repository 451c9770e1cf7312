"""Small JATS articles and deposits, written for these tests."""

from __future__ import annotations

DOI = '<article-id pub-id-type="doi">10.5555/1</article-id>'
_NAMES = 'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:ali="http://www.niso.org/schemas/ali/1.0/"'


def article(
    *,
    title: str = "Silly String",
    contribs: str = "",
    meta: str = "",
    journal: str = "",
    ids: str = DOI,
    attributes: str = 'article-type="research-article"',
    rest: str = "",
) -> str:
    """A JATS article; namespaces are declared only where the parts use none that is undeclared."""
    names = "" if "xlink:" in meta + contribs + journal and "xmlns" not in attributes else _NAMES
    return (
        f"<article {names} {attributes}><front><journal-meta>{journal}</journal-meta><article-meta>{ids}"
        f"<title-group><article-title>{title}</article-title></title-group>"
        f"<contrib-group>{contribs}</contrib-group>{meta}</article-meta></front>{rest}</article>"
    )


def deposit(body: str, version: str = "5.5.0") -> bytes:
    return (
        f'<doi_batch xmlns="http://www.crossref.org/schema/{version}" xmlns:jats="http://www.ncbi.nlm.nih.gov/JATS1" '
        f'xmlns:fr="http://www.crossref.org/fundref.xsd" version="{version}"><head/><body>{body}</body></doi_batch>'
    ).encode()
