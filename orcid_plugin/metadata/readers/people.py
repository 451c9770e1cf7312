"""What the readers of people share: an iD as articles print it, and the rule that one iD is one person."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections import defaultdict

from orcid_plugin.errors import InvalidOrcidId
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.metadata.readers.xml import Element, Report

_IN_TEXT = re.compile(
    r"(?:https?://)?(?:(?:www\.|sandbox\.)?orcid\.org/)?"
    r"(?<![0-9])[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X](?![0-9A-Z])",
    re.IGNORECASE | re.ASCII,
)


def read_orcid(printed: str, element: Element | None, report: Report) -> OrcidId | None:
    """The iD in a text: alone, or the only one in it (a query string, a label); None with a finding otherwise."""
    try:
        return OrcidId.parse(printed)
    except InvalidOrcidId as error:
        found = {match.upper() for match in _IN_TEXT.findall(printed)}
        if len(found) == 1 and found != {printed.strip().upper()}:
            return read_orcid(found.pop().lower(), element, report)
        report.add("orcid_invalid", f"an iD was left out: {error}", element)
        return None


def drop_repeated_orcids(contributors: tuple[Contributor, ...], report: Report) -> tuple[Contributor, ...]:
    """Take an iD that two different people carry from both of them, with a finding: one of them must be wrong.

    The same name twice is one person in two roles and keeps it.
    """
    names: dict[OrcidId, set[str]] = defaultdict(set)
    for contributor in contributors:
        if contributor.orcid:
            names[contributor.orcid].add(_folded(contributor.display_name))
    repeated = {orcid for orcid, bearers in names.items() if len(bearers) > 1}
    for orcid in sorted(repeated, key=str):
        bearers = " and ".join(person.display_name for person in contributors if person.orcid == orcid)
        report.add("orcid_repeated", f"{orcid} was left out: {bearers} cannot both have it")
    return tuple(
        dataclasses.replace(person, orcid=None, authenticated=False) if person.orcid in repeated else person
        for person in contributors
    )


def _folded(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(character for character in decomposed if character.isalnum())
