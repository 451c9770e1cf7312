"""Every element of a deposit that holds contributors, in every schema version that allows it."""

from __future__ import annotations

import pytest

from orcid_plugin.deposits.crossref import amend
from orcid_plugin.metadata.credit import Credit
from tests.deposits.conftest import DOI, VERSIONS, Faults, article, author, batch, doi_data, person
from tests.deposits.test_samples import INSERTED

BARE = person("Josiah", "Carberry", first=True) + person(None, "Plato")
PEOPLE = f"<contributors>{BARE}</contributors>"
TITLES = "<titles><title>On things</title></titles>"
DAY = "<month>01</month><day>01</day><year>2026</year>"
DATE = "<publication_date><year>2026</year></publication_date>"
PUBLISHER = "<publisher><publisher_name>A Press</publisher_name></publisher>"
ISBN = "<isbn>978-3-16-148410-0</isbn>"
ISSN = "<issn>2050-084X</issn>"
OTHER = doi_data("10.5555/other")
JOURNAL = f'<journal_metadata language="en"><full_title>A Journal</full_title>{ISSN}</journal_metadata>'
BOOK = f"<book_metadata>{TITLES}{DATE}{ISBN}{PUBLISHER}{OTHER}</book_metadata>"
EVENT = "<event_metadata><conference_name>A Meeting</conference_name></event_metadata>"
PROCEEDINGS = f"<proceedings_title>Proceedings</proceedings_title>{PUBLISHER}{DATE}{ISBN}"
UNIVERSITY = "<institution><institution_name>A University</institution_name></institution>"

