"""The groups that reviews count for: one exists at the Registry before the first review names it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from orcid_plugin.registry.client import Client
from orcid_plugin.registry.messages.group_id import GroupIdRecord
from orcid_plugin.registry.oauth import OAuthClient
from orcid_plugin.settings import Site
from orcid_plugin.store.database import Store
from orcid_plugin.store.tables import ReviewGroup

SCOPE = "/group-id-record/update"


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Finds and makes groups with tokens of the site's own; `wait` returns when the next call may be made."""

    site: Site
    store: Store
    client: Client
    oauth: OAuthClient
    wait: Callable[[], None]

    def ensure(self, group: GroupIdRecord) -> None:
        """See to it that the group exists, and remember that it does. Raises `RegistryError` and `OAuthError`."""

        def ensured(token: str) -> GroupIdRecord:
            self.wait()
            return self.client.group_ids.ensure(token, group)

        found = self.oauth.as_client(SCOPE, ensured)
        if found.put_code is not None:
            with self.store.begin() as session:
                session.merge(
                    ReviewGroup(
                        environment=self.site.environment.name, group_id=group.group_id, put_code=found.put_code
                    )
                )
