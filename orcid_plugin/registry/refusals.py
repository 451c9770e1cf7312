"""What the Registry's error answers mean and what to do about each: the one table of (status, error code).

Source: ORCID's API error codes (`api_en.properties`, `OrcidCoreExceptionMapper`), and what stands before the API: the
token filter, the rate limit and the quota. `docs/errors.md` is `document()`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orcid_plugin.errors import (
    AlreadyThere,
    AnswerError,
    CallRefused,
    CredentialsLocked,
    NotFound,
    NotNotified,
    NotTheSource,
    NotVisible,
    QuotaSpent,
    RecordClosed,
    RecordFull,
    RecordMoved,
    RegistryFault,
    ScopeMissing,
    SlowDown,
    TokenRefused,
)

WEB_PAGE = "a web page instead of ORCID's form"
"""Text of an error whose body is HTML: of a proxy, not of the API."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What one error means.

    Attributes:
        status: HTTP statuses that it comes with, as the table shows them.
        kind: class of the exception.
        meaning: what the matter is.
        remedy: what to do about it.
    """

    status: str
    kind: type[AnswerError]
    meaning: str
    remedy: str


_CORRECT = "correct the message; the same is refused again"
_CONNECT = "once more after a pause, then have the person connect again"
_WIDER = "have the person connect with a wider scope"
_MOVE = "use the iD in `primary` from now on"
_OURS = "a mistake in the calling program"
_WAIT = "wait as the answer tells, else longer each time with jitter"
_LATER = "again later; ask before a POST is repeated whether it arrived"

CODES: Mapping[int, Refusal] = {
    9001: Refusal("400, 404, 405, 406, 415", CallRefused, "Address, method or media type is wrong.", _OURS),
    9002: Refusal("401", TokenRefused, "The client is not authorized.", "check the API credentials"),
    9004: Refusal("403", ScopeMissing, "The token lacks the scope.", _WIDER),
    9005: Refusal("403", ScopeMissing, "The token lacks the scope.", _WIDER),
    9006: Refusal("400", CallRefused, "A bad request; more than 100 works at once.", _CORRECT),
    9007: Refusal("301, 409", RecordMoved, "The record was merged into another.", _MOVE),
    9008: Refusal("500", RegistryFault, "The Registry failed.", _LATER),
    9009: Refusal("403", NotNotified, "The notification has been read.", "leave it; it cannot be taken back"),
    9010: Refusal("403", NotTheSource, "The item is not ours.", "forget its put-code, add one of our own"),
    9011: Refusal("404", NotFound, "There is no such record or item.", "check iD and put-code"),
    9012: Refusal("400", CallRefused, "XML against the schema, bad rows, a bad address of a webhook, http.", _CORRECT),
    9013: Refusal("403", NotVisible, "The item is private.", "leave it; only its source and the person see it"),
    9014: Refusal("403", NotTheSource, "This client may not do this; a webhook or item of another.", "leave it"),
    9015: Refusal("401", TokenRefused, "A scope that the client may not ask for.", "ask for scopes of the membership"),
    9016: Refusal("404", NotFound, "There is no such record or item.", "the person deleted it: leave it deleted"),
    9017: Refusal("401", TokenRefused, "The token is not for this record, or was revoked.", _CONNECT),
    9018: Refusal("409", RecordClosed, "ORCID has locked the record.", "park what is owed to it; ask again in days"),
    9019: Refusal("400", CallRefused, "Put-codes in address and body differ.", _OURS),
    9020: Refusal("400", CallRefused, "The message breaks a rule, which the text names.", _CORRECT),
    9021: Refusal("409", AlreadyThere, "An item of ours has the same identifier.", "update the one in `put_code`"),
    9022: Refusal("400", CallRefused, "No title.", _CORRECT),
    9023: Refusal("400", CallRefused, "An external identifier is missing or wrong.", _CORRECT),
    9024: Refusal("400", CallRefused, "A put-code in what is new.", _OURS),
    9025: Refusal("409", AlreadyThere, "There is such a group.", "look it up by its group id; a new ISSN was made"),
    9026: Refusal("400", NotFound, "There is no such group.", "create it"),
    9027: Refusal("404", NotFound, "There is no such client.", "check the client id"),
    9028: Refusal("404", NotFound, "There is no such webhook.", "nothing to remove"),
    9029: Refusal("404", NotFound, "There is no such notification.", "check its put-code"),
    9030: Refusal("409", AlreadyThere, "An item of the person says the same.", "leave it, or update that one"),
    9031: Refusal("409", CallRefused, "No put-code in an update.", _OURS),
    9032: Refusal("409", NotNotified, "The person wants no notifications.", "ask by other means"),
    9033: Refusal("400", NotFound, "There is no such other name.", "check its put-code"),
    9034: Refusal("400", CallRefused, "Not a put-code.", _OURS),
    9035: Refusal("403", CallRefused, "Only the person can change the visibility.", "leave the visibility out"),
    9036: Refusal("409", RecordClosed, "The person has not claimed the record.", "ten days after its making, again"),
    9037: Refusal("400", CallRefused, "A value is not in its vocabulary.", _CORRECT),
    9038: Refusal("403", ScopeMissing, "The token lacks the scope (the text says conflict).", _WIDER),
    9039: Refusal("403", NotVisible, "The item is not public.", "read it by the member API"),
    9040: Refusal("409", CallRefused, "Reviews use the group.", "leave it"),
    9041: Refusal("404", NotFound, "There is no biography.", "nothing to read"),
    9042: Refusal("400", CallRefused, "More than 100 put-codes at once.", _OURS),
    9043: Refusal("400", CallRefused, "Without a token, a search ends after 10,000.", "use a `/read-public` token"),
    9044: Refusal("409", RecordClosed, "The person has deactivated the record.", "park what is owed to it"),
    9045: Refusal("400", CallRefused, "ORCID does not know the organization's identifier.", _CORRECT),
    9046: Refusal("400", CallRefused, "No organization.", _CORRECT),
    9047: Refusal("400", CallRefused, "JSON that is not of the schema.", _CORRECT),
    9048: Refusal("409", RecordFull, "The record holds 10,000 works.", "tell the person"),
    9049: Refusal("400", CallRefused, "The calendar has no such date.", _CORRECT),
    9050: Refusal("400", CallRefused, "An end without a start.", _CORRECT),
    9051: Refusal("400", CallRefused, "A value is not in its vocabulary.", _CORRECT),
    9052: Refusal("403", TokenRefused, "The token is for another version of the API.", _CONNECT),
    9053: Refusal("400", CallRefused, "Not an ISSN.", _CORRECT),
    9054: Refusal("400", CallRefused, "Not an amount.", _CORRECT),
    9055: Refusal("400", CallRefused, "The end comes before the start.", _CORRECT),
    9056: Refusal("308", CallRefused, "A version of the API that is no more.", _OURS),
    9057: Refusal("409", CredentialsLocked, "ORCID has locked the client.", "write to ORCID; stop sending until then"),
    9058: Refusal("400", CallRefused, "Not a role of a contributor.", _CORRECT),
    9060: Refusal("400", CallRefused, "No city or country of an education or employment.", _CORRECT),
    9061: Refusal("400", CallRefused, "A city or region without its country.", _CORRECT),
    9062: Refusal("400", CallRefused, "Neither organization nor affiliation has an identifier.", _CORRECT),
}
"""By ORCID's own code, which counts before the status."""

