"""`orcid-plugin worker`: sends what is owed to ORCID records, beside a host."""

from __future__ import annotations

import logging
import signal
import time

import click

from orcid_plugin.cli.context import open_runtime
from orcid_plugin.outbox.engines.embedded import Worker


@click.command()
@click.option("--once", is_flag=True, help="Send what is due now, then end.")
def worker(once: bool) -> None:
    """Send what is owed to ORCID records, until a signal to end comes (INT, TERM).

    Run as many as you like: each record has one worker at a time. A worker that is told to end finishes the call that
    is under way.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    with open_runtime() as runtime:
        runtime.store.require_migrated()
        sending = Worker(runtime.store, runtime.keyring, runtime.transport, runtime.settings, runtime.due)
        if once:
            click.echo(f"{sending.run_once()} deliveries looked at")
            return
        for number in (signal.SIGINT, signal.SIGTERM):  # a shell lets what it starts in the background ignore INT
            signal.signal(number, signal.default_int_handler)
        sending.start()
        try:
            click.echo("Sending to ORCID; end with Ctrl+C.", err=True)
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            click.echo("Ending after the present call.", err=True)
        finally:
            sending.stop()
