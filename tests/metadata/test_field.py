# ruff: noqa: E501 - snippets of XML are read best on one line
"""Habits of publishers and of their software, met in files of the field; names and texts are invented."""

from __future__ import annotations

import time
from typing import Any

import pytest

from orcid_plugin.errors import PublicationRefused
from orcid_plugin.metadata.contributor import Contributor, ContributorKind
from orcid_plugin.metadata.credit import Credit, UnknownCreditRole, parse
from orcid_plugin.metadata.funding import Funding
from orcid_plugin.metadata.publication import ContainerKind, Publication, RelationType, Title
from orcid_plugin.metadata.readers import read
from orcid_plugin.metadata.reading import Reading
from orcid_plugin.metadata.vocabulary import WorkType
from orcid_plugin.registry.messages.from_publication import work
from tests.metadata.articles import DOI, article, deposit

AUTHOR = "<name><surname>Carberry</surname><given-names>Josiah</given-names></name>"
OTHER = "<name><surname>Housecat</surname><given-names>Minerva</given-names></name>"
NOTES = "<author-notes>{}</author-notes>"


def reading(**parts: Any) -> Reading:
    return read(article(**parts).encode(), "a.xml")


def publication(**parts: Any) -> Publication:
    return reading(**parts).publication


def contributors(contribs: str, **parts: Any) -> tuple[Contributor, ...]:
    return publication(contribs=contribs, **parts).contributors


def names(found: Publication) -> list[str]:
    return [person.display_name for person in found.contributors]


# Titles and abstracts

TRANSLATION = (
    '<sub-article article-type="translation" xml:lang="pt"><front-stub><title-group><article-title>Barbante</article-title>'
    "<subtitle>um estudo</subtitle></title-group></front-stub></sub-article>"
)


def test_scielo_has_the_title_of_a_translation_in_a_sub_article_only() -> None:
    reply = '<sub-article article-type="reply" xml:lang="en"><front-stub><title-group><article-title>Reply</article-title></title-group></front-stub></sub-article>'
    found = publication(rest=f"{TRANSLATION}{reply}", attributes='xml:lang="en"')
    assert found.translated_titles == (Title("Barbante", "um estudo", "pt"),)


def test_scielo_repeats_the_title_of_a_sub_article_in_the_front() -> None:
    data = article(rest=TRANSLATION).replace(
        "</title-group><contrib-group>",
        '<trans-title-group xml:lang="pt"><trans-title>Barbante</trans-title></trans-title-group></title-group><contrib-group>',
    )
    assert read(data.encode(), "a").publication.translated_titles == (Title("Barbante", None, "pt"),)


def test_ojs_puts_the_translated_subtitle_beside_its_title() -> None:
    group = '<trans-title-group xml:lang="fr"><trans-title>Ficelle</trans-title></trans-title-group><trans-subtitle>une étude</trans-subtitle>'
    data = article().replace("</title-group>", f"{group}</title-group>")
    assert read(data.encode(), "a").publication.translated_titles == (Title("Ficelle", "une étude", "fr"),)


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("<msqrt><mi>s</mi></msqrt>", "√s"),
        ("<msqrt><msub><mi>s</mi><mi>NN</mi></msub></msqrt>", "√sNN"),
        ("<mrow><mroot><mi>x</mi><mn>3</mn></mroot></mrow>", "x^(1/3)"),
        ("<mfrac><mn>1</mn><mn>2</mn></mfrac>", "1/2"),
        ("<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>2</mn></mfrac>", "(a+b)/2"),
        ("<msup><mn>10</mn><mn>5</mn></msup>", "10^5"),
        ("<msup><mn>10</mn><mrow><mo>-</mo><mn>6</mn></mrow></msup>", "10^-6"),
        ("<msup><mi>K</mi><mo>+</mo></msup>", "K+"),
    ],
)
def test_springer_formulas_in_titles_keep_their_meaning(formula: str, text: str) -> None:
    title = f'Jets at <inline-formula><alternatives><math xmlns="http://www.w3.org/1998/Math/MathML">{formula}</math><tex-math>\\sqrt{{?}}</tex-math></alternatives></inline-formula> = 5 TeV'
    assert publication(title=title).title.text == f"Jets at {text} = 5 TeV"


