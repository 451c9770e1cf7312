"""Fixtures of the mounted plugin, on its own and beside the emulator."""

from tests.mounted import app, host, lite_app, orcid
from tests.web.live import journal

__all__ = ["app", "host", "journal", "lite_app", "orcid"]
