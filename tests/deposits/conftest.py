"""What the tests of deposits share: schemas, and deposits and publications in few words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.credit import Credit, CreditRole
from orcid_plugin.metadata.identifiers import Identifier, OrcidId, check_digit
from orcid_plugin.metadata.publication import Publication, Title
from orcid_plugin.metadata.vocabulary import WorkType

VERSIONS = "4.3.6 4.3.7 4.3.8 4.4.0 4.4.1 4.4.2 4.8.0 4.8.1 5.3.0 5.3.1 5.4.0 5.5.0".split()
DOI = "10.5555/abc"
Faults = Callable[[bytes], list[str]]


def an_id(number: int) -> OrcidId:
    """A legal iD for each number."""
    digits = f"{number + 10_000_000:015d}"
    digits += check_digit(digits)
    return OrcidId("-".join(digits[start : start + 4] for start in range(0, 16, 4)))


def author(
    given: str | None,
    family: str | None,
    orcid: OrcidId | int | None = None,
    *credit: Credit,
    authenticated: bool = True,
    suffix: str | None = None,
) -> Contributor:
    orcid = an_id(orcid) if isinstance(orcid, int) else orcid
    return Contributor(
        given_names=given,
        family_name=family,
        suffix=suffix,
        orcid=orcid,
        authenticated=authenticated and orcid is not None,
        credit=tuple(CreditRole(role) for role in credit),
    )


def article(*contributors: Contributor, doi: str | None = DOI) -> Publication:
    identifiers = (Identifier.of("doi", doi),) if doi else ()
    return Publication(
        type=WorkType.JOURNAL_ARTICLE, title=Title("A title"), identifiers=identifiers, contributors=contributors
    )


def person(given: str | None, family: str, rest: str = "", *, first: bool = False, role: str = "author") -> str:
    sequence = "first" if first else "additional"
    given_name = f"<given_name>{given}</given_name>" if given else ""
    return (
        f'<person_name sequence="{sequence}" contributor_role="{role}">'
        f"{given_name}<surname>{family}</surname>{rest}</person_name>"
    )


def batch(*records: str, version: str = "5.5.0", indent: bool = False) -> bytes:
    """A deposit with these records in its body; pretty with one element a line on request."""
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<doi_batch xmlns="http://www.crossref.org/schema/{version}" version="{version}"><head>'
        "<doi_batch_id>test-1</doi_batch_id><timestamp>20261121</timestamp><depositor><depositor_name>A Journal"
        "</depositor_name><email_address>deposits@example.org</email_address></depositor>"
        f"<registrant>A Journal</registrant></head><body>{''.join(records)}</body></doi_batch>"
    ).encode()
    if indent:
        root = etree.fromstring(xml)
        etree.indent(root, "\t")
        xml = b'<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(root, encoding="utf-8")
    return xml


def journal_article(*persons: str, doi: str = DOI) -> str:
    """A journal with one article; `persons` are what stands in its `contributors`."""
    contributors = f"<contributors>{''.join(persons)}</contributors>" if persons else ""
    return (
        '<journal><journal_metadata language="en"><full_title>A Journal</full_title><issn>2050-084X</issn>'
        "</journal_metadata><journal_article><titles><title>On things</title></titles>"
        f"{contributors}<publication_date><year>2026</year></publication_date>{doi_data(doi)}</journal_article></journal>"
    )


def doi_data(doi: str = DOI) -> str:
    return f"<doi_data><doi>{doi}</doi><resource>https://example.org/1</resource></doi_data>"


@pytest.fixture(scope="session")
def faults(shared: Path) -> Faults:
    """A function that tells what a deposit breaks of its schema, and of the two asserts that XSD 1.0 cannot hold."""

    @cache
    def schema(version: str) -> etree.XMLSchema:
        return etree.XMLSchema(etree.parse(shared / "schemas" / "crossref" / f"crossref{version}.xsd"))

    def check(xml: bytes) -> list[str]:
        root = etree.fromstring(xml)
        version = re.sub(r".*/", "", etree.QName(root).namespace or "")
        if version not in VERSIONS:
            return [f"no schema {version}"]
        validator = schema(version)
        validator.validate(root)
        return [entry.message for entry in validator.error_log] + (_asserts(root) if version == "5.5.0" else [])

    return check


def _asserts(root: etree._Element) -> list[str]:
    crossref = (
        "author editor chair reviewer review-assistant stats-reviewer reviewer-external reader translator "
        "corresponding-author other"
    )
    allowed = {"credit": {role.value for role in Credit}, "crossref": set(crossref.split())}
    found = [
        f"role {role.attrib}"
        for role in root.iter("{*}role")
        if role.get("type") not in allowed.get(role.get("vocab", ""), set())
    ]
    return found + [
        "neither contributor_role nor role"
        for element in root.iter("{*}person_name")
        if element.get("contributor_role") is None and element.find("{*}role") is None
    ]


JATS_VERSIONS = "1.0 1.1 1.3".split()
_PUBLIC = "-//NLM//DTD JATS (Z39.96) Journal Publishing DTD v{} 20250101//EN"


def doctype(version: str) -> str:
    """The DOCTYPE of an article; its DTD is at no address that answers."""
    return f'<!DOCTYPE article PUBLIC "{_PUBLIC.format(version)}" "http://127.0.0.1:9/JATS-journalpublishing1.dtd">\n'


def contrib(given: str | None, family: str, rest: str = "", *, before: str = "", kind: str = "author") -> str:
    """A <contrib>; `before` and `rest` stand on either side of the name."""
    given_names = f"<given-names>{given}</given-names>" if given else ""
    name = f"<name><surname>{family}</surname>{given_names}</name>"
    return f'<contrib contrib-type="{kind}">{before}{name}{rest}</contrib>'


def jats(
    *contribs: str, version: str | None = "1.3", doi: str | None = DOI, groups: str = "", after: str = ""
) -> bytes:
    """A JATS article with these contributors; `groups` follow them, `after` is what follows the front matter."""
    article_id = f'<article-id pub-id-type="doi">{doi}</article-id>' if doi else ""
    group = f"<contrib-group>{''.join(contribs)}</contrib-group>" if contribs else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{doctype(version) if version else ""}'
        '<article article-type="research-article"><front><journal-meta><journal-id journal-id-type="publisher-id">aj'
        "</journal-id><journal-title-group><journal-title>A Journal</journal-title></journal-title-group>"
        "<issn>2050-084X</issn><publisher><publisher-name>A Press</publisher-name></publisher></journal-meta>"
        f"<article-meta>{article_id}<title-group><article-title>On things</article-title></title-group>{group}{groups}"
        "<pub-date><year>2026</year></pub-date><volume>1</volume><fpage>1</fpage></article-meta></front>"
        f"<body><p>Things.</p></body>{after}</article>"
    ).encode()


def sub_article(kind: str, *contribs: str, doi: str | None = None) -> str:
    article_id = f'<article-id pub-id-type="doi">{doi}</article-id>' if doi else ""
    return (
        f'<sub-article article-type="{kind}"><front-stub>{article_id}<title-group><article-title>More</article-title>'
        f"</title-group><contrib-group>{''.join(contribs)}</contrib-group></front-stub><body><p>Things.</p></body>"
        "</sub-article>"
    )


@pytest.fixture(scope="session")
def jats_faults(shared: Path) -> Callable[[bytes, str], list[str]]:
    """A function that tells what an article breaks of a version's Journal Publishing schema, but for its version."""
    files = {
        "1.0": "JATS-journalpublishing1.xsd",
        "1.1": "JATS-journalpublishing1-mathml3.xsd",
        "1.3": "JATS-journalpublishing1-3d2-mathml3.xsd",
    }
    namespace = "{http://www.ncbi.nlm.nih.gov/JATS1}"
    parser = etree.XMLParser(load_dtd=False, resolve_entities=False, no_network=True)

    @cache
    def schema(version: str) -> etree.XMLSchema:
        return etree.XMLSchema(etree.parse(shared / "schemas" / "crossref" / files[version]))

    def check(xml: bytes, version: str) -> list[str]:
        root = etree.fromstring(xml, parser)
        root.attrib.pop("dtd-version", None)
        for element in root.iter(etree.Element):
            element.tag = namespace + etree.QName(element).localname if element.tag[0] != "{" else element.tag
        schema(version).validate(root)
        return [entry.message for entry in schema(version).error_log]

    return check


def codes(findings: Sequence[object]) -> list[str]:
    return [finding.code for finding in findings]  # type: ignore[attr-defined]
