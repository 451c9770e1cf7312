"""The blueprint that a host mounts: one module an audience."""

from orcid_plugin.web import authors, limits, people
from orcid_plugin.web.pages import blueprint

__all__ = ["authors", "blueprint", "limits", "people"]
