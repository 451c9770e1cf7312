"""Whether what the Registry stored is what was sent.

An update that the Registry takes for no change answers 200 with the stored item and changes nothing. Of a work, it
looks at the first 50 contributors only, and does not see the mere removal of a citation, translated title or date. So
the answer to every PUT is compared with what was sent.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from orcid_plugin.metadata.identifiers import Identifier
from orcid_plugin.registry.encoding import json
from orcid_plugin.registry.messages.funding import Funding
from orcid_plugin.registry.messages.group_id import GroupIdRecord
from orcid_plugin.registry.messages.item import Stored
from orcid_plugin.registry.messages.peer_review import PeerReview
from orcid_plugin.registry.messages.work import Work

S = TypeVar("S", bound=Stored)

_CIRCUMSTANCES = frozenset({"put-code", "visibility"})


def differences(sent: S, returned: S) -> tuple[str, ...]:
    """JSON pointers of the elements that came back otherwise (`/citation`, `/contributors`); empty if none did.

    Put-code and visibility do not count, nor white space, nor what the Registry is known to change: the credit name of
    a contributor with an iD becomes the public name on that person's record, the e-mail address of one is not told, an
    ISSN gets its hyphen, the name of a group loses control characters.
    """
    ours, theirs = (json.encode(_comparable(item)) for item in (sent, replace(returned, unknown=())))
    names = [name for name in dict.fromkeys((*ours, *theirs)) if name not in _CIRCUMSTANCES]
    return tuple(f"/{name}" for name in names if _trimmed(ours.get(name)) != _trimmed(theirs.get(name)))


def _comparable(item: S) -> Stored:
    if isinstance(item, Work):
        return replace(
            item,
            contributors=tuple(replace(one, credit_name=None) if one.orcid else one for one in item.contributors),
        )
    if isinstance(item, Funding):
        people = (replace(one, email=None) for one in item.contributors)
        return replace(item, contributors=tuple(replace(one, credit_name=None) if one.orcid else one for one in people))
    if isinstance(item, PeerReview):
        return replace(item, review_group_id=_group_id(item.review_group_id))
    if isinstance(item, GroupIdRecord):
        name = "".join(c for c in item.name if not unicodedata.category(c).startswith("C"))
        return replace(item, group_id=_group_id(item.group_id), name=name)
    return item


def _group_id(group_id: str) -> str:
    prefix, _, value = group_id.partition(":")
    try:
        return f"issn:{Identifier.of('issn', value).value}" if prefix == "issn" else group_id
    except ValueError:
        return group_id


def _trimmed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _trimmed(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_trimmed(item) for item in value]
    return " ".join(value.split()) if isinstance(value, str) else value
