"""Reads a publication from JSON bytes, as a host hands it in (docs/publication-json.md)."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

from orcid_plugin.errors import UnreadableInput
from orcid_plugin.metadata import json_form
from orcid_plugin.metadata.readers.legal import require_legal
from orcid_plugin.metadata.readers.people import drop_repeated_orcids
from orcid_plugin.metadata.readers.xml import Report
from orcid_plugin.metadata.reading import Reading

MAX_BYTES = 50_000_000

# What XML 1.0 cannot carry, and no database or message downstream should meet.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def read(data: bytes, name: str = "publication") -> Reading:
    """The publication in a JSON document: UTF-8, -16 or -32.

    Control characters and blanks around strings are dropped, and an empty string counts as absent.
    Raises `UnreadableInput` for what is not JSON or not an object, `PublicationRefused` without title or identifier.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableInput(f"{name} is larger than {MAX_BYTES // 1_000_000} MB")
    try:
        value = json.loads(data)
    except RecursionError as error:
        raise UnreadableInput(f"{name} is nested too deep") from error
    except ValueError as error:
        raise UnreadableInput(f"{name} is not JSON: {error}"[:300]) from error
    if not isinstance(value, dict):
        raise UnreadableInput(f"{name} does not hold a publication: expected a JSON object")
    reading = json_form.load(_clean(value))
    require_legal(reading.publication, name)
    report = Report(reading.findings)
    contributors = drop_repeated_orcids(reading.publication.contributors, report)
    return Reading(dataclasses.replace(reading.publication, contributors=contributors), report.findings)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _ILLEGAL.sub("", value).strip() or None
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_ILLEGAL.sub("", key): _clean(item) for key, item in value.items()}
    return value
