"""`flask orcid invite`: ask the authors of papers to connect, many at once."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from contextlib import nullcontext

import click

from orcid_plugin.cli.app_context import hooks_at_work
from orcid_plugin.cli.context import mounted
from orcid_plugin.cli.inputs import read_input
from orcid_plugin.errors import InputError, SettingsError
from orcid_plugin.hooks import bulk_invitations
from orcid_plugin.hooks.bulk_invitations import Invitee, Outcome
from orcid_plugin.hooks.invitations import InvitationReason
from orcid_plugin.metadata.dates import PartialDate
from orcid_plugin.runtime import at_site, current

COLUMNS = ("publication", "contributor", "email")


@click.command()
@click.option("--publication", "keys", multiple=True, metavar="KEY", help="Authors of this paper; may be repeated.")
@click.option("--since", metavar="DATE", help="Authors of all papers published since YYYY, YYYY-MM or YYYY-MM-DD.")
@click.option("--emails", metavar="FILE.csv", help=f"Addresses, in columns {', '.join(COLUMNS)} (`-`: standard input).")
@click.option("--invited-by", default="", metavar="NAME", help="Who asks; else the journal itself.")
@click.option(
    "--reason", type=click.Choice(list(InvitationReason)), default=InvitationReason.EARLIER_WORK, show_default=True
)
@click.option("--language", metavar="CODE", help="Language of the mails: en, de.")
@click.option("--site", metavar="KEY", help="The journal, where the host has several.")
@click.option("--dry-run", is_flag=True, help="Tell who would be invited; send and store nothing.")
def invite(
    *,
    keys: Sequence[str],
    since: str | None,
    emails: str | None,
    invited_by: str,
    reason: str,
    language: str | None,
    site: str | None,
    dry_run: bool,
) -> None:
    """Invite authors to connect their ORCID iD, and count who is not invited and why.

    Nobody is asked twice about a paper, and nobody gets two mails in one run. The worker sends. Mails lead to the pages
    of your app, so run it as `flask orcid invite`; a dry run works without.
    """
    if not keys and since is None:
        raise click.UsageError("say whom: --publication KEY or --since DATE")
    if not dry_run and not mounted():
        raise SettingsError("mails lead to the pages of your app, so run this as `flask orcid invite`")
    with nullcontext() if mounted() else hooks_at_work(), at_site(site or current().settings.site):
        current().store.require_migrated()
        invitees = bulk_invitations.invite_authors(
            keys,
            since=_date(since) if since else None,
            emails=_addresses(emails) if emails else None,
            invited_by=invited_by,
            reason=reason,
            language=language,
            dry_run=dry_run,
        )
        seen = []
        for one in invitees:
            click.echo(_line(one, dry_run))
            seen.append(one)
    parts = [f"{number} {_word(outcome, dry_run)}" for outcome, number in bulk_invitations.count(seen).items()]
    click.echo(", ".join(parts) or "nobody is named")


def _line(one: Invitee, dry_run: bool) -> str:
    address = f" <{one.email}>" if one.email else ""
    reason = f": {one.message}" if one.message else ""
    return f"{one.publication_key}  {one.name}{address}  {_word(one.outcome, dry_run)}{reason}"


def _word(outcome: Outcome, dry_run: bool) -> str:
    would = dry_run and outcome is Outcome.INVITED
    return "would be invited" if would else outcome.replace("_", " ")


def _date(text: str) -> PartialDate:
    try:
        return PartialDate.parse(text)
    except ValueError as error:
        raise InputError(f"--since: {error}") from None


def _addresses(path: str) -> dict[tuple[str, str], str]:
    name, data = read_input(path)
    try:
        rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig")), strict=True)
        lacking = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
        if lacking:
            raise InputError(f"{name} has no column {', '.join(lacking)}")
        found: dict[tuple[str, str], str] = {}
        for row in rows:
            publication, contributor, email = ((row[column] or "").strip() for column in COLUMNS)
            if not publication or not contributor:
                raise InputError(f"{name}, line {rows.line_num}: publication or contributor is missing")
            if found.setdefault((publication, contributor), email) != email:
                raise InputError(f"{name}, line {rows.line_num}: {publication} {contributor} has two addresses")
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{name} is not a CSV file in UTF-8: {error}") from None
    return found
