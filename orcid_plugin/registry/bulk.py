"""Many works with one request, 100 at most: the order of what was asked is that of the results."""

from __future__ import annotations

import json as plain_json
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from orcid_plugin.errors import AnswerError, InvalidMessage, RegistryFault
from orcid_plugin.registry.answers import error_in
from orcid_plugin.registry.caller import Caller, decoded, parsed
from orcid_plugin.registry.encoding import json
from orcid_plugin.registry.messages import rules
from orcid_plugin.registry.messages.work import Work
from orcid_plugin.registry.paths import PATHS

T = TypeVar("T")
MOST = 100
"""Works of one request (ORCID: 9006 and 9042 above it)."""


def read(caller: Caller, orcid: str, token: str | None, put_codes: Sequence[int]) -> Iterator[Work | AnswerError]:
    """Each work, or why it cannot be read, in the order of the put-codes."""
    for chunk in _chunks(put_codes):
        path = f"{orcid}/{PATHS[Work].all}/{','.join(map(str, chunk))}"
        yield from _placed(chunk, [_result(entry) for entry in _entries(caller.get(path, token))])


def create(
    caller: Caller, orcid: str, token: str, works: Sequence[Work]
) -> Iterator[int | AnswerError | InvalidMessage]:
    """The put-code of each work, or why it was not added, in the order of the works; illegal ones are not sent."""
    for chunk in _chunks(works):
        findings = [rules.check(work, create=True) for work in chunk]
        legal = [work for work, found in zip(chunk, findings, strict=True) if not found]
        results = iter(_create(caller, orcid, token, legal) if legal else [])
        for found in findings:
            yield InvalidMessage(found) if found else next(results)


def _create(caller: Caller, orcid: str, token: str, works: Sequence[Work]) -> list[int | AnswerError]:
    body = plain_json.dumps({"bulk": [{"work": json.encode(work)} for work in works]}, ensure_ascii=False).encode()
    answer = caller.call("POST", f"{orcid}/{PATHS[Work].all}", token, 200, body=body)
    results = [_result(entry) for entry in _entries(parsed(answer))]
    if len(results) != len(works):
        raise RegistryFault(200, None, f"the answer tells of {len(results)} works instead of {len(works)}")
    return [_put_code(result) if isinstance(result, Work) else result for result in results]


def _chunks(items: Sequence[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while chunk := list(islice(rest, MOST)):
        yield chunk


def _entries(message: Any) -> list[Any]:
    entries = message.get("bulk") if isinstance(message, dict) else None
    if not isinstance(entries, list):
        raise RegistryFault(200, None, "the answer is not a bulk of works")
    return entries


def _result(entry: Any) -> Work | AnswerError:
    if not isinstance(entry, dict) or not isinstance(entry.get("work"), dict):
        return error_in(entry.get("error") if isinstance(entry, dict) else None)
    try:
        return decoded(entry["work"], Work)
    except AnswerError as error:
        return error


def _placed(put_codes: Sequence[int], results: Sequence[Work | AnswerError]) -> Iterator[Work | AnswerError]:
    """Errors about unknown put-codes stand at the end of the answer and name them; others stand in their place."""
    known: dict[int | None, Work | AnswerError] = {}
    others: list[Work | AnswerError] = []
    for result in results:
        if isinstance(result, Work):
            known[result.put_code] = result
        elif named := re.search(r"'([0-9]{1,18})' is not a valid put code", result.developer_message, re.ASCII):
            known[int(named[1])] = result
        else:
            others.append(result)
    rest = iter(others)
    for put_code in put_codes:
        missing = f"the answer does not tell what became of put-code {put_code}"
        yield known.get(put_code) or next(rest, RegistryFault(200, None, missing))


def _put_code(work: Work) -> int | AnswerError:
    return work.put_code or RegistryFault(200, None, "the answer does not tell the put-code of the work")
