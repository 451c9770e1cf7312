# ruff: noqa: E501 - snippets of XML are read best on one line
"""What is written where in a JATS article, and what is only reported."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from orcid_plugin.deposits.jats import amend
from orcid_plugin.deposits.matching import Way
from orcid_plugin.errors import UnreadableInput
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.credit import Credit, CreditRole, Degree
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.metadata.readers import jats as reader
from tests.deposits.conftest import (
    DOI,
    JATS_VERSIONS,
    an_id,
    article,
    author,
    codes,
    contrib,
    doctype,
    jats,
)

JatsFaults = Callable[[bytes, str], list[str]]

CARBERRY = OrcidId.parse("0000-0002-1825-0097")
URI = "https://orcid.org/0000-0002-1825-0097"
ID = f'<contrib-id contrib-id-type="orcid" authenticated="true">{URI}</contrib-id>'
JOSIAH = author("Josiah", "Carberry", CARBERRY)
DRAFT = (
    '<role vocab="credit" vocab-identifier="https://credit.niso.org/" vocab-term="Writing – original draft"'
    ' vocab-term-identifier="https://credit.niso.org/contributor-roles/writing-original-draft/">'
    "Writing – original draft</role>"
)
REVIEW = (
    '<role vocab="credit" vocab-identifier="https://credit.niso.org/" vocab-term="Writing – review &amp; editing"'
    ' vocab-term-identifier="https://credit.niso.org/contributor-roles/writing-review-editing/">'
    "Writing – review &amp; editing</role>"
)
OLD_SOFTWARE = '<role content-type="https://credit.niso.org/contributor-roles/software/">Software</role>'


def with_id(before: str, version: str = "1.3") -> bytes:
    return jats(contrib("Josiah", "Carberry", before=before), version=version)


class TestPlaces:
    @pytest.mark.parametrize("version", JATS_VERSIONS)
    def test_before_the_name_and_after_names_degrees_and_roles(self, version: str, jats_faults: JatsFaults) -> None:
        other = '<contrib-id contrib-id-type="scopus">7007156898</contrib-id>'
        rest = (
            "<degrees>PhD</degrees><role>Senior author</role><bio><p>He.</p></bio><email>j@example.org</email>"
            "<on-behalf-of>the Group</on-behalf-of>"
        )
        xml = jats(contrib("Josiah", "Carberry", rest, before=other), version=version)
        assert jats_faults(xml, version) == []
        person = author("Josiah", "Carberry", CARBERRY, Credit.SOFTWARE)
        amended = amend(xml, [article(person)])
        assert jats_faults(amended.content, version) == []
        text = amended.content.decode()
        identifier, _, following = text.partition(other)
        assert re.search(rf"<contrib [^>]*><contrib-id [^>]*>{URI}</contrib-id>$", identifier)
        assert re.match(r".*</degrees><role>Senior author</role><role [^>]*>Software</role><bio>", following)
        (match,) = amended.matches
        assert (match.doi, match.way, match.orcid, match.roles) == (DOI, Way.NAME, CARBERRY, (Credit.SOFTWARE,))
        assert match.where == "front/article-meta/contrib-group/contrib"

    def test_each_on_a_line_of_its_own_with_the_indent_of_its_siblings(self) -> None:
        xml = jats(contrib("Josiah", "Carberry", "\r\n\t\t<xref ref-type='aff' rid='a1'/>\r\n\t"))
        xml = xml.replace(b"<name>", b"\r\n\t\t<name>")
        amended = amend(xml, [article(author("Josiah", "Carberry", CARBERRY, Credit.WRITING_ORIGINAL_DRAFT))])
        assert amended.content == (
            xml.replace(b"\r\n\t\t<name>", f"\r\n\t\t{ID}\r\n\t\t<name>".encode()).replace(
                b"</name>", f"</name>\r\n\t\t{DRAFT}".encode()
            )
        )

    def test_the_id_stands_first_even_where_an_article_has_others_after_the_name(self) -> None:
        other = '<contrib-id contrib-id-type="scopus">1</contrib-id>'
        xml = jats(contrib("Josiah", "Carberry", other))
        amended = amend(xml, [article(author("Josiah", "Carberry", CARBERRY, Credit.WRITING_REVIEW_EDITING))])
        assert amended.content == (
            xml.replace(b"<name>", f"{ID}<name>".encode()).replace(other.encode(), f"{other}{REVIEW}".encode())
        )

    def test_a_prefix_in_use_is_kept(self) -> None:
        xml = re.sub(rb"<(/?)(?=[a-z])", rb"<\1odd:", jats(contrib("Josiah", "Carberry"), version=None))
        xml = xml.replace(b"<odd:article ", b'<odd:article xmlns:odd="http://jats.nlm.nih.gov" ')
        amended = amend(xml, [article(author("Josiah", "Carberry", CARBERRY, Credit.WRITING_ORIGINAL_DRAFT))])
        odd = re.sub(r"<(/?)", r"<\1odd:", ID), re.sub(r"<(/?)", r"<\1odd:", DRAFT)
        assert f"{odd[0]}<odd:name>" in amended.content.decode()
        assert f"</odd:name>{odd[1]}</odd:contrib>" in amended.content.decode()

    def test_prefixes_that_only_the_dtd_declares(self) -> None:
        rest = '<uri xlink:href="https://example.org/">page</uri>'
        for version in ("1.3", None):
            xml = jats(contrib("Josiah", "Carberry", rest), version=version)
            assert amend(xml, [article(JOSIAH)]).content == xml.replace(b"<name>", f"{ID}<name>".encode())

    def test_elements_whose_prefix_only_the_dtd_declares_are_none_of_the_article(self) -> None:
        xml = jats("<mml:math><contrib-group/></mml:math>", contrib("Josiah", "Carberry"))
        assert amend(xml, [article(JOSIAH)]).content == xml.replace(b"<name>", f"{ID}<name>".encode())

    def test_elements_of_another_namespace_are_not_people(self) -> None:
        foreign = contrib("Josiah", "Carberry").replace("<contrib", '<contrib xmlns="http://example.org/"')
        xml = jats(foreign)
        assert amend(xml, [article(JOSIAH)]).content == xml

    def test_comments_instructions_and_cdata_inside_a_person(self) -> None:
        person = contrib("<![CDATA[Josiah]]>", "Carb&#101;rry", "<!-- <role/> --><?note <name>?>", before="<!-- a -->")
        amended = amend(jats(person), [article(JOSIAH)])
        assert amended.content == jats(person.replace("<!-- a -->", f"<!-- a -->{ID}"))

    def test_what_stands_around_an_article_is_passed_over(self) -> None:
        inner = jats(contrib("Josiah", "Carberry"), version=None).partition(b"?>")[2]
        xml = b'<oai:OAI-PMH xmlns:oai="http://example.org/"><oai:metadata>' + inner + b"</oai:metadata></oai:OAI-PMH>"
        assert amend(xml, [article(JOSIAH)]).content == xml.replace(b"<name>", f"{ID}<name>".encode())


class TestNames:
    @pytest.mark.parametrize(
        "name",
        [
            "<name-alternatives><name xml:lang='ru'><surname>Карберри</surname><given-names>Джосайя</given-names></name>"
            "<name xml:lang='en'><surname>Carberry</surname><given-names>Josiah</given-names></name></name-alternatives>",
            "<string-name><given-names>Josiah</given-names> <surname>Carberry</surname></string-name>",
            "<string-name>Carberry, Josiah</string-name>",
            "<string-name>Josiah Carberry</string-name>",
            "<name><surname>Carberry<xref ref-type='fn' rid='n1'>*</xref></surname><given-names>J.</given-names></name>",
            "<name name-style='eastern'><surname>CARBERRY</surname><given-names initials='J'>Josiah</given-names></name>",
            "<collab>for the Group</collab><name><surname>Carberry</surname><given-names>Josiah</given-names></name>",
        ],
    )
    def test_ways_to_write_a_name(self, name: str) -> None:
        xml = jats(f'<contrib contrib-type="author">{name}<email>j@example.org</email></contrib>')
        amended = amend(xml, [article(JOSIAH)])
        assert amended.content == xml.replace(b'"author">', f'"author">{ID}'.encode())
        assert amend(amended.content, [article(JOSIAH)]).content == amended.content

    @pytest.mark.parametrize("entity", ["eacute", "oslash"])
    def test_characters_that_only_the_dtd_knows_stay_and_are_understood(self, entity: str) -> None:
        xml = jats(contrib("Jos&eacute;", f"N&{entity};"))
        family = {"eacute": "Né", "oslash": "Nø"}[entity]
        amended = amend(xml, [article(author("José", family, CARBERRY))])
        assert amended.content == xml.replace(b"<name>", f"{ID}<name>".encode())

    def test_a_character_that_nobody_knows_stays_too(self) -> None:
        xml = jats(contrib("Josiah", "Carberry", "<bio><p>&unheardof;</p></bio>"))
        assert amend(xml, [article(JOSIAH)]).content == xml.replace(b"<name>", f"{ID}<name>".encode())


class TestExistingIds:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (ID, ID),
            (f'<contrib-id contrib-id-type="orcid">{URI}</contrib-id>', f'<contrib-id authenticated="true" contrib-id-type="orcid">{URI}</contrib-id>'),
            (f"<contrib-id contrib-id-type='ORCID'  authenticated='false'>{URI}</contrib-id>", f"<contrib-id contrib-id-type='orcid'  authenticated='true'>{URI}</contrib-id>"),
            ('<contrib-id contrib-id-type="orcid" authenticated="true">http://orcid.org/0000-0002-1825-0097</contrib-id>', ID),
            ('<contrib-id contrib-id-type="orcid" authenticated="true">0000-0002-1825-0097</contrib-id>', ID),
            ('<contrib-id contrib-id-type="orcid" authenticated="true">\n   https://www.orcid.org/0000-0002-1825-0097/\n</contrib-id>', ID),
            ('<contrib-id contrib-id-type="orcid" authenticated="true"><![CDATA[0000-0002-1825-0097]]></contrib-id>', ID),
            ('<contrib-id contrib-id-type="orcid" authenticated="true">ORCID: 0000-0002-1825-0097</contrib-id>', ID),
            (f'<contrib-id contrib-id-type="orcid" authenticated="true"><!-- a -->{URI.upper()}</contrib-id>', ID.replace("</", "<!-- a --></")),
            (f"<contrib-id>{URI}</contrib-id>", f'<contrib-id contrib-id-type="orcid" authenticated="true">{URI}</contrib-id>'),
            ('<contrib-id contrib-id-type="orcid"/>', ID),
            ('<contrib-id contrib-id-type="orcid" > </contrib-id>', ID),
            ('<contrib-id contrib-id-type="orcid">https://orcid.org/</contrib-id>', ID),
            (f"{ID}{ID}", f"{ID}{ID}"),
        ],
    )  # fmt: skip
    def test_the_same_id_is_put_right(self, before: str, after: str) -> None:
        xml = with_id(before)
        amended = amend(xml, [article(JOSIAH)])
        assert amended.content == xml.replace(before.encode(), after.encode())
        assert amended.findings == ()
        assert amend(amended.content, [article(JOSIAH)]).content == amended.content

    def test_a_last_x_becomes_upper_case(self) -> None:
        orcid = OrcidId.parse("0000-0002-1694-233X")
        xml = with_id('<contrib-id contrib-id-type="orcid">https://orcid.org/0000-0002-1694-233x</contrib-id>')
        amended = amend(xml, [article(author("Josiah", "Carberry", orcid))])
        assert amended.content == xml.replace(b"233x", b"233X").replace(
            b"contrib-id ", b'contrib-id authenticated="true" '
        )

    def test_an_id_inside_another_element_is_only_marked(self) -> None:
        xml = with_id(f'<contrib-id contrib-id-type="orcid"><uri>{URI}</uri></contrib-id>')
        amended = amend(xml, [article(JOSIAH)])
        assert amended.content == xml.replace(b"<contrib-id ", b'<contrib-id authenticated="true" ')

    @pytest.mark.parametrize(
        "link",
        [
            f'<uri content-type="orcid">{URI}</uri>',
            '<ext-link ext-link-type="orcid" xlink:href="http://orcid.org/0000-0002-1825-0097"/>',
        ],
    )
    def test_a_link_to_a_record_stays_beside_the_id(self, link: str) -> None:
        xml = jats(contrib("Josiah", "Carberry", link))
        amended = amend(xml, [article(JOSIAH)])
        assert amended.content == xml.replace(b"<name>", f"{ID}<name>".encode())
        other = amend(xml, [article(author("Josiah", "Carberry", 3))])
        assert other.content == xml
        assert codes(other.findings) == ["orcid_conflict"]

    @pytest.mark.parametrize(
        "stated",
        [str(an_id(5)), f"https://sandbox.orcid.org/{CARBERRY.path}"],
    )
    def test_another_id_is_a_conflict_and_stays(self, stated: str) -> None:
        xml = with_id(f'<contrib-id contrib-id-type="orcid">{stated}</contrib-id>')
        amended = amend(xml, [article(author("Josiah", "Carberry", CARBERRY, Credit.SOFTWARE))])
        assert amended.content == xml
        (finding,) = amended.findings
        assert finding.code == "orcid_conflict"
        assert finding.person == "Josiah Carberry"
        assert finding.where == f"{DOI} front/article-meta/contrib-group/contrib"
        assert stated in finding.message
        assert str(CARBERRY) in finding.message

    def test_two_ids_on_one_person_are_a_conflict(self) -> None:
        xml = with_id(ID + ID.replace(URI, str(an_id(5))))
        amended = amend(xml, [article(JOSIAH)])
        assert amended.content == xml
        assert codes(amended.findings) == ["orcid_conflict"]

    def test_what_is_no_id_is_left_and_reported(self) -> None:
        xml = with_id('<contrib-id contrib-id-type="orcid">0000-0002-2002-631</contrib-id>')
        amended = amend(xml, [article(JOSIAH)])
        assert amended.content == xml
        assert codes(amended.findings) == ["orcid_invalid"]

    def test_what_is_no_id_stays_beside_one_that_is(self) -> None:
        faulty = '<contrib-id contrib-id-type="orcid">0000-0002-2002-631</contrib-id>'
        assert amend(with_id(faulty + ID.replace(URI, CARBERRY.path)), [article(JOSIAH)]).content == with_id(
            faulty + ID
        )

    def test_an_id_that_is_not_authenticated_is_not_written(self) -> None:
        xml = with_id("")
        amended = amend(xml, [article(author("Josiah", "Carberry", CARBERRY, authenticated=False))])
        assert amended.content == xml

    def test_a_mark_without_our_proof_is_left_and_reported(self) -> None:
        xml = with_id(ID)
        amended = amend(xml, [article(author("Josiah", "Carberry"))])
        assert amended.content == xml
        assert codes(amended.findings) == ["authenticated_without_proof"]

    def test_an_id_of_the_sandbox_is_never_written(self) -> None:
        xml = with_id("")
        sandbox = OrcidId(CARBERRY.path, "sandbox.orcid.org")
        amended = amend(xml, [article(author("Josiah", "Carberry", sandbox))])
        assert amended.content == xml
        assert codes(amended.findings) == ["sandbox_id"]


class TestRoles:
    def test_each_once_in_the_order_of_the_taxonomy_with_its_degree(self, jats_faults: JatsFaults) -> None:
        credit = (
            CreditRole(Credit.WRITING_REVIEW_EDITING),
            CreditRole(Credit.WRITING_ORIGINAL_DRAFT, Degree.LEAD),
            CreditRole(Credit.WRITING_ORIGINAL_DRAFT, Degree.SUPPORTING),
        )
        xml = jats(contrib("Josiah", "Carberry"))
        amended = amend(xml, [article(Contributor(given_names="Josiah", family_name="Carberry", credit=credit))])
        lead = DRAFT.replace('draft/">', 'draft/" degree-contribution="lead">')
        assert amended.content == xml.replace(b"</name>", f"</name>{lead}{REVIEW}".encode())
        assert jats_faults(amended.content, "1.3") == []
        (person,) = reader.read(amended.content).publication.contributors
        assert person.credit == (credit[1], credit[0])

    @pytest.mark.parametrize(
        "present",
        [
            OLD_SOFTWARE,
            OLD_SOFTWARE.replace("https", "http"),
            '<role content-type="http://credit.casrai.org/">Software</role>',
            '<role vocab="CRediT" vocab-identifier="http://dictionary.casrai.org/Contributor_Roles">Software</role>',
            '<role vocab="credit" vocab-term="Software">programmation</role>',
            "<role>software</role>",
            "<role>Resources; Software (lead)</role>",
        ],
    )
    def test_a_role_that_is_there_in_any_form_is_not_repeated(self, present: str) -> None:
        xml = jats(contrib("Josiah", "Carberry", present))
        person = author("Josiah", "Carberry", None, Credit.SOFTWARE)
        assert amend(xml, [article(person)]).content == xml
        more = amend(xml, [article(author("Josiah", "Carberry", None, Credit.SOFTWARE, Credit.WRITING_ORIGINAL_DRAFT))])
        assert more.content == xml.replace(present.encode(), f"{present}{DRAFT}".encode())

    def test_a_role_in_a_footnote_as_elife_has_it_is_not_repeated(self) -> None:
        xref = '<xref ref-type="fn" rid="con1"/><xref ref-type="fn" rid="con2"/>'
        notes = '<back><fn-group><fn fn-type="con" id="con1"><p>Software, Resources</p></fn></fn-group></back>'
        xml = jats(contrib("Josiah", "Carberry", xref), after=notes)
        person = author("Josiah", "Carberry", None, Credit.SOFTWARE, Credit.WRITING_ORIGINAL_DRAFT)
        assert amend(xml, [article(person)]).content == xml.replace(b"</name>", f"</name>{DRAFT}".encode())

    def test_what_the_publication_does_not_say_is_not_written(self) -> None:
        xml = jats(contrib("Josiah", "Carberry", "<role>Software</role>"))
        assert b"vocab" not in amend(xml, [article(JOSIAH)]).content

    @pytest.mark.parametrize(
        ("version", "written"),
        [
            ("1.0", OLD_SOFTWARE),
            ("1.1", OLD_SOFTWARE),
            ("1.2d1", OLD_SOFTWARE.replace("content-type=", "vocab-term-identifier=")),
            ("1.2", '/software/" degree-contribution="lead">Software</role>'),
            ("1.4", '/software/" degree-contribution="lead">Software</role>'),
        ],
    )
    def test_older_versions_have_the_older_form(self, version: str, written: str) -> None:
        credit = (CreditRole(Credit.SOFTWARE, Degree.LEAD),)
        person = Contributor(given_names="Josiah", family_name="Carberry", credit=credit)
        amended = amend(jats(contrib("Josiah", "Carberry"), version=version), [article(person)]).content.decode()
        assert written.removeprefix("<role ") in amended


class TestVersions:
    def test_jats_1_0_has_no_mark(self, jats_faults: JatsFaults) -> None:
        for xml in (
            with_id("", "1.0"),
            with_id('<contrib-id contrib-id-type="orcid">0000-0002-1825-0097</contrib-id>', "1.0"),
        ):
            amended = amend(xml, [article(JOSIAH)])
            assert f'<contrib-id contrib-id-type="orcid">{URI}</contrib-id>' in amended.content.decode()
            assert codes(amended.findings) == ["authenticated_dropped"]
            assert jats_faults(amended.content, "1.0") == []

    @pytest.mark.parametrize(
        "head",
        [
            '<!DOCTYPE article PUBLIC "-//NLM//DTD Journal Publishing DTD v3.0 20080202//EN" "journalpublishing3.dtd">',
            '<!DOCTYPE article SYSTEM "http://dtd.nlm.nih.gov/publishing/2.3/journalpublishing.dtd">',
            '<!DOCTYPE article PUBLIC "-//TaxonX//DTD Taxonomic Treatment Publishing DTD v0 20100105//EN" "tax.dtd">'
            '<article dtd-version="3.0"',
            doctype("0.4"),
        ],
    )
    def test_what_came_before_jats_has_no_element_for_ids(self, head: str) -> None:
        xml = jats(contrib("Josiah", "Carberry"), version=None).replace(b"<article", f"{head}<article".encode(), 1)
        xml = xml.replace(b'"3.0"<article', b'"3.0"')
        amended = amend(xml, [article(JOSIAH)])
        assert amended.content == xml
        assert codes(amended.findings) == ["schema_unsupported"]

    @pytest.mark.parametrize(
        ("head", "marked"),
        [
            ("<article", True),
            ('<article dtd-version="1.3"', True),
            ('<article dtd-version="1.0"', False),
            ('<article dtd-version="1.1d1"', False),
            ('<article dtd-version="1.1d2"', True),
            ('<article dtd-version="new"', True),
            ('<!DOCTYPE article SYSTEM "http://jats.nlm.nih.gov/archiving/1.0/JATS-archivearticle1.dtd"><article', False),
            ('<!DOCTYPE article SYSTEM "JATS-archivearticle1-3-mathml3.dtd"><article', True),
            ('<!DOCTYPE article SYSTEM "JATS-archivearticle1.dtd"><article dtd-version="1.0"', False),
            (f'{doctype("1.1")}<article dtd-version="1.0"', True),
        ],
    )  # fmt: skip
    def test_where_the_version_is_told(self, head: str, marked: bool) -> None:
        xml = jats(contrib("Josiah", "Carberry"), version=None).replace(b"<article", head.encode(), 1)
        assert (b'authenticated="true"' in amend(xml, [article(JOSIAH)]).content) is marked


class TestOtherFiles:
    @pytest.mark.parametrize(
        "xml", [b"<doi_batch/>", b"<book><book-meta/></book>", b"<html><body><p>404</p></body></html>"]
    )
    def test_another_kind_of_xml_is_refused(self, xml: bytes) -> None:
        with pytest.raises(UnreadableInput, match=r"^the file has no element 'article'; its root element is '"):
            amend(xml, [], name="the file")

    def test_an_article_of_nothing_but_its_text_is_left_alone(self) -> None:
        xml = b"<article><body><p>Things.</p></body></article>"
        amended = amend(xml, [article(JOSIAH)])
        assert amended.content == xml
        assert codes(amended.findings) == ["person_not_found"]
