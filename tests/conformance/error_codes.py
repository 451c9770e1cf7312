"""ORCID's error codes as its source has them (`api_en.properties`, `OrcidCoreExceptionMapper`).

Statuses, and the developer message with `{}` where a value stands. ORCID's slips are kept: 9010 says "work" of every
item, the text of 9038 begins with 409 and that of 9058 with 404.
"""

from __future__ import annotations

BAD, CONFLICT, FORBIDDEN, NOT_FOUND = "400 Bad Request:", "409 Conflict:", "403 Forbidden:", "404 Not Found:"

CODES: dict[int, tuple[tuple[int, ...], str]] = {
    9001: (
        (400, 404, 405, 406, 415),
        f"{BAD} There is an issue with your data or the API endpoint. 405 Method Not Allowed: Endpoint and method "
        "mismatch. 415 Unsupported Media Type: data must be in XML or JSON format.",
    ),
    9002: ((401,), "The client application is not authorized."),
    9004: ((403,), f"{FORBIDDEN} Insufficient or wrong scope."),
    9005: ((403,), f"{FORBIDDEN} Insufficient or wrong scope."),
    9006: ((400,), "The client application sent a bad request to ORCID."),
    9007: (
        (301, 409),
        "301 Moved Permanently: This account is deprecated. Please refer to account: {}. ORCID {}",
    ),
    9008: ((500,), "{}"),
    9009: ((403,), f"{FORBIDDEN} The notification has already been read and cannot be archived."),
    9010: ((403,), f"{FORBIDDEN} You are not the source of the work, so you are not allowed to update it."),
    9011: ((404,), f"{NOT_FOUND} The ORCID record or item was not found."),
    9012: ((400,), "The client application made a bad request to the ORCID API."),
    9013: ((403,), f"{FORBIDDEN} The item is private and you are not the source."),
    9014: ((403,), "The client application is forbidden to perform the action."),
    9015: ((401,), "One of the provided scopes is not allowed. Please refer to the list of allowed scopes at: {}"),
    9016: ((404,), f"{NOT_FOUND} The resource was not found."),
    9017: ((401,), "401 Unauthorized: The client application is not authorized for this ORCID record."),
    9018: ((409,), f"{CONFLICT} The ORCID record is locked and cannot be edited. ORCID {{}}"),
    9019: ((400,), f"{BAD} The put code in the URL was {{}} whereas the one in the body was {{}}."),
    9020: ((400,), f"{BAD} Invalid incoming message."),
    9021: (
        (409,),
        f"{CONFLICT} You have already added this activity (matched by external identifiers), please see element with "
        "put-code {}. If you are trying to edit the item, please use PUT instead of POST.",
    ),
    9022: ((400,), f"{BAD} Invalid activity, a title is required."),
    9023: ((400,), f"{BAD} Invalid activity, an external identifier is required."),
    9024: (
        (400,),
        f"{BAD} Put-code is included when not expected. When posting new activities, the put code should be omitted.",
    ),
    9025: ((409,), f"{CONFLICT} The given group-id-record already exists."),
    9026: (
        (400,),
        f"{BAD} The group you are trying to access does not exist, you may need to create it.",
    ),
    9027: ((404,), "Unable to find client profile associated with client:{}."),
    9028: ((404,), "No webhook found for orcid={}, and uri={}."),
    9029: ((404,), f"{NOT_FOUND} Could not find notification with id: {{}} for ORCID: {{}}."),
    9030: ((409,), "The element '{}' of type '{}' is duplicated."),
    9031: ((409,), "Put-code is required to update elements."),
    9032: (
        (409,),
        f"{CONFLICT} The user has opted not to receive notifications so you cannot post notifications.",
    ),
    9033: ((400,), "The other name does not exist."),
    9034: ((400,), f"{BAD} The put code provided is not valid."),
    9035: (
        (403,),
        f"{FORBIDDEN} You can't change the visibility of an item, please remove the visibility or set it to the "
        "current value.",
    ),
    9036: ((409,), f"{CONFLICT} This record has not been claimed."),
    9037: ((400,), f"{BAD} Invalid {{}}, valid values are: {{}}."),
    9038: (
        (403,),
        f"{CONFLICT} The item has a limited or private visibility and your request doesn't have the required scope.",
    ),
    9039: ((403,), f"{FORBIDDEN} The item is not public and cannot be accessed with the Public API."),
    9040: ((409,), f"{CONFLICT} The item can't be deleted."),
    9041: ((404,), f"{NOT_FOUND} Biography for the given record is null."),
    9042: ((400,), "{}Too many put codes specified: maximum is 100"),
    9043: (
        (400,),
        "The start parameter for API users without credentials must be an integer between 0 and 10,000",
    ),
    9044: ((409,), f"{CONFLICT} The ORCID record is deactivated and cannot be edited."),
    9045: ((400,), "400 Bad request: disambiguated-organization must be present and valid"),
    9046: ((400,), "400 Bad request: organization must be present and valid"),
    9047: ((400,), "400 Bad request: invalid JSON - {}"),
    9048: (
        (409,),
        f"{CONFLICT} The maximum number of works that can be connected to an ORCID record is 10,000",
    ),
    9049: ((400,), "400 Bad request: invalid date: {}"),
    9050: (
        (400,),
        "400 Bad request: missing start-date. If you specify an end-date, you must specify a start-date",
    ),
    9051: ((400,), "400 Bad request: invalid value '{}' for enum '{}'"),
    9052: ((403,), f"{FORBIDDEN} this access_token is only valid on API v3.0_rc2 and above"),
    9053: ((400,), f"{BAD} invalid ISSN"),
    9054: ((400,), f"{BAD} invalid amount"),
    9055: ((400,), f"{BAD} End date must come after start date."),
    9056: (
        (308,),
        "Release candidates for V{} are now disabled, your request will be redirected to the corresponding V{} end "
        "point",
    ),
    9057: ((409,), f"{CONFLICT} The client is locked."),
    9058: ((400,), "404 Bad Request: Invalid contributor role: {}. Expected one of {}."),
    9060: ((400,), "City and country are required for education/employment."),
    9061: ((400,), "City or region cannot be provided without a country for the organization address."),
    9062: (
        (400,),
        "Professional activities cannot be added without an organization id/external identifier. One has to be "
        "present.",
    ),
}
