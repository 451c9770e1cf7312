"""The inbox of the person who is signed in: what clients ask for, and what they did to the record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from urllib.parse import urlsplit

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from orcid_plugin.emulator import notifications
from orcid_plugin.emulator.notifications import PERMISSION
from orcid_plugin.emulator.state import Registry
from orcid_plugin.emulator.values import Notification, Researcher


@dataclass(frozen=True, slots=True)
class Letter:
    """A notification as the pages show it.

    Attributes:
        asks: whether it asks for permission.
        given: the address of the permission page as the sender gave it.
        url: the same if a browser may be sent there, else empty.
    """

    notification: Notification
    sender: str
    subject: str
    asks: bool = False
    given: str = ""
    url: str = ""


class Inbox:
    """The views."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("inbox", __name__, url_prefix="/inbox")
        blueprint.add_url_rule("", "messages", self._signed_in(self.messages), methods=["GET"])
        blueprint.add_url_rule("", "switch", self._signed_in(self.switch), methods=["POST"])
        blueprint.add_url_rule("/<int:id>", "message", self._signed_in(self.message), methods=["GET"])
        blueprint.add_url_rule("/<int:id>", "decide", self._signed_in(self.decide), methods=["POST"])
        blueprint.app_context_processor(self._unread)
        return blueprint

    def _signed_in(self, view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
        """The view, given who is signed in; others are led to the sign-in page."""

        @wraps(view)
        def guarded(**values: int) -> ResponseReturnValue:
            person = self.registry.researchers.get(session.get("orcid", ""))
            return redirect(url_for("account.sign_in_page")) if person is None else view(person, **values)

        return guarded

    def _unread(self) -> dict[str, int]:
        """How many notifications wait, for the links to the inbox on other pages."""
        waiting = notifications.inbox(self.registry, session.get("orcid", ""))
        return {"unread": sum(entry.read is None and entry.archived is None for entry in waiting)}

    def messages(self, person: Researcher) -> ResponseReturnValue:
        letters = [self._letter(entry) for entry in notifications.inbox(self.registry, person.orcid)]
        return render_template("inbox.html", person=person, letters=letters)

    def switch(self, person: Researcher) -> ResponseReturnValue:
        """Whether the person wants notifications at all."""
        self.registry.add_researcher(replace(person, notifications=request.form.get("notifications") == "on"))
        return redirect(url_for("inbox.messages"), 303)

    def message(self, person: Researcher, id: int) -> ResponseReturnValue:
        found = notifications.read(self.registry, self._find(person, id))
        return render_template("notification.html", letter=self._letter(found))

    def decide(self, person: Researcher, id: int) -> ResponseReturnValue:
        """Follow the sender to its permission page, or put the notification away."""
        found = notifications.read(self.registry, self._find(person, id))
        letter = self._letter(found)
        if request.form.get("decision") == "grant" and letter.url:
            notifications.act(self.registry, found)
            return redirect(letter.url, 303)
        notifications.archive(self.registry, found)
        return redirect(url_for("inbox.messages"), 303)

    def _find(self, person: Researcher, id: int) -> Notification:
        found = self.registry.notifications.get(id)
        if found is None or found.orcid != person.orcid:
            abort(404)
        return found

    def _letter(self, notification: Notification) -> Letter:
        client = self.registry.clients.get(notification.client)
        sender = client.name if client else notification.client
        message = notification.message
        if notification.type == PERMISSION:
            subject = message["notification-subject"].strip() or "A request for permission"
            address = message["authorization-url"]
            given = address.get("uri") or address["path"]
            return Letter(notification, sender, subject, True, given, given if _can_be_followed(given) else "")
        items = message["items"]["item"]
        section, name = items[0]["item-type"].replace("-", " "), items[0]["item-name"]
        what = f"{section}: {name}" if len(items) == 1 else f"{len(items)} items: {section}"
        return Letter(notification, sender, f"{sender} {notification.type} {what}")


def _can_be_followed(address: str) -> bool:
    """Whether an address is one of the web, or a path on this host and nothing that browsers read otherwise."""
    if not address.isprintable() or "\\" in address or " " in address:
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    if parts.scheme:
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    return address.startswith("/") and not address.startswith("//")
