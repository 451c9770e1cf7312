"""The calls of one delivery: create, adopt, update, delete, and a look whether something arrived."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from orcid_plugin.errors import AlreadyThere, AnswerError, RecordFull, RegistryError
from orcid_plugin.outbox.jobs import Job
from orcid_plugin.registry.client import Client
from orcid_plugin.registry.messages.comparison import differences
from orcid_plugin.registry.messages.peer_review import PeerReview
from orcid_plugin.registry.messages.work import Work

OVERLOOKED = frozenset({"/title", "/citation", "/publication-date", "/contributors"})
"""Parts of which the Registry does not count every change as one."""

SEEN_CONTRIBUTORS = 50
"""Contributors that the Registry keeps an eye on (ORCID-Source: WorkForm, populateContributors)."""


@dataclass(frozen=True, slots=True)
class Written:
    """An item that is on the record now.

    Attributes:
        created: it was not there before, as far as we know.
        kept: JSON pointers of the parts that the Registry did not change, although it answered with success.
    """

    put_code: int
    created: bool = False
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Writer:
    """Performs jobs; `wait` returns when the next call may be made. All raise `RegistryError`."""

    client: Client
    wait: Callable[[], None]

    def put(self, job: Job, item: Work | PeerReview) -> Written:
        """Create the item, or bring it up to date where it is on the record already."""
        put_code = job.put_code
        if put_code is None and job.number > 1:
            put_code = self._arrived(job)
        if put_code is None:
            try:
                return Written(self._create(job, item), created=True)
            except AlreadyThere as error:
                put_code = self._adopted(job, error)
        if isinstance(item, Work):
            return Written(put_code, kept=self._updated(job, replace(item, put_code=put_code)))
        self.wait()
        self.client.update(job.orcid, job.token, replace(item, put_code=put_code))
        return Written(put_code)

    def create_together(self, jobs: Sequence[Job]) -> list[int | RegistryError | None]:
        """Create new works of one record with one call: for each its put-code, or why all of them were not stored.

        None for a work that has to be written by itself, since ORCID says something of it alone.
        """
        self.wait()
        works = [job.item for job in jobs if isinstance(job.item, Work)]
        try:
            results = self.client.create_works(jobs[0].orcid, jobs[0].token, works)
            return [result if isinstance(result, int) else None for result in results]
        except RecordFull:  # there may be room for some
            return [None] * len(jobs)
        except RegistryError as error:
            return [error] * len(jobs)

    def delete(self, job: Job) -> None:
        """Delete the item; nothing is called for one that never arrived."""
        put_code = job.put_code or self._arrived(job)
        if put_code is not None:
            self.wait()
            self.client.delete(job.orcid, job.token, job.kind, put_code)

    def _create(self, job: Job, item: Work | PeerReview) -> int:
        self.wait()
        put_code = self.client.create(job.orcid, job.token, item) or self._arrived(job)
        if put_code is None:
            raise AnswerError(201, None, "it does not tell the put-code of the new item")
        return put_code

    def _adopted(self, job: Job, error: AlreadyThere) -> int:
        """The put-code of our item that makes the new one a duplicate; raises the error where none can be adopted."""
        put_code = error.put_code or self._arrived(job)
        if put_code is None or put_code in job.taken:
            raise error
        return put_code

    def _arrived(self, job: Job) -> int | None:
        """Look whether the item is on the record: one of our client with a common identifier of its own."""
        self.wait()
        ours = {(one.type, one.value.casefold()) for one in job.self_ids}
        for found in self.client.items(job.orcid, job.token, job.kind):
            if found.put_code is None or found.put_code in job.taken:
                continue
            theirs = {
                (one.type, (value or "").casefold()) for one in found.self_ids for value in (one.value, one.normalized)
            }
            if found.source and found.source.client_id == job.client_id and ours & theirs:
                return found.put_code
        return None

    def _updated(self, job: Job, work: Work) -> tuple[str, ...]:
        """The parts of an updated work that the Registry kept as they were."""
        kept = self._put(job, work)
        if kept and work.contributors:
            # The Registry compares only some parts of a work, and answers 200 without storing the others. The same
            # work without its contributors is a change that it sees; after it, so is the whole work.
            self._put(job, replace(work, contributors=()))
            kept = self._put(job, work)
        return kept

    def _put(self, job: Job, work: Work) -> tuple[str, ...]:
        self.wait()
        return ignored(work, self.client.update(job.orcid, job.token, work))


def ignored(sent: Work, answered: Work) -> tuple[str, ...]:
    """JSON pointers of the parts in which the answer to a PUT is not what was sent, of those that it may overlook.

    These are contributors after the fiftieth, and the removal of citation, translated title and date. Other parts do
    not count: the Registry may spell them in its own way.
    """
    names = OVERLOOKED.intersection(differences(sent, answered))
    if len(answered.contributors) == SEEN_CONTRIBUTORS < len(sent.contributors):
        names -= {"/contributors"}  # an answer that was cut tells nothing
    return tuple(sorted(names))
