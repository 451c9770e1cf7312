"""What the record page shows of activities, as values that its template only has to lay out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

from babel import Locale

from orcid_plugin.emulator import reading, rules
from orcid_plugin.emulator.activity_messages import AFFILIATIONS
from orcid_plugin.emulator.normalise import normalise
from orcid_plugin.emulator.schema import Message
from orcid_plugin.emulator.sections import PEER_REVIEW, SECTIONS
from orcid_plugin.emulator.state import Registry
from orcid_plugin.emulator.values import StoredItem
from orcid_plugin.metadata.credit import Credit
from orcid_plugin.metadata.vocabulary import IDENTIFIER_TYPES

MOST_PEOPLE = 50
MOST_GROUPS = 200
_ROLES = {role.orcid_uri: role.label for role in Credit}
_HOSTED_BY = {"funding": "Funder", "peer-review": "Convened by", "research-resource": "Hosts"}
_LASTING = {"education", "employment", "invited-position", "membership", "service"}
"""Sections whose items without an end go on."""


@dataclass(slots=True)
class Contributor:
    """A contributor as the page shows one: all roles of one iD together; `orcid` is empty without one."""

    name: str
    orcid: str
    roles: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Identifier:
    """An external identifier; `url` is empty where none can be followed."""

    type: str
    value: str
    relationship: str
    url: str


@dataclass(frozen=True, slots=True)
class Part:
    """Something inside an item that has a name and identifiers of its own."""

    label: str
    title: str
    facts: Sequence[str]
    ids: Sequence[Identifier]
    url: str


@dataclass(frozen=True, slots=True)
class Card:
    """An item of an activity section.

    Attributes:
        translated: the title in another language, with its `language-code`.
        facts: short texts for the line under the title.
        hosts: organisations, each as one text, and `hosted`, what they are called in this section.
        people: contributors; `more` are not shown.
        parts: what was reviewed, or the resources.
        source: the name of who added the item; `own`: it was the person.
    """

    item: StoredItem
    title: str
    translated: Message | None
    facts: Sequence[str]
    hosted: str
    hosts: Sequence[str]
    ids: Sequence[Identifier]
    url: str
    people: Sequence[Contributor]
    more: int
    parts: Sequence[Part]
    description: str
    citation: Message | None
    source: str
    own: bool


@dataclass(frozen=True, slots=True)
class Division:
    """Items of one kind below one heading (empty: none), those that are the same thing together.

    Attributes:
        groups: the first of them, as many as a page can show.
        count: how many groups there are.
    """

    heading: str
    groups: Sequence[Sequence[Card]]
    count: int


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the page."""

    name: str
    title: str
    divisions: Sequence[Division]

    @property
    def count(self) -> int:
        """How many things there are, versions of one not counted."""
        return sum(division.count for division in self.divisions)


_PANELS = (
    ("Employment", ("employment",)),
    ("Education and qualifications", ("education", "qualification")),
    ("Professional activities", ("invited-position", "distinction", "membership", "service")),
    ("Funding", ("funding",)),
    ("Research resources", ("research-resource",)),
    ("Works", ("work",)),
    ("Peer reviews", ("peer-review",)),
)


def panels(registry: Registry, orcid: str, id_host: str) -> list[Panel]:
    """All activities of a record in the order of ORCID's page, whoever may see them."""
    return [
        Panel(title.split()[0].lower(), title, list(_divisions(registry, orcid, sections, id_host)))
        for title, sections in _PANELS
    ]


def _divisions(registry: Registry, orcid: str, sections: Sequence[str], id_host: str) -> Iterable[Division]:
    for name in sections:
        items = registry.items_of(orcid, name)
        if name == PEER_REVIEW.name:
            for group_id, groups in reading.reviews_by_group(items).items():
                group = registry.group(group_id)
                yield _division(registry, f"{group.name} ({group_id})" if group else group_id, groups, id_host)
        elif items:
            heading = _words(name) if len(sections) > 1 else ""
            yield _division(registry, heading, reading.grouped(items), id_host)


def _division(registry: Registry, heading: str, groups: Sequence[Iterable[StoredItem]], id_host: str) -> Division:
    shown = [[card(registry, item, id_host) for item in group] for group in groups[:MOST_GROUPS]]
    return Division(heading, shown, len(groups))


def card(registry: Registry, item: StoredItem, id_host: str) -> Card:
    """One item as the page shows it."""
    section = SECTIONS[item.section]
    message = item.message
    main = section.main(message)
    everybody = contributors(message)
    source = reading.source(registry, item, id_host)["source-name"]["value"]
    return Card(
        item=item,
        title=_title(item.section, main),
        translated=(main.get("title") or {}).get("translated-title"),
        facts=[fact for fact in _facts(item.section, main) if fact],
        hosted=_HOSTED_BY.get(item.section, "Organisation"),
        hosts=[_organization(host) for host in _hosts(main)],
        ids=_identifiers(section.external_ids(message)),
        url=web(rules.value_of(main.get("url") or main.get("review-url"))),
        people=everybody[:MOST_PEOPLE],
        more=max(0, len(everybody) - MOST_PEOPLE),
        parts=[*_subject(message), *(_resource(resource) for resource in message.get("resource-item", ()))],
        description=message.get("short-description", ""),
        citation=message.get("citation"),
        source=source,
        own=item.source is None,
    )


