# ruff: noqa: E501 - snippets of XML are read best on one line
"""iDs in DataCite metadata: XML of kernel 4, every official example, and what is only reported."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from orcid_plugin.deposits import document
from orcid_plugin.deposits.datacite import amend, dois
from orcid_plugin.errors import UnreadableInput
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.credit import Credit
from orcid_plugin.metadata.identifiers import OrcidId
from tests.conftest import SHARED
from tests.deposits.conftest import DOI, an_id, article, author, codes

CARBERRY = OrcidId.parse("0000-0002-1825-0097")
URI = "https://orcid.org/0000-0002-1825-0097"
ID = f'<nameIdentifier nameIdentifierScheme="ORCID" schemeURI="https://orcid.org">{URI}</nameIdentifier>'
JOSIAH = author("Josiah", "Carberry", CARBERRY)
NAMES = '<creatorName nameType="Personal">Carberry, Josiah</creatorName><givenName>Josiah</givenName><familyName>Carberry</familyName>'
EXAMPLES = sorted((SHARED / "schemas" / "datacite").glob("*/example/*.xml"))
Faults = Callable[[bytes], list[str]]


def resource(*creators: str, contributors: str = "", doi: str | None = DOI, kernel: str = "kernel-4") -> bytes:
    identifier = f'<identifier identifierType="DOI">{doi}</identifier>' if doi else ""
    people = "".join(f"<creator>{one}</creator>" for one in creators)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<resource xmlns="http://datacite.org/schema/{kernel}">{identifier}'
        f"<creators>{people}</creators><titles><title>Things</title></titles><publisher>A Press</publisher>"
        '<publicationYear>2026</publicationYear><resourceType resourceTypeGeneral="Dataset">Data</resourceType>'
        f"{contributors}</resource>"
    ).encode()


@pytest.fixture(scope="session")
def faults(shared: Path) -> Faults:
    """A function that tells what a file breaks of DataCite's schema, and of what that leaves out of name identifiers."""

    @cache
    def schema() -> etree.XMLSchema:
        return etree.XMLSchema(etree.parse(shared / "schemas" / "datacite" / "kernel-4.7" / "metadata.xsd"))

    def check(xml: bytes) -> list[str]:
        root = etree.fromstring(xml)
        schema().validate(root)
        return [entry.message for entry in schema().error_log] + [
            f"nameIdentifier {one.attrib} {one.text}"
            for one in root.iter("{*}nameIdentifier")
            if set(one.attrib) - {"nameIdentifierScheme", "schemeURI"}
            or not one.get("nameIdentifierScheme")
            or len(one)
        ]

    return check


