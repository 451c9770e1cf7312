"""A store with people in every state, what they are on, and commands that work on it."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

from click.testing import CliRunner, Result
from cryptography.fernet import Fernet

from orcid_plugin.cli import main
from orcid_plugin.identity import authorship, connections
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.identifiers import Identifier
from orcid_plugin.metadata.publication import Publication, Title
from orcid_plugin.metadata.vocabulary import WorkType
from orcid_plugin.registry.oauth_answers import token_answer
from orcid_plugin.settings import Settings, Site
from orcid_plugin.store import publications
from orcid_plugin.store.database import Store
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import Connection, Item, PublicationState

JOSIAH, SOFIA, YUKI = "0000-0002-1825-0097", "0000-0001-5109-3700", "0000-0000-1618-0334"
CLIENT = "APP-1234567890ABCDEF"
ACCESS, REFRESH = "f5af9f51-07e6-4332-8f1a", "=refresh-9c2e"
DOI = "10.5555/one"


@dataclasses.dataclass
class Stock:
    """A site with its store and settings."""

    store: Store
    key: str = dataclasses.field(default_factory=lambda: Fernet.generate_key().decode())
    client_id: str = CLIENT

    @property
    def settings(self) -> Settings:
        return Settings(client_id=self.client_id, client_secret="client-secret-77aa", token_keys=(self.key,))

    @property
    def site(self) -> Site:
        return self.settings.the_site()

    @property
    def keyring(self) -> Keyring:
        return Keyring([self.key])

    @property
    def environment(self) -> dict[str, str]:
        return {
            "ORCID_PLUGIN_DATABASE_URL": self.store.engine.url.render_as_string(hide_password=False),
            "ORCID_PLUGIN_TOKEN_KEYS": self.key,
            "ORCID_PLUGIN_CLIENT_ID": self.client_id,
            "ORCID_PLUGIN_CLIENT_SECRET": "client-secret-77aa",
        }

    def run(self, *arguments: object, answer: str | None = None) -> Result:
        return CliRunner().invoke(main, [str(one) for one in arguments], env=self.environment, input=answer)

    def connect(self, orcid: str = JOSIAH, account: str | None = "ada", **changes: Any) -> Connection:
        body = {
            "access_token": f"{ACCESS}-{orcid}",
            "refresh_token": f"{REFRESH}-{orcid}",
            "token_type": "bearer",
            "expires_in": 631138518,
            "scope": "/read-limited /activities/update",
            "name": '=Josiah, "Stinkey" Carberry',
            "orcid": orcid,
            **changes,
        }
        with self.store.begin() as session:
            return connections.store_answer(session, self.site, self.keyring, token_answer(body), account)

    def disconnect(self, account: str) -> None:
        with self.store.begin() as session:
            connections.disconnect(session, self.keyring, self.site, account)

    def place(
        self, connection: Connection, key: str = "ms-1", put_code: int = 1001, *, doi: str = DOI, **changes: Any
    ) -> None:
        """Put the publication on the person's record."""
        with self.store.begin() as session:
            stored = publications.save(session, "default", key, article(doi), PublicationState.PUBLISHED)
            authorship.link(session, self.site, key, "a1", connection)
            session.add(
                Item(
                    site="default",
                    environment=connection.environment,
                    client_id=connection.client_id,
                    orcid=connection.orcid,
                    connection_id=connection.id,
                    publication_id=stored.id,
                    section="work",
                    put_code=put_code,
                    content_hash="c" * 64,
                    **changes,
                )
            )

    def rows(self, table: type[Any]) -> list[Any]:
        with self.store.begin() as session:
            return list(session.query(table).order_by(table.id))


def article(doi: str = DOI) -> Publication:
    return Publication(
        type=WorkType.JOURNAL_ARTICLE,
        title=Title("On cracked pots"),
        identifiers=(Identifier.of("doi", doi),),
        contributors=(Contributor(given_names="Josiah", family_name="Carberry", key="a1"),),
    )


def later(days: float = 1) -> str:
    return (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)).isoformat()