def _title(section: str, main: Message) -> str:
    if section in AFFILIATIONS:
        return str(main["organization"]["name"])
    if section == PEER_REVIEW.name:
        return f"{_words(main['reviewer-role'])}, {_words(main['review-type']).lower()}"
    titles = main["title"]
    subtitle = rules.value_of(titles.get("subtitle"))
    return f"{titles['title']['value']}: {subtitle}" if subtitle else str(titles["title"]["value"])


def _facts(section: str, main: Message) -> Iterable[str]:
    """Short texts, some of them empty."""
    yield rules.value_of(main.get("journal-title"))
    yield main.get("role-title", "")
    yield main.get("department-name", "")
    if section == PEER_REVIEW.name:
        yield _date(main["review-completion-date"])
    else:
        yield _date(main.get("publication-date")) or _period(main, lasting=section in _LASTING)
    yield _words(main.get("type", ""))
    yield rules.value_of(main.get("organization-defined-type"))
    amount = main.get("amount")
    yield f"{amount['currency-code']} {amount['value']}" if amount else ""
    yield main.get("language-code", "")
    yield country(rules.value_of(main.get("country")))


def _words(term: str) -> str:
    return term.replace("-", " ").capitalize()


def _date(fuzzy: Message | None) -> str:
    return "-".join(fuzzy[part]["value"] for part in ("year", "month", "day") if part in fuzzy) if fuzzy else ""


def _period(main: Message, *, lasting: bool) -> str:
    start, end = _date(main.get("start-date")), _date(main.get("end-date"))
    if end:
        return f"{start} – {end}" if start else f"until {end}"
    return f"{start} – present" if start and lasting else start


@cache  # and not at the import: to load the names takes as long as the rest of the emulator's modules
def country(code: str) -> str:
    """The English name of a country, the code itself if it has none."""
    return str(Locale("en").territories.get(code, code))


def _hosts(main: Message) -> Iterable[Message]:
    yield from (main[name] for name in ("organization", "convening-organization") if name in main)
    yield from (main.get("hosts") or {}).get("organization", ())


def _organization(organization: Message) -> str:
    address = organization.get("address") or {}
    place = (organization["name"], address.get("city"), address.get("region"), country(address.get("country", "")))
    text = ", ".join(part for part in place if part)
    known = organization.get("disambiguated-organization")
    if not known:
        return text
    return f"{text} ({known['disambiguation-source']} {known['disambiguated-organization-identifier']})"


def _identifiers(ids: Iterable[Message]) -> list[Identifier]:
    return [_identifier(entry) for entry in ids]


def _identifier(entry: Message) -> Identifier:
    type, value = entry["external-id-type"], entry["external-id-value"]
    url = web(rules.value_of(entry.get("external-id-url"))) or _resolved(type, value)
    return Identifier(type, value, entry.get("external-id-relationship", ""), url)


def _resolved(type: str, value: str) -> str:
    known = IDENTIFIER_TYPES.get(type)
    normalised = normalise(type, value)
    return f"{known.resolver}{normalised}" if known and known.resolver and normalised else ""


def web(url: str) -> str:
    """The address if it is one of the web that a page may link to."""
    return url if url.lower().startswith(("https://", "http://")) else ""


def _subject(message: Message) -> Iterable[Part]:
    """What was reviewed, where that is told."""
    name = (message.get("subject-name") or {}).get("title")
    identifier = message.get("subject-external-identifier")
    container, type = message.get("subject-container-name", ""), _words(message.get("subject-type", ""))
    if name or identifier or container:
        facts = [fact for fact in (container, type) if fact]
        url = web(rules.value_of(message.get("subject-url")))
        yield Part("Reviewed", rules.value_of(name), facts, _identifiers([identifier] if identifier else ()), url)


def _resource(resource: Message) -> Part:
    facts = [_words(resource["resource-type"]), *(_organization(host) for host in _hosts(resource))]
    ids = _identifiers(resource["external-ids"]["external-id"])
    return Part("Resource", resource["resource-name"], facts, ids, web(rules.value_of(resource.get("url"))))


def contributors(message: Message) -> list[Contributor]:
    """The contributors, grouped by iD and by nothing else, in the order sent."""
    by_orcid: dict[str, Contributor] = {}
    found = []
    for element in rules.contributors(message):
        given = element.get("contributor-orcid") or {}
        orcid = given.get("path") or given.get("uri", "").rpartition("/")[2]
        person = by_orcid.get(orcid) if orcid else None
        if person is None:
            person = Contributor(rules.value_of(element.get("credit-name")), orcid)
            found.append(person)
            if orcid:
                by_orcid[orcid] = person
        role = (element.get("contributor-attributes") or {}).get("contributor-role")
        if role:
            person.roles.append(_ROLES.get(role, _words(role)))
    return found
