"""What is written where, and what is only reported."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orcid_plugin.deposits.amending import Code
from orcid_plugin.deposits.crossref import amend
from orcid_plugin.deposits.matching import Way
from orcid_plugin.errors import UnreadableInput
from orcid_plugin.metadata.contributor import Contributor, ContributorKind
from orcid_plugin.metadata.credit import Credit, CreditRole, Degree
from orcid_plugin.metadata.identifiers import OrcidId
from tests.conftest import ROOT
from tests.deposits.conftest import DOI, Faults, an_id, article, author, batch, codes, journal_article, person

CARBERRY = OrcidId.parse("0000-0002-1825-0097")
URI = "https://orcid.org/0000-0002-1825-0097"
JOSIAH = author("Josiah", "Carberry", CARBERRY)


def with_orcid(orcid: str, version: str = "5.4.0") -> bytes:
    return batch(journal_article(person("Josiah", "Carberry", orcid, first=True)), version=version)


class TestPlaces:
    def test_affiliations_roles_and_other_names_keep_their_places(self, faults: Faults) -> None:
        rest = (
            '<suffix>Jr.</suffix><role vocab="crossref" type="author"/><affiliations><institution>'
            "<institution_name>Brown</institution_name></institution></affiliations>"
            '<alt-name><name language="fr"><surname>Carberry</surname></name></alt-name>'
        )
        xml = batch(journal_article(person("Josiah", "Carberry", rest, first=True)))
        assert faults(xml) == []
        roles = (Credit.VALIDATION, Credit.WRITING_REVIEW_EDITING, Credit.VALIDATION, Credit.CONCEPTUALIZATION)
        amended = amend(xml, [article(author("Josiah", "Carberry", CARBERRY, *roles, suffix="Jr."))])
        assert faults(amended.content) == []
        assert (
            '<role vocab="crossref" type="author"/><role vocab="credit" type="conceptualization"/>'
            '<role vocab="credit" type="validation"/><role vocab="credit" type="writing-review-editing"/><affiliations>'
        ) in amended.content.decode()
        assert f'</affiliations><ORCID authenticated="true">{URI}</ORCID><alt-name>' in amended.content.decode()
        assert amended.findings == ()
        match = amended.matches[0]
        assert (match.doi, match.way, match.orcid) == (DOI, Way.NAME, CARBERRY)
        assert match.where == "body/journal/journal_article/contributors/person_name"
        assert match.roles == (Credit.CONCEPTUALIZATION, Credit.VALIDATION, Credit.WRITING_REVIEW_EDITING)

    def test_plain_affiliations_of_the_schemas_4(self, faults: Faults) -> None:
        rest = "<affiliation>Brown</affiliation><affiliation>Psychoceramics</affiliation>"
        xml = batch(journal_article(person("Josiah", "Carberry", rest, first=True)), version="4.8.1")
        amended = amend(xml, [article(JOSIAH)])
        assert faults(amended.content) == []
        assert (
            f'Psychoceramics</affiliation><ORCID authenticated="true">{URI}</ORCID></person' in amended.content.decode()
        )

    def test_a_name_in_one_piece_of_schema_5_4(self, faults: Faults) -> None:
        piece = '<person_name sequence="first" contributor_role="author"><name>Josiah Carberry</name></person_name>'
        xml = batch(journal_article(piece), version="5.4.0")
        amended = amend(xml, [article(JOSIAH)])
        assert faults(xml) == faults(amended.content) == []
        assert f'</name><ORCID authenticated="true">{URI}</ORCID>' in amended.content.decode()

    def test_new_elements_stand_on_lines_of_their_own_with_the_indent_of_their_siblings(self) -> None:
        xml = batch(journal_article(person("Josiah", "Carberry", first=True)), indent=True).replace(b"\n", b"\r\n")
        amended = amend(xml, [article(author("Josiah", "Carberry", CARBERRY, Credit.SOFTWARE))])
        indent = "\r\n" + "\t" * 6
        added = f'{indent}<role vocab="credit" type="software"/>{indent}<ORCID authenticated="true">{URI}</ORCID>'
        assert f"</surname>{added}\r\n\t\t\t\t\t</person_name>" in amended.content.decode()
        assert amended.content.replace(added.encode(), b"") == xml

    def test_the_prefix_in_use_is_kept(self, faults: Faults) -> None:
        xml = re.sub(rb"<(/?)(?=[a-z])", rb"<\1x:", batch(journal_article(person("Josiah", "Carberry", first=True))))
        xml = xml.replace(b"xmlns=", b"xmlns:x=")
        amended = amend(xml, [article(author("Josiah", "Carberry", CARBERRY, Credit.SOFTWARE))])
        assert faults(xml) == faults(amended.content) == []
        assert (
            '</x:surname><x:role vocab="credit" type="software"/>'
            f'<x:ORCID authenticated="true">{URI}</x:ORCID></x:person_name>' in amended.content.decode()
        )

    def test_comments_instructions_and_cdata_inside_a_person(self, faults: Faults) -> None:
        rest = (
            "<!-- who? <ORCID/> --><?note <surname>?><affiliations><institution><institution_name><![CDATA[A & B <C>]]>"
        )
        rest += "</institution_name></institution></affiliations ><!-- end -->"
        xml = batch(journal_article(person("<![CDATA[Josiah]]>", "Carb&#101;rry", rest, first=True)))
        amended = amend(xml, [article(JOSIAH)])
        assert faults(amended.content) == []
        assert amended.content == xml.replace(
            b"</affiliations >", b"</affiliations >" + f'<ORCID authenticated="true">{URI}</ORCID>'.encode()
        )

    def test_attributes_with_angle_brackets(self) -> None:
        xml = batch(journal_article(person("Josiah", "Carberry", '<affiliations note="a>b/>"/>', first=True)))
        amended = amend(xml, [article(JOSIAH)])
        assert f'note="a>b/>"/><ORCID authenticated="true">{URI}</ORCID>' in amended.content.decode()

    def test_citations_and_relations_are_not_touched(self) -> None:
        citation = '<citation key="1"><author>Carberry</author><doi>10.5555/abc</doi></citation>'
        citations = f"<citation_list>{citation}</citation_list>"
        xml = batch(
            journal_article(person("Ann", "Other"), doi="10.5555/other").replace(
                "</journal_a", citations + "</journal_a"
            )
        )
        amended = amend(xml, [article(JOSIAH)])
        assert amended.content == xml
        assert codes(amended.findings) == ["doi_not_found"]

    def test_elements_of_another_namespace_are_not_people(self) -> None:
        foreign = person("Josiah", "Carberry").replace("<person_name", '<person_name xmlns="http://example.org/"')
        record = f'<doi_data xmlns="http://example.org/"><doi>{DOI}</doi></doi_data>'
        xml = batch(journal_article(foreign, record))
        assert amend(xml, [article(JOSIAH)]).content == xml

    def test_a_part_of_a_batch_as_ezid_takes_it(self) -> None:
        record = journal_article(person("Josiah", "Carberry", first=True))
        xml = record.replace("<journal>", '<journal xmlns="http://www.crossref.org/schema/4.3.4">').encode()
        amended = amend(xml, [article(JOSIAH)])
        assert amended.content.count(b"<ORCID ") == 1
        assert amended.matches[0].where == "journal_article/contributors/person_name"


class TestExistingIds:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (f"<ORCID>{URI}</ORCID>", f'<ORCID authenticated="true">{URI}</ORCID>'),
            (f'<ORCID authenticated="true">{URI}</ORCID>', f'<ORCID authenticated="true">{URI}</ORCID>'),
            (f"<ORCID  authenticated = 'false' >{URI}</ORCID>", f"<ORCID  authenticated = 'true' >{URI}</ORCID>"),
            (f'<ORCID authenticated="1">{URI}</ORCID>', f'<ORCID authenticated="true">{URI}</ORCID>'),
            ("<ORCID>http://orcid.org/0000-0002-1825-0097</ORCID>", f'<ORCID authenticated="true">{URI}</ORCID>'),
            ("<ORCID>\n  0000000218250097\n</ORCID>", f'<ORCID authenticated="true">{URI}</ORCID>'),
            (f"<ORCID><![CDATA[{URI}]]></ORCID>", f'<ORCID authenticated="true"><![CDATA[{URI}]]></ORCID>'),
            (f"<ORCID><!-- a --> {URI}</ORCID>", f'<ORCID authenticated="true">{URI}<!-- a --></ORCID>'),
            ("<ORCID/>", f'<ORCID authenticated="true">{URI}</ORCID>'),
            ("<ORCID authenticated='false'> </ORCID>", f'<ORCID authenticated="true">{URI}</ORCID>'),
        ],
    )
    def test_the_same_id_is_put_right(self, before: str, after: str) -> None:
        xml = with_orcid(before)
        amended = amend(xml, [article(JOSIAH)])
        assert amended.content == xml.replace(before.encode(), after.encode())
        assert amended.findings == ()
        assert amend(amended.content, [article(JOSIAH)]).content == amended.content

    def test_a_last_x_becomes_upper_case(self) -> None:
        orcid = OrcidId.parse("0000-0002-1694-233X")
        xml = with_orcid("<ORCID>https://orcid.org/0000-0002-1694-233x</ORCID>")
        amended = amend(xml, [article(author("Josiah", "Carberry", orcid))])
        assert b'<ORCID authenticated="true">https://orcid.org/0000-0002-1694-233X</ORCID>' in amended.content

    def test_another_id_is_a_conflict(self) -> None:
        xml = with_orcid(f"<ORCID>{an_id(5)}</ORCID>", "5.5.0")
        amended = amend(xml, [article(author("Josiah", "Carberry", CARBERRY, Credit.SOFTWARE))])
        assert amended.content == xml
        (finding,) = amended.findings
        assert finding.code == "orcid_conflict"
        assert finding.person == "Josiah Carberry"
        assert finding.where == f"{DOI} body/journal/journal_article/contributors/person_name"
        assert str(an_id(5)) in finding.message
        assert str(CARBERRY) in finding.message

    def test_one_id_on_two_people_of_the_deposit_is_reported_though_nobody_asks_for_it(self) -> None:
        orcid = f'<ORCID authenticated="true">{URI}</ORCID>'
        xml = batch(journal_article(person("Ann", "Other", orcid), person("Bob", "Ray", orcid)))
        amended = amend(xml, [article(author("Ann", "Other"))])
        assert amended.content == xml
        assert [(finding.code, finding.person) for finding in amended.findings] == [
            ("orcid_repeated", "Ann Other"),
            ("orcid_repeated", "Bob Ray"),
        ]

    def test_two_ids_on_one_person_are_a_conflict(self) -> None:
        xml = with_orcid(f"<ORCID>{URI}</ORCID><ORCID>{URI}</ORCID>")
        assert codes(amend(xml, [article(JOSIAH)]).findings) == ["orcid_conflict"]

    def test_what_is_no_id_is_left_and_reported(self) -> None:
        xml = with_orcid("<ORCID>https://orcid.org/0000-0002-2002-631</ORCID>")
        amended = amend(xml, [article(JOSIAH)])
        assert amended.content == xml
        assert codes(amended.findings) == ["orcid_invalid"]

    def test_authenticated_without_our_proof_is_left_and_reported(self) -> None:
        xml = with_orcid(f'<ORCID authenticated="true">{URI}</ORCID>')
        for contributor in (author("Josiah", "Carberry"), author("Josiah", "Carberry", CARBERRY, authenticated=False)):
            amended = amend(xml, [article(contributor)])
            assert amended.content == xml
            assert codes(amended.findings) == ["authenticated_without_proof"]
            assert amended.matches[0].orcid is None

    def test_an_id_that_is_not_authenticated_is_not_written(self) -> None:
        xml = with_orcid("")
        amended = amend(xml, [article(author("Josiah", "Carberry", CARBERRY, authenticated=False))])
        assert amended.content == xml

    def test_an_id_of_the_sandbox_is_never_written(self) -> None:
        sandbox = OrcidId(CARBERRY.path, "sandbox.orcid.org")
        for orcid in ("", f"<ORCID>{URI}</ORCID>", f"<ORCID>https://sandbox.orcid.org/{CARBERRY.path}</ORCID>"):
            xml = with_orcid(orcid)
            amended = amend(xml, [article(author("Josiah", "Carberry", sandbox))])
            assert amended.content == xml
            assert codes(amended.findings) == ["sandbox_id"]

    def test_an_id_of_the_sandbox_in_the_deposit_is_a_conflict(self) -> None:
        xml = with_orcid(f"<ORCID>https://sandbox.orcid.org/{CARBERRY.path}</ORCID>")
        amended = amend(xml, [article(JOSIAH)])
        assert amended.content == xml
        assert codes(amended.findings) == ["orcid_conflict"]


class TestRoles:
    def test_below_5_5_0_roles_are_dropped_and_said_once(self) -> None:
        xml = batch(journal_article(person("Josiah", "Carberry"), person("Ann", "Other")), version="5.4.0")
        amended = amend(
            xml, [article(author("Josiah", "Carberry", 1, Credit.SOFTWARE), author("Ann", "Other", 2, Credit.SOFTWARE))]
        )
        assert b"<role" not in amended.content
        assert [(finding.code, finding.where) for finding in amended.findings] == [("credit_dropped", DOI)]

    def test_roles_need_no_id_and_roles_present_are_not_repeated(self) -> None:
        present = '<role type="software" vocab="credit"/>'
        xml = batch(journal_article(person("Josiah", "Carberry", present, first=True)))
        amended = amend(xml, [article(author("Josiah", "Carberry", None, Credit.SOFTWARE, Credit.RESOURCES))])
        assert amended.content == xml.replace(
            present.encode(), f'{present}<role vocab="credit" type="resources"/>'.encode()
        )

    def test_a_role_with_two_degrees_is_one_role(self) -> None:
        credit = tuple(CreditRole(Credit.SOFTWARE, degree) for degree in Degree)
        contributor = Contributor(given_names="Josiah", family_name="Carberry", credit=credit)
        xml = batch(journal_article(person("Josiah", "Carberry", first=True)))
        assert amend(xml, [article(contributor)]).content.count(b"<role ") == 1


class TestPublications:
    def test_dois_in_any_case_and_several_in_a_file(self) -> None:
        people = person("Josiah", "Carberry", first=True)
        xml = batch(journal_article(people, doi="10.5555/ONE"), journal_article(people, doi=" 10.5555/two\n"))
        amended = amend(xml, [article(JOSIAH, doi="10.5555/two"), article(JOSIAH, doi="10.5555/One")])
        assert amended.content.count(b"<ORCID ") == 2
        amended = amend(xml, [article(JOSIAH, doi="10.5555/two")])
        assert amended.content.index(b"<ORCID ") > xml.index(b"10.5555/ONE")
        assert [match.where for match in amended.matches] == [
            "body/journal[2]/journal_article/contributors/person_name"
        ]

    def test_a_publication_that_is_not_there(self) -> None:
        xml = batch(journal_article(person("Josiah", "Carberry")))
        for doi in ("10.5555/other", None):
            amended = amend(xml, [article(JOSIAH, doi=doi)])
            assert amended.content == xml
            assert codes(amended.findings) == ["doi_not_found"]

    def test_two_publications_of_one_doi(self) -> None:
        xml = batch(journal_article(person("Josiah", "Carberry")))
        amended = amend(xml, [article(JOSIAH), article(author("Ann", "Other", 1))])
        assert amended.content == xml
        assert codes(amended.findings) == ["doi_repeated"]

    def test_groups_and_anonymous_never_get_an_id(self, faults: Faults) -> None:
        organization = '<organization sequence="first" contributor_role="author">The Group</organization>'
        anonymous = '<anonymous sequence="additional" contributor_role="author"/>'
        xml = batch(journal_article(organization, anonymous))
        credit = (CreditRole(Credit.SOFTWARE),)
        group = Contributor(
            kind=ContributorKind.GROUP, name="The Group", orcid=CARBERRY, authenticated=True, credit=credit
        )
        unknown = Contributor(kind=ContributorKind.ANONYMOUS, orcid=an_id(1), authenticated=True)
        amended = amend(xml, [article(group, unknown)])
        assert amended.content == xml
        assert codes(amended.findings) == ["orcid_not_on_person", "credit_dropped", "orcid_not_on_person"]
        amended = amend(xml, [article(author("The", "Group", 2))])
        assert amended.content == xml
        assert codes(amended.findings) == ["person_not_found"]

    def test_somebody_for_whom_nothing_was_to_be_written_is_not_missed(self) -> None:
        xml = batch(journal_article(person("Josiah", "Carberry")))
        assert amend(xml, [article(author("Ann", "Other"))]).findings == ()

    def test_a_deposit_without_contributors(self) -> None:
        xml = batch(journal_article())
        amended = amend(xml, [article(JOSIAH)])
        assert amended.content == xml
        assert codes(amended.findings) == ["person_not_found"]


class TestOtherFiles:
    def test_a_deposit_of_resources_has_nothing_to_amend(self) -> None:
        xml = (
            b'<doi_batch xmlns="http://www.crossref.org/doi_resources_schema/4.4.2" version="4.4.2"><head/></doi_batch>'
        )
        amended = amend(xml, [article(JOSIAH)])
        assert amended.content == xml
        assert codes(amended.findings) == ["schema_unsupported"]

    def test_a_schema_of_the_future_is_left_alone(self) -> None:
        xml = batch(journal_article(person("Josiah", "Carberry")), version="6.0.0")
        amended = amend(xml, [article(JOSIAH)])
        assert amended.content == xml
        assert codes(amended.findings) == ["schema_unsupported"]

    @pytest.mark.parametrize("xml", [b"<article/>", b"<doi_batch/>", b'<doi_batch xmlns="http://example.org/"/>'])
    def test_another_kind_of_xml_is_refused(self, xml: bytes) -> None:
        with pytest.raises(UnreadableInput, match=r"^the file is not a Crossref deposit: its root element is '"):
            amend(xml, [], name="the file")


def test_every_code_is_documented() -> None:
    pages = {page: (ROOT / "docs" / page).read_text(encoding="utf-8") for page in ("crossref.md", "jats.md")}
    documented = {page: set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) for page, text in pages.items()}
    assert documented["crossref.md"] | documented["jats.md"] == {code.value for code in Code}
    assert documented["jats.md"] - documented["crossref.md"] == {"authenticated_dropped"}


@pytest.mark.parametrize("page", ["crossref.md", "jats.md", "datacite.md"])
def test_the_documentation_names_no_path_of_a_machine(page: str) -> None:
    assert "/tmp" not in Path(ROOT / "docs" / page).read_text(encoding="utf-8")
