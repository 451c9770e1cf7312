"""Whatever satisfies the rules of a section satisfies its schema, and says the same in JSON and XML, to both sides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from orcid_plugin.emulator import activity_messages, group_messages, json_form, person_messages, xml_form
from orcid_plugin.emulator import person as emulated_person
from orcid_plugin.emulator import sections as emulated
from orcid_plugin.registry.encoding import json, xml
from orcid_plugin.registry.encoding.records import table_of
from orcid_plugin.registry.messages import item_rules
from tests.strategies import SECTIONS

SETTINGS = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
FILES = {
    "group-id": "group-id-3.0/group-id",
    "notification": "notification_3.0/notification-permission",
    "external-identifier": "record_3.0/person-external-identifier",
}


@cache
def schema(shared: Path, prefix: str) -> etree.XMLSchema:
    file = FILES.get(prefix, f"record_3.0/{prefix}")
    return etree.XMLSchema(etree.parse(shared / f"schemas/orcid/{file}-3.0.xsd"))


@pytest.mark.parametrize("section", SECTIONS)
@SETTINGS
@given(data=st.data())
def test_what_satisfies_the_rules_satisfies_the_schema(shared: Path, section: str, data: st.DataObject) -> None:
    message = data.draw(SECTIONS[section])
    kind = type(message)
    assert item_rules.check(message, create=message.put_code is None) == ()
    document = xml.dumps(message)
    schema(shared, table_of(kind).prefix).assertValid(etree.fromstring(document))
    assert xml.loads(document, kind) == json.loads(json.dumps(message), kind) == message


class Everything:
    """All organisations there are."""

    def __contains__(self, organization: object) -> bool:
        return True


def emulated_form(prefix: str) -> tuple[Any, Callable[[Any], None]]:
    """How the emulator reads a section's items, and what it refuses them by."""
    if prefix in emulated.SECTIONS:
        check = emulated.SECTIONS[prefix].check
        return activity_messages.FORMS[prefix], lambda message: check(message, None, Everything())
    if prefix in person_messages.FORMS:
        (section,) = (one for one in emulated_person.SECTIONS if one.name == prefix)
        return section.form, section.check
    return group_messages.SENT, lambda message: None


@pytest.mark.parametrize("section", [name for name in SECTIONS if name != "notification"])
@SETTINGS
@given(data=st.data())
def test_the_emulator_reads_what_the_client_writes_and_the_client_what_the_emulator_writes(
    section: str, data: st.DataObject
) -> None:
    drawn = data.draw(SECTIONS[section])
    kind = type(drawn)
    sent = replace(drawn, put_code=None, **({"visibility": None} if hasattr(drawn, "visibility") else {}))
    prefix = table_of(kind).prefix
    form, check = emulated_form(prefix)
    kept = json_form.read(form, json_form.load(json.dumps(sent)))
    check(kept)
    assert xml_form.read(form, xml_form.load(xml.dumps(sent))) == kept
    assert json.decode(json_form.write(form, kept), kind) == sent
    name = etree.QName(etree.fromstring(xml.dumps(sent))).localname
    assert xml.loads(xml_form.write(prefix, name, form, kept), kind) == sent
