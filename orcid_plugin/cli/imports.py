"""`orcid-plugin import`: connections from an export, or from another system, into a site."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from orcid_plugin.cli.context import open_runtime
from orcid_plugin.cli.export import read_passphrase
from orcid_plugin.errors import InputError
from orcid_plugin.identity import entries
from orcid_plugin.identity.entries import Entry, Fault
from orcid_plugin.outbox.imports import Importer, Report, Verdict
from orcid_plugin.store import envelope

SHOWN = 100
"""Faults that are printed; with more of them the file is of another form."""

_SAID = {
    Verdict.NEW: "new",
    Verdict.NEWER: "with a permission that takes the place of the stored one",
    Verdict.SAME: "there already",
    Verdict.OLDER: "for whom the stored permission stays (--replace takes that of the file)",
    Verdict.LEFT: "who have disconnected here, and stay so",
}


@click.command("import")
@click.argument("file")
@click.option("--site", metavar="KEY", help="Site of the database; else the one of the settings.")
@click.option("--dry-run", is_flag=True, help="Check and tell what would happen; change nothing.")
@click.option("--replace", is_flag=True, help="Permissions of the file win over stored ones that are newer.")
@click.option("--passphrase-file", metavar="FILE", help="First line is the passphrase; without it you are asked.")
def import_(*, file: str, site: str | None, dry_run: bool, replace: bool, passphrase_file: str | None) -> None:
    """Take over the connections of FILE: an export, encrypted or plain, or CSV of another system (docs/export.md).

    Everything is checked first; with one faulty line nothing is imported. It can be run again.
    """
    passphrase = _passphrase(file, passphrase_file)
    with open_runtime(site) as runtime:
        importer = Importer(store=runtime.store, site=runtime.site, keyring=runtime.keyring, replacing=replace)
        report = importer.check(_read(file, passphrase))
        for fault in report.faults[:SHOWN]:
            click.echo(f"{file}: {fault}", err=True)
        if report.faults:
            raise InputError(f"{file} has {len(report.faults)} faults, so that nothing was imported")
        if not dry_run:
            importer.keep(_read(file, passphrase), report)
        _tell(report, runtime.site.client_id)
        click.echo("Nothing was changed: this was a dry run." if dry_run else "Imported.")


def _tell(report: Report, client_id: str) -> None:
    for verdict, sentence in _SAID.items():
        if report.people[verdict]:
            click.echo(f"{report.people[verdict]:>7} people {sentence}")
    click.echo(f"{report.placed:>7} put-codes")
    if report.foreign:
        click.echo(
            f"Warning: {report.foreign} tokens were issued to other credentials than {client_id}, so that they do not "
            "hold here: these people are asked to connect again",
            err=True,
        )
    if report.unsaid:
        click.echo(
            f"Warning: {report.unsaid} tokens do not say to which credentials they were issued; they hold only if "
            f"these were {client_id}",
            err=True,
        )


def _passphrase(path: str, passphrase_file: str | None) -> str | None:
    """What opens the file; None for a plain one."""
    with _opened(path) as lines:
        if not envelope.is_sealed(next(lines, b"")):
            return None
    return read_passphrase(passphrase_file) if passphrase_file else str(click.prompt("Passphrase", hide_input=True))


def _read(path: str, passphrase: str | None) -> Iterator[Entry | Fault]:
    try:
        with _opened(path) as lines:
            yield from entries.read(lines if passphrase is None else envelope.unseal(lines, passphrase))
    except InputError as error:
        raise InputError(f"{path} cannot be read: {error}") from None


@contextmanager
def _opened(path: str) -> Iterator[Iterator[bytes]]:
    """The lines of a file. Raises `InputError` where it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            yield file
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
