"""Readers: bytes of JATS, Crossref deposit XML or the plugin's JSON form → `Reading`.

A fault in one part drops that part with a finding that names it and keeps the publication (docs/findings.md); refused
is only what cannot become a legal work.
"""

from __future__ import annotations

from orcid_plugin.errors import UnreadableInput
from orcid_plugin.metadata.readers import crossref, jats, json
from orcid_plugin.metadata.readers.crossref_types import WORKS
from orcid_plugin.metadata.readers.legal import require_legal
from orcid_plugin.metadata.readers.xml import Report, parse
from orcid_plugin.metadata.reading import Reading

__all__ = ["Reading", "read", "require_legal"]


def read(data: bytes, name: str) -> Reading:
    """The publication in a document of any kind the package reads, told apart by content, never by file name.

    `name` names the document in messages. Raises `UnreadableInput` or `PublicationRefused`, one sentence each.
    """
    start = data[:1000].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")
    if start[:1] in (b"{", b"["):
        return json.read(data, name)
    if start[:1] != b"<":
        raise UnreadableInput(f"{name} is neither XML nor JSON")
    report = Report()
    root = parse(data, name, report)
    if next(root.iter("article"), None) is None and next(root.iter("doi_batch", "crossref", *WORKS), None) is not None:
        return crossref.read_tree(root, name, report)
    return jats.read_tree(root, name, report)
