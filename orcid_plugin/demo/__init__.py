"""A small journal that mounts the plugin, and the story that `orcid-plugin demo` plays with it."""

from orcid_plugin.demo.journal import create_app

__all__ = ["create_app"]
