"""Invitations in bulk: every author of given papers, or of all papers since a date; who would be asked, and who was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from orcid_plugin.errors import InputError
from orcid_plugin.hooks import invitations
from orcid_plugin.hooks.invitations import InvitationReason
from orcid_plugin.host import Addresses
from orcid_plugin.identity import authorship
from orcid_plugin.identity.invitations import OPEN, of_publication, require_address
from orcid_plugin.metadata.contributor import Contributor, ContributorKind
from orcid_plugin.metadata.dates import PartialDate
from orcid_plugin.runtime import Runtime, current
from orcid_plugin.store import publications
from orcid_plugin.store.tables import PublicationState, Section, StoredPublication

Emails = Mapping[tuple[str, str], str]
"""E-mail addresses by the keys of publication and contributor."""


class Outcome(StrEnum):
    """What becomes of one author of one paper."""

    INVITED = "invited"
    """Is invited now, or would be."""
    CONNECTED = "connected"
    INVITED_BEFORE = "invited_before"
    """Has not answered yet an invitation about this paper."""
    DECLINED = "declined"
    OPTED_OUT = "opted_out"
    NO_ADDRESS = "no_address"
    SAME_ADDRESS = "same_address"
    """Is invited for another paper of this run: nobody gets two mails at once. The next run asks about this one."""
    WITHDRAWN = "withdrawn"
    """The paper is public no more."""
    NO_KEY = "no_key"
    """The metadata gives no `Contributor.key`, so that nothing can be kept about them."""
    REFUSED = "refused"
    """The address is none; `Invitee.message` says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitee:
    """One author of one paper, and what became of them; `message` is a sentence where there is more to say."""

    publication_key: str
    name: str
    email: str
    outcome: Outcome
    contributor_key: str | None = None
    message: str | None = None


def invite_authors(
    publication_keys: Collection[str] = (),
    *,
    since: PartialDate | None = None,
    emails: Emails | None = None,
    invited_by: str = "",
    reason: InvitationReason | str = InvitationReason.EARLIER_WORK,
    language: str | None = None,
    dry_run: bool = False,
) -> Iterator[Invitee]:
    """Invite the authors of these papers, and of all that were published since a date; one after the other.

    Each is invited when the iterator comes to them, in a transaction of their own: what ends it half way loses nothing,
    and another run goes on from there. With `dry_run` nothing is written.

    Arguments:
        since: of the papers that are public now, those whose date is not before it, compared as precisely as both are;
            a paper without a date counts by the day on which it came here.
        emails: addresses. What is not in it is asked from a host that has `host.Addresses`, and else from the metadata.
        invited_by, reason, language: as for `invitations.invite`.

    Raises `InputError` at once for a key or a reason that is not known.
    """
    runtime = current()
    options = {"invited_by": invited_by, "reason": invitations.reason_of(reason), "language": language}
    keys = _given(runtime, publication_keys) + (_since(runtime, since) if since else [])
    return _Run(runtime, emails or {}, options, dry_run).through(dict.fromkeys(keys))


def count(invitees: Iterable[Invitee]) -> dict[Outcome, int]:
    """How many of each outcome, in the order of `Outcome`."""
    numbers = Counter(one.outcome for one in invitees)
    return {outcome: numbers[outcome] for outcome in Outcome if numbers[outcome]}


def _given(runtime: Runtime, keys: Collection[str]) -> list[str]:
    with runtime.store.begin() as session:
        unknown = [key for key in keys if publications.find(session, runtime.site.key, key) is None]
    if unknown:
        raise InputError(f"there is no publication {', '.join(map(repr, unknown))} here")
    return list(keys)


def _since(runtime: Runtime, since: PartialDate) -> list[str]:
    found = []
    with runtime.store.begin() as session:
        stored = select(StoredPublication).where(
            StoredPublication.site == runtime.site.key,
            StoredPublication.state == PublicationState.PUBLISHED,
            StoredPublication.section == Section.WORK,
        )
        for row in session.scalars(stored.order_by(StoredPublication.id).execution_options(yield_per=200)):
            day = row.created_at
            date = publications.publication_of(row).dates.publication or PartialDate(day.year, day.month, day.day)
            if _not_before(date, since):
                found.append(row.key)
    return found


def _not_before(date: PartialDate, since: PartialDate) -> bool:
    """Compared by year, month and day as far as both have them: 2024 is not before 2024-05."""
    for ours, least in ((date.year, since.year), (date.month, since.month), (date.day, since.day)):
        if ours is None or least is None:
            return True
        if ours != least:
            return ours > least
    return True


class _Run:
    """One run: what it was asked, and whom it has written to."""

    def __init__(self, runtime: Runtime, emails: Emails, options: Mapping[str, Any], dry_run: bool) -> None:
        self._runtime, self._emails, self._options, self._dry_run = runtime, emails, options, dry_run
        self._asked: set[str] = set()

    def through(self, keys: Iterable[str]) -> Iterator[Invitee]:
        for key in keys:
            with self._runtime.store.begin() as session:
                stored = publications.find(session, self._runtime.site.key, key)
                people = publications.document_of(stored).contributors if stored else ()
            for person in people:
                if person.kind is ContributorKind.PERSON:
                    yield self._one(key, person)

    def _one(self, key: str, person: Contributor) -> Invitee:
        email = self._email_of(key, person)
        invitee = Invitee(
            publication_key=key,
            contributor_key=person.key,
            name=person.display_name,
            email=email,
            outcome=Outcome.INVITED,
        )
        if not person.key:
            return replace(invitee, outcome=Outcome.NO_KEY)
        address = email.casefold() or invitations.inbox_of(self._runtime, person) or ""
        try:
            if (reason := self._reason_not_to(key, person.key, email)) is not None:
                return replace(invitee, outcome=reason)
            if address in self._asked:
                return replace(invitee, outcome=Outcome.SAME_ADDRESS)
            if not self._dry_run:
                invitations.invite(key, person.key, email=email, limited=False, **self._options)
        except InputError as error:
            return replace(invitee, outcome=Outcome.REFUSED, message=str(error))
        self._asked.add(address)
        return invitee

    def _email_of(self, key: str, person: Contributor) -> str:
        given = self._emails.get((key, person.key or ""))
        host = self._runtime.host
        if given is None and person.key and isinstance(host, Addresses):
            given = host.email_of(key, person.key)
        return (given or person.email or "").strip()

    def _reason_not_to(self, key: str, contributor_key: str, email: str) -> Outcome | None:
        runtime = self._runtime
        with runtime.store.begin() as session:
            person = authorship.named(session, runtime.site, key, contributor_key)
            refused = invitations.refusal(session, runtime, person, email)
            earlier = of_publication(session, runtime.site, key, contributor_key)
        if refused is not None and refused.reason in {Outcome.CONNECTED, Outcome.WITHDRAWN}:
            return Outcome(refused.reason)
        if any(one.state in OPEN for one in earlier):
            return Outcome.INVITED_BEFORE
        if refused is not None:
            return Outcome(refused.reason)
        if email:
            require_address(email)
        return None
