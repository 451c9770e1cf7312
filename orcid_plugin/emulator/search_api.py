"""The resources that search: `/search`, `/expanded-search` and `/csv-search`, for members and for the public."""

from __future__ import annotations

import re

from flask import Blueprint, Response, g, request

from orcid_plugin.emulator import access, reading, scopes, search_messages
from orcid_plugin.emulator.answers import answer, csv_answer
from orcid_plugin.emulator.refusals import Refusal
from orcid_plugin.emulator.schema import Message
from orcid_plugin.emulator.search import search
from orcid_plugin.emulator.search_index import Document, Index, unknown
from orcid_plugin.emulator.state import Registry

MOST_ROWS = 1000
LAST_ANONYMOUS_START = 10_000
COLUMNS = (
    "orcid email given-names family-name given-and-family-names current-institution-affiliation-name "
    "past-institution-affiliation-name credit-name other-names"
).split()
"""What `/csv-search` can show, in the order in which it does if nothing is chosen."""


class SearchApi:
    """The views of both APIs, with one index; `id_host` is the host of the iDs in answers."""

    def __init__(self, registry: Registry, id_host: str) -> None:
        self.registry = registry
        self.id_host = id_host
        self.index = Index(registry)

    def add_to(self, blueprint: Blueprint) -> None:
        for path, view in (
            ("/search", self.search),
            ("/expanded-search", self.expanded),
            ("/csv-search", self.comma_separated),
        ):
            blueprint.add_url_rule(path, f"GET {path}", view, methods=["GET"])

    def search(self) -> Response:
        """The iDs that were found."""
        if not g.caller.public:
            access.demand_scope(g.caller, scopes.READ_PUBLIC)
        number, page = self._found()
        results = [{"orcid-identifier": reading.orcid_identifier(found.orcid, self.id_host)} for found in page]
        message = {"result": results or None, "num-found": number}
        return answer("search", "search", search_messages.SEARCH, message)

    def expanded(self) -> Response:
        """The iDs that were found, with names, addresses and institutions."""
        number, page = self._found_with_any_scope()
        message = {"expanded-result": [_expanded(found) for found in page] or None, "num-found": number}
        return answer("expanded-search", "expanded-search", search_messages.EXPANDED_SEARCH, message)

    def comma_separated(self) -> Response:
        """What was found as a table with the columns that `fl` names, all if it names none that there is."""
        _, page = self._found_with_any_scope()
        chosen = [name for name in request.args.get("fl", "").split(",") if name in COLUMNS] or COLUMNS
        rows = [[",".join(found.shown.get(name, ())) for name in chosen] for found in page]
        return csv_answer([chosen, *rows])

    def _found_with_any_scope(self) -> tuple[int, list[Document]]:
        if not g.caller.public:
            access.member_token(g.caller)
        return self._found()

    def _found(self) -> tuple[int, list[Document]]:
        """How many records match, and those of them that are asked for."""
        start, rows = _start(), _rows()
        query = request.args.get("q", "")
        canned = self.registry.searches.get(query)
        if canned is None:
            found = search(self.index, query, self.registry.clock())
            return len(found), found[start : start + rows]
        known = {document.orcid: document for document in self.index.documents()}
        page = [known.get(orcid, unknown(orcid)) for orcid in canned.results[start : start + rows]]
        return len(canned.results) if canned.num_found is None else canned.num_found, page


def _rows() -> int:
    rows = _number("rows", MOST_ROWS)
    if rows is None or rows > MOST_ROWS:
        raise Refusal(9012, f"The rows parameter must be an integer between 0 and {MOST_ROWS:,}")
    return rows


def _start() -> int:
    start = _number("start", 0)
    if start is None:
        raise Refusal(9012, "The start parameter must be an integer")
    if g.caller.public and g.caller.token is None and start > LAST_ANONYMOUS_START:
        raise Refusal(9043)
    return start


def _number(name: str, default: int) -> int | None:
    """A whole number that is not negative, None if the parameter is no such number."""
    text = request.args.get(name, str(default))
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


def _expanded(found: Document) -> Message:
    def one(field: str) -> str | None:
        return next(iter(found.shown.get(field, ())), None)

    institutions = [
        name for time in ("current", "past") for name in found.shown.get(f"{time}-institution-affiliation-name", ())
    ]
    return {
        "orcid-id": found.orcid,
        "given-names": one("given-names"),
        "family-names": one("family-name"),
        "credit-name": one("credit-name"),
        "other-name": found.shown.get("other-names", []),
        "email": found.shown.get("email", []),
        "institution-name": list(dict.fromkeys(institutions)),
    }
