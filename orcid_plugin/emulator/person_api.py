"""The API's resources about the person: `/person` and its sections."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, g

from orcid_plugin.emulator import access, items, person, person_messages, person_reading
from orcid_plugin.emulator.answers import answer, created, number, read_body
from orcid_plugin.emulator.person import SECTIONS, PersonSection
from orcid_plugin.emulator.refusals import Refusal
from orcid_plugin.emulator.schema import Message
from orcid_plugin.emulator.scopes import UPDATE_PERSON
from orcid_plugin.emulator.state import Registry
from orcid_plugin.emulator.values import Researcher, StoredItem


class PersonApi:
    """The views of one API; `id_host` is the host of the iDs in answers."""

    def __init__(self, registry: Registry, id_host: str) -> None:
        self.registry = registry
        self.id_host = id_host

    def add_to(self, blueprint: Blueprint, *, public: bool) -> None:
        def add(method: str, path: str, view: Callable[..., Response]) -> None:
            blueprint.add_url_rule(f"/<orcid>{path}", f"{method} {path}", view, methods=[method])

        add("GET", "/person", self.person)
        add("GET", "/personal-details", self.details)
        add("GET", "/biography", self.biography)
        add("GET", "/email", self.emails)
        add("GET", "/<personal:section>", self.read_list)
        add("GET", "/<personal:section>/<put_code>", self.read)
        if not public:
            add("POST", "/<personal:section>", self.create)
            add("PUT", "/<personal:section>/<put_code>", self.update)
            add("DELETE", "/<personal:section>/<put_code>", self.delete)

    def message(self, researcher: Researcher) -> Message:
        """The person as the caller may see it."""
        visible = {section.name: self._visible(section, researcher.orcid) for section in SECTIONS}
        seen = access.visibilities(g.caller)
        return person_reading.person(self.registry, researcher, visible, seen, self.id_host)

    def _visible(self, section: PersonSection, orcid: str) -> list[StoredItem]:
        return access.visible(g.caller, self.registry.items_of(orcid, section.name))

    def person(self, orcid: str) -> Response:
        researcher = access.enter(self.registry, g.caller, orcid, write=False)
        return answer("person", "person", person_messages.PERSON, self.message(researcher))

    def details(self, orcid: str) -> Response:
        researcher = access.enter(self.registry, g.caller, orcid, write=False)
        message = person_reading.personal_details(self.message(researcher), orcid)
        return answer("personal-details", "personal-details", person_messages.PERSONAL_DETAILS, message)

    def biography(self, orcid: str) -> Response:
        researcher = access.enter(self.registry, g.caller, orcid, write=False)
        if not researcher.biography:
            raise Refusal(9041)
        message = person_reading.biography(researcher, access.visibilities(g.caller))
        if message is None:
            raise Refusal(9039 if g.caller.public else 9038)
        return answer("personal-details", "biography", person_messages.BIOGRAPHY, message)

    def emails(self, orcid: str) -> Response:
        researcher = access.enter(self.registry, g.caller, orcid, write=False)
        seen = access.visibilities(g.caller, private_emails=True)
        return answer("email", "emails", person_messages.EMAILS, person_reading.emails(researcher, seen))

    def read_list(self, section: PersonSection, orcid: str) -> Response:
        access.enter(self.registry, g.caller, orcid, write=False)
        visible = self._visible(section, orcid)
        message = person_reading.listed(self.registry, section, orcid, visible, self.id_host)
        return answer(section.name, section.plural, section.listed, message)

    def read(self, section: PersonSection, orcid: str, put_code: str) -> Response:
        access.enter(self.registry, g.caller, orcid, write=False)
        item = items.find(self.registry, section, orcid, number(put_code))
        access.check_visible(g.caller, item)
        return self._full(section, item)

    def _full(self, section: PersonSection, item: StoredItem) -> Response:
        message = person_reading.full(self.registry, section, item, self.id_host)
        return answer(section.name, section.name, section.form, message)

    def create(self, section: PersonSection, orcid: str) -> Response:
        message = read_body(section.name, section.name, section.form)
        access.enter(self.registry, g.caller, orcid, write=True, scope=UPDATE_PERSON)
        item = person.create(self.registry, section, orcid, g.caller.client_id, message)
        return created(f"{orcid}/{section.path}/{item.put_code}")

    def update(self, section: PersonSection, orcid: str, put_code: str) -> Response:
        message = read_body(section.name, section.name, section.form)
        access.enter(self.registry, g.caller, orcid, write=True, scope=UPDATE_PERSON)
        client = g.caller.client_id
        item = person.update(self.registry, section, orcid, number(put_code), client=client, message=message)
        return self._full(section, item)

    def delete(self, section: PersonSection, orcid: str, put_code: str) -> Response:
        access.enter(self.registry, g.caller, orcid, write=True, scope=UPDATE_PERSON)
        items.delete(self.registry, section, orcid, number(put_code), g.caller.client_id)
        return Response(status=204)