def test_ojs_abstract_of_a_regional_language() -> None:
    meta = '<abstract xml:lang="en"><p>English.</p></abstract><abstract xml:lang="pt-BR"><p>Português.</p></abstract>'
    assert publication(meta=meta, attributes='xml:lang="pt"').abstract == "Português."


def test_elife_abstracts_name_a_trial_in_a_related_object() -> None:
    meta = (
        '<abstract><p>Registry: <related-object document-id="NCT1" source-id="x">NCT1</related-object>.</p></abstract>'
    )
    assert publication(meta=meta).abstract == "Registry: NCT1."


# People


def test_scielo_lists_the_members_of_a_group_in_a_group_of_their_own() -> None:
    contribs = f'<contrib contrib-type="author">{AUTHOR}</contrib><contrib contrib-type="author" id="collab"><collab>String Group</collab></contrib>'
    members = f'<contrib-group content-type="collab-list"><contrib contrib-type="author" rid="collab">{AUTHOR}</contrib><contrib contrib-type="author" rid="collab">{OTHER}</contrib></contrib-group>'
    found = reading(contribs=contribs, meta=members)
    assert names(found.publication) == ["Josiah Carberry", "String Group"]
    assert {finding.code for finding in found.findings} == {"group_member"}


def test_oup_has_somebody_with_given_names_only() -> None:
    (person,) = contributors(
        '<contrib contrib-type="author"><name name-style="given-only"><given-names>Minerva</given-names></name></contrib>'
    )
    assert (person.family_name, person.given_names) == ("Minerva", None)


def test_pnas_separates_names_and_people_by_x() -> None:
    contribs = '<contrib contrib-type="author"><string-name name-style="western"><given-names>Josiah S.</given-names><x xml:space="preserve"> </x><surname>Carberry</surname></string-name><x>, </x></contrib><x>and </x><contrib contrib-type="author"><collab>String Group</collab></contrib>'
    assert names(publication(contribs=contribs)) == ["Josiah S. Carberry", "String Group"]


def test_edp_has_an_untyped_id_and_a_native_name_first() -> None:
    contribs = '<contrib contrib-type="author"><contrib-id>http://orcid.org/0000-0002-1825-0097</contrib-id><name-alternatives><string-name content-type="native">周欣</string-name><name name-style="western"><surname>ZHOU</surname><given-names>Xin</given-names></name></name-alternatives></contrib>'
    (person,) = contributors(contribs)
    assert (person.family_name, person.given_names, str(person.orcid)) == (
        "ZHOU",
        "Xin",
        "https://orcid.org/0000-0002-1825-0097",
    )


def test_edp_collaboration_with_its_authors_inside_the_name() -> None:
    contribs = f'<contrib contrib-type="collab"><collab>String Collaboration\n<contrib-group content-type="authors"><contrib contrib-type="author">{AUTHOR}</contrib><contrib contrib-type="author">{OTHER}</contrib></contrib-group></collab></contrib>'
    found = publication(contribs=contribs)
    assert names(found) == ["String Collaboration", "Josiah Carberry", "Minerva Housecat"]
    assert found.contributors[0].kind is ContributorKind.GROUP


def test_pmc_marks_the_members_of_a_group_that_stands_alone_as_collab() -> None:
    members = (
        f'<contrib contrib-type="collab">{AUTHOR}</contrib><contrib contrib-type="author non-byline">{OTHER}</contrib>'
    )
    contribs = f'<contrib contrib-type="collab"><collab>String Group<contrib-group>{members}</contrib-group></collab></contrib>'
    assert names(publication(contribs=contribs)) == ["String Group", "Josiah Carberry", "Minerva Housecat"]


