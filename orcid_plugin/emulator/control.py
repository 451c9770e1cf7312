"""Control of the emulator over HTTP, in JSON, for tests in any language: state, clock, faults, journal.

An application of its own beside ORCID's, below `/_control`: its requests meet no faults and are in no journal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, Forbidden, HTTPException, NotFound

from orcid_plugin.emulator import loading
from orcid_plugin.emulator.faults import Method, Planned, Status
from orcid_plugin.emulator.journal import Entry
from orcid_plugin.emulator.loading import PARTS, Part
from orcid_plugin.emulator.plain import Fields, Moment, Number, Pattern, Place, told
from orcid_plugin.emulator.serial import RegistryApp
from orcid_plugin.emulator.state import Registry
from orcid_plugin.emulator.values import Seconds
from orcid_plugin.errors import InputError

PREFIX = "/_control"
V = TypeVar("V")
_DAYS_OF_A_CENTURY = 36525


@dataclass(frozen=True, slots=True)
class ClockSetting:
    """What shall become of the clock: another time, standing still or running."""

    now: Seconds | None = None
    frozen: bool | None = None


@dataclass(frozen=True, slots=True)
class Advance:
    """How far the clock goes at once."""

    seconds: Annotated[float, Number(-_DAYS_OF_A_CENTURY * 86400, _DAYS_OF_A_CENTURY * 86400)]


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A person who takes a client's permission back."""

    orcid: str
    client: str


@dataclass(frozen=True, slots=True)
class JournalSetting:
    """What the journal keeps."""

    bodies: bool


@dataclass(frozen=True, slots=True)
class JournalFilter:
    """Which requests are asked for."""

    method: tuple[Method, ...] = ()
    path: Annotated[str, Pattern()] = ""
    client: str | None = None
    status: Status | None = None
    since: Seconds = 0.0


def control_app(registry: Registry) -> Flask:
    """The application that steers one Registry, without the prefix of its paths."""
    app = RegistryApp(registry, static_folder=None)
    app.url_map.merge_slashes = False
    control = Control(registry)
    for method, path, view in control.routes():
        app.add_url_rule(path, f"{method} {path}", view, methods=[method], strict_slashes=False)
    app.before_request(_refuse_pages)
    app.register_error_handler(InputError, lambda error: _fault(400, "wrong_input", str(error)))
    app.register_error_handler(HTTPException, _http_error)
    return app


