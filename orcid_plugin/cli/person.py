"""`orcid-plugin person`: what is stored about somebody, for them to have or to be erased."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import click

from orcid_plugin.cli.app_context import hooks_at_work
from orcid_plugin.cli.inputs import ONLY_FOR_THE_OWNER, write_output
from orcid_plugin.hooks import privacy
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.runtime import at_site


@click.group()
def person() -> None:
    """Export or erase what a site has stored about one person (GDPR), named by iD, account or e-mail address."""


def _whom(command: Callable[..., None]) -> Callable[..., None]:
    """The options that name a person, and the site."""
    for option in (
        click.option("--site", metavar="KEY", help="Site of the database; else the one of the settings."),
        click.option("--email", metavar="ADDRESS", help="At which they were invited."),
        click.option("--account", metavar="ID", help="The host's id of their account."),
        click.option("--orcid", metavar="ID", help="Their iD, bare or as a URI."),
    ):
        command = option(command)
    return command


@person.command()
@_whom
@click.option("--output", metavar="FILE", help="Write to this file, whole or not at all; else to standard output.")
def export(*, output: str | None, site: str | None, **whom: str | None) -> None:
    """Print all that is stored about them as JSON, without tokens."""
    with _at(site):
        data = privacy.data_of(**_named(whom))
    write_output(f"{json.dumps(data, ensure_ascii=False, indent=2)}\n".encode(), output, mode=ONLY_FOR_THE_OWNER)


@person.command()
@_whom
@click.option("--remove-works", is_flag=True, help="Delete what this site added to their record first.")
@click.confirmation_option("--yes", prompt="Erase this person? It cannot be undone.")
def erase(*, remove_works: bool, site: str | None, **whom: str | None) -> None:
    """Revoke their permission and erase them; docs/export.md tells what becomes of each table."""
    with _at(site):
        found = privacy.erase(**_named(whom), remove_works=remove_works)
    for table, rows in found.rows.items():
        click.echo(f"{rows:>7} {table}")
    if not found.done:
        click.echo("The worker erases them as soon as nothing is written to their record any more.")
    elif not found.rows:
        click.echo("Nothing was stored about them.")
    for orcid in found.not_revoked:
        click.echo(
            f"The permission of {orcid} is not revoked: no key in ORCID_PLUGIN_TOKEN_KEYS opens its token. Only the "
            "owner of the record can end it now, in its settings, under trusted organizations."
        )
    for item in found.remaining:
        click.echo(f"Stays on {item.orcid}: {item.section} {item.put_code}, {item.doi or item.publication_key}")
    if found.remaining:
        click.echo(privacy.HOW_TO_REMOVE)


def _named(whom: dict[str, Any]) -> dict[str, Any]:
    orcid = whom["orcid"]
    return whom | {"orcid": OrcidId.parse(orcid).path if orcid else None}


@contextmanager
def _at(site: str | None) -> Iterator[None]:
    with hooks_at_work(), at_site(site) if site else nullcontext():
        yield
