"""Messages as ORCID's JSON, and the Registry's JSON answers back to messages.

The keys are the local names of the XML elements, in the order of the schema. Absent values have no key. An answer is
read leniently: unknown keys, explicit nulls, bare strings for `{"value": …}` and one value for a list of one.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, TypeVar

from orcid_plugin.errors import UnreadableInput
from orcid_plugin.registry.encoding.codec import Message
from orcid_plugin.registry.encoding.records import table_of
from orcid_plugin.registry.messages.item import Stored
from orcid_plugin.registry.messages.work import Work

T = TypeVar("T")


def encode(message: Stored) -> Message:
    """The message as a JSON object, without what only the Registry sets (source, dates, normalised identifiers)."""
    return table_of(type(message)).encode(message)


def dumps(message: Stored) -> bytes:
    """The message as UTF-8 JSON, ready to be sent as `application/vnd.orcid+json`."""
    return json.dumps(encode(message), ensure_ascii=False).encode()


def content_hash(message: Stored) -> str:
    """SHA-256 (hex) of what the message says, whatever its put-code and visibility: equal for equal content."""
    content = {key: value for key, value in encode(message).items() if key not in {"put-code", "visibility"}}
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def loads(data: bytes | str, kind: type[T] = Work) -> T:  # type: ignore[assignment]
    """Read one message of a kind from a JSON answer; raises `UnreadableInput` where it is no JSON or none of it."""
    return decode(parse(data), kind)


def parse(data: bytes | str) -> Any:
    """A JSON answer of any form; raises `UnreadableInput` where it is none."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UnreadableInput("the answer is not JSON") from error


def decode(message: Any, kind: type[T] = Work) -> T:  # type: ignore[assignment]
    """Read one message of a kind from a JSON object as the Registry returns it; raises `UnreadableInput` for others."""
    return table_of(kind).decode(message)
