"""`orcid-plugin attributes`: which account has which iD, for identity management."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator

import click

from orcid_plugin.cli.context import open_runtime
from orcid_plugin.cli.inputs import write_output
from orcid_plugin.identity import export, trail
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.store.spreadsheets import csv_text

_SAFE = re.compile(r"[\x01-\x09\x0b\x0c\x0e-\x1f\x21-\x39\x3b\x3d-\x7f][\x01-\x09\x0b\x0c\x0e-\x7f]*(?<! )")
"""A value that LDIF takes as it is (RFC 2849, SAFE-STRING)."""


@click.command()
@click.option("--site", metavar="KEY", help="Site of the database; else the one of the settings.")
@click.option("--format", "form", type=click.Choice(["csv", "ldif"]), default="csv", show_default=True)
@click.option("--output", metavar="FILE", help="Write to this file, whole or not at all; else to standard output.")
def attributes(site: str | None, form: str, output: str | None) -> None:
    """Print the eduPersonOrcid of each account that has an active connection (eduPerson 202208).

    CSV has the columns account and eduPersonOrcid. LDIF has a change record for each account, as `uid=ACCOUNT`: add the
    suffix of your directory. The audit trail remembers that it was asked for.
    """
    with open_runtime(site) as runtime:
        people = list(export.attributes(runtime.store, runtime.site))
        with runtime.store.begin() as session:
            trail.note(session, runtime.site, trail.COMMAND, "attributes_exported", people=len(people))
        text = _ldif(people) if form == "ldif" else csv_text(["account", "eduPersonOrcid"], _rows(people))
    write_output(text.encode(), output)


def _rows(people: Iterable[tuple[str, OrcidId]]) -> Iterator[tuple[str, str]]:
    return ((account, orcid.uri) for account, orcid in people)


def _ldif(people: Iterable[tuple[str, OrcidId]]) -> str:
    changes = (
        f"{_attribute('dn', f'uid={_escaped(account)}')}\nchangetype: modify\nreplace: eduPersonOrcid\n"
        f"eduPersonOrcid: {orcid.uri}\n-\n"
        for account, orcid in people
    )
    return "\n".join(["version: 1\n", *changes])


def _escaped(account: str) -> str:
    """As a value in a distinguished name (RFC 4514, 2.4)."""
    text = re.sub(r'([\\,+"<>;=])', r"\\\1", account).replace("\x00", "\\00")
    return re.sub(r"^[ #]| $", lambda match: f"\\{match[0]}", text)


def _attribute(name: str, value: str) -> str:
    if _SAFE.fullmatch(value):
        return f"{name}: {value}"
    return f"{name}:: {base64.b64encode(value.encode()).decode()}"
