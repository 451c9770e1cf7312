"""Readers: bytes of JATS, Crossref deposit XML or the plugin's JSON form → `Reading`.

A fault in one part drops that part with a finding that names it and keeps the publication; refused is only what cannot
become a legal work.
"""

from __future__ import annotations

from dataclasses import dataclass

from orcid_plugin.metadata.findings import Finding
from orcid_plugin.metadata.publication import Publication


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of its input: the publication, and what it had to leave out and why."""

    publication: Publication
    findings: tuple[Finding, ...] = ()
