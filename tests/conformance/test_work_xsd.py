"""Every message that is built is legal: by ORCID's schema and by its business rules."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from lxml import etree

from orcid_plugin.errors import PublicationRefused
from orcid_plugin.metadata.publication import Publication
from orcid_plugin.metadata.readers import read
from orcid_plugin.registry.encoding import json, xml
from orcid_plugin.registry.messages import rules
from orcid_plugin.registry.messages.from_publication import work
from orcid_plugin.registry.messages.work import Work
from tests import strategies
from tests.conftest import samples


@pytest.fixture(scope="module")
def schema(shared: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(shared / "schemas/orcid/record_3.0/work-3.0.xsd"))


def assert_legal(message: Work, schema: etree.XMLSchema) -> None:
    assert rules.check(message, create=message.put_code is None) == ()
    schema.assertValid(etree.fromstring(xml.dumps(message)))
    assert xml.loads(xml.dumps(message)) == json.loads(json.dumps(message)) == message


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(strategies.publications)
def test_any_publication_makes_a_legal_message_or_is_refused(schema: etree.XMLSchema, publication: Publication) -> None:
    try:
        message = work(publication)
    except PublicationRefused:
        assume(False)
    assert_legal(message, schema)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(strategies.works)
def test_what_satisfies_the_rules_satisfies_the_schema(schema: etree.XMLSchema, message: Work) -> None:
    assert_legal(message, schema)


# Fragments that hold credit and funding statements only, and a deposit of references only.
NO_WORKS = {
    "jats4r__credit-test1.xml",
    "jats4r__funding-test2.xml",
    "crossref-official__resource_references_4.8.0.xml",
}


@pytest.mark.parametrize("sample", [*samples("jats"), *samples("crossref")], ids=lambda path: path.name)
def test_every_sample_makes_a_legal_message(schema: etree.XMLSchema, sample: Path) -> None:
    if sample.name in NO_WORKS:
        with pytest.raises(PublicationRefused):
            read(sample.read_bytes(), sample.name)
        return
    assert_legal(work(read(sample.read_bytes(), sample.name).publication), schema)
