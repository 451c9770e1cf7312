"""From what an author hands in to a publication: an uploaded file, or the fields of the submission form."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from orcid_plugin.demo.deposit import JOURNAL, PUBLISHER
from orcid_plugin.errors import InputError
from orcid_plugin.metadata import readers
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.credit import Credit, CreditRole
from orcid_plugin.metadata.publication import Container, Publication, Title
from orcid_plugin.metadata.reading import Reading
from orcid_plugin.metadata.vocabulary import WorkType

ROWS = 3
MOST_ROWS = 30


@dataclass(frozen=True, slots=True)
class Row:
    """One contributor as typed into the form."""

    given_names: str = ""
    family_name: str = ""
    email: str = ""
    corresponding: bool = False
    credit: tuple[Credit, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.given_names or self.family_name)


def from_file(data: bytes, name: str) -> Reading:
    """What the uploaded file says; raises `InputError` where it cannot be used.

    A file of an author vouches for nobody: an iD that it marks as authenticated is only claimed here.
    """
    reading = readers.read(data, name)
    claimed = tuple(dataclasses.replace(one, authenticated=False) for one in reading.publication.contributors)
    return Reading(with_keys(dataclasses.replace(reading.publication, contributors=claimed)), reading.findings)


def from_form(form: MultiDict[str, str]) -> Publication:
    """What the author typed; raises `InputError` that says what is missing."""
    title = " ".join(form.get("title", "").split())
    people = [row for row in rows(form) if not row.is_empty]
    if not title:
        raise InputError("The article needs a title.")
    if not people:
        raise InputError("The article needs at least one contributor.")
    contributors = [
        Contributor(
            given_names=(row.given_names if row.family_name else None) or None,
            family_name=row.family_name or row.given_names,
            email=row.email or None,
            corresponding=row.corresponding,
            credit=tuple(CreditRole(role) for role in row.credit),
        )
        for row in people
    ]
    return with_keys(
        Publication(
            type=WorkType.JOURNAL_ARTICLE,
            title=Title(title),
            container=Container(title=JOURNAL, publisher=PUBLISHER),
            abstract=form.get("abstract", "").strip() or None,
            language="en",
            contributors=tuple(contributors),
        )
    )


def rows(form: MultiDict[str, str]) -> list[Row]:
    """The contributors in a form, empty rows included."""
    count = form.get("rows", default=ROWS, type=int) or ROWS
    return [_row(form, str(number)) for number in range(max(1, min(count, MOST_ROWS)))]


def _row(form: MultiDict[str, str], number: str) -> Row:
    def field(name: str) -> str:
        return " ".join(form.get(f"{name}-{number}", "").split())

    chosen = set(form.getlist(f"credit-{number}"))
    return Row(
        given_names=field("given"),
        family_name=field("family"),
        email=field("email"),
        corresponding=form.get("corresponding") == number,
        credit=tuple(role for role in Credit if role.value in chosen),
    )


def with_keys(publication: Publication) -> Publication:
    """The publication with a key for each contributor, by which the plugin knows them from now on."""
    numbered = enumerate(publication.contributors, start=1)
    keyed = tuple(dataclasses.replace(one, key=f"c{number}") for number, one in numbered)
    return dataclasses.replace(publication, contributors=keyed)
