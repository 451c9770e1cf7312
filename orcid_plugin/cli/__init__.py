"""`orcid-plugin …`, and the same commands as `flask orcid …` on the host's app.

Commands are loaded by name when they are called, so that `orcid-plugin --version` does not import the database, and
those of the layers above (`demo`, `emulator`, a host's own) come from the entry-point group `orcid_plugin.commands`.
"""

from __future__ import annotations

import logging
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import click
from flask.cli import ScriptInfo

from orcid_plugin.errors import OrcidPluginError
from orcid_plugin.version import VERSION

COMMANDS = "orcid_plugin.commands"
"""Entry-point group of the commands."""

OWN = {
    name: EntryPoint(name, f"orcid_plugin.cli.{name}:{name}", COMMANDS)
    for name in (
        "attributes",
        "check",
        "db",
        "export",
        "invite",
        "keys",
        "person",
        "log",
        "publish",
        "settings",
        "site",
        "work",
        "worker",
    )
}
OWN |= {
    name: EntryPoint(name, f"orcid_plugin.cli.deposits:{name}", COMMANDS) for name in ("crossref", "jats", "datacite")
}
OWN |= {"import": EntryPoint("import", "orcid_plugin.cli.imports:import_", COMMANDS)}  # a word of Python


class Commands(click.Group):
    """A group whose commands are loaded by name; an error of the package becomes one sentence and an exit status."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands."""
        return sorted(self._known())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or one that says why it cannot be loaded: the others keep working."""
        found = self._known().get(cmd_name)
        if found is None:
            return None
        try:
            command: click.Command = found.load()
        except Exception as error:
            return _broken(cmd_name, f"the command {cmd_name} cannot be loaded from {found.value}: {error}")
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except OrcidPluginError as error:
            click.echo(f"Error: {' '.join(str(error).split())}", err=True)
            raise click.exceptions.Exit(error.exit_status) from error

    @staticmethod
    def _known() -> dict[str, EntryPoint]:
        return {entry.name: entry for entry in entry_points(group=COMMANDS)} | OWN


class FlaskCommands(Commands):
    """The commands within the app context of a host's app, so that they use its settings and database."""

    def invoke(self, ctx: click.Context) -> Any:
        """Load the app as `flask` does, and run the command in its context."""
        with ctx.ensure_object(ScriptInfo).load_app().app_context():
            return super().invoke(ctx)


def _broken(name: str, reason: str) -> click.Command:
    def fail() -> None:
        raise click.ClickException(reason)

    anything = {"ignore_unknown_options": True, "allow_extra_args": True}
    return click.Command(name, callback=fail, help=reason, short_help="(cannot be loaded)", context_settings=anything)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="orcid-plugin")
def main() -> None:
    """ORCID for publishing platforms and repositories.

    Settings come from environment variables named ORCID_PLUGIN_*; see `orcid-plugin settings`.
    """
    log = logging.getLogger("orcid_plugin")
    if not log.handlers:
        # Python would print warnings to standard error, next to the one sentence that says the same.
        log.addHandler(logging.NullHandler())


@click.group(name="orcid", cls=FlaskCommands)
def flask_group() -> None:
    """ORCID: the commands of orcid-plugin with this app's settings."""
