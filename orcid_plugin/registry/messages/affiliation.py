"""The seven affiliations of ORCID's API v3.0: one form, a namespace and an endpoint each."""

from __future__ import annotations

from dataclasses import dataclass

from orcid_plugin.metadata.dates import PartialDate
from orcid_plugin.registry.messages.item import ExternalId, Item, Organization


@dataclass(frozen=True, slots=True, kw_only=True)
class Affiliation(Item):
    """What all affiliations say; each item on a record is one of the seven below."""

    department_name: str | None = None
    role_title: str | None = None
    start_date: PartialDate | None = None
    end_date: PartialDate | None = None
    organization: Organization | None = None
    url: str | None = None
    external_ids: tuple[ExternalId, ...] = ()


class Distinction(Affiliation):
    """An honour or award."""

    __slots__ = ()


class Education(Affiliation):
    """A programme of study towards a degree."""

    __slots__ = ()


class Employment(Affiliation):
    """A job."""

    __slots__ = ()


class InvitedPosition(Affiliation):
    """An unpaid position, like that of a guest researcher."""

    __slots__ = ()


class Membership(Affiliation):
    """Membership of a society or association."""

    __slots__ = ()


class Qualification(Affiliation):
    """A certificate or licence of a profession."""

    __slots__ = ()


class Service(Affiliation):
    """Time, money or other resources given to an organization."""

    __slots__ = ()


AFFILIATIONS: tuple[type[Affiliation], ...] = (
    Distinction,
    Education,
    Employment,
    InvitedPosition,
    Membership,
    Qualification,
    Service,
)
