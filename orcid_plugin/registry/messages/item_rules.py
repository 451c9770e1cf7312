"""What ORCID refuses the messages of all sections for, found before they are sent.

The rules are those of the Registry's `ActivityValidator`, `ExternalIDValidator` and `PersonValidator`, and the limits
of the XSDs. `docs/messages.md` lists the codes; `rules` has those of works.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from babel.numbers import list_currencies

from orcid_plugin.errors import InvalidMessage
from orcid_plugin.metadata.credit import Credit
from orcid_plugin.metadata.findings import Finding
from orcid_plugin.metadata.review import ReviewerRole, ReviewType
from orcid_plugin.metadata.vocabulary import COUNTRY_CODES, WorkType
from orcid_plugin.registry.encoding import json
from orcid_plugin.registry.encoding.records import table_of
from orcid_plugin.registry.messages import part_rules, rules
from orcid_plugin.registry.messages.affiliation import AFFILIATIONS, Affiliation, Education, Employment
from orcid_plugin.registry.messages.funding import Amount, Funding, FundingContributor
from orcid_plugin.registry.messages.group_id import GROUP_ID, GroupIdRecord
from orcid_plugin.registry.messages.item import Stored
from orcid_plugin.registry.messages.notification import PermissionNotification
from orcid_plugin.registry.messages.part_rules import Findings
from orcid_plugin.registry.messages.peer_review import PeerReview
from orcid_plugin.registry.messages.person import Address, Keyword, OtherName, PersonExternalId, ResearcherUrl
from orcid_plugin.registry.messages.research_resource import ResearchResource
from orcid_plugin.registry.messages.rules import EMAIL, ORCID_PATH, ORCID_URI, VISIBILITIES
from orcid_plugin.registry.messages.work import Work

FUNDING_TYPES = frozenset({"grant", "contract", "award", "salary-award"})
FUNDING_ROLES = frozenset({"lead", "co-lead", "supported-by", "other-contribution"}) | {r.orcid_uri for r in Credit}
REVIEWER_ROLES = frozenset(ReviewerRole)
REVIEW_TYPES = frozenset(ReviewType)
SUBJECT_TYPES = frozenset(WorkType) | FUNDING_TYPES | {"research-resource-proposal", "undefined"}
RESOURCE_TYPES = frozenset({"collections", "equipment", "infrastructures", "services"})
GROUP_TYPES = frozenset(
    {
        "publisher",
        "institution",
        "journal",
        "conference",
        "newspaper",
        "newsletter",
        "magazine",
        "peer-review service",
    }
)
NOTIFIED_TYPES = frozenset(
    "employment education qualification invited-position distinction membership service "
    "funding work peer-review".split()
)
MAXIMUM_HOSTS = 10

ISSN = re.compile(r"(?:^|[^0-9])[0-9]{4} ?[-–]? ?[0-9]{3}[0-9Xx](?:$|[^-0-9])", re.ASCII)
"""What the Registry takes for an ISSN; it looks at no check digit."""

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_CURRENCIES = frozenset(list_currencies())


def check(message: Stored, *, create: bool, stored_visibility: str | None = None) -> tuple[Finding, ...]:
    """Everything for which ORCID would refuse the message; empty if nothing.

    `create` tells a POST from a PUT; `stored_visibility` is that of the item to be updated, where it is known. What is
    not written at all, like an e-mail address, is refused as `read_only`.
    """
    if isinstance(message, Work):
        return rules.check(message, create=create, stored_visibility=stored_visibility)
    rule = _RULES.get(type(message))
    if rule is None:
        return (Finding("read_only", f"ORCID lets nobody write a {table_of(type(message)).element}.", ""),)
    findings = [*_unknown(message, create), *_circumstances(message, create, stored_visibility)]
    findings += part_rules.texts(json.encode(message), _LIMITS.get(type(message), part_rules.LIMITS))
    return (*findings, *rule(message))


def require_valid(message: Stored, *, create: bool, stored_visibility: str | None = None) -> None:
    """Raise `InvalidMessage` with all findings of `check`, if there are any."""
    findings = check(message, create=create, stored_visibility=stored_visibility)
    if findings:
        raise InvalidMessage(findings)


def _circumstances(message: Stored, create: bool, stored_visibility: str | None) -> Findings:
    if create and message.put_code is not None:
        yield Finding("put_code_unexpected", "What is new must not have a put-code.", "/put-code")
    if not create and message.put_code is None:
        yield Finding("put_code_missing", "An update must carry the put-code.", "/put-code")
    visibility = getattr(message, "visibility", None)
    if visibility is not None and visibility not in VISIBILITIES:
        yield Finding("visibility_unknown", f"{visibility!r} is not a visibility.", "/visibility")
    elif not create and visibility is not None and stored_visibility not in {None, visibility}:
        yield Finding("visibility_changed", "Only the person can change the visibility.", "/visibility")


def _unknown(message: Stored, create: bool) -> Findings:
    """What was read and not understood. An update may send back what the Registry itself told."""
    for one in message.unknown:
        *around, last = (step for step in one.where.split("/")[1:] if not step.isdigit())
        names: Mapping[str, Any] = table_of(type(message)).below
        for step in around:
            names = names[step].below if step in names else {}
        if last.endswith("-date"):
            yield Finding("date_impossible", "The calendar has no such date.", one.where)
        elif last in names:
            yield Finding("value_malformed", "ORCID expects something else here.", one.where)
        elif create:
            yield Finding("property_unknown", f"ORCID knows no property {last!r} here.", one.where)


def _affiliation(message: Affiliation) -> Findings:
    strict = isinstance(message, Education | Employment)
    where, found = "/organization", message.organization
    yield from part_rules.organization(found, where, id_needed=strict)
    if found and strict and not (found.city and found.country):
        yield Finding("address_incomplete", "The organization needs a city and a country.", f"{where}/address")
    if found and not strict and (found.city or found.region) and not found.country:
        sentence = "A city or region of the organization needs its country."
        yield Finding("address_country_missing", sentence, f"{where}/address/country")
    if found and not strict and not found.disambiguated_id and not message.external_ids:
        sentence = "The organization needs an identifier, or the affiliation one of its own."
        yield Finding("affiliation_id_missing", sentence, f"{where}/disambiguated-organization")
    ids = "/external-ids/external-id"
    yield from part_rules.period(message.start_date, message.end_date, start_needed=False)
    yield from part_rules.external_ids(message.external_ids, ids, needed=False, vocabulary=False)


def _funding(message: Funding) -> Findings:
    yield from _known(message.type, FUNDING_TYPES, "funding_type", "/type")
    yield from part_rules.title(message.title, message.translated_title, "/title")
    yield from _amount(message.amount)
    yield from part_rules.external_ids(message.external_ids, "/external-ids/external-id")
    yield from part_rules.organization(message.organization, "/organization", id_needed=True)
    yield from part_rules.period(message.start_date, message.end_date, start_needed=True)
    for index, contributor in enumerate(message.contributors):
        yield from _contributor(contributor, f"/contributors/contributor/{index}")


def _amount(amount: Amount | None) -> Findings:
    if amount is None:
        return
    if not (amount.value or "").strip():
        yield Finding("amount_missing", "A currency needs an amount.", "/amount")
    elif not _DECIMAL.fullmatch((amount.value or "").strip()):
        yield Finding("amount_malformed", f"{amount.value!r} is not a decimal number.", "/amount")
    if not amount.currency_code:
        yield Finding("currency_missing", "An amount needs its currency.", "/amount/currency-code")
    else:
        yield from _known(amount.currency_code, _CURRENCIES, "currency", "/amount/currency-code")


def _contributor(one: FundingContributor, where: str) -> Findings:
    person = one.credit_name
    if one.orcid and not (ORCID_URI.fullmatch(one.orcid.uri) and ORCID_PATH.fullmatch(one.orcid.path)):
        sentence = f"{one.orcid.uri!r} is not an ORCID iD."
        yield Finding("contributor_orcid", sentence, f"{where}/contributor-orcid", person)
    if one.email is not None and not EMAIL.fullmatch(one.email):
        sentence = f"{one.email!r} is not an e-mail address."
        yield Finding("contributor_email", sentence, f"{where}/contributor-email", person)
    if one.role is not None:
        place = f"{where}/contributor-attributes/contributor-role"
        yield from _known(one.role, FUNDING_ROLES, "contributor_role", place, person)


def _peer_review(message: PeerReview) -> Findings:
    yield from _known(message.reviewer_role, REVIEWER_ROLES, "reviewer_role", "/reviewer-role")
    yield from _known(message.review_type, REVIEW_TYPES, "review_type", "/review-type")
    ids, place = message.review_identifiers, "/review-identifiers/external-id"
    yield from part_rules.external_ids(ids, place)
    yield from part_rules.version_needs_self(ids, place)
    if message.review_completion_date is None:
        yield Finding("review_date_missing", "A review needs its date of completion.", "/review-completion-date")
    yield from _group_id(message.review_group_id, "/review-group-id")
    if message.subject_external_identifier:
        yield from part_rules.external_id(message.subject_external_identifier, "/subject-external-identifier")
    if message.subject_type is not None:
        yield from _known(message.subject_type, SUBJECT_TYPES, "subject_type", "/subject-type")
    subject = (message.subject_name, message.subject_subtitle, message.subject_translated_title)
    if any(part is not None for part in subject):
        yield from part_rules.title(message.subject_name, message.subject_translated_title, "/subject-name")
    yield from part_rules.organization(message.convening_organization, "/convening-organization", id_needed=False)


def _research_resource(message: ResearchResource) -> Findings:
    proposal, ids = message.proposal, "/proposal/external-ids/external-id"
    yield from part_rules.title(proposal.title, proposal.translated_title, "/proposal/title")
    yield from part_rules.period(proposal.start_date, proposal.end_date, "/proposal", start_needed=True)
    places = [("/proposal", proposal.hosts, proposal.external_ids)]
    if not message.resource_items:
        yield Finding("resource_item_missing", "A research resource needs at least one item.", "/resource-item")
    for index, item in enumerate(message.resource_items):
        place = f"/resource-item/{index}"
        yield from _known(item.type, RESOURCE_TYPES, "resource_type", f"{place}/resource-type")
        places.append((place, item.hosts, item.external_ids))
    for place, hosts, found in places:
        ids = f"{place}/external-ids/external-id"
        yield from part_rules.external_ids(found, ids)
        yield from part_rules.version_needs_self(found, ids)
        if not 1 <= len(hosts) <= MAXIMUM_HOSTS:
            yield Finding("host_count", f"There must be 1 to {MAXIMUM_HOSTS} hosts.", f"{place}/hosts/organization")
        for index, host in enumerate(hosts):
            yield from part_rules.organization(host, f"{place}/hosts/organization/{index}", id_needed=True)


def _group(message: GroupIdRecord) -> Findings:
    yield from _group_id(message.group_id, "/group-id")
    yield from _known(message.type, GROUP_TYPES, "group_type", "/type")


def _group_id(group_id: str, where: str) -> Findings:
    if not GROUP_ID.fullmatch(group_id):
        yield Finding("group_id_malformed", f"{group_id!r} is not a group id.", where)
    elif group_id.startswith("issn:") and not ISSN.search(group_id):
        yield Finding("issn_malformed", f"{group_id!r} holds no ISSN.", where)


def _notification(message: PermissionNotification) -> Findings:
    yield from _known(message.notification_type, {"permission"}, "notification_type", "/notification-type")
    if not (message.authorization_url.uri or message.authorization_url.path):
        sentence = "A notification needs the address at which the person gives the permission."
        yield Finding("authorization_url_missing", sentence, "/authorization-url")
    if not message.items:
        yield Finding("notification_item_missing", "A notification needs at least one item.", "/items/item")
    for index, item in enumerate(message.items):
        yield from _known(item.type, NOTIFIED_TYPES, "item_type", f"/items/item/{index}/item-type")
        if item.external_id:
            place = f"/items/item/{index}/external-id"
            yield from part_rules.external_id(item.external_id, place)
            if item.external_id.relationship in {"version-of", "funded-by"}:
                sentence = "The identifier of an item in a notification is self or part-of."
                yield Finding("external_id_relationship", sentence, f"{place}/external-id-relationship")


def _address(message: Address) -> Findings:
    yield from _known(message.country, COUNTRY_CODES, "country", "/country")


def _person_external_id(message: PersonExternalId) -> Findings:
    for name, content in (("type", message.type), ("value", message.value)):
        if not content.strip():
            yield Finding(f"external_id_{name}", f"An identifier needs a {name}.", f"/external-id-{name}")
    if message.relationship != "self":
        sentence = "The relationship of a person's identifier is self."
        yield Finding("external_id_relationship", sentence, "/external-id-relationship")
    if message.url is None:
        yield Finding("external_id_url_missing", "A person's identifier needs an address.", "/external-id-url")


def _only_texts(message: Keyword | OtherName | ResearcherUrl) -> Findings:
    return iter(())


def _known(content: str, known: Any, what: str, where: str, person: str | None = None) -> Iterator[Finding]:
    if content not in known:
        yield Finding(
            f"{what}_unknown", f"ORCID does not know the {what.replace('_', ' ')} {content!r}.", where, person
        )


_PERSONAL = part_rules.LIMITS | part_rules.MAXIMUM_PERSONAL
_LIMITS: Mapping[type[Stored], Mapping[str, int]] = {
    ResearcherUrl: _PERSONAL,
    PersonExternalId: _PERSONAL,
    GroupIdRecord: part_rules.LIMITS | {"name": 1000},
}
_RULES: Mapping[type[Stored], Callable[[Any], Findings]] = {
    **dict.fromkeys(AFFILIATIONS, _affiliation),
    Funding: _funding,
    PeerReview: _peer_review,
    ResearchResource: _research_resource,
    GroupIdRecord: _group,
    PermissionNotification: _notification,
    Address: _address,
    Keyword: _only_texts,
    OtherName: _only_texts,
    ResearcherUrl: _only_texts,
    PersonExternalId: _person_external_id,
}
