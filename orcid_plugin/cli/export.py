"""`orcid-plugin export`: the connections of a site with their tokens, in a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click

from orcid_plugin.cli.context import open_runtime
from orcid_plugin.cli.inputs import ONLY_FOR_THE_OWNER, replacing
from orcid_plugin.errors import InputError
from orcid_plugin.identity import export as connections
from orcid_plugin.identity import trail
from orcid_plugin.identity.entries import Entry, write_csv, write_json
from orcid_plugin.store import envelope
from orcid_plugin.store.tables import now

SHORTEST = 12
"""Characters of a passphrase that keeps everybody's tokens."""


@click.command()
@click.option("--site", metavar="KEY", help="Site of the database; else the one of the settings.")
@click.option("--format", "form", type=click.Choice(["json", "csv"]), default="json", show_default=True)
@click.option("--output", required=True, metavar="FILE", help="File to write, whole or not at all.")
@click.option("--passphrase-file", metavar="FILE", help="First line is the passphrase; without it you are asked.")
@click.option("--plain", is_flag=True, help="Do not encrypt: whoever has the file can write to people's records.")
def export(*, site: str | None, form: str, output: str, passphrase_file: str | None, plain: bool) -> None:
    """Write everybody who connected, with tokens and put-codes, to a file that `orcid-plugin import` reads.

    The file is encrypted with a passphrase and readable for you alone. docs/export.md describes it.
    """
    passphrase = passphrase_of(passphrase_file, plain=plain)
    with open_runtime(site) as runtime, replacing(output, mode=ONLY_FOR_THE_OWNER) as file:
        counted = _Counted(connections.entries(runtime.store, runtime.site, runtime.keyring))
        entries = (replace(entry, sign_in_token=None) for entry in counted) if plain else counted
        lines = write_csv(entries) if form == "csv" else _json(entries, runtime.site.key)
        for line in envelope.seal(lines, passphrase) if passphrase is not None else lines:
            file.write(line)
        with runtime.store.begin() as session:
            trail.note(
                session,
                runtime.site,
                trail.COMMAND,
                "exported",
                connections=counted.number,
                encrypted=passphrase is not None,
            )
    click.echo(f"{output}: {counted.number} connections")
    if plain:
        click.echo(f"Warning: {output} holds access tokens in clear; encrypt it or delete it soon", err=True)


def passphrase_of(path: str | None, *, plain: bool) -> str | None:
    """The passphrase for a new file, None for a plain one. Raises `InputError` for one that is too short."""
    if plain and path:
        raise click.UsageError("--plain and --passphrase-file exclude each other")
    if plain:
        return None
    passphrase = (
        read_passphrase(path) if path else click.prompt("Passphrase", hide_input=True, confirmation_prompt=True)
    )
    if len(passphrase) < SHORTEST:
        raise InputError(f"the passphrase has fewer than {SHORTEST} characters")
    return passphrase


def read_passphrase(path: str) -> str:
    """The first line of a file. Raises `InputError` where there is none."""
    try:
        found = Path(path).read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'not text'}") from None
    if not found:
        raise InputError(f"{path} begins with an empty line, not with a passphrase")
    return found


def _json(entries: Iterator[Entry], site: str) -> Iterator[bytes]:
    return write_json(entries, site=site, exported_at=now().isoformat())


class _Counted(Iterator[Entry]):
    """The same entries; `number` is how many have gone by."""

    def __init__(self, entries: Iterator[Entry]) -> None:
        self._entries = entries
        self.number = 0

    def __next__(self) -> Entry:
        entry = next(self._entries)
        self.number += 1
        return entry
