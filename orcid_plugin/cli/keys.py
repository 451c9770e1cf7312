"""`orcid-plugin keys`: keys for secrets at rest."""

from __future__ import annotations

import click
from cryptography.fernet import Fernet


@click.group()
def keys() -> None:
    """Make keys for ORCID_PLUGIN_TOKEN_KEYS."""


@keys.command()
def new() -> None:
    """Print a new key. To rotate, put it before the old ones, separated by a comma."""
    click.echo(Fernet.generate_key().decode())
