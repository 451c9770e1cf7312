"""Which version of JATS an article is in, and what that version has room for.

Sources: the DTDs of JATS 1.0, 1.1 and 1.3, and the tag libraries of NISO's drafts between them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = r"(?P<major>\d+)\.(?P<minor>\d+)(?:d(?P<draft>\d+))?"
# A public identifier, the folder of a system identifier, and the file name of a DTD since JATS 1.3.
_IN_DOCTYPE = (
    re.compile(rf"\bv{_NUMBER}\b"),
    re.compile(rf"/{_NUMBER}/"),
    re.compile(r"JATS-[a-z-]*(?P<major>1)-(?P<minor>\d+)(?:d(?P<draft>\d+))?\b"),
)
_FINAL = 99


@dataclass(frozen=True, slots=True)
class Version:
    """A version of JATS or of its predecessor NLM.

    Attributes:
        label: as people write it, `JATS 1.1d3`.
        has_ids: has <contrib-id>: since JATS 1.0.
        has_authenticated: its attribute that says whether ORCID vouched for it: since 1.1d2.
        has_vocabularies: those attributes of <role>: since 1.2d1.
        has_degrees: `degree-contribution` of <role>: since 1.2.
    """

    label: str
    has_ids: bool = True
    has_authenticated: bool = True
    has_vocabularies: bool = True
    has_degrees: bool = True

    @classmethod
    def of(cls, doctype: str, dtd_version: str | None) -> Version:
        """The version that the DOCTYPE names, else the attribute `dtd-version`; where neither does, the newest."""
        found = next((match for pattern in _IN_DOCTYPE if (match := pattern.search(doctype))), None)
        is_jats = "JATS" in doctype
        if found is None:
            found = re.fullmatch(_NUMBER, (dtd_version or "").strip())
            is_jats = is_jats or (found is not None and found["major"] in {"0", "1"})
        if found is None:
            return cls("JATS")
        label = f"{found['major']}.{found['minor']}" + (f"d{found['draft']}" if found["draft"] else "")
        if not is_jats:
            return cls(f"NLM {label}", has_ids=False)
        number = int(found["major"]), int(found["minor"]), int(found["draft"] or _FINAL)
        return cls(
            f"JATS {label}",
            has_ids=number >= (1, 0, _FINAL),
            has_authenticated=number >= (1, 1, 2),
            has_vocabularies=number >= (1, 2, 1),
            has_degrees=number >= (1, 2, _FINAL),
        )
