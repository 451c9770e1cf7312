"""Client and emulator, written apart, agree on notifications and webhooks."""

from __future__ import annotations

import pytest

from orcid_plugin.emulator import Server, notifications
from orcid_plugin.errors import AnswerError
from orcid_plugin.registry.client import Client
from orcid_plugin.registry.messages.item import ExternalId
from orcid_plugin.registry.messages.notification import AuthorizationUrl, NotificationItem, PermissionNotification
from tests.emulator.helpers import CARBERRY, PREMIUM

NOTIFICATION = PermissionNotification(
    authorization_url=AuthorizationUrl(uri="https://orcid.org/oauth/authorize?client_id=APP-X"),
    subject="Your article has been published",
    intro="May we add it to your record?",
    items=(NotificationItem(type="work", name="Pots", external_id=ExternalId("doi", "10.5555/a", "self")),),
)


def test_life_of_a_notification(client: Client, orcid_registry: Server) -> None:
    registry = orcid_registry.registry
    token = registry.issue_token(PREMIUM, ["/premium-notification"]).access
    number = client.create(CARBERRY, token, NOTIFICATION)
    assert number
    stored = client.item(CARBERRY, token, PermissionNotification, number)
    assert (stored.put_code, stored.subject, stored.items) == (number, NOTIFICATION.subject, NOTIFICATION.items)
    assert stored.authorization_url == NOTIFICATION.authorization_url
    assert stored.sent_date
    assert stored.read_date is None
    assert client.items(CARBERRY, token, PermissionNotification) == [stored]
    archived = client.archive_notification(CARBERRY, token, number)
    assert archived.archived_date
    number = client.create(CARBERRY, token, NOTIFICATION)
    assert number
    notifications.read(registry, registry.notifications[number])
    with pytest.raises(AnswerError) as caught:
        client.archive_notification(CARBERRY, token, number)
    assert caught.value.error_code == 9009


def test_life_of_a_webhook(client: Client, orcid_registry: Server) -> None:
    token = orcid_registry.registry.issue_token(PREMIUM, ["/webhook"]).access
    callback = "https://journal.example/orcid/changed?iD=0000&x=/%2F"
    assert client.webhooks.register(CARBERRY, token, callback)
    assert not client.webhooks.register(CARBERRY, token, callback)
    assert list(orcid_registry.registry.webhooks.kept) == [(CARBERRY, callback)]
    client.webhooks.remove(CARBERRY, token, callback)
    with pytest.raises(AnswerError) as caught:
        client.webhooks.remove(CARBERRY, token, callback)
    assert caught.value.error_code == 9028
