"""Reviews: who reviewed, or looked after a submission as its editor, gets credit for it on their ORCID record.

The record names what was reviewed only where the journal publishes that itself (`Review.identified`), and only once the
subject is public. Of any other review it tells the journal, the role and the year, and it is written on a day that
tells nothing (ORCID_PLUGIN_REVIEW_DELAY_DAYS). Call `completed` for those who want the credit.
"""

from __future__ import annotations

import datetime
import secrets
from dataclasses import replace

from sqlalchemy.orm import Session

from orcid_plugin.errors import InputError
from orcid_plugin.hooks.publication import history, history_url, planned, send_again, status, withdrawn
from orcid_plugin.identity import authorship
from orcid_plugin.metadata.contributor import ContributorRole
from orcid_plugin.metadata.review import Review
from orcid_plugin.outbox.plan import one_at_a_time
from orcid_plugin.runtime import Runtime, current
from orcid_plugin.store import publications
from orcid_plugin.store.tables import PublicationState, StoredPublication, now

__all__ = ["REVIEWER", "completed", "history", "history_url", "requested", "send_again", "status", "withdrawn"]

REVIEWER = "reviewer"
"""Key of the reviewer, for `hooks.submission` and `hooks.invitations`, where `Review.reviewer` has none of its own."""

DAY = 86_400


def requested(review: Review, *, key: str, account: str | None = None) -> None:
    """Somebody is asked to review: keep it as a draft, so that they can connect or be invited; nothing is sent.

    `key` is the host's own id of the review, which no publication of the site has. `account` is the reviewer's, whose
    connection counts, now or as soon as there is one. Raises `InputError` for the key of a publication.
    """
    runtime = current()
    with runtime.store.begin() as session:
        one_at_a_time(session, runtime.settings.site)
        _save(session, runtime, review, key=key, account=account)


def completed(review: Review, *, key: str, account: str | None = None) -> None:
    """The review was handed in, or something about it changed: it is owed to the reviewer's record.

    Each round of reviewing with a key of its own counts by itself; with one key they are one. Arguments as for
    `requested`. Raises `InputError` where `Review.completed` is missing, and for the key of a publication.
    """
    if review.completed is None:
        raise InputError(f"the review {key!r} has no date of completion")
    runtime = current()
    with runtime.store.begin() as session:
        one_at_a_time(session, runtime.settings.site)
        stored = _save(session, runtime, review, key=key, account=account, state=PublicationState.PUBLISHED)
        if stored.not_before is None:
            stored.not_before = now() + _delay(runtime.settings.review_delay_days)
        planned(runtime, session, stored)
    runtime.due.set()


def _save(
    session: Session,
    runtime: Runtime,
    review: Review,
    *,
    key: str,
    account: str | None,
    state: PublicationState | None = None,
) -> StoredPublication:
    reviewer = review.reviewer.key or REVIEWER
    person = replace(review.reviewer, key=reviewer, role=ContributorRole.REVIEWER)
    stored = publications.save(session, runtime.settings.site, key, replace(review, reviewer=person), state)
    if account is not None:
        authorship.belongs_to(session, runtime.settings.site, key, reviewer, account)
    return stored


def _delay(days: int) -> datetime.timedelta:
    return datetime.timedelta(seconds=secrets.randbelow(days * DAY + 1))
