"""Pages for people to look at: the start page and a record with its works."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Blueprint, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from orcid_plugin.emulator import reading, rules
from orcid_plugin.emulator.hosts import MEMBER_API, place
from orcid_plugin.emulator.schema import Message
from orcid_plugin.emulator.state import Registry
from orcid_plugin.emulator.values import StoredItem
from orcid_plugin.metadata.credit import Credit

MOST_PEOPLE = 50
_LABELS = {role.orcid_uri: role.label for role in Credit}
_API_TYPES = (
    "application/json",
    "application/orcid+json",
    "application/xml",
    "application/orcid+xml",
    "application/ld+json",
)
_RDF_TYPES = ("text/turtle", "application/rdf+xml", "application/n-triples")


@dataclass(slots=True)
class Person:
    """A contributor as the record page shows one: all roles of one iD together."""

    name: str
    orcid: Message | None
    roles: list[str] = field(default_factory=list)


def people(work: Message) -> list[Person]:
    """The contributors, grouped by iD and by nothing else, in the order sent."""
    by_orcid: dict[str, Person] = {}
    found = []
    for contributor in rules.contributors(work):
        orcid = contributor.get("contributor-orcid")
        person = by_orcid.get(orcid["uri"]) if orcid else None
        if person is None:
            person = Person((contributor.get("credit-name") or {}).get("value") or "", orcid)
            found.append(person)
            if orcid:
                by_orcid[orcid["uri"]] = person
        role = rules.role_of(contributor)
        if role:
            person.roles.append(_LABELS.get(role, role.replace("-", " ").capitalize()))
    return found


@dataclass(frozen=True, slots=True)
class ShownWork:
    """A work with what its part of the page needs; `more` people are not shown."""

    item: StoredItem
    message: Message
    people: list[Person]
    more: int
    source: str
    date: str


class Pages:
    """The views. Everything on a record is shown, with its visibility: it is an emulator."""

    def __init__(self, registry: Registry, id_host: str) -> None:
        self.registry = registry
        self.id_host = id_host

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("pages", __name__)
        blueprint.add_url_rule("/", "start", self.start)
        blueprint.add_url_rule("/<orcid>", "record_page", self.record_page)
        return blueprint

    def start(self) -> str:
        listed = [(person, len(self.registry.works_of(person.orcid))) for person in self.registry.researchers.values()]
        return render_template("start.html", people=listed, clients=self.registry.clients.values())

    def record_page(self, orcid: str) -> BaseResponse:
        person = self.registry.researchers.get(orcid)
        if person is None:
            abort(404)
        wanted = request.accept_mimetypes.best_match(["text/html", *_API_TYPES, *_RDF_TYPES], "text/html")
        if wanted in _API_TYPES:
            return redirect(f"{place().public_api}{MEMBER_API}/{orcid}")
        if wanted in _RDF_TYPES:
            return redirect(f"{place().public_api}/experimental_rdf_v1/{orcid}")
        groups = [[self._shown(item) for item in group] for group in reading.grouped(self.registry.works_of(orcid))]
        known = self.registry.researchers
        page = render_template("record.html", person=person, groups=groups, known=known, id_host=self.id_host)
        return Response(page)

    def _shown(self, item: StoredItem) -> ShownWork:
        message = reading.full(self.registry, item, self.id_host)
        everybody = people(item.message)
        fuzzy = item.message.get("publication-date") or {}
        date = "-".join(fuzzy[part]["value"] for part in ("year", "month", "day") if part in fuzzy)
        source = message["source"]["source-name"]["value"]
        hidden = max(0, len(everybody) - MOST_PEOPLE)
        return ShownWork(item, message, everybody[:MOST_PEOPLE], hidden, source, date)
