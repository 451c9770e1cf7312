"""The Registry's error answers: one table of codes with status and texts (reference: API error codes)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orcid_plugin.emulator.schema import NOT_XML

MORE_INFO = "https://members.orcid.org/api/resources/troubleshooting"


@dataclass(frozen=True, slots=True)
class Kind:
    """One of ORCID's error codes.

    Attributes:
        status: HTTP status, where the case does not say another.
        developer: ORCID's developer message, which clients look for; `${…}` is filled.
        person: this emulator's own sentence for the person; empty: the developer message.
    """

    status: int
    developer: str
    person: str


def _kinds() -> dict[int, Kind]:
    file = Path(__file__).with_name("errors.json")
    return {int(code): Kind(**kind) for code, kind in json.loads(file.read_text("utf-8")).items()}


KINDS = _kinds()
"""Every error that the Registry answers, by its code."""


class Refusal(Exception):
    """An answer of the Registry that is an error; raised anywhere below the API and rendered there.

    Attributes:
        code: ORCID's error code.
        status: HTTP status, as the code has it unless the case differs.
        detail: what follows "Full validation error:", or empty.
        values: what fills the template's `${…}`.
    """

    def __init__(self, code: int, detail: str = "", *, status: int | None = None, **values: object) -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = code
        self.detail = detail
        self.status = status if status is not None else KINDS[code].status
        self.values = values

    def body(self, client_name: str) -> dict[str, Any]:
        """The error message (`error:error`) in ORCID's JSON form."""
        kind = KINDS[self.code]
        values = {"clientName": client_name, **self.values}
        text = _fill(kind.developer, values)
        if self.detail:
            text += f" Full validation error: {self.detail}"
        # What a client sent is repeated in the text, and may be what neither XML nor UTF-8 can hold.
        text = NOT_XML.sub("\ufffd", text)
        return {
            "response-code": self.status,
            "developer-message": text,
            "user-message": _fill(kind.person, values) or text,
            "error-code": self.code,
            "more-info": MORE_INFO,
        }


def _fill(template: str, values: dict[str, object]) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda match: str(values.get(match[1], match[0])), template)


class OAuthRefusal(Exception):
    """An error in OAuth's own form: of the token endpoint, and of the API when the access token itself is at fault."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.status = status
        self.error = error
        self.description = description

    def body(self) -> dict[str, str]:
        return {"error": self.error, "error_description": self.description}
