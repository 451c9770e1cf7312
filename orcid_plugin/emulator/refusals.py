"""The Registry's error answers: one table of codes with status and texts (reference: API error codes)."""

from __future__ import annotations

import re
from typing import Any

from orcid_plugin.emulator.schema import NOT_XML

MORE_INFO = "https://members.orcid.org/api/resources/troubleshooting"

# code: (HTTP status, developer message, message for the person). The developer messages are what clients look for;
# the sentences for people are this emulator's own.
TABLE: dict[int, tuple[int, str, str]] = {
    9001: (
        400,
        "400 Bad Request: There is an issue with your data or the API endpoint. 405 Method Not Allowed: Endpoint and "
        "method mismatch. 415 Unsupported Media Type: data must be in XML or JSON format.",
        "There is a problem with what ${clientName} sent.",
    ),
    9006: (400, "The client application sent a bad request to ORCID.", "${clientName} sent a bad request."),
    9007: (
        409,
        "301 Moved Permanently: This account is deprecated. Please refer to account: ${orcid}. "
        "ORCID ${deprecated_orcid}",
        "",
    ),
    9008: (500, "${exception}", "Something went wrong in the Registry."),
    9010: (
        403,
        "403 Forbidden: You are not the source of the work, so you are not allowed to update it.",
        "${clientName} may only change what it added itself.",
    ),
    9012: (
        400,
        "The client application made a bad request to the ORCID API.",
        "${clientName} sent something that the Registry cannot read.",
    ),
    9013: (403, "403 Forbidden: The item is private and you are not the source.", "This item is private."),
    9014: (403, "The client application is forbidden to perform the action.", "${clientName} may not do this."),
    9016: (404, "404 Not Found: The resource was not found.", "There is nothing here."),
    9017: (
        401,
        "401 Unauthorized: The client application is not authorized for this ORCID record.",
        "${clientName} has no permission for this record.",
    ),
    9018: (
        409,
        "409 Conflict: The ORCID record is locked and cannot be edited. ORCID ${orcid}",
        "The record is locked.",
    ),
    9019: (
        400,
        "400 Bad Request: The put code in the URL was ${urlPutCode} whereas the one in the body was ${bodyPutCode}.",
        "${clientName} sent a bad request.",
    ),
    9020: (400, "400 Bad Request: Invalid incoming message.", "${clientName} sent data that is not valid."),
    9021: (
        409,
        "409 Conflict: You have already added this activity (matched by external identifiers), please see element "
        "with put-code ${putCode}. If you are trying to edit the item, please use PUT instead of POST.",
        "${clientName} has added this item before.",
    ),
    9022: (400, "400 Bad Request: Invalid activity, a title is required.", "The item needs a title."),
    9023: (
        400,
        "400 Bad Request: Invalid activity, an external identifier is required.",
        "The item needs an identifier.",
    ),
    9024: (
        400,
        "400 Bad Request: Put-code is included when not expected. When posting new activities, the put code should be "
        "omitted.",
        "${clientName} sent a bad request.",
    ),
    9025: (409, "409 Conflict: The given group-id-record already exists.", "The group is there already."),
    9026: (
        400,
        "400 Bad Request: The group you are trying to access does not exist, you may need to create it.",
        "The group does not exist.",
    ),
    9030: (409, "The element '${value}' of type '${type}' is duplicated.", "${clientName} has added this before."),
    9031: (409, "Put-code is required to update elements.", "${clientName} sent a bad request."),
    9034: (400, "400 Bad Request: The put code provided is not valid.", "${clientName} sent a bad request."),
    9035: (
        403,
        "403 Forbidden: You can't change the visibility of an item, please remove the visibility or set it to the "
        "current value.",
        "Only the person can change who sees an item.",
    ),
    9036: (409, "409 Conflict: This record has not been claimed.", "The record has not been claimed yet."),
    9037: (400, "400 Bad Request: Invalid ${type}, valid values are: ${values}.", "Please specify a valid ${type}."),
    9038: (
        403,
        "409 Conflict: The item has a limited or private visibility and your request doesn't have the required scope.",
        "${clientName} has no permission for this.",
    ),
    9039: (
        403,
        "403 Forbidden: The item is not public and cannot be accessed with the Public API.",
        "The item is not public.",
    ),
    9040: (409, "409 Conflict: The item can't be deleted.", "The group has reviews."),
    9041: (404, "404 Not Found: Biography for the given record is null.", "There is no biography."),
    9042: (400, "${exception}", "${clientName} asked for too many items."),
    9044: (409, "409 Conflict: The ORCID record is deactivated and cannot be edited.", "The record is deactivated."),
    9045: (
        400,
        "400 Bad request: disambiguated-organization must be present and valid",
        "The organisation is not known.",
    ),
    9046: (400, "400 Bad request: organization must be present and valid", "The item needs an organisation."),
    9047: (400, "400 Bad request: invalid JSON - ${error}", "${clientName} sent JSON that the Registry cannot read."),
    9048: (
        409,
        "409 Conflict: The maximum number of works that can be connected to an ORCID record is 10,000",
        "The record cannot hold more works.",
    ),
    9049: (400, "400 Bad request: invalid date: ${dateString}", "The date does not exist."),
    9050: (
        400,
        "400 Bad request: missing start-date. If you specify an end-date, you must specify a start-date",
        "The item has an end but no start.",
    ),
    9051: (400, "400 Bad request: invalid value '${value}' for enum '${enum}'", "${clientName} sent an unknown term."),
    9053: (400, "400 Bad Request: invalid ISSN", "The ISSN is not valid."),
    9054: (400, "400 Bad Request: invalid amount", "The amount is no number."),
    9055: (400, "400 Bad Request: End date must come after start date.", "The item ends before it starts."),
    9058: (
        400,
        "404 Bad Request: Invalid contributor role: ${role}. Expected one of ${validRoles}.",
        "${clientName} sent an unknown contributor role.",
    ),
    9060: (
        400,
        "City and country are required for education/employment.",
        "The organisation needs a city and a country.",
    ),
    9061: (
        400,
        "City or region cannot be provided without a country for the organization address.",
        "The organisation needs a country.",
    ),
    9062: (
        400,
        "Professional activities cannot be added without an organization id/external identifier. One has to be "
        "present.",
        "The item needs an organisation id or an identifier.",
    ),
}


class Refusal(Exception):
    """An answer of the Registry that is an error; raised anywhere below the API and rendered there.

    Attributes:
        code: ORCID's error code.
        status: HTTP status, as the table says unless the case differs.
        detail: what follows "Full validation error:", or empty.
        values: what fills the template's `${…}`.
    """

    def __init__(self, code: int, detail: str = "", *, status: int | None = None, **values: object) -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = code
        self.detail = detail
        self.status = status if status is not None else TABLE[code][0]
        self.values = values

    def body(self, client_name: str) -> dict[str, Any]:
        """The error message (`error:error`) in ORCID's JSON form."""
        _, developer, person = TABLE[self.code]
        values = {"clientName": client_name, **self.values}
        text = _fill(developer, values)
        if self.detail:
            text += f" Full validation error: {self.detail}"
        # What a client sent is repeated in the text, and may be what neither XML nor UTF-8 can hold.
        text = NOT_XML.sub("\ufffd", text)
        return {
            "response-code": self.status,
            "developer-message": text,
            "user-message": _fill(person, values) or text,
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
