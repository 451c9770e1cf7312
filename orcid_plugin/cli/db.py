"""`orcid-plugin db`: the schema of the database."""

from __future__ import annotations

import click

from orcid_plugin.cli.context import open_store


@click.group()
def db() -> None:
    """Create, upgrade and check the database."""


@db.command()
def upgrade() -> None:
    """Bring the database to the schema of this version; harmless when it is there."""
    with open_store() as store:
        store.upgrade()
        click.echo(f"the database is at revision {store.revision()}")


@db.command()
def check() -> None:
    """Tell whether the database has the schema of this version; exit 1 when not."""
    with open_store() as store:
        store.require_migrated()
        click.echo(f"the database is at revision {store.revision()}, as this version needs")
