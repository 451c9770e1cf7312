"""What every work must have before anything else is looked at."""

from __future__ import annotations

from orcid_plugin.errors import PublicationRefused
from orcid_plugin.metadata.publication import Publication


def require_legal(publication: Publication, name: str = "the publication") -> None:
    """Raise `PublicationRefused` if it has no title or no identifier of its own: ORCID takes no work without them."""
    lacks = [] if publication.title.text.strip() else ["title"]
    if not publication.own_identifiers:
        lacks.append("identifier of its own (DOI, PubMed id, handle, URL …)")
    if lacks:
        raise PublicationRefused(f"{name} cannot become a work: it has no {' and no '.join(lacks)}")
