"""Group-id records: the journals and the like for which people review. They belong to no record of a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from orcid_plugin.errors import AlreadyThere, RegistryFault, UnreadableInput
from orcid_plugin.registry.caller import Caller, decoded, put_code, read
from orcid_plugin.registry.encoding import json, lists
from orcid_plugin.registry.messages import item_rules
from orcid_plugin.registry.messages.group_id import GroupIdRecord

PATH = "group-id-record"


class GroupIds:
    """Calls about group-id records, with a token of the client's own: `/group-id-record/read` or `…/update`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def page(self, token: str, *, page: int = 1, page_size: int = 100) -> list[GroupIdRecord]:
        """One page of all group-id records; the last is shorter than `page_size`, or empty."""
        message = self._caller.get(PATH, token, params={"page-size": str(page_size), "page": str(page)})
        try:
            return list(lists.LISTED[GroupIdRecord].decode(message))
        except UnreadableInput as error:
            raise RegistryFault(200, None, str(error)) from None

    def all(self, token: str, *, page_size: int = 100) -> Iterator[GroupIdRecord]:
        """All group-id records, page after page as they are asked for."""
        number, found = 1, self.page(token, page_size=page_size)
        while found:
            yield from found
            number += 1
            found = self.page(token, page=number, page_size=page_size) if len(found) == page_size else []

    def find(self, token: str, group_id: str) -> GroupIdRecord | None:
        """The record of a group, or None. For an ISSN without one the Registry makes it and answers with it."""
        return self._found(token, {"group-id": group_id}, "group-id")

    def find_by_name(self, token: str, name: str) -> GroupIdRecord | None:
        """The record of the group with exactly this name, or None."""
        return self._found(token, {"name": name}, "name")

    def get(self, token: str, number: int) -> GroupIdRecord:
        """One group-id record; `NotFound` (400 with code 9026) where there is none under the put-code."""
        return self._caller.read(f"{PATH}/{number}", token, GroupIdRecord)

    def ensure(self, token: str, record: GroupIdRecord) -> GroupIdRecord:
        """The record of the group, made from `record` where there is none; raises `InvalidMessage` for an illegal one.

        The Registry answers 409 to a new ISSN although it has made a record of it, so that is looked up once more.
        """
        item_rules.require_valid(record, create=True)
        found = self.find(token, record.group_id)
        if found:
            return found
        try:
            answer = self._caller.call("POST", PATH, token, 201, body=json.dumps(record))
        except AlreadyThere:
            found = self.find(token, record.group_id)
            if found is None:
                raise
            return found
        return replace(record, put_code=put_code(answer))

    def update(self, token: str, record: GroupIdRecord) -> GroupIdRecord:
        """Replace a group-id record of our own; raises `InvalidMessage` for what ORCID would refuse."""
        item_rules.require_valid(record, create=False)
        path = f"{PATH}/{record.put_code}"
        return read(self._caller.call("PUT", path, token, 200, body=json.dumps(record)), GroupIdRecord)

    def delete(self, token: str, number: int) -> None:
        """Delete a group-id record of our own that no peer review uses (409, code 9040)."""
        self._caller.call("DELETE", f"{PATH}/{number}", token, 204)

    def _found(self, token: str, params: dict[str, str], key: str) -> GroupIdRecord | None:
        message = self._caller.get(PATH, token, params=params)
        return decoded(message, GroupIdRecord) if isinstance(message, dict) and message.get(key) else None
