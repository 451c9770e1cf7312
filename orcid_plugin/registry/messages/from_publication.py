"""What ORCID is told of a publication: `Publication` to work message, a pure function."""

from __future__ import annotations

from orcid_plugin.errors import PublicationRefused
from orcid_plugin.metadata.publication import Publication, Title
from orcid_plugin.registry import bibtex
from orcid_plugin.registry.messages import text
from orcid_plugin.registry.messages.codes import country_code, language_code
from orcid_plugin.registry.messages.contributors import makers, work_contributors
from orcid_plugin.registry.messages.external_ids import external_ids
from orcid_plugin.registry.messages.item import TranslatedTitle
from orcid_plugin.registry.messages.work import LIMITS, Citation, Work


def work(publication: Publication, *, id_host: str = "orcid.org") -> Work:
    """The work message of a publication; everything that ORCID has no place or no code for is absent.

    `id_host` is the host of the iD URIs of the environment that the message goes to (`sandbox.orcid.org`).
    Raises `PublicationRefused` where there is no title, or no identifier of its own.
    """
    title = text.clean(publication.title.text, LIMITS["title"])
    if title is None:
        raise PublicationRefused("the publication has no title")
    identifiers = external_ids(publication)
    if not any(identifier.relationship == "self" for identifier in identifiers):
        raise PublicationRefused(f"the publication {title[:100]!r} has no identifier of its own")
    container = publication.container
    return Work(
        type=publication.type.value,
        title=title,
        subtitle=text.clean(publication.title.subtitle, LIMITS["subtitle"]),
        translated_title=translated(publication.translated_titles),
        journal_title=text.clean(container.title or container.series, LIMITS["journal-title"]) if container else None,
        short_description=text.paragraphs(publication.abstract, LIMITS["short-description"]),
        citation=Citation("bibtex", bibtex.citation(publication)),
        publication_date=publication.dates.publication,
        external_ids=identifiers,
        url=text.web_address(publication.url),
        contributors=work_contributors(makers(publication.type, publication.contributors), id_host),
        language_code=language_code(publication.language),
        country=country_code(publication.country),
    )


def translated(titles: tuple[Title, ...]) -> TranslatedTitle | None:
    """The first translation whose language ORCID has a code for; there is room for one."""
    for title in titles:
        code = language_code(title.language)
        value = text.clean(text.joined(title.text, title.subtitle), LIMITS["translated-title"])
        if code and value:
            return TranslatedTitle(value, code)
    return None
