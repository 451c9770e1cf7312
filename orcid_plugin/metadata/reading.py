"""What every reader hands back, whatever the format of its input."""

from __future__ import annotations

from dataclasses import dataclass

from orcid_plugin.metadata.findings import Finding
from orcid_plugin.metadata.publication import Publication


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of its input: the publication, and what it had to leave out and why."""

    publication: Publication
    findings: tuple[Finding, ...] = ()
