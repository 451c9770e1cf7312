"""`orcid-plugin worker`: sends what is owed to ORCID records, beside a host."""

from __future__ import annotations

import logging
import signal
import time

import click
from flask import current_app

from orcid_plugin.cli.context import mounted, open_runtime
from orcid_plugin.store import sites


@click.command()
@click.option("--once", is_flag=True, help="Send what is due now, then end.")
def worker(once: bool) -> None:
    """Do what is owed, until a signal to end comes (INT, TERM): writes to ORCID records, mails, revocations.

    Run as many as you like: each record has one worker at a time. A worker that is told to end finishes the call that
    is under way. Mails go through ORCID_PLUGIN_SMTP_URL, or through the host's mailer with `flask orcid worker`.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    with open_runtime() as runtime:
        runtime.store.require_migrated()
        with runtime.store.begin() as session:
            if not sites.keys(session):
                runtime.settings.the_site()  # says which credentials are missing
        sending = runtime.worker(current_app._get_current_object() if mounted() else None)  # type: ignore[attr-defined]
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
