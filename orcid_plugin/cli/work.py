"""`orcid-plugin work`: the message that an article becomes on ORCID records."""

from __future__ import annotations

import json as standard_json

import click

from orcid_plugin.cli.inputs import read_article, report, write_output
from orcid_plugin.registry.encoding import json, xml
from orcid_plugin.registry.messages import from_publication, rules


@click.command()
@click.argument("article")
@click.option("--format", "form", type=click.Choice(["json", "xml"]), default="json", show_default=True)
def work(article: str, form: str) -> None:
    """Print the ORCID work message of ARTICLE (JATS, Crossref deposit or JSON; `-` is standard input).

    iDs that the article marks authenticated="true" are in it. Warnings go to standard error.
    """
    name, reading = read_article(article)
    message = from_publication.work(reading.publication)
    rules.require_valid(message, create=True)
    report(name, reading.findings)
    if form == "xml":
        write_output(xml.dumps(message), None)
    else:
        text = standard_json.dumps(json.encode(message), ensure_ascii=False, indent=2)
        write_output(f"{text}\n".encode(), None)
