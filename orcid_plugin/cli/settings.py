"""`orcid-plugin settings`: what is set, and what could be."""

from __future__ import annotations

from dataclasses import fields

import click

from orcid_plugin.cli.context import read_settings
from orcid_plugin.settings import PREFIX, Settings, document


@click.command()
@click.option("--markdown", is_flag=True, help="Print the reference of all settings, docs/settings.md.")
def settings(markdown: bool) -> None:
    """Show every setting with its value; secrets are masked."""
    if markdown:
        click.echo(document(), nl=False)
        return
    found = read_settings()
    for row in fields(Settings):
        click.echo(f"{PREFIX}{row.name.upper()} = {_shown(getattr(found, row.name), secret=row.metadata['secret'])}")


def _shown(value: object, *, secret: bool) -> str:
    if value in (None, ()):
        return "(not set)"
    return "(set, secret)" if secret else str(value)
