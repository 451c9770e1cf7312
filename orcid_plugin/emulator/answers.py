"""Answers of the API: which of ORCID's media types is asked for, and a message written in it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response, g, request
from lxml import etree

from orcid_plugin.emulator import json_form, messages, xml_form
from orcid_plugin.emulator.activity_messages import FORMS
from orcid_plugin.emulator.hosts import MEMBER_API, place
from orcid_plugin.emulator.refusals import Refusal
from orcid_plugin.emulator.schema import NAMESPACES, Group, Message

_XML = "application/vnd.orcid+xml"
# The Registry's own preference among equals; the two plain types come last.
MEDIA_TYPES = {
    _XML: 0.5,
    "application/vnd.orcid+json": 0.4,
    "application/orcid+xml": 0.3,
    "application/orcid+json": 0.2,
    "application/xml": 0.1,
    "application/json": 0.05,
}
_FUNCTION = re.compile(r"[A-Za-z_$][\w$.]*", re.ASCII)
CSV = "text/csv"
CSL = "application/vnd.citationstyles.csl+json"
# What a few resources answer in instead, by their endpoint.
_OFFERED = {
    "member_api.GET /csv-search": {CSV: 1.0},
    "public_api.GET /csv-search": {CSV: 1.0},
    "public_api.GET /identifiers": {"application/json": 1.0, "application/xml": 0.5},
    "public_api.GET /<orcid>/work/<put_code>": {**MEDIA_TYPES, CSL: 0.01},
}


def media_type() -> str:
    """The type to answer in; refused with 9001 and status 406 if the client takes none that the resource has."""
    offered = _OFFERED.get(request.endpoint or "", MEDIA_TYPES)
    if "callback" in request.args and "application/json" in offered:
        return "application/json"
    accepted = request.accept_mimetypes
    if not accepted or request.headers.get("Accept", "").strip() == "*/*":
        return request.mimetype if request.mimetype in offered else max(offered, key=offered.__getitem__)
    quality, _, best = max((accepted[name], weight, name) for name, weight in offered.items())
    if quality <= 0:
        raise Refusal(9001, status=406)
    return best


def body_format() -> str:
    """`xml` or `json`, as the request's body says it is; refused with 9001 and status 415 otherwise."""
    if request.mimetype not in MEDIA_TYPES:
        raise Refusal(9001, status=415)
    return "json" if request.mimetype.endswith("json") else "xml"


def read_body(prefix: str, name: str, group: Group) -> Message:
    """The message in the request's body; in XML its root must be this element."""
    data = request.get_data()
    if body_format() == "json":
        return json_form.read(group, json_form.load(data))
    root = xml_form.load(data)
    if root.tag != xml_form.qualified(prefix, name):
        raise Refusal(9012, f"cannot find the declaration of element '{root.tag}'")
    return xml_form.read(group, root)


def number(put_code: str) -> int:
    """The put-code in a path; refused with 9034 if it is no number."""
    if not put_code.isascii() or not put_code.isdecimal():
        raise Refusal(9034, f"'{put_code}' is not a valid put code")
    return int(put_code)


def created(path: str) -> Response:
    """201 without a body, with the address of what was made."""
    answer = Response(status=201, headers={"Location": f"{place().api}{MEMBER_API}/{path}"})
    del answer.headers["Content-Type"]
    return answer


def answer(prefix: str, name: str, group: Group, message: Message, status: int = 200) -> Response:
    """A message as XML or JSON."""
    type = media_type()
    if type.endswith("json"):
        return _json(type, json_form.write(group, message), status)
    return _response(type, xml_form.write(prefix, name, group, message), status)


def bulk_answer(items: list[tuple[str, Message]]) -> Response:
    """`bulk:bulk` of works and errors in the order given."""
    type = media_type()
    groups = {"work": FORMS["work"], "error": messages.ERROR}
    if type.endswith("json"):
        return _json(type, {"bulk": [{kind: json_form.write(groups[kind], item)} for kind, item in items]}, 200)
    root = etree.Element(xml_form.qualified("bulk", "bulk"), nsmap=dict(NAMESPACES))
    for kind, item in items:
        xml_form.fill(etree.SubElement(root, xml_form.qualified(kind, kind)), groups[kind], item)
    return _response(type, xml_form.document(root), 200)


def csv_answer(rows: Iterable[Sequence[str]]) -> Response:
    """Rows as comma-separated values."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return _response(CSV, text.getvalue().encode(), 200)


def plain_json_answer(value: Any) -> Response:
    """A value that is none of ORCID's messages, as JSON."""
    return _json(media_type(), value, 200)


def plain_xml_answer(root: etree._Element) -> Response:
    """An element that is none of ORCID's messages, as XML."""
    return _response(media_type(), xml_form.document(root), 200)


def error_body(refusal: Refusal) -> Message:
    """The refusal as a message to the client that asks."""
    caller = g.get("caller")
    return refusal.body(caller.name if caller else "Your application")


def error_answer(refusal: Refusal) -> Response:
    """The refusal as an answer; in XML where the client takes neither."""
    try:
        type = media_type()
    except Refusal:
        type = _XML
    body = error_body(refusal)
    if type.endswith("json"):
        return _json(type, body, refusal.status)
    type = _XML if type == CSV else type
    return _response(type, xml_form.error(body), refusal.status)


def as_script(answer: Response) -> None:
    """Wrap a JSON answer in the call of the function that `?callback=` names, for scripts of other sites (JSONP)."""
    function = request.args.get("callback", "")
    if answer.is_json and _FUNCTION.fullmatch(function):
        answer.set_data(f"{function}({answer.get_data(as_text=True)});")
        answer.content_type = "application/javascript;charset=UTF-8"


def _json(type: str, value: Any, status: int) -> Response:
    text = json_form.compact(value) if type in {"application/json", CSL} else json_form.pretty(value)
    return _response(type, text.encode(), status)


def _response(type: str, body: bytes, status: int) -> Response:
    return Response(body, status, content_type=f"{type};charset=UTF-8")
