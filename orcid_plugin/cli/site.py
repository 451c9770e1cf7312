"""`orcid-plugin site …`: the sites of a host with many journals or repositories."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping

import click

from orcid_plugin.cli.app_context import app_at_work
from orcid_plugin.cli.check import show as show_lines
from orcid_plugin.cli.context import mounted
from orcid_plugin.cli.inputs import read_input
from orcid_plugin.errors import InputError
from orcid_plugin.hooks import sites
from orcid_plugin.hooks.sites import Change, SiteStatus
from orcid_plugin.settings import PREFIX
from orcid_plugin.store.sites import SECRET


@click.group()
def site() -> None:
    """Add, change, check and remove sites: the journals or repositories of a host with many.

    What a site does not set itself is the host's, by ORCID_PLUGIN_*; `orcid-plugin settings --markdown` marks which
    settings a site can have. Client secrets are asked for, or read from a file, and shown by no command.
    """


def _given(command: Callable[..., None]) -> Callable[..., None]:
    """The arguments and options that say what a site sets itself."""
    for decorate in (
        click.argument("values", nargs=-1, metavar="[NAME=VALUE]…"),
        click.option("--from", "file", metavar="FILE", help="A JSON object of settings; `-` is standard input."),
        click.option("--secret-file", metavar="FILE", help="Holds the client secret; `-` is standard input."),
        click.option("--secret", "ask", is_flag=True, help="Ask for the client secret."),
        click.option("--yes", is_flag=True, help="Do not ask, however many people have to connect again."),
        click.option("--dry-run", is_flag=True, help="Only say how many people and works are concerned."),
    ):
        command = decorate(command)
    return command


@site.command()
@click.argument("key")
@_given
def add(key: str, yes: bool, dry_run: bool, **given: object) -> None:
    """Add the site KEY with the settings given, or put a removed one back.

    A site with a client_id of its own is asked for the secret. Example: `site add physics site_name="Physics Letters"
    client_id=APP-…`
    """
    with app_at_work():
        own = _own(**given)  # type: ignore[arg-type]
        if "client_id" in own and SECRET not in own:
            own[SECRET] = _prompted()
        _change(key, own, sites.add, yes=yes, dry_run=dry_run)


@site.command(name="set")
@click.argument("key")
@_given
def set_(key: str, yes: bool, dry_run: bool, **given: object) -> None:
    """Change settings of the site KEY; `NAME=` takes one back, so that the host's counts.

    Where other credentials would end people's permissions, it says how many and asks first.
    """
    with app_at_work():
        own = _own(**given)  # type: ignore[arg-type]
        if not own:
            raise InputError("say what to change: NAME=VALUE, --from FILE, --secret or --secret-file FILE")
        _change(key, own, sites.change, yes=yes, dry_run=dry_run)


@site.command()
@click.argument("key")
@click.option("--yes", is_flag=True, help="Do not ask, however many people have to connect again.")
@click.option("--dry-run", is_flag=True, help="Only say how many people and works are concerned.")
def apply(key: str, yes: bool, dry_run: bool) -> None:
    """Let the credentials that KEY has now take effect, after those of the host were changed in its configuration."""
    with app_at_work():
        _change(key, {}, sites.change, yes=yes, dry_run=dry_run)


@site.command(name="ask-again")
@click.argument("key")
def ask_again(key: str) -> None:
    """Ask those to connect again whose permissions other credentials ended. Needs the host: `flask orcid site …`."""
    if not mounted():
        raise InputError("invitations have links to the host's pages: run it as `flask orcid site ask-again`")
    with app_at_work():
        asked = sites.ask_again(key)
        click.echo(f"{len(asked.invited)} invited by mail")
        _people("account, shown the button again", asked.accounts)
        _people("neither account nor invitation", asked.unreachable)


@site.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_(as_json: bool) -> None:
    """List all sites with state and number of connections."""
    with app_at_work():
        found = sites.listed()
    if as_json:
        click.echo(json.dumps([one.as_json() for one in found], ensure_ascii=False, indent=2))
        return
    for one in found:
        active = one.connections.get("active", 0)
        others = sum(one.connections.values()) - active
        also = f", {others} that hold no longer" if others else ""
        click.echo(f"{one.key}\t{one.state}\t{one.name}\t{one.client_id or '-'}\t{active} connected{also}")


@site.command()
@click.argument("key")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def show(key: str, as_json: bool) -> None:
    """Show what the site KEY sets itself, its state and its connections; never its client secret."""
    with app_at_work():
        found = sites.shown(key)
    if as_json:
        click.echo(json.dumps(found.as_json(), ensure_ascii=False, indent=2))
        return
    for name, value in _facts(found):
        click.echo(f"{name}: {value}")


@site.command()
@click.argument("key")
@click.option("--url-prefix", default="/orcid", show_default=True, help="Where the host mounts the plugin.")
def check(key: str, url_prefix: str) -> None:
    """Ask the Registry whether it knows the credentials of KEY, and of which kind they are; changes nothing.

    It names the redirect URI to register at ORCID too. Exit status 1 when something is wrong.
    """
    prefix = None if mounted() else url_prefix
    with app_at_work():
        show_lines(sites.check(key, url_prefix=prefix))


@site.command()
@click.argument("key")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(key: str, yes: bool) -> None:
    """Remove the site KEY; all that is stored of it is kept, and `site add KEY` puts it back."""
    with app_at_work():
        found = sites.shown(key)
        click.echo(
            f"{found.name}: nothing is sent to ORCID for it any more, and its pages say that it is unknown; "
            f"{sum(found.connections.values())} connections are kept, and are still listed as trusted at ORCID."
        )
        if not yes:
            click.confirm("Remove it?", abort=True)
        sites.remove(key)


def _own(*, values: tuple[str, ...], file: str | None, secret_file: str | None, ask: bool) -> dict[str, object]:
    """What is given of settings, by name without the prefix; None takes one back."""
    own = _read(file) if file is not None else {}
    for pair in values:
        name, equals, value = pair.partition("=")
        name = _plain(name)
        if not equals:
            raise InputError(f"{name[:80]!r} is not of the form NAME=VALUE")
        if name == SECRET:
            raise InputError("a client secret is no argument, which others can see: use --secret or --secret-file")
        own[name] = value or None
    if secret_file is not None:
        own[SECRET] = _secret_of(secret_file)
    elif ask:
        own[SECRET] = _prompted()
    return own


def _read(file: str) -> dict[str, object]:
    name, data = read_input(file)
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise InputError(f"{name} is not JSON") from None
    if not isinstance(found, dict):
        raise InputError(f"{name} is not a JSON object of settings")
    return {_plain(key): value for key, value in found.items()}


def _plain(name: str) -> str:
    """A setting's name as a site has it; ORCID_PLUGIN_SITE_NAME is understood too."""
    return name.strip().removeprefix(PREFIX).lower()


