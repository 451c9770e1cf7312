"""The group-id record of ORCID's API v3.0: a journal or the like for which people review."""

from __future__ import annotations

import re
from dataclasses import dataclass

from orcid_plugin.registry.messages.item import Stored

GROUP_ID = re.compile(
    r"(?:ringgold:|issn:|orcid-generated:|fundref:|publons:)[0-9a-zA-Z^._~:/?#\[\]@!$&'()*+,;=-]{2,}", re.ASCII
)
"""`common:group-id`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupIdRecord(Stored):
    """One group that peer reviews belong to; all of it is required.

    Attributes:
        group_id: `issn:`, `ringgold:`, `fundref:`, `publons:` or `orcid-generated:`, and at least two characters.
        type: one of `item_rules.GROUP_TYPES`.
    """

    name: str
    group_id: str
    description: str
    type: str
