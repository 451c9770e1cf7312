"""Authenticated iDs in DataCite metadata that the host made, XML or JSON; nothing else in it changes.

DataCite has no mark for an authenticated iD, so that only such are written, and no CRediT roles: what comes near them
among its types of contributors means something else, and is never written for them.
"""

from __future__ import annotations

from collections.abc import Sequence

from orcid_plugin.deposits import datacite_json, datacite_xml
from orcid_plugin.deposits.amending import Amending, Amendment, Code
from orcid_plugin.deposits.datacite_resource import Resource
from orcid_plugin.metadata.findings import Finding
from orcid_plugin.metadata.publication import Publication


def amend(content: bytes, publications: Sequence[Publication], *, name: str = "metadata") -> Amendment:
    """Write the authenticated iDs of the publications into DataCite metadata, told apart by content.

    A publication is looked up by its DOI; one that is handed in alone is the resource, unless both have a DOI.
    Amending the result again changes nothing. `name` is what messages call the file.
    Raises `UnreadableInput` for what is no DataCite metadata, not well-formed, too large or too deep, or has
    declarations of its own.
    """
    resource = _read(content, name)
    if resource.record is None:
        sentence = f"The schema {resource.schema} is not one that DataCite still takes; the file was left as it was."
        return Amendment(content, (Finding(Code.SCHEMA_UNSUPPORTED, sentence),))
    amending = Amending([resource.record], with_roles=False)
    amending.all(publications, resource.record)
    return amending.amendment(content, resource.data, resource.encode)


def dois(content: bytes, *, name: str = "metadata") -> list[str]:
    """The DOI of a resource, bare and lower case, if it has one. Raises as `amend` does."""
    record = _read(content, name).record
    return list(record.dois) if record is not None else []


def _read(content: bytes, name: str) -> Resource:
    is_json = content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["}
    return datacite_json.read(content, name) if is_json else datacite_xml.read(content, name)
