"""`orcid-plugin emulator`: the stand-in Registry on the command line."""

from __future__ import annotations

import logging
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from orcid_plugin.emulator.hosts import HostNames

PORT = 9010
"""Where a host with ORCID_PLUGIN_ENVIRONMENT=emulator looks for the emulator."""

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _names(context: click.Context, parameter: click.Parameter, text: str | None) -> HostNames | None:
    from orcid_plugin.emulator.hosts import HostNames  # noqa: PLC0415

    try:
        return None if text is None else HostNames.parse(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help=f"Port for plain HTTP; 0 for any free one.  [default: {PORT}, or none with --tls-port]",
)
@click.option("--tls-port", type=click.IntRange(0, 65535), help="Port for TLS; 0 for any free one.")
@click.option("--certificate", type=_FILE, help="Certificate for TLS (PEM); else one is made.")
@click.option("--key", type=_FILE, help="Its key, if it is not in the same file.")
@click.option(
    "--host-names",
    callback=_names,
    metavar="WEB,API,PUBLIC",
    help="Host names under which web, member API and public API answer, as ORCID's do.",
)
@click.option("--store", type=click.Path(dir_okay=False, path_type=Path), help="File that keeps everything.")
@click.option(
    "--seed",
    type=_FILE,
    help="JSON file with researchers, clients, tokens and works to start with (docs/emulator.md).",
)
@click.option("--no-limits", is_flag=True, help="Do not slow down or refuse clients that ask too often.")
@click.option(
    "--daily-quota",
    type=click.IntRange(0),
    default=100_000,
    show_default=True,
    help="Requests a day to the public API from an address without a token.",
)
@click.option("--no-control", is_flag=True, help="Do not let tests steer it over HTTP, below /_control.")
def emulator(
    *,
    host: str,
    port: int | None,
    tls_port: int | None,
    certificate: Path | None,
    key: Path | None,
    host_names: HostNames | None,
    store: Path | None,
    seed: Path | None,
    no_limits: bool,
    daily_quota: int,
    no_control: bool,
) -> None:
    """Run a stand-in ORCID Registry until it is interrupted.

    Prints one line with its addresses and a client's credentials when it is ready.
    """
    if tls_port is None and (certificate or key):
        raise click.UsageError("--certificate and --key need --tls-port.")
    if key and not certificate:
        raise click.UsageError("--key needs --certificate.")
    # The group loads every command to show its help; Flask is only needed here.
    from orcid_plugin.emulator import Certificate, Limits, Registry, serve  # noqa: PLC0415

    registry = Registry(seed, store=store) if seed else Registry.seeded(store=store)
    stop = threading.Event()
    with serve(
        registry,
        host,
        PORT if port is None and tls_port is None else port,
        tls_port=tls_port,
        certificate=Certificate(certificate, key or certificate, certificate) if certificate else None,
        names=host_names,
        limits=None if no_limits else Limits(daily_quota=daily_quota),
        control=not no_control,
    ) as server:
        # What goes wrong inside, or with the file, is worth a line: the command line itself keeps logs quiet.
        logging.getLogger("orcid_plugin.emulator").addHandler(logging.StreamHandler())
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        facts = {"web": server.web, "api": server.api, "public-api": server.public_api}
        if server.plain_url:
            facts["plain"] = server.plain_url
        if server.trusted:
            facts["trust"] = str(server.trusted)
        client = next(iter(registry.clients.values()), None)
        if client:
            facts |= {"client-id": client.id, "client-secret": client.secret}
        click.echo(f"ORCID emulator ready: {' '.join(f'{name}={value}' for name, value in facts.items())}")
        stop.wait()
