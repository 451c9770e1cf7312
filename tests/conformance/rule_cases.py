"""ORCID's business rules (`ActivityValidator`, `ExternalIDValidator`, `PersonValidator`), and what breaks each."""

from __future__ import annotations

from typing import Any

import requests

from orcid_plugin.emulator.values import StoredItem
from tests.conformance.stage import OTHER, Case, Stage, changed, in_bulk, posted, posted_group, twice
from tests.emulator.helpers import CARBERRY, external_id, work
from tests.emulator.test_activities import HOSTS, RESOURCE, body, date, ids, organization
from tests.emulator.test_groups import GROUP
from tests.emulator.test_person import CASES as PERSON

TITLE = {"value": "On cracked pots"}
LONG_AGO = 1_500_000_000_000


def ror(identifier: str | None) -> dict[str, Any]:
    return {"organization": organization(identifier=identifier)}


def contributor(**parts: Any) -> dict[str, Any]:
    return {"contributor": [{name.replace("_", "-"): content for name, content in parts.items()}]}


def titled(**parts: Any) -> dict[str, Any]:
    return {"title": TITLE, **{name.replace("_", "-"): content for name, content in parts.items()}}


def reviewed(*identifiers: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return body("peer-review", review_identifiers=ids(*identifiers), **changes)


def proposed(**changes: Any) -> dict[str, Any]:
    return body("research-resource", proposal=RESOURCE["proposal"] | changes)


def full_record(stage: Stage) -> requests.Response:
    stage.server.registry.items[CARBERRY, "work"] = {
        number: StoredItem(CARBERRY, number, OTHER, "public", LONG_AGO, LONG_AGO, work()) for number in range(10_000)
    }
    return stage.post("work", work())


WORK_RULES = [
    in_bulk("W1 a title", 9022, work(title=None)),
    posted("W2 a country with a value", 9037, "work", work(country={"value": ""}), "country"),
    in_bulk(
        "W3 no language without a translation",
        9020,
        work(title=titled(translated_title={"value": "", "language-code": "de"})),
        "Please specify a translated title or remove the language code",
    ),
    posted(
        "W4 a known language of the translation",
        9037,
        "work",
        work(title=titled(translated_title={"value": "T", "language-code": "xx"})),
        "translated title -> language code",
    ),
    in_bulk("W5 a type", 9037, work(type=None), "work type"),
    posted("W6 a known language", 9037, "work", work(language_code="pt-BR"), "language code"),
    posted("W7 a day of the calendar", 9049, "work", work(publication_date=date("2020-02-31")), "2020-02-31"),
    posted("W8 a month of two digits", 9049, "work", work(publication_date=date("2020-5")), "2020-5"),
    in_bulk(
        "W9 no day without a month",
        9020,
        work(publication_date={"year": {"value": "2020"}, "day": {"value": "05"}}),
        "Invalid date, please specify a month element",
    ),
    in_bulk("W10 a type of the citation", 9037, work(citation={"citation-value": "@"}), "citation type"),
    posted(
        "W10 a citation in its element",
        9020,
        "work",
        work(citation={"citation-type": "ris", "citation-value": " "}),
        "Please specify a citation or remove the parent tag",
    ),
    posted("W11 an identifier", 9023, "work", work(external_ids=None)),
    posted(
        "W12 funded by what can fund",
        9020,
        "work",
        work(external_id("10.5555/a"), external_id("1", "funded-by", "isbn")),
        "External ID ISBN not supported for relationship funded_by",
    ),
    in_bulk(
        "W13 the URI of an iD",
        9020,
        work(contributors=contributor(contributor_orcid={"uri": "https://x.example/1"})),
        "Invalid contributor URI",
    ),
    in_bulk(
        "W13 an iD",
        9020,
        work(contributors=contributor(contributor_orcid={"path": "0000"})),
        "Invalid contributor ORCID",
    ),
    in_bulk(
        "W14 a credit name in its element",
        9020,
        work(contributors=contributor(credit_name={"value": ""})),
        "Please specify a contributor credit name or remove the empty tag",
    ),
    in_bulk(
        "W14 an address in its element",
        9020,
        work(contributors=contributor(contributor_email="")),
        "Please specify a contributor email or remove the empty tag",
    ),
    posted("W15 no put-code of a new work", 9024, "work", work(put_code=5)),
    changed("W16 the visibility as it is", 9035, "work", work(), {"visibility": "private"}),
    posted(
        "W17 known types and a self",
        9023,
        "work",
        work(external_id("1", None, "foo")),
        "Invalid external-id  foo relationship At least one identifier with 'self' relationship is required",
    ),
    posted(
        "W17 a self",
        9023,
        "work",
        work(external_id("10.5555/a", "part-of")),
        "At least one identifier with 'self' relationship is required",
    ),
    posted(
        "W18 a known role",
        9058,
        "work",
        work(contributors=contributor(contributor_attributes={"contributor-role": "cook"})),
        "cook",
    ),
    Case("W19 at most 10,000 works", 9048, full_record),
]
"""Rules of works, numbered as ORCID's validator has them in order."""

AMOUNT = {"value": "1", "currency-code": "EUR"}
OTHER_RULES = [
    posted(
        "funding: translation",
        9037,
        "funding",
        body("funding", title=titled(translated_title={"value": "T", "language-code": "xx"})),
        "translated title -> language code",
    ),
    posted("funding: an identifier", 9023, "funding", body("funding", external_ids=None)),
    posted(
        "funding: a currency",
        9020,
        "funding",
        body("funding", amount=AMOUNT | {"currency-code": ""}),
        "Please specify a currency code",
    ),
    posted(
        "funding: an amount",
        9020,
        "funding",
        body("funding", amount=AMOUNT | {"value": ""}),
        "Please specify an amount or remove the amount tag",
    ),
    posted("funding: a number", 9054, "funding", body("funding", amount=AMOUNT | {"value": "1.000,00"})),
    posted("funding: no put-code", 9024, "funding", body("funding", put_code=5)),
    posted("funding: an identified organisation", 9045, "funding", body("funding", **ror(None))),
    posted("funding: no end without a start", 9050, "funding", body("funding", end_date=date("2020"))),
    posted("funding: a date", 9049, "funding", body("funding", start_date=date("2020-02-31")), "2020-02-31"),
    changed("funding: the visibility as it is", 9035, "funding", body("funding"), {"visibility": "private"}),
    posted(
        "funding: a known identifier",
        9023,
        "funding",
        body("funding", external_ids=ids(external_id("1", type="foo"))),
        "Invalid external-id  foo",
    ),
    *(
        case
        for section in ("education", "employment")
        for case in (
            posted(f"{section}: no put-code", 9024, section, body(section, put_code=5)),
            changed(f"{section}: the visibility as it is", 9035, section, body(section), {"visibility": "private"}),
            posted(f"{section}: an organisation", 9046, section, body(section, organization=None)),
            posted(f"{section}: an identified organisation", 9045, section, body(section, **ror(None))),
            posted(
                f"{section}: a known organisation", 9045, section, body(section, **ror("https://ror.org/04fa4r545"))
            ),
            posted(f"{section}: a city", 9060, section, body(section, organization=organization(city=None))),
            posted(f"{section}: a country", 9060, section, body(section, organization=organization(country=None))),
            posted(f"{section}: a date", 9049, section, body(section, start_date=date("2021-02-29")), "2021-02-29"),
            posted(
                f"{section}: the end after the start",
                9055,
                section,
                body(section, start_date=date("2021"), end_date=date("2020")),
            ),
        )
    ),
    *(
        case
        for section in ("distinction", "invited-position", "membership", "qualification", "service")
        for case in (
            posted(f"{section}: an organisation", 9046, section, body(section, organization=None)),
            posted(f"{section}: an identifier of some kind", 9062, section, body(section, **ror(None))),
            posted(
                f"{section}: no city without a country",
                9061,
                section,
                body(section, organization=organization(country=None)),
            ),
            posted(
                f"{section}: the end after the start",
                9055,
                section,
                body(section, start_date=date("2021"), end_date=date("2020")),
            ),
        )
    ),
    posted("peer review: no put-code", 9024, "peer-review", body("peer-review", put_code=5)),
    posted(
        "peer review: a known identifier",
        9023,
        "peer-review",
        reviewed(external_id("1", type="foo")),
        "Invalid external-id  foo",
    ),
    posted(
        "peer review: no version without a self",
        9023,
        "peer-review",
        reviewed(external_id("10.5555/a", "version-of")),
        "version-of requires at least one self identifier",
    ),
    posted(
        "peer review: what is reviewed",
        9023,
        "peer-review",
        body("peer-review", subject_external_identifier=external_id("1", type="foo")),
        "Invalid external-id  foo",
    ),
    changed(
        "peer review: the visibility as it is", 9035, "peer-review", body("peer-review"), {"visibility": "private"}
    ),
    posted(
        "peer review: a known organisation",
        9045,
        "peer-review",
        body("peer-review", convening_organization=organization(identifier="https://ror.org/04fa4r545")),
    ),
    posted(
        "peer review: a date",
        9049,
        "peer-review",
        body("peer-review", review_completion_date=date("2021-02-29")),
        "2021-02-29",
    ),
    posted("peer review: an ISSN", 9053, "peer-review", body("peer-review", review_group_id="issn:1741485")),
    posted(
        "peer review: a group",
        9020,
        "peer-review",
        body("peer-review", review_group_id="publons:none"),
        "The given group id does not exist in our records",
    ),
    changed(
        "peer review: changed, a group that exists",
        9020,
        "peer-review",
        body("peer-review"),
        {"review-group-id": "issn:0028-0836"},
        "The given group id does not exist in our records",
    ),
    twice("peer review: twice", 9021, "peer-review", body("peer-review")),
    posted(
        "research resource: an identifier of the proposal",
        9023,
        "research-resource",
        proposed(**{"external-ids": ids()}),
        "Missing external ID in Research Resource Proposal",
    ),
    posted(
        "research resource: an identifier of each item",
        9023,
        "research-resource",
        body("research-resource", resource_item=[RESOURCE["resource-item"][0] | {"external-ids": ids()}]),
        "Missing external ID in Research Resource Item",
    ),
    posted(
        "research resource: a known identifier",
        9023,
        "research-resource",
        proposed(**{"external-ids": ids(external_id("1", type="foo"))}),
        "Invalid external-id  foo",
    ),
    posted(
        "research resource: a known host",
        9045,
        "research-resource",
        proposed(hosts={"organization": [organization(identifier="https://ror.org/04fa4r545")]}),
    ),
    posted(
        "research resource: no end without a start",
        9050,
        "research-resource",
        proposed(**{"end-date": date("2020"), "hosts": HOSTS}),
    ),
    posted("research resource: no put-code", 9024, "research-resource", body("research-resource", put_code=5)),
    changed(
        "research resource: the visibility as it is",
        9035,
        "research-resource",
        body("research-resource"),
        {"visibility": "private"},
    ),
    posted_group("group: no put-code", 9024, GROUP | {"put-code": 5}),
    posted_group("group: of that form", 9020, GROUP | {"group-id": "pots"}, "Invalid group-id: 'pots'"),
    Case("group: only once", 9025, lambda s: [s.group() for _ in "12"][1]),
    posted_group("group: of an ISSN, made by the Registry", 9025, GROUP | {"group-id": "issn:0028-0836"}),
    posted_group("group: of an ISSN that is none", 9053, GROUP | {"group-id": "issn:xxxxxxxx"}),
    *(
        case
        for path, (_, message, _) in PERSON.items()
        for case in (
            posted(f"{path}: no put-code", 9024, path, message | {"put-code": 5}),
            changed(f"{path}: changed, a put-code", 9031, path, message, {"put-code": None}),
            changed(f"{path}: the visibility as it is", 9035, path, message, {"visibility": "private"}),
            twice(f"{path}: only once", 9030, path, message),
        )
    ),
    posted("address: a country", 9020, "address", {"country": {"value": ""}}, "Country cannot be null"),
    posted("URL: one", 9020, "researcher-urls", {"url": {"value": ""}}),
    posted("URL: of 2000 characters", 9020, "researcher-urls", {"url": {"value": "https://x.example/" + "x" * 2000}}),
    posted(
        "identifier: of 255 characters",
        9020,
        "external-identifiers",
        PERSON["external-identifiers"][1] | {"external-id-value": "x" * 256},
    ),
    posted(
        "identifier: of the person",
        9020,
        "external-identifiers",
        PERSON["external-identifiers"][1] | {"external-id-relationship": "part-of"},
        "Relationship field should be self for person identifiers",
    ),
    posted(
        "identifier: with a URL",
        9020,
        "external-identifiers",
        PERSON["external-identifiers"][1] | {"external-id-url": None},
    ),
]
"""Rules of the other sections."""
