"""Client and emulator, written apart, agree on the work message in both of its forms, there and back."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings

from orcid_plugin.emulator import activity_messages, json_form, rules, xml_form
from orcid_plugin.registry.encoding import json, xml
from orcid_plugin.registry.messages.comparison import differences
from orcid_plugin.registry.messages.work import Work
from tests import strategies


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(strategies.works)
def test_what_is_sent_is_what_comes_back(work: Work) -> None:
    sent = replace(work, put_code=None, visibility=None)
    stored = json_form.read(activity_messages.WORK, json_form.load(json.dumps(sent)))
    rules.check_work(stored)
    assert xml_form.read(activity_messages.WORK, xml_form.load(xml.dumps(sent))) == stored
    assert differences(sent, json.decode(json_form.write(activity_messages.WORK, stored))) == ()
    assert differences(sent, xml.loads(xml_form.write("work", "work", activity_messages.WORK, stored))) == ()
