"""ORCID for publishing platforms and repositories, as a Flask blueprint that a host mounts."""

from typing import TYPE_CHECKING, Any

from orcid_plugin.errors import OrcidPluginError
from orcid_plugin.host import Account, Host, Mail, Purpose
from orcid_plugin.version import VERSION

if TYPE_CHECKING:
    from orcid_plugin.extension import OrcidPlugin, use_celery

__all__ = ["VERSION", "Account", "Host", "Mail", "OrcidPlugin", "OrcidPluginError", "Purpose", "use_celery"]


def __getattr__(name: str) -> Any:
    """OrcidPlugin on first use: whoever needs the metadata only does not load Flask and the database."""
    if name in {"OrcidPlugin", "use_celery"}:
        from orcid_plugin import extension  # noqa: PLC0415

        return getattr(extension, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
