"""Pages for people to look at: the start page and the records."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from orcid_plugin.emulator import cards, profile
from orcid_plugin.emulator.hosts import MEMBER_API, place
from orcid_plugin.emulator.state import Registry

_API_TYPES = (
    "application/json",
    "application/orcid+json",
    "application/xml",
    "application/orcid+xml",
    "application/ld+json",
)
_RDF_TYPES = ("text/turtle", "application/rdf+xml", "application/n-triples")


class Pages:
    """The views. Everything on a record is shown, with its visibility: it is an emulator."""

    def __init__(self, registry: Registry, id_host: str) -> None:
        self.registry = registry
        self.id_host = id_host

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("pages", __name__)
        blueprint.add_url_rule("/", "start", self.start)
        blueprint.add_url_rule("/<orcid>", "record_page", self.record_page)
        blueprint.add_app_template_filter(_moment, "moment")
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
        page = render_template(
            "record.html",
            person=person,
            facets=profile.facets(self.registry, person, self.id_host),
            panels=cards.panels(self.registry, orcid, self.id_host),
            known=self.registry.researchers,
            id_host=self.id_host,
        )
        return Response(page)


def _moment(milliseconds: int) -> str:
    """Milliseconds since 1970 as date and minute of UTC, in ISO 8601."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M")
