"""Where an ORCID Registry answers: its web pages, its member and public API, and the host of its iDs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One Registry. URLs have no trailing slash.

    Attributes:
        name: `production`, `sandbox`, `emulator` or a name of the site's own; stored in every row that belongs to it.
        web: base of the pages people see and of `/oauth/…`.
        api: base of the member API, without the version.
        public_api: base of the public API, without the version.
        id_host: host in the URIs of its iDs (`orcid.org`, `sandbox.orcid.org`).
    """

    name: str
    web: str
    api: str
    public_api: str
    id_host: str

    def record_url(self, orcid: str) -> str:
        """The page of a record; `orcid` is the bare iD."""
        return f"{self.web}/{orcid}"

    @property
    def authorize_url(self) -> str:
        """OAuth authorization endpoint."""
        return f"{self.web}/oauth/authorize"

    @property
    def token_url(self) -> str:
        """OAuth token endpoint."""
        return f"{self.web}/oauth/token"

    @property
    def revoke_url(self) -> str:
        """OAuth revocation endpoint."""
        return f"{self.web}/oauth/revoke"

    @property
    def issuer(self) -> str:
        """Who signs id_tokens (OpenID Connect): `https://orcid.org` in production."""
        return self.web

    @property
    def userinfo_url(self) -> str:
        """OpenID Connect's userinfo endpoint."""
        return f"{self.web}/oauth/userinfo"

    @property
    def keys_url(self) -> str:
        """The keys that id_tokens are signed with, a JSON Web Key Set."""
        return f"{self.web}/oauth/jwks"

    @property
    def discovery_url(self) -> str:
        """OpenID Connect's discovery document."""
        return f"{self.web}/.well-known/openid-configuration"


EMULATOR_PORT = 9010
"""Where `orcid-plugin emulator` listens unless told otherwise."""

ENVIRONMENTS = {
    environment.name: environment
    for environment in (
        Environment(
            name="production",
            web="https://orcid.org",
            api="https://api.orcid.org",
            public_api="https://pub.orcid.org",
            id_host="orcid.org",
        ),
        Environment(
            name="sandbox",
            web="https://sandbox.orcid.org",
            api="https://api.sandbox.orcid.org",
            public_api="https://pub.sandbox.orcid.org",
            id_host="sandbox.orcid.org",
        ),
        Environment(
            name="emulator",
            web=f"http://127.0.0.1:{EMULATOR_PORT}",
            api=f"http://127.0.0.1:{EMULATOR_PORT}",
            public_api=f"http://127.0.0.1:{EMULATOR_PORT}/pub",
            id_host="orcid.org",
        ),
    )
}
"""The Registries that have a name (ORCID: API tutorials, "hosts")."""
