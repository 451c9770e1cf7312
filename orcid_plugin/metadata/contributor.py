"""People and groups on a publication."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from orcid_plugin.metadata.affiliation import Affiliation
from orcid_plugin.metadata.credit import CreditRole
from orcid_plugin.metadata.identifiers import OrcidId


class ContributorKind(StrEnum):
    """A person, a group author, or somebody whose name is withheld."""

    PERSON = "person"
    GROUP = "group"
    ANONYMOUS = "anonymous"


class ContributorRole(StrEnum):
    """What somebody is on the publication (Crossref `contributor_role`, JATS `contrib-type`), beside CRediT roles."""

    AUTHOR = "author"
    EDITOR = "editor"
    CHAIR = "chair"
    TRANSLATOR = "translator"
    REVIEWER = "reviewer"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributor:
    """A person, a group or an anonymous author, in one role.

    Attributes:
        family_name: family name of a person; a person with one name only has it here.
        name: display name of a group; None for people, whose name is put together from its parts.
        orcid: the iD that the metadata states.
        authenticated: whether the metadata says that ORCID vouched for that iD (`authenticated="true"` in JATS and
            Crossref). What the plugin itself knows comes from its store and overrides this.
        key: the host's own id of this contributor, stable from submission to the last version.
        equal: contributed equally with the others so marked.
        deceased: the article marks the person as deceased.
    """

    kind: ContributorKind = ContributorKind.PERSON
    role: ContributorRole = ContributorRole.AUTHOR
    given_names: str | None = None
    family_name: str | None = None
    suffix: str | None = None
    name: str | None = None
    orcid: OrcidId | None = None
    authenticated: bool = False
    credit: tuple[CreditRole, ...] = ()
    affiliations: tuple[Affiliation, ...] = ()
    email: str | None = None
    corresponding: bool = False
    equal: bool = False
    deceased: bool = False
    key: str | None = None

    @property
    def display_name(self) -> str:
        """The name as a reader expects it ("Josiah Carberry Jr."), "Anonymous" where there is none."""
        if self.kind is ContributorKind.ANONYMOUS:
            return "Anonymous"
        parts = (self.given_names, self.family_name, self.suffix)
        return self.name or " ".join(part for part in parts if part)

    @property
    def inverted_name(self) -> str:
        """The name as indexes and catalogues take it ("Carberry Jr., Josiah"), where it is known in parts."""
        if self.name or not (self.given_names and self.family_name) or self.kind is not ContributorKind.PERSON:
            return self.display_name
        family = f"{self.family_name} {self.suffix}" if self.suffix else self.family_name
        return f"{family}, {self.given_names}"

    @property
    def authenticated_orcid(self) -> OrcidId | None:
        """The iD if it is authenticated, else None."""
        return self.orcid if self.authenticated else None