@pytest.mark.parametrize(
    "note",
    [
        pytest.param('<fn id="n1"><label>*</label><p><email>jc@example.org</email></p></fn>', id="aps"),
        pytest.param(
            '<fn id="n1"><label>a)</label><p>Electronic mail: <ext-link ext-link-type="email" href="mailto:jc@example.org">jc@example.org</ext-link></p></fn>',
            id="aip",
        ),
    ],
)
def test_the_address_of_somebody_stands_in_a_note(note: str) -> None:
    contribs = f'<contrib contrib-type="author">{AUTHOR}<xref ref-type="author-notes" rid="n1">*</xref></contrib><contrib contrib-type="author">{OTHER}</contrib>'
    josiah, minerva = contributors(contribs, meta=NOTES.format(note))
    assert (josiah.email, minerva.email) == ("jc@example.org", None)


def test_a_note_of_type_corresp_marks_the_corresponding_author() -> None:
    contribs = f'<contrib contrib-type="author">{AUTHOR}<xref ref-type="fn" rid="n1">*</xref></contrib><contrib contrib-type="author">{OTHER}</contrib>'
    josiah, minerva = contributors(
        contribs, meta=NOTES.format('<fn id="n1" fn-type="corresp"><p>Write to <email>jc@example.org</email></p></fn>')
    )
    assert (josiah.corresponding, josiah.email, minerva.corresponding) == (True, "jc@example.org", False)


# Affiliations


def test_aip_gives_each_author_a_group_with_their_affiliations() -> None:
    data = article(contribs=f'<contrib contrib-type="author">{AUTHOR}<xref>a)</xref></contrib><aff>Brown;</aff>')
    second = f'<contrib-group><contrib contrib-type="author">{OTHER}</contrib><aff>Wesleyan</aff><aff>Yale</aff></contrib-group>'
    josiah, minerva = read(
        data.replace("</article-meta>", f"{second}</article-meta>").encode(), "a"
    ).publication.contributors
    assert [aff.name for aff in josiah.affiliations] == ["Brown"]
    assert [aff.name for aff in minerva.affiliations] == ["Wesleyan", "Yale"]


@pytest.mark.parametrize(
    ("aff", "name"),
    [
        pytest.param("<sup>a</sup>Department of Strings, <institution>Brown University</institution>, Providence;", "Department of Strings, Brown University, Providence", id="pnas"),
        pytest.param("<addr-line>Department of Strings, Kalamazoo, USA e-mail: jc@example.org\n</addr-line>", "Department of Strings, Kalamazoo, USA", id="edp"),
        pytest.param("Brown University, Providence, USA. E-mail: <email>jc@example.org</email>", "Brown University, Providence, USA", id="edp-tagged"),
        pytest.param("†Department of Strings, Brown University", "Department of Strings, Brown University", id="acs"),
        pytest.param("Brown University, Providence. E-mail para contato: jc@example.org.", "Brown University, Providence", id="scielo-contact"),
        pytest.param("Brown University (e-mail: jc@example.org), USA", "Brown University, USA", id="in-brackets"),
        pytest.param("Institute for E-mail Studies, Providence", "Institute for E-mail Studies, Providence", id="no-address"),
        pytest.param('<institution content-type="original">Professor of Strings, Providence. jc@example.org</institution> jc@example.org', "Professor of Strings, Providence", id="scielo"),
        pytest.param("Strings, <institution>Brown</institution>, <addr-line>Providence 02912, https://ror.org/05gq02987</addr-line>, <country>USA</country>", "Strings, Brown, Providence 02912, USA", id="oup"),
        pytest.param("Brown University (<ext-link href='https://ror.org/05gq02987'>https://ror.org/05gq02987</ext-link>), USA", "Brown University, USA", id="oup-link"),
    ],
)  # fmt: skip
def test_the_line_of_an_affiliation_holds_neither_mark_nor_address(aff: str, name: str) -> None:
    (person,) = contributors(f'<contrib contrib-type="author">{AUTHOR}</contrib><aff>{aff}</aff>')
    assert [affiliation.name for affiliation in person.affiliations] == [name]
    assert [affiliation.ror for affiliation in person.affiliations] == [
        "https://ror.org/05gq02987" if "ror" in aff else None
    ]


