"""The API's resources, the same for members and for the public: `/v3.0/…` and `/pub/v3.0/…`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import Blueprint, Response, g, jsonify, request

from orcid_plugin.emulator import access, citation, items, json_form, messages, reading, scopes, summary, xml_form
from orcid_plugin.emulator.activity_messages import ACTIVITIES
from orcid_plugin.emulator.answers import (
    CSL,
    answer,
    body_format,
    bulk_answer,
    created,
    error_body,
    media_type,
    number,
    plain_json_answer,
    read_body,
)
from orcid_plugin.emulator.catalogue_api import CatalogueApi
from orcid_plugin.emulator.person_api import PersonApi
from orcid_plugin.emulator.refusals import Refusal
from orcid_plugin.emulator.schema import Message
from orcid_plugin.emulator.search_api import SearchApi
from orcid_plugin.emulator.sections import SECTIONS, WORK, Section
from orcid_plugin.emulator.state import Registry
from orcid_plugin.emulator.summary_messages import SUMMARY
from orcid_plugin.emulator.values import StoredItem

MOST_PUT_CODES = 100


class Api:
    """The views of one API.

    Arguments:
        registry: what they read and write.
        id_host: host of the iDs in answers; the XSDs demand one that ends in `orcid.org`.
    """

    def __init__(self, registry: Registry, id_host: str) -> None:
        self.registry = registry
        self.id_host = id_host
        self.person_api = PersonApi(registry, id_host)
        self.search_api = SearchApi(registry, id_host)
        self.catalogue_api = CatalogueApi(registry)

    def blueprint(self, name: str, prefix: str, *, public: bool) -> Blueprint:
        blueprint = Blueprint(name, __name__, url_prefix=prefix)

        def add(method: str, path: str, view: Callable[..., Response]) -> None:
            blueprint.add_url_rule(path, f"{method} {path}", view, methods=[method])

        add("GET", "/status", self.status)
        add("GET", "/pubStatus" if public else "/apiStatus", self.health)
        add("GET", "/<orcid>", self.record)
        add("GET", "/<orcid>/record", self.record)
        add("GET", "/<orcid>/activities", self.activities)
        add("GET", "/<orcid>/works/<put_codes>", self.read_bulk)
        add("GET", "/<orcid>/<activities:section>", self.read_list)
        add("GET", "/<orcid>/<activity:section>/<put_code>", self.read)
        add("GET", "/<orcid>/<activity:section>/summary/<put_code>", self.summary)
        if public:  # has a rule of its own for the sake of its media types
            add("GET", "/<orcid>/work/<put_code>", partial(self.read, WORK))
        else:
            add("POST", "/<orcid>/<activity:section>", self.create)
            add("PUT", "/<orcid>/<activity:section>/<put_code>", self.update)
            add("DELETE", "/<orcid>/<activity:section>/<put_code>", self.delete)
            add("GET", "/<orcid>/summary", self.record_summary)
            add("POST", "/<orcid>/works", self.create_bulk)
        self.person_api.add_to(blueprint, public=public)
        self.search_api.add_to(blueprint)
        self.catalogue_api.add_to(blueprint, public=public)
        return blueprint

    def status(self) -> Response:
        return Response("OK I am here", mimetype="text/plain")

    def health(self) -> Response:
        return jsonify(dict.fromkeys(("tomcatUp", "dbConnectionOk", "readOnlyDbConnectionOk", "overallOk"), True))

    def record(self, orcid: str) -> Response:
        person = access.enter(self.registry, g.caller, orcid, write=False)
        message = reading.record(
            self.registry, person, self._everything(orcid), self.person_api.message(person), self.id_host
        )
        return answer("record", "record", messages.RECORD, message)

    def activities(self, orcid: str) -> Response:
        access.enter(self.registry, g.caller, orcid, write=False)
        message = reading.activities(self.registry, orcid, self._everything(orcid), self.id_host)
        return answer("activities", "activities-summary", ACTIVITIES, message)

    def record_summary(self, orcid: str) -> Response:
        person = access.enter(self.registry, g.caller, orcid, write=False)
        access.demand_scope(g.caller, scopes.READ_PUBLIC)
        message = summary.of_record(self.registry, person, self.id_host)
        if media_type().endswith("xml"):
            message = summary.without_empty_lists(message)
        return answer("summary", "record-summary", SUMMARY, message)

    def _everything(self, orcid: str) -> dict[str, list[StoredItem]]:
        return {name: self._visible(orcid, section) for name, section in SECTIONS.items()}

    def _visible(self, orcid: str, section: Section) -> list[StoredItem]:
        return access.visible(g.caller, self.registry.items_of(orcid, section.name))

    def read_list(self, section: Section, orcid: str) -> Response:
        access.enter(self.registry, g.caller, orcid, write=False)
        message = reading.listed(self.registry, section, orcid, self._visible(orcid, section), self.id_host)
        return answer("activities", f"{section.name}s", section.listed, message)

    def read(self, section: Section, orcid: str, put_code: str) -> Response:
        item = self._find(section, orcid, put_code)
        if section is WORK and media_type() == CSL:
            return plain_json_answer(citation.csl(item, self.registry.researchers[orcid]))
        return self._full(item)

    def summary(self, section: Section, orcid: str, put_code: str) -> Response:
        message = reading.summary(self.registry, self._find(section, orcid, put_code), self.id_host)
        return answer(section.name, f"{section.name}-summary", section.summary, message)

    def _find(self, section: Section, orcid: str, put_code: str) -> StoredItem:
        access.enter(self.registry, g.caller, orcid, write=False)
        item = items.find(self.registry, section, orcid, number(put_code))
        access.check_visible(g.caller, item)
        return item

    def _full(self, item: StoredItem) -> Response:
        message = reading.full(self.registry, item, self.id_host)
        return answer(item.section, item.section, SECTIONS[item.section].full, message)

    def read_bulk(self, orcid: str, put_codes: str) -> Response:
        access.enter(self.registry, g.caller, orcid, write=False)
        asked = [text.strip() for text in put_codes.split(",") if text.strip()]
        if len(asked) > MOST_PUT_CODES:
            raise Refusal(9042, exception=f"Too many put codes specified: maximum is {MOST_PUT_CODES}")
        works = self.registry.items.get((orcid, WORK.name), {})
        found: list[tuple[str, Message]] = []
        unknown: list[tuple[str, Message]] = []
        for text in asked:
            item = works.get(int(text)) if text.isdecimal() else None
            if item is None:
                unknown.append(("error", error_body(Refusal(9034, f"'{text}' is not a valid put code"))))
                continue
            try:
                access.check_visible(g.caller, item)
                found.append(("work", reading.full(self.registry, item, self.id_host)))
            except Refusal:
                found.append(("error", error_body(Refusal(9013))))
        return bulk_answer(found + unknown)

    def create(self, section: Section, orcid: str) -> Response:
        message = read_body(section.name, section.name, section.full)
        access.enter(self.registry, g.caller, orcid, write=True)
        item = items.create(self.registry, section, orcid, g.caller.client_id, message)
        return created(f"{orcid}/{section.name}/{item.put_code}")

    def create_bulk(self, orcid: str) -> Response:
        bulk = _read_bulk_body()
        access.enter(self.registry, g.caller, orcid, write=True)
        answers: list[tuple[str, Message]] = []
        for outcome in items.create_works(self.registry, orcid, g.caller.client_id, bulk):
            if isinstance(outcome, Refusal):
                answers.append(("error", error_body(outcome)))
            else:
                answers.append(("work", reading.full(self.registry, outcome, self.id_host)))
        return bulk_answer(answers)

    def update(self, section: Section, orcid: str, put_code: str) -> Response:
        message = read_body(section.name, section.name, section.full)
        access.enter(self.registry, g.caller, orcid, write=True)
        return self._full(
            items.update(self.registry, section, orcid, number(put_code), client=g.caller.client_id, message=message)
        )

    def delete(self, section: Section, orcid: str, put_code: str) -> Response:
        access.enter(self.registry, g.caller, orcid, write=True)
        items.delete(self.registry, section, orcid, number(put_code), g.caller.client_id)
        return Response(status=204)


def _read_bulk_body() -> list[Message]:
    data = request.get_data()
    if body_format() == "json":
        document = json_form.load(data)
        entries = document.get("bulk") if isinstance(document, dict) else None
        if not isinstance(entries, list) or not all(isinstance(e, dict) and set(e) == {"work"} for e in entries):
            raise Refusal(9047, error="an object with a list 'bulk' of works is expected")
        return [json_form.read(WORK.full, entry["work"], strict=False) for entry in entries]
    root = xml_form.load(data)
    if root.tag != xml_form.qualified("bulk", "bulk"):
        raise Refusal(9012, f"cannot find the declaration of element '{root.tag}'")
    return [xml_form.read(WORK.full, child, strict=False) for child in root.iter(xml_form.qualified("work", "work"))]
