"""`orcid-plugin crossref`, `jats` and `datacite`: iDs and roles into metadata that somebody else made."""

from __future__ import annotations

from collections.abc import Callable

import click

from orcid_plugin.cli.app_context import hooks_at_work
from orcid_plugin.cli.inputs import read_article, read_input, report, write_output
from orcid_plugin.deposits import crossref as in_crossref
from orcid_plugin.deposits import datacite as in_datacite
from orcid_plugin.deposits import jats as in_jats
from orcid_plugin.deposits.amending import Amendment
from orcid_plugin.errors import InputError, SettingsError, StoreError
from orcid_plugin.hooks import deposit as hook
from orcid_plugin.metadata.findings import Finding

_HELP = """Add {what} to DEPOSIT, {form} (`-` is standard input).

They come from the database, for every publication in it whose DOI the file states; or from --article, of whose iDs
those count that it marks authenticated="true". All else stays byte for byte. What was noticed goes to standard error.
"""


def _command(
    name: str, what: str, form: str, amend: Callable[..., Amendment], amended_by_store: Callable[..., bytes]
) -> click.Command:
    @click.command(name, help=_HELP.format(what=what, form=form), short_help=f"Add {what} to {form}.")
    @click.argument("deposit")
    @click.option("--article", help="Take iDs and roles from this article instead of the database.")
    @click.option("--output", help="Write to this file, whole or not at all; else to standard output.")
    def command(deposit: str, article: str | None, output: str | None) -> None:
        if deposit == article == "-":
            raise InputError("deposit and article cannot both be standard input")
        file, content = read_input(deposit)
        findings: list[Finding] = []
        if article is not None:
            article_name, reading = read_article(article)
            report(article_name, reading.findings)
            amendment = amend(content, [reading.publication], name=file)
            findings.extend(amendment.findings)
            amended = amendment.content
        else:
            amend(content, [], name=file)  # what is none is refused before any database is looked for
            amended = _by_store(amended_by_store, content, findings)
        write_output(amended, output)
        report(file, findings)
        if amended == content:
            click.echo(f"{file}: there was nothing to add", err=True)

    return command


def _by_store(amended: Callable[..., bytes], content: bytes, findings: list[Finding]) -> bytes:
    try:
        with hooks_at_work():
            return amended(content, report=findings.append)
    except (SettingsError, StoreError) as error:
        raise type(error)(f"{error}; or name the article, with --article") from error


_ALL = "authenticated iDs and CRediT roles"
crossref = _command("crossref", _ALL, "a Crossref deposit", in_crossref.amend, hook.crossref)
jats = _command("jats", _ALL, "a JATS article", in_jats.amend, hook.jats)
datacite = _command("datacite", "authenticated iDs", "DataCite metadata", in_datacite.amend, hook.datacite)
