"""`orcid-plugin publish`: articles to the ORCID records of those who connected, without a host."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import func, select

from orcid_plugin.cli.app_context import hooks_at_work
from orcid_plugin.cli.inputs import STANDARD_INPUT, read_article, report
from orcid_plugin.errors import InputError
from orcid_plugin.hooks import publication as hook
from orcid_plugin.hooks.publication import ContributorStatus
from orcid_plugin.metadata.publication import Publication
from orcid_plugin.runtime import Runtime
from orcid_plugin.store.tables import Delivery, DeliveryState, StoredPublication

LOOK_SECONDS = 0.1
PATIENCE = 20.0
"""Seconds without any progress after which what is left is left to `orcid-plugin worker`."""


@click.command()
@click.argument("articles", nargs=-1, required=True, metavar="ARTICLE...")
def publish(articles: Sequence[str]) -> None:
    """Store each ARTICLE, plan what is owed to ORCID records, and send it (`-` is standard input).

    All are read first: if one cannot be used, nothing is stored. An iD that an article marks authenticated="true"
    counts if its owner has connected here. Exit status 1 if a connected contributor's record was not reached.
    """
    publications = _read(articles)
    with hooks_at_work() as runtime:
        runtime.store.require_migrated()
        for key, publication in publications.items():
            hook.published(publication, key=key)
        _send(runtime, list(publications))
        reached = True
        for key, publication in publications.items():
            click.echo(f"{key}  {publication.title.text}")
            for status in hook.status(key):
                click.echo(f"  {_line(status)}")
                reached = reached and (status.connection is None or status.delivery is DeliveryState.SENT)
    if not reached:
        raise click.exceptions.Exit(1)


def _read(articles: Sequence[str]) -> dict[str, Publication]:
    """The publications by key. Raises `InputError` for one that cannot be used, and for one that is given twice."""
    if list(articles).count(STANDARD_INPUT) > 1:
        raise InputError("standard input can be read only once")
    found: dict[str, tuple[str, Publication]] = {}
    for path in articles:
        name, reading = read_article(path)
        report(name, reading.findings)
        key = hook.default_key(reading.publication)
        if key in found:
            raise InputError(f"{found[key][0]} and {name} are the same publication, {key}")
        found[key] = name, reading.publication
    return {key: publication for key, (_, publication) in found.items()}


def _send(runtime: Runtime, keys: Sequence[str]) -> None:
    """Let a worker send, until nothing is on its way any more or nothing has moved for a while."""
    total = left = _on_the_way(runtime, keys)
    if not total:
        return
    worker = runtime.worker()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    worker.start()
    try:
        with Progress(*columns, console=console, disable=not sys.stderr.isatty(), transient=True) as progress:
            task = progress.add_task("To ORCID records", total=total)
            moved = time.monotonic()
            while left and time.monotonic() - moved < PATIENCE:
                time.sleep(LOOK_SECONDS)
                before, left = left, _on_the_way(runtime, keys)
                moved = time.monotonic() if left != before else moved
                progress.update(task, completed=total - left)
    finally:
        worker.stop()


def _on_the_way(runtime: Runtime, keys: Sequence[str]) -> int:
    with runtime.store.begin() as session:
        count = session.scalar(
            select(func.count())
            .select_from(Delivery)
            .join(Delivery.publication)
            .where(
                StoredPublication.site == runtime.settings.site,
                StoredPublication.key.in_(keys),
                Delivery.state.in_([DeliveryState.PENDING, DeliveryState.SENDING]),
            )
        )
    return count or 0


def _line(status: ContributorStatus) -> str:
    """Name, iD, state, put-code or reason of one contributor."""
    if status.connection is None:
        return f"{status.name}: {'does not want to connect' if status.declined else 'not connected'}"
    parts = [f"{status.name}: {status.orcid}", str(status.delivery or status.connection).replace("_", " ")]
    if status.put_code is not None:
        parts.append(f"put-code {status.put_code}")
    if status.message:
        parts.append(status.message)
    return ", ".join(parts)
