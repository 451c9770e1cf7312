"""The blueprint that a host mounts: one module an audience."""

from orcid_plugin.web import (
    administrators,
    api,
    authors,
    conflicts,
    editors,
    icons,
    invitations,
    limits,
    logs,
    me,
    people,
)
from orcid_plugin.web.pages import blueprint

__all__ = [
    "administrators",
    "api",
    "authors",
    "blueprint",
    "conflicts",
    "editors",
    "icons",
    "invitations",
    "limits",
    "logs",
    "me",
    "people",
]
