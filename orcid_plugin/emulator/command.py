"""`orcid-plugin emulator`: the stand-in Registry on the command line."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import click


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=9010,  # where a host with ORCID_PLUGIN_ENVIRONMENT=emulator looks for it
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 for any free one.",
)
@click.option("--store", type=click.Path(dir_okay=False, path_type=Path), help="File that keeps everything.")
@click.option(
    "--seed",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON file with researchers, clients, tokens and works to start with (docs/emulator.md).",
)
def emulator(host: str, port: int, store: Path | None, seed: Path | None) -> None:
    """Run a stand-in ORCID Registry until it is interrupted.

    Prints one line with its addresses and a client's credentials when it is ready.
    """
    # The group loads every command to show its help; Flask is only needed here.
    from orcid_plugin.emulator import Registry, serve  # noqa: PLC0415

    registry = Registry(seed, store=store) if seed else Registry.seeded(store=store)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with serve(registry, host, port) as server:
        client = next(iter(registry.clients.values()), None)
        credentials = f" client-id={client.id} client-secret={client.secret}" if client else ""
        click.echo(
            f"ORCID emulator ready: web={server.web} api={server.api} public-api={server.public_api}{credentials}"
        )
        stop.wait()
