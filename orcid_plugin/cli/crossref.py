"""`orcid-plugin crossref`: iDs and roles into a Crossref deposit that somebody else made."""

from __future__ import annotations

import click

from orcid_plugin.cli.app_context import hooks_at_work
from orcid_plugin.cli.inputs import read_article, read_input, report, write_output
from orcid_plugin.deposits.crossref import amend
from orcid_plugin.errors import InputError, SettingsError, StoreError
from orcid_plugin.hooks import deposit as hook
from orcid_plugin.metadata.findings import Finding


@click.command()
@click.argument("deposit")
@click.option("--article", help="Take iDs and roles from this article instead of the database.")
@click.option("--output", help="Write to this file, whole or not at all; else to standard output.")
def crossref(deposit: str, article: str | None, output: str | None) -> None:
    """Add authenticated iDs and CRediT roles to DEPOSIT, a Crossref deposit (`-` is standard input).

    They come from the database, for every publication in it whose DOI the deposit registers; or from --article, of
    whose iDs those count that it marks authenticated="true". All else stays byte for byte. What was noticed goes to
    standard error.
    """
    if deposit == article == "-":
        raise InputError("deposit and article cannot both be standard input")
    name, xml = read_input(deposit)
    findings: list[Finding] = []
    amended = _by_article(name, xml, article, findings) if article is not None else _by_store(name, xml, findings)
    write_output(amended, output)
    report(name, findings)
    if amended == xml:
        click.echo(f"{name}: there was nothing to add", err=True)


def _by_article(name: str, xml: bytes, article: str, findings: list[Finding]) -> bytes:
    article_name, reading = read_article(article)
    report(article_name, reading.findings)
    amendment = amend(xml, [reading.publication], name=name)
    findings.extend(amendment.findings)
    return amendment.content


def _by_store(name: str, xml: bytes, findings: list[Finding]) -> bytes:
    amend(xml, [], name=name)  # a file that is no deposit is refused before any database is looked for
    try:
        with hooks_at_work():
            return hook.crossref(xml, report=findings.append)
    except (SettingsError, StoreError) as error:
        raise type(error)(f"{error}; or name the article, with --article") from error