CONTAINERS = {
    "journal_issue": f"<journal>{JOURNAL}<journal_issue>{PEOPLE}{DATE}<issue>1</issue>{doi_data()}</journal_issue>"
    "</journal>",
    "journal_article": f"<journal>{JOURNAL}<journal_article>{TITLES}{PEOPLE}{DATE}{doi_data()}</journal_article>"
    "</journal>",
    "book_metadata": f'<book book_type="monograph"><book_metadata>{PEOPLE}{TITLES}{DATE}{ISBN}{PUBLISHER}{doi_data()}'
    "</book_metadata></book>",
    "content_item": f'<book book_type="monograph">{BOOK}<content_item component_type="chapter">{PEOPLE}{TITLES}'
    f"{doi_data()}</content_item></book>",
    "book_series_metadata": f'<book book_type="monograph"><book_series_metadata><series_metadata>{TITLES}{ISSN}'
    f"</series_metadata>{PEOPLE}{TITLES}{DATE}{ISBN}{PUBLISHER}{doi_data()}</book_series_metadata></book>",
    "series_metadata": f'<book book_type="monograph"><book_series_metadata><series_metadata>{PEOPLE}{TITLES}{ISSN}'
    f"{doi_data()}</series_metadata>{TITLES}{DATE}{ISBN}{PUBLISHER}{OTHER}</book_series_metadata></book>",
    "book_set_metadata": f'<book book_type="monograph"><book_set_metadata><set_metadata>{TITLES}{ISBN}</set_metadata>'
    f"{PEOPLE}{TITLES}{DATE}{ISBN}{PUBLISHER}{doi_data()}</book_set_metadata></book>",
    "set_metadata": f'<book book_type="monograph"><book_set_metadata><set_metadata>{TITLES}{ISBN}{PEOPLE}{doi_data()}'
    f"</set_metadata>{TITLES}{DATE}{ISBN}{PUBLISHER}{OTHER}</book_set_metadata></book>",
    "conference": f"<conference>{PEOPLE}{EVENT}<proceedings_metadata>{PROCEEDINGS}{doi_data()}</proceedings_metadata>"
    "</conference>",
    "conference in a series": f"<conference>{PEOPLE}{EVENT}<proceedings_series_metadata><series_metadata>{TITLES}{ISSN}"
    f"</series_metadata><proceedings_title>Proceedings</proceedings_title><volume>1</volume>{PUBLISHER}{DATE}{ISBN}{doi_data()}"
    "</proceedings_series_metadata></conference>",
    "conference_paper": f"<conference>{EVENT}<proceedings_metadata>{PROCEEDINGS}{OTHER}</proceedings_metadata>"
    f"<conference_paper>{PEOPLE}{TITLES}{DATE}{doi_data()}</conference_paper></conference>",
    "posted_content": f'<posted_content type="preprint">{PEOPLE}{TITLES}<posted_date><year>2026</year></posted_date>'
    f"{doi_data()}</posted_content>",
    "dissertation": f"<dissertation>{PEOPLE}{TITLES}<approval_date><year>2026</year></approval_date>{UNIVERSITY}"
    f"{doi_data()}</dissertation>",
    "bare dissertation": f"<dissertation>{BARE}{TITLES}<approval_date><year>2026</year></approval_date>"
    f"{UNIVERSITY}{doi_data()}</dissertation>",
    "bare author of a dissertation": f"<dissertation>{person('Josiah', 'Carberry', first=True)}{TITLES}<approval_date>"
    f"<year>2026</year></approval_date>{UNIVERSITY}{doi_data()}</dissertation>",
    "report": f"<report-paper><report-paper_metadata>{PEOPLE}{TITLES}{DATE}{PUBLISHER}{doi_data()}"
    "</report-paper_metadata></report-paper>",
    "report series": f"<report-paper><report-paper_series_metadata><series_metadata>{TITLES}{ISSN}</series_metadata>"
    f"{PEOPLE}{TITLES}{DATE}{PUBLISHER}{doi_data()}</report-paper_series_metadata></report-paper>",
    "database": f"<database><database_metadata>{PEOPLE}{TITLES}{doi_data()}</database_metadata></database>",
    "dataset": f"<database><database_metadata>{TITLES}</database_metadata><dataset>{PEOPLE}{TITLES}{doi_data()}"
    "</dataset></database>",
    "standard": "<standard><standard_metadata>" + PEOPLE + TITLES + "<designators><std_as_published>"
    "<std_designator>S 1</std_designator></std_as_published></designators>"
    "<approval_date><year>2026</year></approval_date><standards_body><standards_body_name>A Body</standards_body_name>"
    "<standards_body_acronym>AB</standards_body_acronym></standards_body>"
    f"{doi_data()}</standard_metadata></standard>",
    "peer_review": f"<peer_review>{PEOPLE}{TITLES}<review_date>{DAY}</review_date>"
    '<program xmlns="http://www.crossref.org/relations.xsd"><related_item><inter_work_relation '
    'relationship-type="isReviewOf" identifier-type="doi">10.5555/abc</inter_work_relation></related_item></program>'
    f"{doi_data()}</peer_review>",
    "pending_publication": f"<pending_publication>{PEOPLE}<publication><full_title>A Journal</full_title>{ISSN}"
    f"</publication>{TITLES}<acceptance_date>{DAY}</acceptance_date>"
    f"<doi>{DOI}</doi></pending_publication>",
    "component": '<sa_component parent_doi="10.5555/parent"><component_list><component parent_relation="isPartOf">'
    f"{TITLES}{PEOPLE}{doi_data()}</component></component_list></sa_component>",
}
# Where only later versions allow the container or this way to write it.
SINCE = {
    "posted_content": "4.4.0",
    "peer_review": "4.4.1",
    "pending_publication": "4.4.2",
    "dissertation": "4.4.2",
    "bare dissertation": "4.4.2",
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("container", CONTAINERS)
def test_people_of_a_container(container: str, version: str, faults: Faults) -> None:
    xml = batch(CONTAINERS[container], version=version, indent=True)
    if version < SINCE.get(container, ""):
        assert faults(xml)
        return
    assert faults(xml) == []

    publication = article(author("Josiah", "Carberry", 1, Credit.SOFTWARE), author(None, "Plato", 2, Credit.RESOURCES))
    amended = amend(xml, [publication])

    people = xml.count(b"<person_name")
    assert faults(amended.content) == []
    assert amended.content.count(b"<ORCID ") == people
    assert amended.content.count(b'vocab="credit"') == (people if version == "5.5.0" else 0)
    assert INSERTED.sub(b"", amended.content) == xml
    assert amend(amended.content, [publication]).content == amended.content


def test_people_of_another_doi_stay_as_they_are() -> None:
    series = CONTAINERS["series_metadata"].replace(f"{TITLES}{DATE}", f"{PEOPLE}{TITLES}{DATE}")
    amended = amend(batch(series), [article(author("Josiah", "Carberry", 1))])
    assert amended.content.count(b"<ORCID ") == 1
    assert [match.where for match in amended.matches] == [
        "body/book/book_series_metadata/series_metadata/contributors/person_name[1]"
    ]


def test_contributors_without_a_doi_of_their_own_stay_as_they_are() -> None:
    series = CONTAINERS["book_series_metadata"].replace(
        f"<series_metadata>{TITLES}", f"<series_metadata>{PEOPLE}{TITLES}"
    )
    amended = amend(batch(series), [article(author("Josiah", "Carberry", 1))])
    assert amended.content.count(b"<ORCID ") == 1
    assert amended.matches[0].where == "body/book/book_series_metadata/contributors/person_name[1]"
