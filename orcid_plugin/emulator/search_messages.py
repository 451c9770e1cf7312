"""The messages of the search, described after the XSDs of API v3.0."""

from __future__ import annotations

from orcid_plugin.emulator.common_messages import ORCID_ID, PLAIN
from orcid_plugin.emulator.schema import Field, Group, Text

_NUM_FOUND = Field("num-found", "@", Text(kind="integer"))
_RESULT = Group((Field("orcid-identifier", "common", ORCID_ID),))
SEARCH = Group((Field("result", "search", _RESULT, many=True), _NUM_FOUND))
_EXPANDED_RESULT = Group(
    (
        *(Field(name, "expanded-search", PLAIN) for name in ("orcid-id", "given-names", "family-names", "credit-name")),
        *(Field(name, "expanded-search", PLAIN, many=True) for name in ("other-name", "email", "institution-name")),
    )
)
EXPANDED_SEARCH = Group((Field("expanded-result", "expanded-search", _EXPANDED_RESULT, many=True), _NUM_FOUND))
