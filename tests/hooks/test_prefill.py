"""What a record offers for a registration form: of a real person's trip to the emulated Registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, session, url_for

from orcid_plugin.emulator import Fault, Researcher, Server
from orcid_plugin.emulator.values import Email
from orcid_plugin.hooks import registration
from orcid_plugin.host import Purpose
from orcid_plugin.identity.prefill import Affiliation, Prefill
from orcid_plugin.testing.hosts import grant, register_redirect_uri

NO_YEARS = {"month": None, "day": None}
Fill = Callable[[], Prefill]


def job(name: str, start: str, end: str | None = None, **fields: Any) -> dict[str, Any]:
    """An employment as ORCID's JSON has it."""
    return {
        "department-name": fields.get("department"),
        "role-title": fields.get("role"),
        "start-date": {"year": {"value": start}, **NO_YEARS},
        "end-date": {"year": {"value": end}, **NO_YEARS} if end else None,
        "organization": {
            "name": name,
            "address": {"city": "Providence", "region": None, "country": "US"},
            "disambiguated-organization": {
                "disambiguated-organization-identifier": "https://ror.org/05gq02987",
                "disambiguation-source": "ROR",
            },
        },
    }


def works_at(server: Server, researcher: Researcher, *jobs: dict[str, Any], visibility: str = "public") -> None:
    server.registry.add(
        {
            "items": [
                {"orcid": researcher.orcid, "section": "employment", "visibility": visibility, "message": one}
                for one in jobs
            ]
        }
    )


@pytest.fixture
def fill(orcid_app: Flask, orcid_registry: Server, orcid_researcher: Researcher) -> Fill:
    """Take the person to ORCID and back once; each call then is a request of the form that asks for their record."""
    client = orcid_app.test_client()
    with orcid_app.test_request_context():
        begin = url_for("orcid_plugin.connect", purpose=Purpose.REGISTER)

    def ask() -> Prefill:
        with client.session_transaction() as cookie:
            back = "orcid_plugin_browser" in cookie
        if not back:
            location = client.get(begin).location
            register_redirect_uri(orcid_registry.registry, location)
            assert client.get(grant(orcid_registry, orcid_researcher, location)).status_code == 302
        with client.session_transaction() as cookie:
            values = dict(cookie)
        with orcid_app.test_request_context():
            session.update(values)
            return registration.prefill()

    return ask


def reads(server: Server) -> list[str]:
    """The requests for the record."""
    return [one.path for one in server.registry.journal.entries() if "/v3.0/" in one.path]


def test_names_addresses_and_the_present_job(fill: Fill, orcid_registry: Server, orcid_researcher: Researcher) -> None:
    shown = Email("shared@mail.example", visibility="limited", verified=False)
    orcid_registry.registry.add_researcher(
        replace(
            orcid_researcher,
            emails=(
                shown,
                Email("proved@mail.example", visibility="public"),
                Email("secret@mail.example", visibility="private"),
            ),
        )
    )
    works_at(
        orcid_registry,
        orcid_researcher,
        job("Wesleyan University", "1990", "1999"),
        job("Brown University", "2005", department="Psychoceramics", role="Professor"),
        job("Brown University", "2001", department="Library"),
    )
    assert fill() == Prefill(
        given_names=orcid_researcher.given_names,
        family_name=orcid_researcher.family_name,
        emails=("proved@mail.example", "shared@mail.example"),
        affiliation=Affiliation(
            organization="Brown University",
            department="Psychoceramics",
            role="Professor",
            ror="https://ror.org/05gq02987",
        ),
    )


def test_one_request_for_a_form_that_is_loaded_again(fill: Fill, orcid_registry: Server) -> None:
    assert fill() == fill()
    assert len(reads(orcid_registry)) == 1


def test_what_the_person_does_not_show_is_not_there(
    fill: Fill, orcid_registry: Server, orcid_researcher: Researcher
) -> None:
    orcid_registry.registry.add_researcher(replace(orcid_researcher, name_visibility="private", emails=()))
    works_at(orcid_registry, orcid_researcher, job("Brown University", "2005"), visibility="private")
    assert fill() == Prefill()


def test_public_credentials_read_what_is_public(
    orcid_settings: dict[str, Any], request: pytest.FixtureRequest, orcid_registry: Server, orcid_researcher: Researcher
) -> None:
    orcid_settings["ORCID_PLUGIN_API"] = "public"
    works_at(orcid_registry, orcid_researcher, job("Brown University", "2005"))
    works_at(orcid_registry, orcid_researcher, job("Secret University", "2009"), visibility="limited")
    offered = request.getfixturevalue("fill")()
    assert offered.affiliation == Affiliation(organization="Brown University", ror="https://ror.org/05gq02987")
    assert reads(orcid_registry)[0].startswith("/pub/")


@pytest.mark.parametrize("fault", [Fault(503, "down"), Fault(200, "<html>a proxy's page</html>"), Fault(401, "{}")])
def test_an_orcid_that_does_not_answer_leaves_the_form_empty(fault: Fault, fill: Fill, orcid_registry: Server) -> None:
    orcid_registry.registry.faults.plan(fault, path=".*/record")
    assert fill() == Prefill()
    assert fill() == Prefill()  # a form that is loaded again does not wait again
    assert len(reads(orcid_registry)) == 1


def test_nobody_pending_asks_nobody(orcid_app: Flask, orcid_registry: Server) -> None:
    with orcid_app.test_request_context():
        assert registration.prefill() == Prefill()
    assert reads(orcid_registry) == []
