"""`orcid-plugin keys`: keys for secrets at rest, from their making to their retirement."""

from __future__ import annotations

import click
from cryptography.fernet import Fernet

from orcid_plugin.cli.context import open_store, read_settings
from orcid_plugin.store import rotation
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.rotation import LOST


@click.group()
def keys() -> None:
    """Keys of ORCID_PLUGIN_TOKEN_KEYS, which encrypt tokens and client secrets.

    To change the key: put a new one before the old ones, separated by a comma, and start the host and its workers
    anew; run `keys rotate`; when `keys list` shows that nothing is under an old one, take it out of the setting.
    """


@keys.command()
def new() -> None:
    """Print a new key."""
    click.echo(Fernet.generate_key().decode())


@keys.command("list")
def list_() -> None:
    """Show how many secrets are under which key; a key itself is never shown.

    Exit status 1 where secrets are under none of them.
    """
    keyring = Keyring(read_settings().token_keys)
    with open_store() as store:
        found = rotation.usage(store, keyring)
    for position, fingerprint in enumerate(keyring.fingerprints):
        use = "encrypts what is stored now" if position == 0 else "can be retired"
        if position and found[fingerprint]:
            use = "run `orcid-plugin keys rotate`"
        click.echo(f"{fingerprint}  {found[fingerprint]:>7} secrets  {use}")
    _report_lost(found[LOST])


@keys.command()
def rotate() -> None:
    """Encrypt everything under the first key; the host and its workers may go on meanwhile.

    Exit status 1 where secrets are under none of the keys; all others are rotated.
    """
    keyring = Keyring(read_settings().token_keys)
    with open_store() as store:
        done = rotation.rotate(store, keyring)
    lost = done.pop(LOST, 0)
    click.echo(f"{done.total()} secrets are under the key {keyring.fingerprints[0]} now")
    _report_lost(lost)


def _report_lost(number: int) -> None:
    if number:
        click.echo(
            f"{number} secrets are under none of the keys in ORCID_PLUGIN_TOKEN_KEYS: put the key that encrypted them "
            "back, or ask these people to connect again",
            err=True,
        )
        raise click.exceptions.Exit(1)