@pytest.mark.parametrize("aff", ["@" * 20_000, "a@" * 20_000, "e-mail " * 5_000, "( " * 20_000])
def test_no_text_of_an_affiliation_is_searched_for_ever(aff: str) -> None:
    started = time.monotonic()
    contributors(f'<contrib contrib-type="author">{AUTHOR}</contrib><aff>{aff}</aff>')
    assert time.monotonic() - started < 5


def test_bmj_points_to_affiliations_by_their_label_only() -> None:
    contribs = f'<contrib contrib-type="author">{AUTHOR}<xref ref-type="aff">2</xref></contrib><contrib contrib-type="author">{OTHER}<xref ref-type="aff">1</xref></contrib>'
    meta = '<aff id="af1"><label>1</label>Brown</aff><aff id="af2"><label>2</label>Yale</aff>'
    josiah, minerva = contributors(contribs, meta=meta)
    assert [aff.name for aff in josiah.affiliations] == ["Yale"]
    assert [aff.name for aff in minerva.affiliations] == ["Brown"]


def test_openedition_wraps_the_pointer_to_an_affiliation_in_one() -> None:
    contribs = f'<contrib contrib-type="author">{AUTHOR}<aff><xref ref-type="aff" rid="aff01"/></aff></contrib>'
    (person,) = contributors(contribs, meta='<aff id="aff01">Brown University</aff>')
    assert [aff.name for aff in person.affiliations] == ["Brown University"]


def test_copernicus_points_to_affiliations_from_the_contributor_itself() -> None:
    contribs = (
        f'<contrib contrib-type="author" rid="aff1 aff2">{AUTHOR}<ext-link>https://orcid.org/0000-0002-1825-0097</ext-link></contrib>'
        f'<contrib contrib-type="author" rid="aff2">{OTHER}</contrib><aff id="aff1"><institution>Brown</institution></aff><aff id="aff2"><institution>Yale</institution></aff>'
    )
    josiah, minerva = contributors(contribs)
    assert [aff.name for aff in josiah.affiliations] == ["Brown", "Yale"]
    assert [aff.name for aff in minerva.affiliations] == ["Yale"]
    assert str(josiah.orcid) == "https://orcid.org/0000-0002-1825-0097"


def test_aries_tags_the_position_of_somebody_as_an_institution() -> None:
    aff = '<aff><institution-wrap><institution>Brown University</institution></institution-wrap><institution content-type="position">Director</institution><institution content-type="dept">Strings</institution><country>UNITED STATES</country></aff>'
    (person,) = contributors(f'<contrib contrib-type="author">{AUTHOR}{aff}</contrib>')
    (affiliation,) = person.affiliations
    assert (affiliation.name, affiliation.department, affiliation.country) == ("Brown University", "Strings", "US")


# Everything else


def test_jats4r_publication_history_names_versions() -> None:
    dates = (("corrected-version-of-record", "online", 2019), ("version-of-record", "print", 2018), ("version-of-record", "online", 2017), ("accepted-manuscript", "online", 2016))  # fmt: skip
    meta = "".join(f'<pub-date date-type="{kind}" publication-format="{medium}"><year>{year}</year></pub-date>' for kind, medium, year in dates)  # fmt: skip
    found = publication(meta=meta).dates
    assert (str(found.print), str(found.online)) == ("2018", "2017")


def test_iop_states_the_preprint_in_custom_meta() -> None:
    meta = "<custom-meta-group><custom-meta><meta-name>arxivppt</meta-name><meta-value>2210.04800</meta-value></custom-meta></custom-meta-group>"
    (relation,) = publication(meta=meta).relations
    assert (relation.type, relation.identifier.value) == (RelationType.HAS_PREPRINT, "arXiv:2210.04800")


def test_highwire_prints_one_issn_for_both_media() -> None:
    found = publication(journal='<issn pub-type="ppub">2044-6055</issn><issn pub-type="epub">2044-6055</issn>')
    identifiers = work(found).external_ids
    assert [item.value for item in identifiers] == ["10.5555/1", "2044-6055"]


