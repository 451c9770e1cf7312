"""The blueprint that a host mounts: one module an audience."""

from orcid_plugin.web import authors, conflicts, limits, people
from orcid_plugin.web.pages import blueprint

__all__ = ["authors", "blueprint", "conflicts", "limits", "people"]
