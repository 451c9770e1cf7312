"""The API's resources, the same for members and for the public: `/v3.0/…` and `/pub/v3.0/…`."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, g, request

from orcid_plugin.emulator import access, json_form, messages, reading, works, xml_form
from orcid_plugin.emulator.answers import answer, body_format, bulk_answer, error_body
from orcid_plugin.emulator.refusals import Refusal
from orcid_plugin.emulator.schema import Message
from orcid_plugin.emulator.state import Registry, StoredWork

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

    def blueprint(self, name: str, prefix: str, *, public: bool) -> Blueprint:
        blueprint = Blueprint(name, __name__, url_prefix=prefix)
        reads: dict[str, Callable[..., Response]] = {
            "/<orcid>": self.record,
            "/<orcid>/record": self.record,
            "/<orcid>/person": self.person,
            "/<orcid>/activities": self.activities,
            "/<orcid>/works": self.works,
            "/<orcid>/works/<put_codes>": self.read_bulk,
            "/<orcid>/work/<put_code>": self.work,
            "/<orcid>/work/summary/<put_code>": self.summary,
            "/status": self.status,
        }
        for path, view in reads.items():
            blueprint.add_url_rule(path, f"GET {path}", view, methods=["GET"])
        if not public:
            blueprint.add_url_rule("/<orcid>/work", "create", self.create, methods=["POST"])
            blueprint.add_url_rule("/<orcid>/works", "create_bulk", self.create_bulk, methods=["POST"])
            blueprint.add_url_rule("/<orcid>/work/<put_code>", "update", self.update, methods=["PUT"])
            blueprint.add_url_rule("/<orcid>/work/<put_code>", "delete", self.delete, methods=["DELETE"])
        return blueprint

    def status(self) -> Response:
        return Response("OK", mimetype="text/plain")

    def record(self, orcid: str) -> Response:
        person = access.enter(self.registry, g.caller, orcid, write=False)
        limited = access.reads_limited(g.caller)
        message = reading.record(self.registry, person, self._visible(orcid), self.id_host, limited=limited)
        return answer("record", "record", messages.RECORD, message)

    def person(self, orcid: str) -> Response:
        person = access.enter(self.registry, g.caller, orcid, write=False)
        message = reading.person(person, limited=access.reads_limited(g.caller))
        return answer("person", "person", messages.PERSON, message)

    def activities(self, orcid: str) -> Response:
        person = access.enter(self.registry, g.caller, orcid, write=False)
        record = reading.record(self.registry, person, self._visible(orcid), self.id_host, limited=True)
        return answer("activities", "activities-summary", messages.ACTIVITIES, record["activities-summary"])

    def works(self, orcid: str) -> Response:
        access.enter(self.registry, g.caller, orcid, write=False)
        message = reading.works(self.registry, orcid, self._visible(orcid), self.id_host)
        return answer("activities", "works", messages.WORKS, message)

    def _visible(self, orcid: str) -> list[StoredWork]:
        return access.visible(g.caller, self.registry.works_of(orcid))

    def work(self, orcid: str, put_code: str) -> Response:
        return self._full(self._find(orcid, put_code))

    def summary(self, orcid: str, put_code: str) -> Response:
        message = reading.summary(self.registry, self._find(orcid, put_code), self.id_host)
        return answer("work", "work-summary", messages.WORK_SUMMARY, message)

    def _find(self, orcid: str, put_code: str) -> StoredWork:
        access.enter(self.registry, g.caller, orcid, write=False)
        item = works.find(self.registry, orcid, _number(put_code))
        access.check_visible(g.caller, item)
        return item

    def _full(self, item: StoredWork, status: int = 200) -> Response:
        message = reading.full_work(self.registry, item, self.id_host)
        return answer("work", "work", messages.WORK, message, status)

    def read_bulk(self, orcid: str, put_codes: str) -> Response:
        access.enter(self.registry, g.caller, orcid, write=False)
        asked = [text.strip() for text in put_codes.split(",") if text.strip()]
        if len(asked) > MOST_PUT_CODES:
            raise Refusal(9042, exception=f"Too many put codes specified: maximum is {MOST_PUT_CODES}")
        found: list[tuple[str, Message]] = []
        unknown: list[tuple[str, Message]] = []
        for text in asked:
            item = self.registry.works.get(orcid, {}).get(int(text)) if text.isdecimal() else None
            if item is None:
                unknown.append(("error", error_body(Refusal(9034, f"'{text}' is not a valid put code"))))
                continue
            try:
                access.check_visible(g.caller, item)
                found.append(("work", reading.full_work(self.registry, item, self.id_host)))
            except Refusal:
                found.append(("error", error_body(Refusal(9013))))
        return bulk_answer(found + unknown)

    def create(self, orcid: str) -> Response:
        message = _read_body()
        access.enter(self.registry, g.caller, orcid, write=True)
        item = works.create(self.registry, orcid, g.caller.client_id, message)
        location = f"{request.host_url}v3.0/{orcid}/work/{item.put_code}"
        answer = Response(status=201, headers={"Location": location})
        del answer.headers["Content-Type"]
        return answer

    def create_bulk(self, orcid: str) -> Response:
        items = _read_bulk_body()
        access.enter(self.registry, g.caller, orcid, write=True)
        answers: list[tuple[str, Message]] = []
        for outcome in works.create_all(self.registry, orcid, g.caller.client_id, items):
            if isinstance(outcome, Refusal):
                answers.append(("error", error_body(outcome)))
            else:
                answers.append(("work", reading.full_work(self.registry, outcome, self.id_host)))
        return bulk_answer(answers)

    def update(self, orcid: str, put_code: str) -> Response:
        message = _read_body()
        access.enter(self.registry, g.caller, orcid, write=True)
        return self._full(works.update(self.registry, orcid, _number(put_code), g.caller.client_id, message))

    def delete(self, orcid: str, put_code: str) -> Response:
        access.enter(self.registry, g.caller, orcid, write=True)
        works.delete(self.registry, orcid, _number(put_code), g.caller.client_id)
        return Response(status=204)


def _number(put_code: str) -> int:
    if not put_code.isascii() or not put_code.isdecimal():
        raise Refusal(9034, f"'{put_code}' is not a valid put code")
    return int(put_code)


def _read_body() -> Message:
    data = request.get_data()
    if body_format() == "json":
        return json_form.read(messages.WORK, json_form.load(data))
    root = xml_form.load(data)
    if root.tag != xml_form.qualified("work", "work"):
        raise Refusal(9012, f"cannot find the declaration of element '{root.tag}'")
    return xml_form.read(messages.WORK, root)


def _read_bulk_body() -> list[Message]:
    data = request.get_data()
    if body_format() == "json":
        document = json_form.load(data)
        entries = document.get("bulk") if isinstance(document, dict) else None
        if not isinstance(entries, list) or not all(isinstance(e, dict) and set(e) == {"work"} for e in entries):
            raise Refusal(9047, error="an object with a list 'bulk' of works is expected")
        return [json_form.read(messages.WORK, entry["work"], strict=False) for entry in entries]
    root = xml_form.load(data)
    if root.tag != xml_form.qualified("bulk", "bulk"):
        raise Refusal(9012, f"cannot find the declaration of element '{root.tag}'")
    return [
        xml_form.read(messages.WORK, child, strict=False) for child in root.iter(xml_form.qualified("work", "work"))
    ]