def _secret_of(file: str) -> str:
    name, data = read_input(file)
    try:
        secret = data.decode().strip()
    except UnicodeDecodeError:
        secret = ""
    if not secret:
        raise InputError(f"{name} holds no client secret")
    return secret


def _prompted() -> str:
    """Asked for without echo at a terminal, else the first line of standard input."""
    if sys.stdin.isatty():
        return str(click.prompt("Client secret", hide_input=True))
    secret = sys.stdin.readline().strip()
    if not secret:
        raise InputError("no client secret came on standard input")
    return secret


def _change(key: str, own: Mapping[str, object], act: Callable[..., Change], *, yes: bool, dry_run: bool) -> None:
    found = sites.preview(key, own)
    for line in _consequences(found):
        click.echo(line)
    if dry_run:
        return
    if found.people and not yes:
        click.confirm("Go on?", abort=True)
    act(key, own, people=found.people)
    click.echo(f"{key}: {sites.shown(key).state}")


def _consequences(found: Change) -> Iterator[str]:
    if found.people:
        yield f"{found.people} people gave permission to other credentials and have to connect again"
        yield f"{found.accounts} of them have an account"
    if found.deliveries:
        yield f"{found.deliveries} writes to records wait until then"
    if found.works:
        yield f"{found.works} works on records can be changed with the former credentials only"
    if found.people or found.revocations:
        yield (
            f"{found.revocations} permissions wait to be given back to ORCID with former credentials, more may follow: "
            "leave those valid there"
        )


def _facts(found: SiteStatus) -> Iterator[tuple[str, object]]:
    yield "site", found.key
    yield "name", found.name
    yield "state", f"{found.state} ({found.fault})" if found.fault else found.state
    yield "Registry", found.environment or "-"
    yield "client", found.client_id or "-"
    yield "API", found.api or "-"
    if found.of_host:
        yield "settings", f"those of the host ({PREFIX}*)"
    for name, value in sorted(found.own.items()):
        yield f"sets {name}", value
    if found.has_secret:
        yield f"sets {SECRET}", "(set, secret)"
    for state, count in sorted(found.connections.items()):
        yield f"connections {state}", count


def _people(what: str, keys: tuple[str, ...]) -> None:
    click.echo(f"{len(keys)} with {what}{':' if keys else ''}")
    for key in keys:
        click.echo(f"  {key}")
