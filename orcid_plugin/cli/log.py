"""`orcid-plugin log`: what happened, as a table for people, or as a file for others."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any

import click

from orcid_plugin.cli.context import open_store, read_settings
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.store import trail
from orcid_plugin.store.spreadsheets import csv_text
from orcid_plugin.store.tables import AuditEvent, Call
from orcid_plugin.store.trail import Search

EVENT_COLUMNS = ("at", "actor", "action", "account", "orcid", "publication_key", "subject", "details")
CALL_COLUMNS = (
    "at",
    "method",
    "url",
    "status",
    "error_code",
    "milliseconds",
    "orcid",
    "publication_key",
    "correlation_id",
)
BODIES = ("request_body", "response_body")

Command = Callable[..., None]


def _moment(value: str) -> datetime.datetime:
    """A day or time of ISO 8601, UTC where it names no zone."""
    try:
        moment = datetime.datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is no day or time like 2026-11-01 or 2026-11-01T12:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


def _searching(command: Command) -> Command:
    """The options that both logs have."""
    for option in reversed(
        [
            click.option("--site", metavar="KEY", help="Of this site; else of ORCID_PLUGIN_SITE."),
            click.option("--orcid", metavar="ID", help="About this iD."),
            click.option("--publication", "publication_key", metavar="KEY", help="About this publication."),
            click.option("--since", type=_moment, metavar="TIME", help="From this day or time on (ISO 8601, UTC)."),
            click.option("--until", type=_moment, metavar="TIME", help="Before this day or time."),
            click.option("--limit", type=click.IntRange(min=1), default=trail.PAGE, show_default=True, help="At most."),
            click.option(
                "--format",
                "form",
                type=click.Choice(["table", "json", "csv"]),
                default="table",
                show_default=True,
                help="`json` and `csv` hold all that is kept, bodies of calls as well.",
            ),
            click.option("--output", type=click.File("w", encoding="utf-8", lazy=True), default="-", help="A file."),
        ]
    ):
        command = option(command)
    return command


@click.group()
def log() -> None:
    """Look at the audit trail and at the log of calls to ORCID, newest first. Neither holds secrets."""


@log.command()
@click.option("--account", metavar="ID", help="Who did it, or whom it concerned.")
@click.option("--action", metavar="WORD", help="What was done: connected, item_created …")
@_searching
def events(form: str, output: IO[str], **search: Any) -> None:
    """Who authorised, denied, disconnected; what was created, updated, deleted; what failed or was sent again."""
    with open_store() as store, store.begin() as session:
        rows = [_values(row, EVENT_COLUMNS) for row in trail.events(session, _search(**search))]
    _write(rows, EVENT_COLUMNS, form, output)


@log.command()
@click.option("--status", metavar="STATUS", help="What ORCID answered: 409, 4xx, error, or none (no answer).")
@_searching
def calls(form: str, output: IO[str], **search: Any) -> None:
    """Every exchange with ORCID."""
    columns = CALL_COLUMNS if form == "table" else CALL_COLUMNS + BODIES
    with open_store() as store, store.begin() as session:
        try:
            rows = [_values(row, columns) for row in trail.calls(session, _search(**search))]
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--status") from None
    _write(rows, columns, form, output)


def _search(*, site: str | None, orcid: str | None, **search: Any) -> Search:
    return Search(
        site=site or read_settings().site, orcid=OrcidId.parse(orcid).path if orcid is not None else None, **search
    )


def _values(row: AuditEvent | Call, columns: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in columns} | {"at": row.at.isoformat(timespec="milliseconds")}


def _write(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], form: str, output: IO[str]) -> None:
    if form == "json":
        output.write(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
    elif form == "csv":
        output.write(csv_text(columns, [[_text(row[name]) for name in columns] for row in rows]))
    else:
        output.write(_table([columns, *([str(_text(row[name]) or "") for name in columns] for row in rows)]))


def _text(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value


def _table(lines: Sequence[Sequence[str]]) -> str:
    """Aligned columns; those that are empty in every row are left out."""
    shown = [column for column in zip(*lines, strict=True) if len(lines) == 1 or any(column[1:])]
    widths = [max(map(len, column)) for column in shown]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() + "\n"
        for line in zip(*shown, strict=True)
    )
