"""A reading as the golden files hold it: short enough to be compared with the XML by eye."""

from __future__ import annotations

from typing import Any

from orcid_plugin.errors import InputError
from orcid_plugin.metadata import json_form
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.readers import read
from orcid_plugin.metadata.reading import Reading


def summary(data: bytes, name: str) -> dict[str, Any]:
    """What was read from a document, or the sentence with which it was refused."""
    try:
        reading = read(data, name)
    except InputError as error:
        return {"refused": str(error)}
    return _summary(reading)


def _summary(reading: Reading) -> dict[str, Any]:
    publication = reading.publication
    form = json_form.dump(publication)
    affiliations = {affiliation for person in publication.contributors for affiliation in person.affiliations}
    kept = ("type", "title", "translated_titles", "container", "dates", "first_page", "last_page", "article_number")
    kept += ("language", "country", "url", "license", "retraction")
    return {
        **{key: form[key] for key in kept if key in form},
        "identifiers": [f"{item.type} {item.value}" for item in publication.identifiers],
        "abstract": _ends(publication.abstract),
        "contributors": [_person(person) for person in publication.contributors],
        "affiliations": sorted(
            " | ".join(f"{key}: {value}" for key, value in json_form._dump(affiliation).items())
            for affiliation in affiliations
        ),
        "funding": [
            " | ".join(str(part) for part in (item.funder, item.funder_id, item.award_number, item.award_doi) if part)
            for item in publication.funding
        ],
        "relations": [f"{item.type} {item.identifier.type} {item.identifier.value}" for item in publication.relations],
        "findings": [f"{item.code} at {item.where} ({item.person})" for item in reading.findings],
    }


def _ends(abstract: str | None) -> str | None:
    if abstract is None:
        return None
    blocks = abstract.split("\n\n")
    return f"{len(blocks)} blocks, {len(abstract)} characters: {abstract[:40]!r} … {abstract[-40:]!r}"


def _person(person: Contributor) -> str:
    name = f"{person.family_name}, {person.given_names}" + (f", {person.suffix}" if person.suffix else "")
    parts = [
        name if person.kind == "person" else f"[{person.kind}] {person.name or ''}",
        person.role if person.role != "author" else "",
        f"{person.orcid}{' (authenticated)' if person.authenticated else ''}" if person.orcid else "",
        " ".join(f"{item.role}{f'({item.degree})' if item.degree else ''}" for item in person.credit),
        f"{len(person.affiliations)} aff" if person.affiliations else "",
        person.email or "",
        *(mark for mark in ("corresponding", "equal", "deceased") if getattr(person, mark)),
    ]
    return " | ".join(part for part in parts if part)