class TestPlaces:
    def test_after_names_and_other_identifiers_before_affiliations(self, faults: Faults) -> None:
        isni = '<nameIdentifier nameIdentifierScheme="ISNI">0000000121032683</nameIdentifier>'
        for before, after in (
            (NAMES, ""),
            (NAMES, "<affiliation>Brown</affiliation>"),
            (NAMES + isni, ""),
            (NAMES.partition("<given")[0], ""),
        ):
            xml = resource(before + after)
            assert faults(xml) == []
            amended = amend(xml, [article(JOSIAH)])
            assert amended.content == resource(before + ID + after)
            assert faults(amended.content) == []
            assert amended.matches[0].where == "creators/creator"
            assert amend(amended.content, [article(JOSIAH)]).content == amended.content

    def test_on_a_line_of_its_own_and_with_the_prefix_in_use(self, faults: Faults) -> None:
        xml = resource(NAMES.replace("<", "\r\n  <").replace("\r\n  </", "</"))
        xml = re.sub(rb"<(/?)(?=[a-z])", rb"<\1d:", xml).replace(b"xmlns=", b"xmlns:d=")
        assert faults(xml) == []
        amended = amend(xml, [article(JOSIAH)])
        prefixed = ID.replace("<", "<d:").replace("<d:/", "</d:")
        assert amended.content == xml.replace(b"</d:familyName>", f"</d:familyName>\r\n  {prefixed}".encode())
        assert faults(amended.content) == []

    def test_whoever_is_creator_and_contributor_has_the_id_in_each_role(self, faults: Faults) -> None:
        person = NAMES.replace("creatorName", "contributorName")
        contributors = f'<contributors><contributor contributorType="ContactPerson">{person}</contributor><contributor contributorType="DataManager">{person}</contributor></contributors>'
        xml = resource(NAMES, contributors=contributors)
        amended = amend(xml, [article(JOSIAH)])
        assert amended.content == xml.replace(b"</familyName>", f"</familyName>{ID}".encode())
        assert faults(amended.content) == []
        assert amended.findings == ()

    def test_a_contributor_who_is_no_creator(self) -> None:
        manager = "<contributorName>Roe, Jane</contributorName>"
        contributors = (
            f'<contributors><contributor contributorType="DataManager">{manager}</contributor></contributors>'
        )
        xml = resource(NAMES, contributors=contributors)
        amended = amend(xml, [article(JOSIAH, author("Jane", "Roe", 2))])
        assert [match.where for match in amended.matches] == ["creators/creator", "contributors/contributor"]
        assert amended.findings == ()

    def test_organizations_and_people_of_related_items_never_get_an_id(self) -> None:
        organization = '<creatorName nameType="Organizational">Carberry, Josiah</creatorName>'
        item = f'<relatedItems><relatedItem relatedItemType="Book" relationType="IsPublishedIn"><creators><creator>{NAMES}</creator></creators></relatedItem></relatedItems>'
        xml = resource(organization, contributors=item)
        amended = amend(xml, [article(JOSIAH)])
        assert amended.content == xml
        assert codes(amended.findings) == ["person_not_found"]

    def test_roles_are_neither_written_nor_missed(self) -> None:
        xml = resource(NAMES)
        amended = amend(
            xml,
            [
                article(
                    author("Josiah", "Carberry", None, Credit.DATA_CURATION),
                    author("Ann", "Other", None, Credit.SOFTWARE),
                )
            ],
        )
        assert amended.content == xml
        assert amended.findings == ()

    def test_inside_an_answer_of_oai_pmh(self) -> None:
        xml = (
            b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><metadata>'
            + resource(NAMES).partition(b"?>")[2]
            + b"</metadata></OAI-PMH>"
        )
        assert amend(xml, [article(JOSIAH)]).content == xml.replace(b"</familyName>", f"</familyName>{ID}".encode())


class TestExistingIds:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (ID, ID),
            (ID.replace(URI, CARBERRY.path), ID),
            (ID.replace(URI, f" http://orcid.org/{CARBERRY.path}\n"), ID),
            (ID.replace(URI, f"<![CDATA[{URI}/]]>"), ID),
            (ID.replace('"ORCID"', "'orcid'").replace(URI, URI.replace("https", "http")), ID.replace('"ORCID"', "'ORCID'")),
            (f"<nameIdentifier schemeURI='http://orcid.org/'>{URI}</nameIdentifier>", f"<nameIdentifier nameIdentifierScheme=\"ORCID\" schemeURI='http://orcid.org/'>{URI}</nameIdentifier>"),
            (ID.replace(URI, ""), ID),
            ('<nameIdentifier nameIdentifierScheme="ORCID" schemeURI="http://orcid.org"/>', ID),
            (ID + ID.replace(URI, CARBERRY.path), ID + ID),
        ],
    )  # fmt: skip
    def test_the_same_id_is_put_right(self, before: str, after: str) -> None:
        amended = amend(resource(NAMES + before), [article(JOSIAH)])
        assert amended.content == resource(NAMES + after)
        assert amended.findings == ()

    @pytest.mark.parametrize(
        ("stated", "code"),
        [
            (str(an_id(5)), "orcid_conflict"),
            (f"https://sandbox.orcid.org/{CARBERRY.path}", "orcid_conflict"),
            (f"https://orcid.org/{URI}", "orcid_invalid"),
            ("0000-0002-1825-0098", "orcid_invalid"),
        ],
    )
    def test_another_one_stays_and_is_reported(self, stated: str, code: str) -> None:
        xml = resource(NAMES + ID.replace(URI, stated))
        amended = amend(xml, [article(JOSIAH)])
        assert amended.content == xml
        (finding,) = amended.findings
        assert finding.code == code
        assert finding.where == f"{DOI} creators/creator"
        assert finding.person == "Josiah Carberry"
        assert stated in finding.message

    @pytest.mark.parametrize(
        "person",
        [
            author("Josiah", "Carberry", CARBERRY, authenticated=False),
            author("Josiah", "Carberry", OrcidId(CARBERRY.path, "sandbox.orcid.org")),
        ],
    )
    def test_only_authenticated_ids_of_production_are_written(self, person: Contributor) -> None:
        xml = resource(NAMES)
        assert amend(xml, [article(person)]).content == xml


