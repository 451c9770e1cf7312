"""Deposits: authenticated iDs and CRediT roles go into the metadata that the host sends out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from sqlalchemy.orm import Session

from orcid_plugin.deposits import crossref as in_crossref
from orcid_plugin.deposits import datacite as in_datacite
from orcid_plugin.deposits import jats as in_jats
from orcid_plugin.deposits.amending import Amendment
from orcid_plugin.errors import InputError, SettingsError
from orcid_plugin.identity import authorship
from orcid_plugin.metadata.findings import Finding
from orcid_plugin.metadata.publication import Publication
from orcid_plugin.runtime import Runtime, current
from orcid_plugin.store import publications
from orcid_plugin.store.tables import StoredPublication

log = logging.getLogger("orcid_plugin.hooks")


def crossref(
    xml: bytes, publication: Publication | str | None = None, *, report: Callable[[Finding], None] | None = None
) -> bytes:
    """The host's own Crossref deposit with iDs and roles of connected contributors; nothing else in it changes.

    `publication` is what the deposit is about: a publication, the key of a stored one, or None for all stored ones
    whose DOI the deposit registers. iDs are those that ORCID vouched for here, and those that the metadata marks where
    ORCID_PLUGIN_TRUST_METADATA is set; iDs of the sandbox are never written. `report` gets what was noticed, else the
    log does. Raises `UnreadableInput` for what is no Crossref deposit, `InputError` for an unknown key.
    """
    return _amended(in_crossref, "Crossref deposit", xml, publication, report)


def jats(
    xml: bytes, publication: Publication | str | None = None, *, report: Callable[[Finding], None] | None = None
) -> bytes:
    """The host's own JATS article with iDs and roles of connected contributors; nothing else in it changes.

    As `crossref`. A publication that is named is the article, unless both have a DOI and these differ; None means the
    stored ones whose DOI the article or one of its parts has. Raises `UnreadableInput` for what is no JATS article.
    """
    return _amended(in_jats, "JATS article", xml, publication, report)


def datacite(
    metadata: bytes, publication: Publication | str | None = None, *, report: Callable[[Finding], None] | None = None
) -> bytes:
    """The host's own DataCite metadata, XML or JSON, with iDs of connected contributors; nothing else in it changes.

    As `jats`, without roles. Raises `UnreadableInput` for what is no DataCite metadata.
    """
    return _amended(in_datacite, "DataCite metadata", metadata, publication, report)


class _Format(Protocol):
    """A module of `orcid_plugin.deposits`."""

    def amend(self, content: bytes, publications: Sequence[Publication], /) -> Amendment: ...

    def dois(self, content: bytes, /) -> list[str]: ...


def _amended(
    format: _Format,
    title: str,
    content: bytes,
    publication: Publication | str | None,
    report: Callable[[Finding], None] | None,
) -> bytes:
    runtime = current()
    with runtime.store.begin() as session:
        chosen = _publications(runtime, session, format, content, publication)
    amendment = format.amend(content, chosen)
    for finding in amendment.findings:
        if report is not None:
            report(finding)
        else:
            log.warning("%s: %s", title, finding)
    return amendment.content


def _publications(
    runtime: Runtime, session: Session, format: _Format, content: bytes, publication: Publication | str | None
) -> Sequence[Publication]:
    site_key = runtime.settings.site
    if isinstance(publication, Publication):
        stored = publications.find_doi(session, site_key, publication.doi) if publication.doi else None
        return [_proven(runtime, session, stored, publication)]
    if publication is not None:
        found = publications.find(session, site_key, publication)
        if found is None:
            raise InputError(f"no publication with the key {publication!r} is known")
        return [_proven(runtime, session, found, publications.publication_of(found))]
    known = [publications.find_doi(session, site_key, doi) for doi in dict.fromkeys(format.dois(content))]
    return [_proven(runtime, session, one, publications.publication_of(one)) for one in known if one]


def _proven(
    runtime: Runtime, session: Session, stored: StoredPublication | None, publication: Publication
) -> Publication:
    try:
        site = runtime.site
    except SettingsError:  # without credentials nobody can be connected
        linked = {}
    else:
        # One that was never stored has no links of its own; iDs that its metadata marks may still be connected.
        row = stored or StoredPublication(site=site.key, key="")
        linked = authorship.connections(session, site, row, publication)
    return authorship.authenticated(
        publication,
        linked,
        trust_metadata=runtime.settings.trust_metadata,
        id_host=runtime.settings.registry.id_host,
    )
