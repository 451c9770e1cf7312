"""Messages as ORCID's JSON, and the Registry's JSON answers back to messages.

The keys are the local names of the XML elements, in the order of the schema. Absent values have no key. An answer is
read leniently: unknown keys, explicit nulls, bare strings for `{"value": …}` and one value for a list of one.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, TypeVar, overload

from orcid_plugin.errors import UnreadableInput
from orcid_plugin.registry.encoding.codec import Message
from orcid_plugin.registry.encoding.tables import table_of
from orcid_plugin.registry.messages.item import Stored
from orcid_plugin.registry.messages.work import Work

S = TypeVar("S", bound=Stored)


def encode(message: Work | Stored) -> Message:
    """The message as a JSON object, without what only the Registry sets (source, dates, normalised identifiers)."""
    return table_of(type(message)).encode(message)


def dumps(message: Work | Stored) -> bytes:
    """The message as UTF-8 JSON, ready to be sent as `application/vnd.orcid+json`."""
    return json.dumps(encode(message), ensure_ascii=False).encode()


def content_hash(message: Work | Stored) -> str:
    """SHA-256 (hex) of what the message says, whatever its put-code and visibility: equal for equal content."""
    content = {key: value for key, value in encode(message).items() if key not in {"put-code", "visibility"}}
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@overload
def loads(data: bytes | str) -> Work: ...
@overload
def loads(data: bytes | str, kind: type[S]) -> S: ...
def loads(data: bytes | str, kind: Any = Work) -> Any:
    """Read one message of a kind from a JSON answer; raises `UnreadableInput` where it is no JSON or none of it."""
    try:
        message = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UnreadableInput("the answer is not JSON") from error
    return decode(message, kind)


@overload
def decode(message: Any) -> Work: ...
@overload
def decode(message: Any, kind: type[S]) -> S: ...
def decode(message: Any, kind: Any = Work) -> Any:
    """Read one message of a kind from a JSON object as the Registry returns it; raises `UnreadableInput` for others.

    A date that the calendar does not have is read as absent.
    """
    return table_of(kind).decode(message)
