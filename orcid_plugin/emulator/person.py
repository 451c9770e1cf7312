"""The sections about the person: which there are, what their items must be, and writing them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from orcid_plugin.emulator import items, notifications
from orcid_plugin.emulator.person_messages import FORMS, LISTS
from orcid_plugin.emulator.refusals import Refusal
from orcid_plugin.emulator.rules import check_put_code, check_visibility, value_of
from orcid_plugin.emulator.schema import Group, Message
from orcid_plugin.emulator.state import Registry
from orcid_plugin.emulator.values import StoredItem

LONGEST_URL = 2000
LONGEST_IDENTIFIER = 255


@dataclass(frozen=True, slots=True)
class PersonSection:
    """One section.

    Attributes:
        name: namespace and element of its items.
        path: of the list and of the items.
        plural: element of the list, and its key in the person.
        check: refuses what breaks a rule of the section.
        content: by what two items are the same.
    """

    name: str
    path: str
    plural: str
    check: Callable[[Message], None]
    content: Callable[[Message], tuple[str, ...]]

    def title(self, message: Message) -> str:
        """What people call an item."""
        return self.content(message)[0]

    @property
    def form(self) -> Group:
        return FORMS[self.name]

    @property
    def listed(self) -> Group:
        return LISTS[self.name]


def _check_country(message: Message) -> None:
    if not value_of(message["country"]):
        raise Refusal(9020, "Country cannot be null")


def _check_url(message: Message) -> None:
    url = value_of(message["url"]).strip()
    if not url:
        raise Refusal(9020, "Url cannot be null")
    if len(url) > LONGEST_URL:
        raise Refusal(9020, f"Url length must be at most {LONGEST_URL}")


def _check_identifier(message: Message) -> None:
    for name in ("external-id-type", "external-id-value"):
        if len(message[name]) > LONGEST_IDENTIFIER:
            raise Refusal(9020, f"{name} length must be at most {LONGEST_IDENTIFIER}")
    if message.get("external-id-relationship") != "self":
        raise Refusal(9020, "Relationship field should be self for person identifiers")
    if not value_of(message.get("external-id-url")).strip():
        raise Refusal(9020, "Url cannot be null")


def _nothing(message: Message) -> None:
    """The XSD says it all."""


def _text(message: Message) -> tuple[str, ...]:
    return (message["content"],)


SECTIONS = (
    PersonSection("other-name", "other-names", "other-names", _nothing, _text),
    PersonSection(
        "researcher-url", "researcher-urls", "researcher-urls", _check_url, lambda message: (value_of(message["url"]),)
    ),
    PersonSection("address", "address", "addresses", _check_country, lambda message: (value_of(message["country"]),)),
    PersonSection("keyword", "keywords", "keywords", _nothing, _text),
    PersonSection(
        "external-identifier",
        "external-identifiers",
        "external-identifiers",
        _check_identifier,
        lambda message: (message["external-id-value"], message["external-id-type"]),
    ),
)
"""The sections in the order of the XSD of `person`, but for e-mail addresses."""


def create(registry: Registry, section: PersonSection, orcid: str, client: str, message: Message) -> StoredItem:
    """Add an item; the body's visibility, source and dates do not count."""
    with registry.change():
        check_put_code(message, None)
        section.check(message)
        _refuse_duplicate(section, registry.items_of(orcid, section.name), message, client)
        now, put_code = registry.now_ms(), registry.next_put_code()
        visibility = registry.researchers[orcid].visibility
        item = StoredItem(orcid, put_code, client, visibility, now, now, _settled(message), "0", section.name)
        notifications.tell(registry, section, client, "added", [item])
        return registry.put_item(item)


def update(
    registry: Registry, section: PersonSection, orcid: str, put_code: int, *, client: str, message: Message
) -> StoredItem:
    """Replace an item; only its source can."""
    with registry.change():
        if "put-code" not in message:
            raise Refusal(9031)
        if message["put-code"] != put_code:
            raise Refusal(9019, urlPutCode=put_code, bodyPutCode=message["put-code"])
        item = items.find(registry, section, orcid, put_code)
        section.check(message)
        check_visibility(message, item.visibility)
        others = [other for other in registry.items_of(orcid, section.name) if other is not item]
        _refuse_duplicate(section, others, message, client)
        if item.source != client:
            raise Refusal(9010)
        changed = replace(item, message=_settled(message), modified=registry.now_ms())
        notifications.tell(registry, section, client, "changed", [changed])
        return registry.put_item(changed)


def _settled(message: Message) -> Message:
    return {name: content for name, content in message.items() if name not in {"put-code", "visibility"}}


def _refuse_duplicate(section: PersonSection, present: list[StoredItem], message: Message, client: str) -> None:
    for item in present:
        if item.source == client and section.content(item.message) == section.content(message):
            raise Refusal(9030, value=section.content(message)[0], type=section.name)