class Control:
    """The views."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def routes(self) -> list[tuple[str, str, Callable[..., ResponseReturnValue]]]:
        """Method, path and view of each resource."""
        return [
            ("GET", "/", self.index),
            ("GET", "/seed.schema.json", self.schema),
            ("GET", "/state", self.state),
            ("PUT", "/state", self.restore),
            ("GET", "/state/<part>", self.entries),
            ("GET", "/state/<part>/<path:key>", self.entry),
            ("PATCH", "/state/<part>/<path:key>", self.change),
            ("DELETE", "/state/items/<section>/<put_code>", self.remove_item),
            ("POST", "/seed", self.add),
            ("POST", "/reset", self.reset),
            ("POST", "/withdraw", self.withdraw),
            ("GET", "/clock", self.clock),
            ("PUT", "/clock", self.set_clock),
            ("DELETE", "/clock", self.reset_clock),
            ("POST", "/clock/advance", self.advance),
            ("GET", "/faults", self.faults),
            ("POST", "/faults", self.plan),
            ("DELETE", "/faults", self.clear_faults),
            ("DELETE", "/faults/<number>", self.clear_fault),
            ("GET", "/journal", self.journal),
            ("PUT", "/journal", self.set_journal),
            ("DELETE", "/journal", self.clear_journal),
        ]

    def index(self) -> ResponseReturnValue:
        """What there is."""
        return jsonify({"resources": [f"{method} {PREFIX}{path}" for method, path, _ in self.routes()]})

    def schema(self) -> ResponseReturnValue:
        return jsonify(loading.schema())

    def state(self) -> ResponseReturnValue:
        return jsonify(self.registry.snapshot())

    def restore(self) -> ResponseReturnValue:
        self.registry.restore(_object())
        return _nothing()

    def entries(self, part: str) -> ResponseReturnValue:
        found = _part(part)
        return jsonify({part: [Fields(found.of).write(value) for value in found.held(self.registry).values()]})

    def entry(self, part: str, key: str) -> ResponseReturnValue:
        return jsonify(self._written(_part(part), key))

    def change(self, part: str, key: str) -> ResponseReturnValue:
        """Change some fields of an entry; its key stays."""
        found = _part(part)
        before, changes = self._written(found, key), _object()
        for name in found.key:
            if changes.get(name, before[name]) != before[name]:
                raise InputError(f"{name} tells the {part} apart and cannot be changed")
        now = {"modified": Moment(1000).write(self.registry.now_ms())} if "modified" in before else {}
        self.registry.add({part: [before | now | changes]})
        if part == "researchers" and "modified" not in changes:
            self.registry.add_researcher(self.registry.researchers[key])
        return jsonify(self._written(found, key))

    def _written(self, part: Part, key: str) -> dict[str, Any]:
        for value in part.held(self.registry).values():
            written = Fields(part.of).write(value)
            if "/".join(str(written[name]) for name in part.key) == key:
                return written
        raise NotFound(f"{key!r} is not among the {part.name}")

    def remove_item(self, section: str, put_code: str) -> ResponseReturnValue:
        """As the person would on the web."""
        item = _part("items").held(self.registry).get((section, _number(put_code)))
        if item is None:
            raise NotFound(f"there is no {section} with the put-code {put_code}")
        self.registry.remove_item(item)
        return _nothing()

    def add(self) -> ResponseReturnValue:
        added = self.registry.add(_object())
        return jsonify({part.name: [Fields(part.of).write(one) for one in added[part.name]] for part in PARTS})

    def reset(self) -> ResponseReturnValue:
        self.registry.reset(_object() if request.get_data() else None)
        return _nothing()

    def withdraw(self) -> ResponseReturnValue:
        """The person takes the permission back, so that the tokens end."""
        withdrawal = _body(Withdrawal)
        if withdrawal.orcid not in self.registry.researchers:
            raise InputError(f"{withdrawal.orcid!r} is not among the researchers")
        if withdrawal.client not in self.registry.clients:
            raise InputError(f"{withdrawal.client!r} is not among the clients")
        self.registry.withdraw(withdrawal.orcid, withdrawal.client)
        return _nothing()

    def clock(self) -> ResponseReturnValue:
        clock = self.registry.clock
        return jsonify(Fields(ClockSetting).write(ClockSetting(clock(), clock.frozen)))

    def set_clock(self) -> ResponseReturnValue:
        setting, clock = _body(ClockSetting), self.registry.clock
        if setting.now is not None:
            self._set_clock(setting.now)
        if setting.frozen is not None:
            (clock.freeze if setting.frozen else clock.run)()
        return self.clock()

    def advance(self) -> ResponseReturnValue:
        self._set_clock(self.registry.clock() + _body(Advance).seconds)
        return self.clock()

    def _set_clock(self, now: float) -> None:
        try:
            self.registry.clock.set(now)
        except ValueError as error:
            raise InputError(str(error)) from None

    def reset_clock(self) -> ResponseReturnValue:
        self.registry.clock.reset()
        return self.clock()

    def faults(self) -> ResponseReturnValue:
        return jsonify({"faults": [Fields(Planned).write(one) for one in self.registry.faults.planned()]})

    def plan(self) -> ResponseReturnValue:
        fault = _body(Planned)
        if fault.status is None and not fault.close and not fault.delay:
            raise InputError("the fault does nothing: it needs a status, close or delay")
        if fault.close and fault.status is not None:
            raise InputError("the fault has a status and closes the connection; it can do one of both")
        return jsonify(Fields(Planned).write(self.registry.faults.add(fault))), 201

    def clear_faults(self) -> ResponseReturnValue:
        self.registry.faults.clear()
        return _nothing()

    def clear_fault(self, number: str) -> ResponseReturnValue:
        try:
            self.registry.faults.clear(_number(number))
        except KeyError:
            raise NotFound(f"no fault with the number {number} is planned") from None
        return _nothing()

    def journal(self) -> ResponseReturnValue:
        wanted = _read(JournalFilter, _query(), "the query")
        found = self.registry.journal.entries(
            methods=" ".join(wanted.method),
            path=wanted.path,
            client=wanted.client,
            status=wanted.status,
            since=wanted.since,
        )
        return jsonify({"requests": [Fields(Entry).write(entry) for entry in found]})

    def set_journal(self) -> ResponseReturnValue:
        self.registry.journal.bodies = _body(JournalSetting).bodies
        return _nothing()

    def clear_journal(self) -> ResponseReturnValue:
        self.registry.journal.clear()
        return _nothing()


def _part(name: str) -> Part:
    for part in PARTS:
        if part.name == name:
            return part
    raise NotFound(f"{name!r} is no part of the state: {', '.join(part.name for part in PARTS)}")


def _object() -> dict[str, Any]:
    """The JSON object in the request's body; `BadRequest` for anything else."""
    if request.mimetype != "application/json":
        raise BadRequest("the body must be JSON, with the Content-Type application/json")
    try:
        given = json.loads(request.get_data().decode("utf-8-sig"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"the body cannot be read as JSON: {error}") from None
    if not isinstance(given, dict):
        raise BadRequest("the body must be a JSON object")
    return given


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON")


def _body(of: type[V]) -> V:
    return _read(of, _object(), "the body")


def _read(of: type[V], given: Mapping[str, Any], name: str) -> V:
    place = Place("", [])
    value: V = Fields(of).read(given, place)
    if place.wrong:
        raise InputError(f"{name} cannot be used: {told(place.wrong)}")
    return value


def _query() -> dict[str, Any]:
    """The filter in the query: `method` any number of times, `status` a number."""
    given: dict[str, Any] = request.args.to_dict()
    if "method" in given:
        given["method"] = request.args.getlist("method")
    if re.fullmatch("[0-9]{1,3}", given.get("status", ""), re.ASCII):
        given["status"] = int(given["status"])
    return given


def _number(text: str) -> int:
    """A number in a path, one that is nobody's if it is none."""
    return int(text) if re.fullmatch("[0-9]{1,16}", text, re.ASCII) else -1


def _refuse_pages() -> None:
    """A browser tells by `Origin` that a page asks; no page may steer what listens on localhost."""
    if "Origin" in request.headers:
        raise Forbidden("web pages cannot control the emulator")


def _http_error(error: HTTPException) -> Response:
    codes = {400: "wrong_input", 403: "forbidden", 404: "not_found", 405: "method_not_allowed", 500: "server_error"}
    status = error.code or 500
    answer = _fault(status, codes.get(status, "error"), str(error.description))
    if status == 405:
        answer.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
    return answer


def _fault(status: int, code: str, message: str) -> Response:
    answer = jsonify({"error": code, "message": message})
    answer.status_code = status
    return answer


def _nothing() -> Response:
    return Response(status=204)