STATUSES: Mapping[int, Refusal] = {
    301: Refusal("301", RecordMoved, "The record was merged into another.", _MOVE),
    400: Refusal("400", CallRefused, "The message or call is wrong.", _CORRECT),
    401: Refusal("401", TokenRefused, "The token is unknown, expired or revoked.", _CONNECT),
    403: Refusal("403", CallRefused, "Forbidden; without a token too.", "check token, API and credentials"),
    404: Refusal("404", NotFound, "There is no such record or item.", "check iD and put-code"),
    409: Refusal("409", CallRefused, "A conflict without an explanation.", "look at the record"),
    429: Refusal("429", SlowDown, "Too many requests.", _WAIT),
    503: Refusal("503", SlowDown, "Above the rate of requests, or maintenance.", _WAIT),
}
"""By status, for answers without a code of ORCID's: of the token filter, the edge, a proxy."""

SCOPE = Refusal("403", ScopeMissing, "OAuth's `insufficient_scope`.", _WIDER)
QUOTA = Refusal("429", QuotaSpent, "The daily quota of the public API is spent.", "tomorrow, or with API credentials")
PAGE = Refusal("404", RegistryFault, "A web page: nothing that ORCID's API said.", "check address and proxy")
OTHER = Refusal("4xx", CallRefused, "The call is refused.", _OURS)
FAULT = Refusal("other", RegistryFault, "Not an answer of the API, or its fault.", _LATER)


def meaning(status: int, code: int | None, text: str) -> Refusal:
    """What an answer means, by its status, ORCID's code (None: there was none) and its text."""
    if code is not None and code in CODES:
        return CODES[code]
    if status == 403 and text.startswith("insufficient_scope"):  # RFC 6750, 3.1
        return SCOPE
    if status == 429 and "daily quota" in text:
        return QUOTA
    if status == 404 and text == WEB_PAGE:
        return PAGE
    return STATUSES.get(status, OTHER if 400 <= status < 500 else FAULT)


def error(
    status: int,
    code: int | None = None,
    text: str = "",
    *,
    retry_after: float | None = None,
    location: str | None = None,
) -> AnswerError:
    """The exception that an answer stands for."""
    kind = meaning(status, code, text).kind
    return kind(status, code, text, retry_after=retry_after, location=location)


def document() -> str:
    """The table as the page `docs/errors.md`."""
    rows = [(str(code), refusal) for code, refusal in CODES.items()]
    rows += [("", refusal) for refusal in (*STATUSES.values(), SCOPE, QUOTA, PAGE, OTHER, FAULT)]
    lines = [f"| {code} | {one.status} | `{one.kind.__name__}` | {one.meaning} | {one.remedy} |" for code, one in rows]
    return "\n".join([_HEAD, *lines, ""])


_HEAD = """\
# Errors of the Registry

Each error answer of ORCID's API becomes an exception below `orcid_plugin.errors.AnswerError`. Its `error_code` counts
first, then its status; `http_status`, `developer_message`, `retry_after` and `location` hold the rest of the answer,
never a secret. No answer at all is `Unreachable`, a sibling of `AnswerError`. What the outbox makes of each for a
delivery stands in [architecture](architecture.md).

```python
from orcid_plugin.errors import AlreadyThere

try:
    put_code = client.create(orcid, token, work)
except AlreadyThere as error:
    put_code = error.put_code
```

This page is written by `orcid_plugin.registry.refusals`.

| code | status | exception | meaning | what to do |
|---|---|---|---|---|"""
