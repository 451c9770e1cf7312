"""ORCID's member API 3.0 as typed calls: the items of a record, works first, and group-id records."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import quote

from orcid_plugin.errors import AnswerError, UnreadableInput
from orcid_plugin.registry.answers import error_of
from orcid_plugin.registry.encoding import json as encoding
from orcid_plugin.registry.encoding import lists
from orcid_plugin.registry.environment import Environment
from orcid_plugin.registry.messages import item_rules
from orcid_plugin.registry.messages.group_id import GroupIdRecord
from orcid_plugin.registry.messages.item import Group, Stored
from orcid_plugin.registry.messages.notification import PermissionNotification
from orcid_plugin.registry.messages.person import Biography
from orcid_plugin.registry.messages.work import Work
from orcid_plugin.registry.paths import GROUP_IDS, PATHS
from orcid_plugin.registry.transport import Answer, Bearer, Transport

S = TypeVar("S", bound=Stored)
GROUP_EXISTS = 9025
VERSION = "v3.0"
ORCID_JSON = "application/vnd.orcid+json"


class Client:
    """Calls to one Registry.

    Each raises `Unreachable` without an answer, `AnswerError` for one other than success; neither holds the token.
    """

    def __init__(self, environment: Environment, transport: Transport) -> None:
        self._environment = environment
        self._transport = transport

    def works(self, orcid: str, token: str) -> list[Work]:
        """Summaries of all works on a record, each with put-code, source and external identifiers."""
        answer = self._call("GET", f"{orcid}/works", token, expected=200)
        groups = _items(_object(answer), "group")
        return [work for group in groups for work in _summaries(group)]

    def work(self, orcid: str, token: str, put_code: int) -> Work:
        """One work as the record has it."""
        return _work(self._call("GET", f"{orcid}/work/{put_code}", token, expected=200))

    def create_work(self, orcid: str, token: str, work: Work) -> int | None:
        """Add a work; returns its put-code, or None where the answer does not tell it although the work is stored."""
        return _put_code(self._call("POST", f"{orcid}/work", token, expected=201, message=work))

    def update_work(self, orcid: str, token: str, work: Work) -> Work:
        """Replace the work with the put-code in `work`; returns what the Registry says it stores now."""
        return _work(self._call("PUT", f"{orcid}/work/{work.put_code}", token, expected=200, message=work))

    def delete_work(self, orcid: str, token: str, put_code: int) -> None:
        """Delete a work of our own."""
        self._call("DELETE", f"{orcid}/work/{put_code}", token, expected=204)

    def groups(self, orcid: str, token: str, kind: type[S]) -> list[Group[S]]:
        """Summaries of all activities of a kind (`Employment`, `Funding`), grouped and ordered as the Registry does."""
        answer = self._call("GET", f"{orcid}/{PATHS[kind].all}", token, expected=200)
        return list(lists.groups(_object(answer), kind))

    def items(self, orcid: str, token: str, kind: type[S]) -> list[S]:
        """All that a record has of a kind: items of the person, notifications of ours, summaries of activities."""
        answer = self._call("GET", f"{orcid}/{PATHS[kind].all}", token, expected=200)
        return list(lists.items(_object(answer), kind))

    def item(self, orcid: str, token: str, kind: type[S], put_code: int) -> S:
        """One item as the record has it."""
        return _read(self._call("GET", f"{orcid}/{PATHS[kind].one}/{put_code}", token, expected=200), kind)

    def summary(self, orcid: str, token: str, kind: type[S], put_code: int) -> S:
        """One activity as lists show it."""
        return _read(self._call("GET", f"{orcid}/{PATHS[kind].one}/summary/{put_code}", token, expected=200), kind)

    def create(self, orcid: str, token: str, item: Stored) -> int | None:
        """Add an item; returns its put-code, or None where the answer does not tell it although the item is stored.

        Raises `InvalidMessage` for what ORCID would refuse.
        """
        item_rules.require_valid(item, create=True)
        path = f"{orcid}/{PATHS[type(item)].one}"
        return _put_code(self._call("POST", path, token, expected=201, message=item))

    def update(self, orcid: str, token: str, item: S) -> S:
        """Replace the item with the put-code in `item`; returns what the Registry says it stores now.

        Raises `InvalidMessage` for what ORCID would refuse.
        """
        item_rules.require_valid(item, create=False)
        path = f"{orcid}/{PATHS[type(item)].one}/{item.put_code}"
        return _read(self._call("PUT", path, token, expected=200, message=item), type(item))

    def delete(self, orcid: str, token: str, kind: type[Stored], put_code: int) -> None:
        """Delete an item of our own."""
        self._call("DELETE", f"{orcid}/{PATHS[kind].one}/{put_code}", token, expected=204)

    def biography(self, orcid: str, token: str) -> Biography:
        """What the person says of themselves; `AnswerError` 404 with code 9041 where that is nothing."""
        return _read(self._call("GET", f"{orcid}/biography", token, expected=200), Biography)

    def archive_notification(self, orcid: str, token: str, put_code: int) -> PermissionNotification:
        """Take a notification that the person has not read yet out of the inbox; returns it, archived."""
        path = f"{orcid}/{PATHS[PermissionNotification].one}/{put_code}"
        return _read(self._call("DELETE", path, token, expected=200), PermissionNotification)

    def group_id_records(self, token: str, *, page: int = 1, page_size: int = 100) -> list[GroupIdRecord]:
        """One page of all group-id records; the last is shorter than `page_size`, or empty."""
        answer = self._call("GET", f"{GROUP_IDS}?page-size={page_size}&page={page}", token, expected=200)
        return list(lists.items(_object(answer), GroupIdRecord))

    def find_group_id_record(self, token: str, group_id: str) -> GroupIdRecord | None:
        """The record of a group, or None. For an ISSN without one the Registry makes it and answers with it."""
        answer = self._call("GET", f"{GROUP_IDS}?group-id={quote(group_id, safe='')}", token, expected=200)
        message = _object(answer)
        return _read(answer, GroupIdRecord) if isinstance(message, dict) and message.get("group-id") else None

    def group_id_record(self, token: str, put_code: int) -> GroupIdRecord:
        """One group-id record; `AnswerError` 400 with code 9026 where there is none."""
        return _read(self._call("GET", f"{GROUP_IDS}/{put_code}", token, expected=200), GroupIdRecord)

    def ensure_group_id_record(self, token: str, record: GroupIdRecord) -> GroupIdRecord:
        """The record of the group, made from `record` where there is none; raises `InvalidMessage` for an illegal one.

        The Registry answers 409 to a new ISSN although it has made a record of it, so that is looked up once more.
        """
        item_rules.require_valid(record, create=True)
        found = self.find_group_id_record(token, record.group_id)
        if found:
            return found
        try:
            answer = self._call("POST", GROUP_IDS, token, expected=201, message=record)
        except AnswerError as error:
            found = self.find_group_id_record(token, record.group_id) if error.error_code == GROUP_EXISTS else None
            if found is None:
                raise
            return found
        return replace(record, put_code=_put_code(answer))

    def update_group_id_record(self, token: str, record: GroupIdRecord) -> GroupIdRecord:
        """Replace a group-id record of our own; raises `InvalidMessage` for what ORCID would refuse."""
        item_rules.require_valid(record, create=False)
        path = f"{GROUP_IDS}/{record.put_code}"
        return _read(self._call("PUT", path, token, expected=200, message=record), GroupIdRecord)

    def delete_group_id_record(self, token: str, put_code: int) -> None:
        """Delete a group-id record of our own that no peer review uses (409, code 9040)."""
        self._call("DELETE", f"{GROUP_IDS}/{put_code}", token, expected=204)

    def _call(
        self, method: str, path: str, token: str, *, expected: int, message: Work | Stored | None = None
    ) -> Answer:
        headers = {"Accept": ORCID_JSON}
        if message is not None:
            headers["Content-Type"] = ORCID_JSON
        answer = self._transport.send(
            method,
            f"{self._environment.api}/{VERSION}/{path}",
            headers=headers,
            data=encoding.dumps(message) if message else None,
            auth=Bearer(token),
        )
        if answer.status != expected:
            raise error_of(answer, token)
        return answer


def _work(answer: Answer) -> Work:
    try:
        return encoding.loads(answer.body)
    except UnreadableInput as error:
        raise AnswerError(answer.status, None, str(error)) from None


def _read(answer: Answer, kind: type[S]) -> S:
    try:
        return encoding.loads(answer.body, kind)
    except UnreadableInput as error:
        raise AnswerError(answer.status, None, str(error)) from None


def _put_code(answer: Answer) -> int | None:
    segment = answer.headers.get("Location", "").partition("?")[0].rstrip("/").rpartition("/")[2]
    return int(segment) if re.fullmatch(r"[1-9][0-9]{0,17}", segment, re.ASCII) else None


def _object(answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        raise AnswerError(answer.status, None, "the answer is not JSON") from None


def _items(node: Any, key: str) -> list[Any]:
    items = node.get(key) if isinstance(node, dict) else None
    return items if isinstance(items, list) else []


def _summaries(group: Any) -> Iterator[Work]:
    for summary in _items(group, "work-summary"):
        try:
            yield encoding.decode(summary)
        except UnreadableInput:  # what has no title or type is none of ours
            continue
