"""Fixtures of the mounted plugin."""

from tests.mounted import app, host, lite_app, orcid

__all__ = ["app", "host", "lite_app", "orcid"]