def test_janeway_fills_in_an_issn_of_zeros() -> None:
    found = reading(journal='<journal-title>Strings</journal-title><issn pub-type="epub">0000-0000</issn>')
    assert found.publication.container
    assert found.publication.container.issn_electronic is None
    assert [finding.code for finding in found.findings] == ["issn_invalid"]


def test_springer_proceedings_in_bits() -> None:
    chapter = (
        '<book-part-wrapper xml:lang="en"><collection-meta collection-type="series"><title-group><title>Notes on Strings</title></title-group>'
        '<issn publication-format="electronic">1545-7885</issn></collection-meta><collection-meta collection-type="subseries"><title-group><title>'
        'Strings</title></title-group></collection-meta><book-meta><book-id book-id-type="doi">10.5555/book</book-id><book-title-group>'
        "<book-title>Proceedings on Strings</book-title></book-title-group><isbn content-type='ppub'>978-3-16-148410-0</isbn>"
        "<book-volume-number>7</book-volume-number><conference><conf-name>Strings</conf-name></conference></book-meta><book-part><book-part-meta><title-group><title>Part I"
        "</title></title-group></book-part-meta><body><book-part book-part-type='chapter'><book-part-meta><book-part-id "
        f"book-part-id-type='doi'>10.5555/book_1</book-part-id><title-group><title>Silly String</title></title-group><contrib-group><contrib>{AUTHOR}"
        "</contrib></contrib-group></book-part-meta></book-part></body></book-part></book-part-wrapper>"
    )
    paper = read(chapter.encode(), "b").publication
    assert (paper.type, paper.doi, paper.title.text) == (WorkType.CONFERENCE_PAPER, "10.5555/book_1", "Silly String")
    assert paper.container
    assert (paper.container.kind, paper.container.title) == (ContainerKind.PROCEEDINGS, "Proceedings on Strings")
    assert (paper.container.series, paper.container.issn_electronic) == ("Notes on Strings", "1545-7885")
    assert (paper.container.volume, paper.contributors[0].display_name) == ("7", "Josiah Carberry")


@pytest.mark.parametrize("term", ["http://[", "https://[credit.niso.org/software", "http://]:x/software"])
def test_an_address_that_is_none_is_no_credit_role(term: str) -> None:
    with pytest.raises(UnknownCreditRole):
        parse(term)


def test_jats4r_role_with_the_address_of_the_whole_vocabulary() -> None:
    role = '<role content-type="http://credit.niso.org/contributor-roles/">Data curation</role>'
    (person,) = contributors(f'<contrib contrib-type="author">{AUTHOR}{role}</contrib>')
    assert [item.role for item in person.credit] == [Credit.DATA_CURATION]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("<article language='en'><journal/><doi>10.5555/1</doi><article_title>S</article_title></article>", id="copernicus"),
        pytest.param("<OAI-PMH><record><metadata><record><datafield tag='024'/></record></metadata></record></OAI-PMH>", id="marc"),
        pytest.param(f"<article><front><article-meta>{DOI.replace('10.5555/1', 'N/A')}<title-group><article-title>S</article-title></title-group></article-meta></front></article>", id="joss-draft"),
    ],
)  # fmt: skip
def test_what_is_no_article_is_refused_in_one_sentence(data: str) -> None:
    with pytest.raises(PublicationRefused, match=r"^x cannot become a work: "):
        read(data.encode(), "x")


# Crossref deposits


def journal(work: str, metadata: str = "") -> bytes:
    return deposit(
        f"<journal><journal_metadata><full_title>Strings</full_title>{metadata}</journal_metadata><journal_article language='pt'>"
        f"<titles><title>Silly String</title></titles>{work}<doi_data><doi>10.5555/1</doi></doi_data></journal_article></journal>"
    )


def fundref(group: str) -> bytes:
    return journal(f'<fr:program name="fundref"><fr:assertion name="fundgroup">{group}</fr:assertion></fr:program>')


