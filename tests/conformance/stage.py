"""A Registry to be refused by, and cases in which it does."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import requests
from lxml import etree

from orcid_plugin.emulator import Client, Server, group_messages, notification_messages, person_messages, xml_form
from orcid_plugin.emulator.activity_messages import FORMS
from tests.emulator.helpers import CARBERRY, MEMBER
from tests.emulator.test_groups import GROUP
from tests.emulator.test_person import CASES as PERSON

TYPES = {"json": "application/vnd.orcid+json", "xml": "application/vnd.orcid+xml"}
WRITE = ("/read-limited", "/activities/update", "/person/update")
GROUPS = ("/group-id-record/update",)
OTHER = "APP-ANOTHERMEMBER000"


@dataclass
class Stage:
    """A Registry to be refused by, spoken to in one of the two forms."""

    server: Server
    form: str

    def __call__(
        self,
        method: str,
        path: str,
        message: Any = None,
        *,
        orcid: str | None = CARBERRY,
        scopes: tuple[str, ...] = WRITE,
        client: str = MEMBER,
        public: bool = False,
        headers: dict[str, str] | None = None,
    ) -> requests.Response:
        """A request with a token of that client, for the record of `orcid` or for itself."""
        base = self.server.public_api if public else self.server.api
        sent = {"Accept": TYPES[self.form], "Content-Type": TYPES[self.form], **(headers or {})}
        if not public:
            sent["Authorization"] = f"Bearer {self.server.registry.issue_token(client, scopes, orcid).access}"
        data = message if message is None or isinstance(message, bytes) else self.written(path, message)
        return requests.request(
            method, f"{base}/v3.0{path}", data=data, headers=sent, timeout=10, allow_redirects=False
        )

    def post(self, section: str, message: Any, orcid: str = CARBERRY, **options: Any) -> requests.Response:
        return self("POST", f"/{orcid}/{section}", message, orcid=orcid, **options)

    def put(self, section: str, put_code: int, message: Any, **options: Any) -> requests.Response:
        return self("PUT", f"/{CARBERRY}/{section}/{put_code}", message, **options)

    def added(self, section: str, message: Any, orcid: str = CARBERRY, **options: Any) -> int:
        """The put-code of an item that is taken."""
        answer = self.post(section, message, orcid, **options)
        assert answer.status_code == 201, answer.text
        return int(answer.headers["Location"].rpartition("/")[2])

    def bulk(self, *works: dict[str, Any]) -> requests.Response:
        """Works that are only checked by the rules, not by the XSD."""
        return self("POST", f"/{CARBERRY}/works", {"bulk": [{"work": one} for one in works]})

    def group(self, message: Any = GROUP) -> requests.Response:
        return self("POST", "/group-id-record", message, orcid=None, scopes=GROUPS)

    def other(self) -> str:
        """Another member."""
        return self.server.registry.add_client(Client(OTHER, "secret", "Another member")).id

    def change(self, orcid: str = CARBERRY, **changes: Any) -> None:
        """Change what the Registry knows of a person."""
        registry = self.server.registry
        registry.add_researcher(replace(registry.researchers[orcid], **changes))

    def written(self, path: str, message: Any) -> bytes:
        """The message in the form that is spoken."""
        if self.form == "json":
            return json.dumps(message).encode()
        if "bulk" in message:
            root = etree.Element(xml_form.qualified("bulk", "bulk"))
            for entry in message["bulk"]:
                child = etree.SubElement(root, xml_form.qualified("work", "work"))
                xml_form.fill(child, FORMS["work"], entry["work"])
            return xml_form.document(root)
        if path.startswith("/group-id-record"):
            return xml_form.write("group-id", "group-id-record", group_messages.SENT, message)
        section = path.split("/")[2]
        if section == "notification-permission":
            return xml_form.write("notification", "notification", notification_messages.NOTIFICATION, message)
        name = PERSON[section][0] if section in PERSON else section
        form = FORMS[name] if name in FORMS else person_messages.FORMS[name]
        return xml_form.write(name, name, form, message)


Provoke = Callable[[Stage], requests.Response]


@dataclass(frozen=True)
class Case:
    """What is refused.

    Attributes:
        says: what stands in the developer message beside the code's own text, or in the place of its values.
        status: where a code has several.
        forms: where one of the two cannot say it, the other.
    """

    name: str
    code: int
    provoke: Provoke
    says: str = ""
    status: int | None = None
    forms: tuple[str, ...] = tuple(TYPES)


def posted(name: str, code: int, section: str, message: Any, says: str = "", **options: Any) -> Case:
    """A new item is refused."""
    return Case(name, code, lambda stage: stage.post(section, message), says, **options)


def twice(name: str, code: int, section: str, message: Any) -> Case:
    """A new item is refused when it comes again."""

    def provoke(stage: Stage) -> requests.Response:
        stage.added(section, message)
        return stage.post(section, message)

    return Case(name, code, provoke)


def in_bulk(name: str, code: int, work: Any, says: str = "") -> Case:
    """A work is refused in a request to which the XSD does not apply."""
    return Case(name, code, lambda stage: stage.bulk(work), says)


def changed(name: str, code: int, section: str, message: Any, changes: dict[str, Any], says: str = "") -> Case:
    """A change of an own item is refused; a put-code of None is left out."""

    def provoke(stage: Stage) -> requests.Response:
        put_code = stage.added(section, message)
        sent = {"put-code": put_code, **message, **changes}
        return stage.put(section, put_code, {name: content for name, content in sent.items() if content is not None})

    return Case(name, code, provoke, says)


def posted_group(name: str, code: int, message: Any, says: str = "") -> Case:
    """A new group-id record is refused."""
    return Case(name, code, lambda stage: stage.group(message), says)
