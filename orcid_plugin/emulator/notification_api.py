"""The member API's resource of permission notifications: `/v3.0/{orcid}/notification-permission`."""

from __future__ import annotations

from flask import Blueprint, Response, g

from orcid_plugin.emulator import access, notification_messages, notifications, reading, scopes
from orcid_plugin.emulator.answers import answer, created, number, read_body
from orcid_plugin.emulator.schema import Message
from orcid_plugin.emulator.state import Registry
from orcid_plugin.emulator.values import Notification

PATH = "notification-permission"


class NotificationApi:
    """The views; `id_host` is the host of clients' addresses in answers."""

    def __init__(self, registry: Registry, id_host: str) -> None:
        self.registry = registry
        self.id_host = id_host

    def blueprint(self, prefix: str) -> Blueprint:
        blueprint = Blueprint("notification_api", __name__, url_prefix=f"{prefix}/<orcid>/{PATH}")
        blueprint.add_url_rule("", "post", self.post, methods=["POST"])
        blueprint.add_url_rule("", "posted", self.posted, methods=["GET"])
        blueprint.add_url_rule("/<put_code>", "read", self.read, methods=["GET"])
        blueprint.add_url_rule("/<put_code>", "withdraw", self.withdraw, methods=["DELETE"])
        return blueprint

    def post(self, orcid: str) -> Response:
        message = read_body("notification", "notification", notification_messages.NOTIFICATION)
        self._enter(orcid, write=True)
        posted = notifications.post(self.registry, orcid, g.caller.client_id, message)
        return created(f"{orcid}/{PATH}/{posted.id}")

    def posted(self, orcid: str) -> Response:
        self._enter(orcid, write=False)
        found = notifications.posted(self.registry, orcid, g.caller.client_id)
        message = {"notification": [self._message(notification) for notification in found]}
        return answer("notification", "notifications", notification_messages.NOTIFICATIONS, message)

    def read(self, orcid: str, put_code: str) -> Response:
        self._enter(orcid, write=False)
        return self._one(notifications.find(self.registry, orcid, number(put_code), g.caller.client_id))

    def withdraw(self, orcid: str, put_code: str) -> Response:
        self._enter(orcid, write=True)
        return self._one(notifications.withdraw(self.registry, orcid, number(put_code), g.caller.client_id))

    def _enter(self, orcid: str, *, write: bool) -> None:
        access.demand_scope(g.caller, scopes.NOTIFY)
        person = access.find_person(self.registry, orcid)
        # The notifications of a deactivated record are all of it that can still be read.
        if write or person.state != "deactivated":
            access.check_state(person, write)

    def _one(self, notification: Notification) -> Response:
        message = self._message(notification)
        return answer("notification", "notification", notification_messages.NOTIFICATION, message)

    def _message(self, notification: Notification) -> Message:
        return {
            **notification.message,
            "put-code": notification.id,
            "created-date": notification.created,
            "sent-date": notification.created,
            "read-date": notification.read,
            "actioned-date": notification.actioned,
            "archived-date": notification.archived,
            "source": reading.client_source(self.registry, notification.client, self.id_host),
        }
