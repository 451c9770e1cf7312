"""ORCID's API 3.0 as typed calls: the member API, which also writes, and the public API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from orcid_plugin.errors import AnswerError, InvalidMessage
from orcid_plugin.registry import bulk
from orcid_plugin.registry.caller import VERSION, Caller, decoded, put_code, read
from orcid_plugin.registry.encoding import json
from orcid_plugin.registry.environment import Environment
from orcid_plugin.registry.group_ids import GroupIds
from orcid_plugin.registry.messages import item_rules
from orcid_plugin.registry.messages.found import IdentifierType
from orcid_plugin.registry.messages.item import Stored
from orcid_plugin.registry.messages.notification import PermissionNotification
from orcid_plugin.registry.messages.summary import RecordSummary
from orcid_plugin.registry.messages.work import Work
from orcid_plugin.registry.paths import PATHS
from orcid_plugin.registry.reader import Reader
from orcid_plugin.registry.transport import Transport
from orcid_plugin.registry.webhooks import Webhooks

S = TypeVar("S", bound=Stored)


class Client(Reader):
    """The member API of one Registry.

    Attributes:
        search: iDs and people by what their records say.
        group_ids: the journals and the like for which people review.
        webhooks: calls of the Registry when a record changes.
    """

    def __init__(self, environment: Environment, transport: Transport) -> None:
        super().__init__(Caller(f"{environment.api}/{VERSION}", transport))
        self.group_ids = GroupIds(self._caller)
        self.webhooks = Webhooks(Caller(environment.api, transport))

    def record_summary(self, orcid: str, token: str) -> RecordSummary:
        """The record in short: latest affiliations, counts of the rest."""
        return self._caller.read(f"{orcid}/summary", token, RecordSummary)

    def create(self, orcid: str, token: str, item: Stored) -> int | None:
        """Add an item; returns its put-code, or None where the answer does not tell it although the item is stored.

        Raises `InvalidMessage` for what ORCID would refuse, `AlreadyThere` for what is on the record. Without an answer
        (`Unreachable`) the item may be stored: call again, and take the put-code of `AlreadyThere`.
        """
        item_rules.require_valid(item, create=True)
        path = f"{orcid}/{PATHS[type(item)].one}"
        return put_code(self._caller.call("POST", path, token, 201, body=json.dumps(item)))

    def create_works(
        self, orcid: str, token: str, works: Sequence[Work]
    ) -> Iterator[int | AnswerError | InvalidMessage]:
        """Add works, 100 with each request; for each in its order the put-code, or why it was not added.

        A request is made when its first result is asked for, and raises what concerns all of its works. Without an
        answer any of them may be stored: send the same again, and those that were are `AlreadyThere` with their
        put-code, since each has an identifier of its own.
        """
        return bulk.create(self._caller, orcid, token, works)

    def update(self, orcid: str, token: str, item: S) -> S:
        """Replace the item with the put-code in `item`; returns what the Registry says it stores now.

        The Registry ignores some changes: compare by `comparison.differences`. Raises `InvalidMessage` for what ORCID
        would refuse. Calling again does no harm.
        """
        item_rules.require_valid(item, create=False)
        path = f"{orcid}/{PATHS[type(item)].one}/{item.put_code}"
        return read(self._caller.call("PUT", path, token, 200, body=json.dumps(item)), type(item))

    def delete(self, orcid: str, token: str, kind: type[Stored], number: int) -> None:
        """Delete the item of our own with this put-code; `NotFound` where it is gone already."""
        self._caller.call("DELETE", f"{orcid}/{PATHS[kind].one}/{number}", token, 204)

    def archive_notification(self, orcid: str, token: str, number: int) -> PermissionNotification:
        """Take a notification that the person has not read yet out of the inbox; returns it, archived.

        Raises `NotNotified` for one that was read.
        """
        path = f"{orcid}/{PATHS[PermissionNotification].one}/{number}"
        return read(self._caller.call("DELETE", path, token, 200), PermissionNotification)

    def status(self) -> dict[str, bool]:
        """Which parts of the API work (`overallOk`, `dbConnectionOk`, …)."""
        return _status(self._caller.get("apiStatus", None))


class PublicClient(Reader):
    """The public API of one Registry: what everybody may see, with a `/read-public` token or None.

    Without a token, an address may call it some ten thousand times a day (`QuotaSpent`).
    """

    def __init__(self, environment: Environment, transport: Transport) -> None:
        super().__init__(Caller(f"{environment.public_api}/{VERSION}", transport))

    def identifier_types(self, locale: str = "en") -> list[IdentifierType]:
        """All types of external identifiers, described in a language of ORCID's pages."""
        message = self._caller.get("identifiers", None, params={"locale": locale}, accept="application/json")
        return [decoded(one, IdentifierType) for one in message] if isinstance(message, list) else []

    def citation(self, orcid: str, token: str | None, number: int) -> dict[str, Any]:
        """A work as an item of the Citation Style Language's JSON."""
        path = f"{orcid}/{PATHS[Work].one}/{number}"
        message = self._caller.get(path, token, accept="application/vnd.citationstyles.csl+json")
        return message if isinstance(message, dict) else {}

    def status(self) -> dict[str, bool]:
        """Which parts of the API work (`overallOk`, `dbConnectionOk`, …)."""
        return _status(self._caller.get("pubStatus", None))


def _status(message: Any) -> dict[str, bool]:
    return {name: state for name, state in message.items() if isinstance(state, bool)} if message else {}
