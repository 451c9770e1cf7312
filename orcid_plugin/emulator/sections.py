"""The activity sections of a record in one table: forms, rules, and where each keeps what lists are made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from orcid_plugin.emulator import activity_rules, rules
from orcid_plugin.emulator.activity_messages import AFFILIATIONS, FORMS, LISTS, SUMMARIES
from orcid_plugin.emulator.activity_rules import Known
from orcid_plugin.emulator.normalise import key
from orcid_plugin.emulator.schema import Group, Message

Check = Callable[[Message, str | None, Known], None]


@dataclass(frozen=True, slots=True)
class Section:
    """One section.

    Attributes:
        name: of its items: path, namespace and element, `employment`; the list is `employments`.
        full, summary, listed: the forms of an item, of its summary and of the list.
        check: the business rules of a new or changed item.
        home: the part of a message that has identifiers, title and dates: itself if empty.
        ids: name of the identifiers there.
        date: name of the date there by which lists are ordered.
        roles: contributor roles by every spelling.
        raw: whether duplicates are found by the values as they were sent.
        renamed: what the summary calls otherwise.
    """

    name: str
    check: Check
    home: str = ""
    ids: str = "external-ids"
    date: str = "start-date"
    roles: Mapping[str, str] = field(default_factory=lambda: rules.ROLES)
    raw: bool = False
    renamed: tuple[tuple[str, str], ...] = ()

    @property
    def full(self) -> Group:
        return FORMS[self.name]

    @property
    def summary(self) -> Group:
        return SUMMARIES[self.name]

    @property
    def listed(self) -> Group:
        return LISTS[self.name]

    @property
    def in_affiliation_groups(self) -> bool:
        """Whether lists have the seven affiliations' form."""
        return self.name in AFFILIATIONS

    def main(self, message: Message) -> Message:
        """The part of the message that has identifiers, title and dates."""
        part: Message = message[self.home] if self.home else message
        return part

    def external_ids(self, message: Message) -> Sequence[Message]:
        """The identifiers of an item, none if there are none."""
        ids: Sequence[Message] = (self.main(message).get(self.ids) or {}).get("external-id", ())
        return ids

    def key(self, identifier: Message) -> tuple[str, str]:
        """What two identifiers of the section have in common when one item is the duplicate of another."""
        type, value = identifier["external-id-type"], identifier["external-id-value"]
        return (type, value) if self.raw else key(type, value)

    def title(self, message: Message) -> str:
        """What people call an item, and by what those of one date are ordered: title, else role and organisation."""
        main = self.main(message)
        if "title" in main:
            return str(main["title"]["title"]["value"])
        role = main.get("role-title") or main.get("reviewer-role") or ""
        place = main.get("organization") or main.get("convening-organization") or {}
        return ", ".join(part for part in (role, place.get("name", "")) if part)


WORK = Section("work", lambda message, stored, _: rules.check_work(message, stored), date="publication-date")
PEER_REVIEW = Section(
    "peer-review",
    activity_rules.check_peer_review,
    ids="review-identifiers",
    date="review-completion-date",
    renamed=(("review-identifiers", "external-ids"), ("review-completion-date", "completion-date")),
)
_STRICT = ("education", "employment")
SECTIONS = {
    section.name: section
    for section in (
        *(
            Section(name, activity_rules.check_affiliation if name in _STRICT else activity_rules.check_professional)
            for name in AFFILIATIONS
        ),
        Section("funding", activity_rules.check_funding, roles=rules.FUNDING_ROLES, raw=True),
        PEER_REVIEW,
        Section("research-resource", activity_rules.check_research_resource, home="proposal"),
        WORK,
    )
}
"""The sections by name."""
