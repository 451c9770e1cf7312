"""What a person's ORCID record offers for the empty fields of a registration form."""

from __future__ import annotations

from dataclasses import dataclass

from orcid_plugin.registry.messages.affiliation import Employment
from orcid_plugin.registry.messages.record import Record
from orcid_plugin.store.tables import now


@dataclass(frozen=True, slots=True, kw_only=True)
class Affiliation:
    """Where the person works at present.

    Attributes:
        ror: the organization's ROR iD as an https address, where ORCID knows it by that.
    """

    organization: str
    department: str | None = None
    role: str | None = None
    ror: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefill:
    """What the person shows to the site, or to everybody; whatever they do not show is None or empty.

    Attributes:
        emails: those that ORCID has verified come first, among them the primary one.
    """

    given_names: str | None = None
    family_name: str | None = None
    emails: tuple[str, ...] = ()
    affiliation: Affiliation | None = None


def of_record(record: Record) -> Prefill:
    """What a record offers."""
    name = record.person.name
    emails = sorted(record.person.emails, key=lambda one: (not one.verified, not one.primary))
    job = _present(record)
    return Prefill(
        given_names=name.given_names if name else None,
        family_name=name.family_name if name else None,
        emails=tuple(one.email for one in emails),
        affiliation=_affiliation(job) if job else None,
    )


def _present(record: Record) -> Employment | None:
    """The job that has not ended; of several the one begun last, among those the one the person prefers."""
    today = f"{now():%Y-%m-%d}"
    jobs = [job for group in record.activities.employments for job in group.items]
    present = [job for job in jobs if job.organization and (job.end_date is None or str(job.end_date) >= today)]
    return max(present, key=lambda job: str(job.start_date or ""), default=None)


def _affiliation(job: Employment) -> Affiliation | None:
    organization = job.organization
    if organization is None:
        return None
    return Affiliation(
        organization=organization.name,
        department=job.department_name,
        role=job.role_title,
        ror=organization.disambiguated_id if organization.disambiguation_source == "ROR" else None,
    )