class TestPublications:
    def test_a_draft_without_a_doi_is_the_publication_that_was_named(self) -> None:
        for stated, doi in ((None, DOI), (":tba", DOI), (DOI, None), ("https://doi.org/10.5555/ABC", DOI)):
            xml = resource(NAMES, doi=stated)
            assert amend(xml, [article(JOSIAH, doi=doi)]).content == resource(NAMES + ID, doi=stated)

    def test_another_doi_is_another_one(self) -> None:
        xml = resource(NAMES)
        amended = amend(xml, [article(JOSIAH, doi="10.5555/other")])
        assert amended.content == xml
        assert codes(amended.findings) == ["doi_not_found"]
        assert dois(xml) == [DOI]

    def test_namesakes_are_left_alone(self) -> None:
        xml = resource(NAMES, NAMES)
        amended = amend(xml, [article(JOSIAH)])
        assert amended.content == xml
        assert codes(amended.findings) == ["homonym"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_an_official_example_amended_for_everybody(path: Path, faults: Faults) -> None:
    xml = path.read_bytes()
    root = etree.fromstring(xml)
    persons = [
        one
        for one in (*root.iterfind("{*}creators/{*}creator"), *root.iterfind("{*}contributors/{*}contributor"))
        if one[0].get("nameType") != "Organizational"
    ]
    people = {one[0].text: _contributor(one, number) for number, one in enumerate(persons)}
    publication = article(*people.values(), doi=None)
    amended = amend(xml, [publication])
    # One example has ORCID's address twice in an iD.
    faulty = [finding for finding in amended.findings if finding.code == "orcid_invalid"]
    assert list(amended.findings) == faulty
    assert len(faulty) == xml.count(b"https://orcid.org/https://orcid.org/")
    assert sorted(match.where for match in amended.matches) == sorted(map(_path, persons))
    assert faults(amended.content) == faults(xml) == []
    assert amend(amended.content, [publication]).content == amended.content
    assert _without_ids(amended.content) == _without_ids(xml)
    assert amend(xml, []).content == xml


def _contributor(element: etree._Element, number: int) -> Contributor:
    stated = [one.text for one in element.iterfind("{*}nameIdentifier[@nameIdentifierScheme='ORCID']")]
    orcid = OrcidId(re.findall(r"[0-9]{4}(?:-[0-9]{3}[0-9X]){3}", stated[0])[-1]) if stated else an_id(number)
    given, family = element.findtext("{*}givenName"), element.findtext("{*}familyName")
    return author(given, family or element[0].text, orcid)


def _path(element: etree._Element) -> str:
    return re.sub(r"\{[^}]*\}", "", element.getroottree().getelementpath(element))


def _without_ids(xml: bytes) -> bytes:
    return re.sub(rb"\s*<nameIdentifier[^>]*ORCID[^>]*>[^<]*</nameIdentifier>", b"", xml)


class TestOtherFiles:
    def test_an_older_kernel_is_left_alone(self) -> None:
        xml = resource(NAMES, kernel="kernel-3")
        amended = amend(xml, [article(JOSIAH)])
        assert amended.content == xml
        assert codes(amended.findings) == ["schema_unsupported"]
        assert dois(xml) == []

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", "not well-formed"),
            (b"<resource xmlns='http://example.org/'/>", "is not DataCite metadata: its root element is 'resource' of the namespace"),
            (b"<article/>", "has no element 'resource'"),
            (resource(NAMES)[:-5], "not well-formed"),
            (resource("&e;").replace(b"<resource", b'<!DOCTYPE resource [<!ENTITY e SYSTEM "file:///etc/passwd">]><resource'), "declarations of its own"),
            (resource("&eacute;"), "not well-formed"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_read_is_refused_with_one_sentence(self, content: bytes, reason: str) -> None:
        with pytest.raises(UnreadableInput, match=reason) as refusal:
            amend(content, [], name="data.xml")
        assert str(refusal.value).startswith("data.xml ")
        assert "\n" not in str(refusal.value)

    def test_a_file_that_is_too_large_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(document, "LARGEST", 1000)
        with pytest.raises(UnreadableInput, match="larger than"):
            amend(resource(NAMES * 10), [])
