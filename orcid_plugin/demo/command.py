"""`orcid-plugin demo`: the whole story of an article, told and checked step by step."""

from __future__ import annotations

import os
import signal
import threading
from importlib.resources import files

import click

from orcid_plugin.cli.inputs import read_input
from orcid_plugin.demo import cast
from orcid_plugin.demo.servers import CLIENT, Stage, set_up
from orcid_plugin.demo.story import Story
from orcid_plugin.demo.summary import show
from orcid_plugin.metadata import readers

DATABASE = "ORCID_PLUGIN_DATABASE_URL"


@click.command()
@click.argument("article", required=False)
@click.option("--serve", is_flag=True, help="Keep journal and Registry running afterwards, for a browser.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Port of the journal; any free one by default.")
def demo(article: str | None, serve: bool, port: int) -> None:
    """Play the story of ARTICLE (JATS; a bundled one by default): from an author's registration to ORCID records.

    A journal and a stand-in ORCID Registry run for it on this machine. Its database is temporary, or the one of
    ORCID_PLUGIN_DATABASE_URL if that is empty; of all other settings it takes no notice. `-` reads standard input.
    """
    if article is None:
        name, data = "the bundled article", files("orcid_plugin.demo").joinpath("article.xml").read_bytes()
    else:
        name, data = read_input(article)
    publication = readers.read(data, name).publication
    players = cast.choose(publication, name)
    reviewer = cast.reviewer(players)
    database_url = os.environ.get(DATABASE)
    with set_up(cast.registry([*players, reviewer], CLIENT), port=port, database_url=database_url) as stage:
        click.echo(f"Journal {stage.journal}, ORCID Registry (emulator) {stage.registry.web}, article: {name}")
        story = Story(stage.journal, stage.registry.web, stage.registry.public_api, [*players, reviewer], click.echo)
        try:
            result = story.play(data)
        finally:
            story.close()
        show(result, serving=serve)
        if serve:
            _keep_running(stage)


def _keep_running(stage: Stage) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    click.echo(
        f"\nLook around: the journal is at {stage.journal}, the records are at {stage.registry.web}. Ctrl-C ends it."
    )
    stop.wait()
