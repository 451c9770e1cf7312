"""What a reader, a rule or an amendment noticed: one value for all, so that pages and commands show them alike."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One observation about one place of an input or a message.

    Attributes:
        code: stable, lower case with underscores, for programs (`orcid_checksum`, `credit_unknown`).
        message: one sentence for people.
        where: the place: an element path of XML (`article-meta/pub-date[2]`) or a JSON pointer (`/title/title`).
        person: display name of the contributor concerned, if one is.
    """

    code: str
    message: str
    where: str | None = None
    person: str | None = None

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.where, self.person) if part)
        return f"{self.message} [{self.code}{'; ' + place if place else ''}]"
