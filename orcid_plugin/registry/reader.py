"""What both of ORCID's APIs answer: records, their sections and items, clients, the state of the service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

from orcid_plugin.errors import AnswerError, RegistryFault, UnreadableInput
from orcid_plugin.registry import bulk
from orcid_plugin.registry.caller import Caller
from orcid_plugin.registry.encoding import lists
from orcid_plugin.registry.messages.found import ClientInfo
from orcid_plugin.registry.messages.item import Group, Stored
from orcid_plugin.registry.messages.person import Biography
from orcid_plugin.registry.messages.record import Activities, Person, PersonalDetails, Record, Section
from orcid_plugin.registry.messages.work import Work
from orcid_plugin.registry.paths import PATHS
from orcid_plugin.registry.search import Search

S = TypeVar("S", bound=Stored)


class Reader:
    """Calls that read. `orcid` is the bare iD; `token` may be None where the API answers without one.

    Each raises `Unreachable` without an answer, `AnswerError` for one other than success; neither holds the token.
    """

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.search = Search(caller)

    def record(self, orcid: str, token: str | None) -> Record:
        """The whole record, as far as the caller may see it."""
        return self._caller.read(f"{orcid}/record", token, Record)

    def person(self, orcid: str, token: str | None) -> Person:
        """All that is said of the person."""
        return self._caller.read(f"{orcid}/person", token, Person)

    def personal_details(self, orcid: str, token: str | None) -> PersonalDetails:
        """Names and biography."""
        return self._caller.read(f"{orcid}/personal-details", token, PersonalDetails)

    def biography(self, orcid: str, token: str | None) -> Biography:
        """What the person says of themselves; `NotFound` with code 9041 where that is nothing."""
        return self._caller.read(f"{orcid}/biography", token, Biography)

    def activities(self, orcid: str, token: str | None) -> Activities:
        """Summaries of all activities, in groups."""
        return self._caller.read(f"{orcid}/activities", token, Activities)

    def section(self, orcid: str, token: str | None, kind: type[Stored]) -> Section[Any]:
        """All of a kind as the Registry lists it: groups of summaries for activities, items for the rest."""
        message = self._caller.get(f"{orcid}/{PATHS[kind].all}", token)
        try:
            return lists.list_of(kind).decode(message)
        except UnreadableInput as error:
            raise RegistryFault(200, None, str(error)) from None

    def groups(self, orcid: str, token: str | None, kind: type[S]) -> list[Group[S]]:
        """Summaries of all activities of a kind (`Employment`, `Work`), grouped and ordered as the Registry does."""
        return lists.groups(self.section(orcid, token, kind), kind)

    def items(self, orcid: str, token: str | None, kind: type[S]) -> list[S]:
        """All that a record has of a kind: items of the person, notifications of ours, summaries of activities."""
        section = self.section(orcid, token, kind)
        if kind not in lists.GROUPED:
            return list(section)
        return [item for group in lists.groups(section, kind) for item in group.items]

    def item(self, orcid: str, token: str | None, kind: type[S], put_code: int) -> S:
        """One item as the record has it."""
        return self._caller.read(f"{orcid}/{PATHS[kind].one}/{put_code}", token, kind)

    def summary(self, orcid: str, token: str | None, kind: type[S], put_code: int) -> S:
        """One activity as lists show it."""
        return self._caller.read(f"{orcid}/{PATHS[kind].one}/summary/{put_code}", token, kind)

    def read_works(self, orcid: str, token: str | None, put_codes: Sequence[int]) -> Iterator[Work | AnswerError]:
        """Whole works, 100 with each request; for each put-code in its order the work, or why there is none.

        A request is made when its first work is asked for, and raises what concerns all of its works.
        """
        return bulk.read(self._caller, orcid, token, put_codes)

    def client_info(self, client_id: str, token: str | None) -> ClientInfo:
        """Name and description of an API client; `NotFound` with code 9027 where there is none."""
        return self._caller.read(f"client/{quote(client_id, safe='')}", token, ClientInfo)
