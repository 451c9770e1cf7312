"""`orcid-plugin log`: what happened, as a table for people, or as a file for others."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import click

from orcid_plugin.cli.context import open_store, read_settings
from orcid_plugin.cli.inputs import STANDARD_INPUT, replacing, write_output
from orcid_plugin.identity import logs, trail
from orcid_plugin.identity.logs import BODIES, COLUMNS, Form, Log
from orcid_plugin.store.trail import PAGE

TABLE = "table"

Command = Callable[..., None]


def _searching(command: Command) -> Command:
    """The options that both logs have."""
    for option in reversed(
        [
            click.option("--site", metavar="KEY", help="Of this site; else of ORCID_PLUGIN_SITE."),
            click.option("--orcid", default="", metavar="ID", help="About this iD."),
            click.option("--publication", default="", metavar="KEY", help="About this publication."),
            click.option("--since", default="", metavar="TIME", help="From this day or time on (ISO 8601, UTC)."),
            click.option("--until", default="", metavar="TIME", help="Before this day or time."),
            click.option(
                "--limit",
                type=click.IntRange(min=1),
                help=f"So many at most; without it all in a file, {PAGE} in a table.",
            ),
            click.option(
                "--format",
                "form",
                type=click.Choice([TABLE, "json", "csv"]),
                default=TABLE,
                show_default=True,
                help="`json` and `csv` hold all that is kept, bodies of calls as well.",
            ),
            click.option(
                "--output", default=STANDARD_INPUT, metavar="FILE", help="Write to this file, whole or not at all."
            ),
        ]
    ):
        command = option(command)
    return command


@click.group()
def log() -> None:
    """Look at the audit trail and at the log of calls to ORCID, newest first. Neither holds secrets."""


@log.command()
@click.option("--account", default="", metavar="ID", help="Who did it, or whom it concerned.")
@click.option("--action", default="", metavar="WORD", help="What was done: connected, item_created …")
@_searching
def events(**options: Any) -> None:
    """Who authorised, denied, disconnected; what was created, updated, deleted; what failed or was sent again."""
    _write(Log.EVENTS, **options)


@log.command()
@click.option(
    "--status", default="", metavar="STATUS", help="What ORCID answered: 409, 4xx, error, or none (no answer)."
)
@_searching
def calls(**options: Any) -> None:
    """Every exchange with ORCID."""
    _write(Log.CALLS, **options)


def _write(log: Log, *, site: str | None, limit: int | None, form: str, output: str, **given: str) -> None:
    asked = logs.search(log, site or read_settings().site, given)
    with open_store() as store:
        if form != TABLE:
            with nullcontext(sys.stdout.buffer) if output == STANDARD_INPUT else replacing(output) as file:
                for piece in logs.file(store, log, asked, Form(form), actor=trail.COMMAND, limit=limit):
                    file.write(piece.encode())
            return
        found = logs.find(store, log, replace(asked, limit=limit or PAGE))
        if output != STANDARD_INPUT:
            with store.begin() as session:
                logs.note_file(session, log, asked, TABLE, actor=trail.COMMAND, entries=len(found.entries))
    columns = [name for name in COLUMNS[log] if name not in BODIES]
    lines = [[_shown(values[name]) for name in columns] for values in map(logs.cells, found.entries)]
    write_output(_table([columns, *lines]).encode(), output)
    if found.older:
        click.echo("There are more: --limit NUMBER shows so many, --format csv or json writes all.", err=True)


def _shown(value: object) -> str:
    return "" if value is None else str(value)


def _table(lines: Sequence[Sequence[str]]) -> str:
    """Aligned columns; those that are empty in every row are left out."""
    shown = [column for column in zip(*lines, strict=True) if len(lines) == 1 or any(column[1:])]
    widths = [max(map(len, column)) for column in shown]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() + "\n"
        for line in zip(*shown, strict=True)
    )