@pytest.mark.parametrize(
    ("group", "funding"),
    [
        pytest.param(
            '<fr:assertion name="funder_name">Acme</fr:assertion><fr:assertion name="ror">https://ror.org/05gq02987</fr:assertion><fr:assertion name="grant_doi">10.5555/g</fr:assertion>',
            (Funding(funder="Acme", funder_id="https://ror.org/05gq02987", award_doi="10.5555/g"),),
            id="elife",
        ),
        pytest.param(
            '<fr:assertion name="funder_name">Acme<fr:assertion name="ror">https://ror.org/05gq02987</fr:assertion></fr:assertion><fr:assertion name="grant_doi">10.5555/g<fr:assertion name="award_number">G-1</fr:assertion></fr:assertion><fr:assertion name="award_number">G-2</fr:assertion>',
            (
                Funding(funder="Acme", funder_id="https://ror.org/05gq02987", award_number="G-1", award_doi="10.5555/g"),
                Funding(funder="Acme", funder_id="https://ror.org/05gq02987", award_number="G-2"),
            ),
            id="ojs",
        ),
        pytest.param(
            '<fr:assertion name="funder_name">Acme</fr:assertion><fr:assertion name="funder_identifier">https://doi.org/10.13039/501100000780</fr:assertion>',
            (Funding(funder="Acme", funder_id="https://doi.org/10.13039/501100000780"),),
            id="identifier-beside-the-name",
        ),
    ],
)  # fmt: skip
def test_funders_and_grants_of_a_deposit(group: str, funding: tuple[Funding, ...]) -> None:
    assert read(fundref(group), "d").publication.funding == funding


@pytest.mark.parametrize(
    ("issns", "issn_print", "issn_electronic"),
    [
        ("<issn>2044-6055</issn>", "2044-6055", None),
        ('<issn>1545-7885</issn><issn media_type="print">1544-9173</issn>', "1544-9173", "1545-7885"),
        ('<issn>1544-9173</issn><issn media_type="electronic">1545-7885</issn>', "1544-9173", "1545-7885"),
    ],
)
def test_doaj_issns_without_a_medium(issns: str, issn_print: str | None, issn_electronic: str | None) -> None:
    container = read(journal("", issns), "d").publication.container
    assert container
    assert (container.issn_print, container.issn_electronic) == (issn_print, issn_electronic)


def test_ojs_abstracts_in_the_order_of_its_locales() -> None:
    abstracts = "".join(
        f'<jats:abstract xml:lang="{language}"><jats:p>{text}</jats:p></jats:abstract>'
        for language, text in (("en", "English."), ("pt-BR", "Português."))
    )
    assert read(journal(abstracts), "d").publication.abstract == "Português."


def test_elife_states_the_article_number_of_a_preprint_beside_its_titles() -> None:
    data = deposit(
        "<posted_content type='preprint'><titles><title>S</title></titles><item_number item_number_type='article_number'>RP1</item_number>"
        "<doi_data><doi>10.5555/p</doi></doi_data></posted_content>"
    )
    assert read(data, "d").publication.article_number == "RP1"


def test_ezid_takes_the_journal_without_a_batch() -> None:
    data = (
        journal("")
        .replace(b"<doi_batch", b"<x")
        .replace(b"<head/><body>", b"")
        .replace(b"</body></doi_batch>", b"</x>")
    )
    fragment = data[data.index(b"<journal>") : data.index(b"</x>")]
    assert read(fragment, "d").publication.doi == "10.5555/1"


# Janeway


def test_janeway_writes_credit_into_the_deposit_in_its_own_way() -> None:
    role = "<contrib_role><role_name>Writing - Original Draft</role_name><role_identifier>https://credit.niso.org/contributor-roles/writing-original-draft/</role_identifier></contrib_role>"
    people = f"<contributors><person_name contributor_role='author' sequence='first'><given_name>Josiah</given_name><surname>Carberry</surname>{role}</person_name></contributors>"
    (person,) = read(journal(people), "d").publication.contributors
    assert [item.role for item in person.credit] == [Credit.WRITING_ORIGINAL_DRAFT]
