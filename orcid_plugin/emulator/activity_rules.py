"""What affiliations, grants, peer reviews and research resources must be beyond the XSD.

Each check takes the message, what it would replace (the visibility of the stored item, None for a new one) and the
organisations that the Registry knows; rules and their order are those of its ActivityValidator.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from babel.numbers import list_currencies

from orcid_plugin.emulator import rules
from orcid_plugin.emulator.refusals import Refusal
from orcid_plugin.emulator.rules import check_date, check_put_code, check_visibility, faults_of_ids, refuse_ids
from orcid_plugin.emulator.schema import Message

Known = Container[tuple[str, str]]
"""Organisations as (source, identifier)."""
_DOUBLE = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[fFdD]?\s*", re.ASCII)


def check_affiliation(message: Message, stored_visibility: str | None, known: Known) -> None:
    """An education or employment: of an organisation that the Registry knows, with city and country."""
    check_put_code(message, stored_visibility)
    check_visibility(message, stored_visibility)
    organization = _organization(message)
    _demand_known(organization, known)
    if not organization["address"].get("city") or not organization["address"].get("country"):
        raise Refusal(9060)
    _check_period(message)


def check_professional(message: Message, stored_visibility: str | None, known: Known) -> None:
    """One of the five other affiliations: with an organisation that the Registry knows or an identifier."""
    check_put_code(message, stored_visibility)
    check_visibility(message, stored_visibility)
    organization = _organization(message)
    if "disambiguated-organization" in organization:
        _demand_known(organization, known)
    elif not rules.external_ids(message):
        raise Refusal(9062)
    address = organization["address"]
    if (address.get("city") or address.get("region")) and not address.get("country"):
        raise Refusal(9061)
    _check_period(message)


def check_funding(message: Message, stored_visibility: str | None, known: Known) -> None:
    """A grant."""
    rules.check_title(message)
    rules.check_title_language(message)
    if not rules.external_ids(message):
        raise Refusal(9023)
    if "amount" in message:
        _check_amount(message["amount"])
    check_put_code(message, stored_visibility)
    _demand_known(message["organization"], known)
    _check_span(message)
    check_visibility(message, stored_visibility)
    refuse_ids(faults_of_ids(rules.external_ids(message)))
    for contributor in rules.contributors(message):
        rules.role_of(contributor, rules.FUNDING_ROLES)


def check_peer_review(message: Message, stored_visibility: str | None, known: Known) -> None:
    """A review; that its group exists is looked at when it is stored."""
    ids = message["review-identifiers"].get("external-id", ())
    if not ids:
        raise Refusal(9023)
    check_put_code(message, stored_visibility)
    _check_ids_and_versions(ids)
    if "subject-external-identifier" in message:
        refuse_ids(faults_of_ids([message["subject-external-identifier"]]))
    check_visibility(message, stored_visibility)
    if "disambiguated-organization" in message["convening-organization"]:
        _demand_known(message["convening-organization"], known)
    check_date(message["review-completion-date"])


def check_research_resource(message: Message, stored_visibility: str | None, known: Known) -> None:
    """A proposal with the resources that it was given."""
    parts = [("Proposal", message["proposal"]), *(("Item", item) for item in message["resource-item"])]
    for name, part in parts:
        if not rules.external_ids(part):
            raise Refusal(9023, f"Missing external ID in Research Resource {name}")
    for _, part in parts:
        _check_ids_and_versions(rules.external_ids(part))
    for _, part in parts:
        for host in part["hosts"]["organization"]:
            _demand_known(host, known)
    _check_span(message["proposal"])
    check_put_code(message, stored_visibility)
    check_visibility(message, stored_visibility)


def _organization(message: Message) -> Message:
    organization: Message | None = message.get("organization")
    if organization is None:
        raise Refusal(9046)
    return organization


def _demand_known(organization: Message, known: Known) -> None:
    named = organization.get("disambiguated-organization") or {}
    if (named.get("disambiguation-source"), named.get("disambiguated-organization-identifier")) not in known:
        raise Refusal(9045)


def _check_ids_and_versions(ids: Sequence[Message]) -> None:
    faults = faults_of_ids(ids)
    relationships = {item.get("external-id-relationship") for item in ids}
    if "version-of" in relationships and "self" not in relationships:
        faults.append("version-of requires at least one self identifier")
    refuse_ids(faults)


def _check_amount(amount: Message) -> None:
    number, currency = rules.value_of(amount), amount["currency-code"]
    if number and not currency:
        raise Refusal(9020, "Please specify a currency code")
    if currency not in list_currencies():
        raise Refusal(9051, value=currency, enum="java.util.Currency")
    if not number:
        raise Refusal(9020, "Please specify an amount or remove the amount tag")
    if not _DOUBLE.fullmatch(number):
        raise Refusal(9054)


def _check_span(message: Message) -> None:
    if "end-date" in message and "start-date" not in message:
        raise Refusal(9050)
    check_date(message.get("start-date"))
    check_date(message.get("end-date"))


def _check_period(message: Message) -> None:
    start, end = message.get("start-date"), message.get("end-date")
    check_date(start)
    check_date(end)
    if start and end:
        # What only one of the two says is no reason to put one before the other.
        both = [part for part in ("year", "month", "day") if part in start and part in end]
        if [start[part]["value"] for part in both] > [end[part]["value"] for part in both]:
            raise Refusal(9055)
