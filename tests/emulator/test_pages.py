"""The pages that people look at: the start page, records, and the inbox."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import requests
from lxml import html

from orcid_plugin.emulator import Registry, Researcher, Server, notifications
from orcid_plugin.emulator.app import create_app
from orcid_plugin.emulator.values import Email
from tests.emulator.helpers import CARBERRY, GARCIA, MEMBER, PREMIUM, TANAKA, Api, external_id, work
from tests.emulator.test_activities import add, body, date, ids
from tests.emulator.test_notifications import MESSAGE, changed
from tests.emulator.test_person import CASES

AUTHORIZE = "/oauth/authorize?client_id=APP-X&response_type=code"


def page_of(server: Server, orcid: str = CARBERRY) -> html.HtmlElement:
    return html.fromstring(requests.get(f"{server.web}/{orcid}", timeout=10).content)


def texts(page: html.HtmlElement, path: str) -> list[str]:
    """The texts of elements, their white space collapsed."""
    return [" ".join(found.text_content().split()) for found in page.xpath(path)]


def test_a_work_with_everything_and_nothing_that_could_do_harm(orcid_registry: Server, api: Api) -> None:
    uri = "http://credit.niso.org/contributor-roles"
    orcid = {"uri": f"https://orcid.org/{CARBERRY}"}

    def contributor(name: str, role: str, identifier: dict[str, str] | None = None) -> dict[str, Any]:
        return {
            "credit-name": {"value": name},
            "contributor-attributes": {"contributor-role": role},
            **({"contributor-orcid": identifier} if identifier else {}),
        }

    people = [
        contributor("Josiah S. Carberry", f"{uri}/software/", orcid),
        contributor("Ann <b>Other</b>", "author"),
        contributor("Josiah S. Carberry", f"{uri}/writing-original-draft/", orcid),
        *(contributor(f"Author {number}", "author") for number in range(60)),
    ]
    hostile = [
        external_id("10.5555/a"),
        {**external_id("x", "part-of", "uri"), "external-id-url": "javascript:alert(1)"},
    ]
    put_code = api.post(work(*hostile, contributors={"contributor": people}, journal_title={"value": "Psychoceramics"}))
    answer = requests.get(f"{orcid_registry.web}/{CARBERRY}", timeout=10)
    page = answer.text
    for shown in ("On cracked pots", "Psychoceramics", f">{put_code}<", "Journal under test", "not the real Registry"):
        assert shown in page
    assert page.count("Josiah S. Carberry <a") == 1
    assert "Software, Writing – original draft" in page
    assert "Ann &lt;b&gt;Other" in page
    assert "javascript:" not in page
    assert ("Author 47" in page, "Author 48" in page, "and 12 more" in page) == (True, False, True)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "<script" not in page


def test_the_sections_of_a_record_in_their_order(orcid_registry: Server, api: Api) -> None:
    add(api, "employment", body("employment", department_name="Psychoceramics", start_date=date("1929-09")))
    add(api, "education", body("education", role_title="PhD", start_date=date("1910"), end_date=date("1914-07")))
    add(api, "qualification", body("qualification", role_title="Potter", start_date=date("1909")))
    add(api, "service", body("service", role_title="Chair", end_date=date("1930")))
    amount = {"value": "12000", "currency-code": "CHF"}
    add(api, "funding", body("funding", amount=amount, short_description="About pots"))
    add(api, "research-resource", body("research-resource"))
    api.post(work(publication_date=date("2021-05-03"), language_code="de", country={"value": "CH"}))
    page = page_of(orcid_registry)
    headings = texts(page, "//h2 | //h3[not(@class)]")
    assert headings == [
        "Employment (1)",
        "Education and qualifications (2)",
        "Education",
        "Qualification",
        "Professional activities (1)",
        "Service",
        "Funding (1)",
        "Research resources (1)",
        "Works (1)",
    ]
    assert texts(page, "//article/p[@class='facts']") == [
        "Editor · Psychoceramics · 1929-09 – present",
        "PhD · 1910 – 1914-07",
        "Potter · 1909",
        "Chair · until 1930",
        "Grant · CHF 12000",
        "2021-05-03 · Journal article · de · Switzerland",
    ]
    assert texts(page, "//dt[.='Funder']/following-sibling::dd[1]") == [
        "ORCID, Bethesda, MD, United States (ROR https://ror.org/04fa4r544)"
    ]
    assert texts(page, "//dt[.='Resource']/following-sibling::dd[1]/strong") == ["Laser"]
    assert texts(page, "//nav[@aria-label='Activities']/a")[0] == "Employment (1)"
    assert "Nothing yet: Peer reviews." in texts(page, "//p")
    for link in page.xpath("//nav[@aria-label='Activities']/a/@href"):
        assert page.xpath(f"//h2[@id='{link.removeprefix('#')}']")


def test_reviews_stand_below_what_they_are_grouped_by(orcid_registry: Server, api: Api) -> None:
    subject = {
        "subject_name": {"title": {"value": "On pots"}},
        "subject_container_name": "Journal of Pots",
        "subject_type": "journal-article",
        "subject_external_identifier": external_id("10.5555/subject"),
    }
    add(api, "peer-review", body("peer-review", **subject))
    other = ids(external_id("r-2", type="source-work-id"))
    add(api, "peer-review", body("peer-review", review_identifiers=other, review_group_id="issn:0028-0836"))
    page = page_of(orcid_registry)
    assert texts(page, "//h3") == ["Journal 1741-4857 (issn:1741-4857)", "Journal 0028-0836 (issn:0028-0836)"]
    assert texts(page, "//h4") == ["Reviewer, review"] * 2
    (reviewed,) = texts(page, "//dt[.='Reviewed']/following-sibling::dd[1]")
    assert reviewed == "On pots Journal of Pots · Journal article doi: 10.5555/subject self"


def test_the_preferred_source_leads_the_versions_of_a_work(orcid_registry: Server, api: Api) -> None:
    api.post(work(title={"title": {"value": "First"}, "subtitle": {"value": "a review"}}))
    second = api.other_client().post(work(title={"title": {"value": "Second"}}))
    article = "//article"
    assert texts(page_of(orcid_registry), f"{article}/p[@class='preferred']") == ["Preferred source of 2 versions"]
    assert texts(page_of(orcid_registry), f"{article}/h3") == ["First: a review"]
    item = orcid_registry.registry.items[CARBERRY, "work"][second]
    orcid_registry.registry.put_item(replace(item, display_index="2", visibility="limited"))
    page = page_of(orcid_registry)
    assert texts(page, f"{article}/h3") == ["Second"]
    assert texts(page, f"{article}/details[@class='others']/summary") == ["1 other version"]
    assert texts(page, f"{article}/details/h3") == ["First: a review"]
    assert texts(page, "//h2") == ["Works (1)"]
    sources = texts(page, "//dt[.='Source']/following-sibling::dd[1]")
    assert [source.split(" · ")[:2] for source in sources] == [
        ["Another member", "limited"],
        ["Journal under test", "public"],
    ]


def test_the_person_beside_the_activities(orcid_registry: Server) -> None:
    registry = orcid_registry.registry
    josiah = registry.researchers[CARBERRY]
    mails = (Email("j@example.org"), Email("c@example.org", "public", verified=False))
    told = replace(josiah, biography="Cracks <pots>.", biography_visibility="limited", emails=mails)
    registry.add_researcher(told)
    writer = Api(orcid_registry, registry.issue_token(MEMBER, ["/person/update"], CARBERRY).access)
    for path, (_, message, _) in CASES.items():
        assert writer("POST", f"/{path}", message).status_code == 201
    page = page_of(orcid_registry)
    assert texts(page, "//h1") == ["Josiah S. Carberry public"]
    assert texts(page, "//h2[@id='biography'] | //h2[@id='biography']/../p") == ["Biography limited", "Cracks <pots>."]
    assert list(zip(texts(page, "//aside//h2"), texts(page, "//aside//ul"), strict=True)) == [
        ("E-mail addresses", "j@example.org private c@example.org public not verified"),
        ("Also known as", "J. Carberry public Journal under test"),
        ("Countries", "United States public Journal under test"),
        ("Keywords", "pots public Journal under test"),
        ("Websites", "Home public Journal under test"),
        ("Other identifiers", "Scopus Author ID: A-1 public Journal under test"),
    ]
    assert page.xpath("//aside//a/@href") == ["https://example.org", "https://example.org/A-1"]


def test_of_very_many_works_the_newest_are_shown_and_it_says_so() -> None:
    items = [
        {
            "orcid": CARBERRY,
            "message": work(
                external_id(f"10.5555/{number}"),
                title={"title": {"value": f"Title {number}."}},
                publication_date={"year": {"value": str(1900 + number % 200)}},
            ),
        }
        for number in range(201)
    ]
    registry = Registry({"researchers": [{"orcid": CARBERRY, "given_names": "Josiah"}], "items": items})
    page = create_app(registry).test_client().get(f"/{CARBERRY}").text
    assert "Works (201)" in page
    assert ("Title 199." in page, page.count("<article>")) == (True, 200)
    assert "The first 200 are shown; the API lists all 201." in page


def test_an_empty_record_says_so(orcid_registry: Server) -> None:
    page = page_of(orcid_registry, TANAKA)
    assert "There are no activities on this record yet." in texts(page, "//p")
    assert texts(page, "//aside | //h2") == []
    assert any("What clients add is limited." in text for text in texts(page, "//p"))


def test_the_state_of_a_record_is_told(orcid_registry: Server) -> None:
    registry = orcid_registry.registry
    registry.add_researcher(replace(registry.researchers[TANAKA], state="deprecated", primary=GARCIA))
    assert texts(page_of(orcid_registry, TANAKA), "//p[@class='fault']") == [
        f"This record is deprecated in favour of {GARCIA}."
    ]


def test_start_page_lists_records_and_keeps_secrets(orcid_registry: Server) -> None:
    orcid_registry.registry.add_researcher(Researcher("0000-0001-2345-6789", "<i>Sofia</i>"))
    page = requests.get(orcid_registry.web, timeout=10).text
    assert "&lt;i&gt;Sofia" in page
    assert "emulator-member-secret" not in page
    assert requests.get(f"{orcid_registry.web}/nothing", timeout=10).status_code == 404


@pytest.fixture
def browser(orcid_registry: Server) -> requests.Session:
    """A browser in which Josiah Carberry is signed in."""
    session = requests.Session()
    answer = session.post(f"{orcid_registry.web}/signin", {"orcid": CARBERRY}, timeout=10)
    assert answer.url == f"{orcid_registry.web}/{CARBERRY}"
    return session


def visit(browser: requests.Session, server: Server, path: str) -> html.HtmlElement:
    answer = browser.get(f"{server.web}{path}", timeout=10)
    assert answer.status_code == 200
    return html.fromstring(answer.content)


def decide(browser: requests.Session, server: Server, path: str, **form: str) -> requests.Response:
    return browser.post(f"{server.web}{path}", form, timeout=10, allow_redirects=False)


def states(registry: Registry) -> dict[str, bool]:
    (found, *_) = notifications.inbox(registry, CARBERRY)
    return {name: getattr(found, name) is not None for name in ("read", "actioned", "archived")}


def test_the_inbox_is_for_who_is_signed_in(orcid_registry: Server, browser: requests.Session) -> None:
    answer = requests.get(f"{orcid_registry.web}/inbox", timeout=10)
    assert answer.url == f"{orcid_registry.web}/signin"
    assert texts(visit(browser, orcid_registry, "/inbox"), "//main/p") == ["Nothing is waiting for you."]
    orcid_registry.registry.notify(GARCIA, PREMIUM, "permission", MESSAGE)
    for method in ("GET", "POST"):
        assert browser.request(method, f"{orcid_registry.web}/inbox/1", timeout=10).status_code == 404


def test_a_request_for_permission_is_read_and_granted(orcid_registry: Server, browser: requests.Session) -> None:
    registry = orcid_registry.registry
    url = f"{orcid_registry.web}{AUTHORIZE}"
    registry.notify(CARBERRY, PREMIUM, "permission", changed(authorization_url={"uri": url}))
    assert texts(visit(browser, orcid_registry, f"/{CARBERRY}"), "//a[contains(., 'Inbox')]") == [
        "Inbox (1)",
        "Inbox (1 unread)",
    ]
    inbox = visit(browser, orcid_registry, "/inbox")
    assert texts(inbox, "//li[@class='unread']/a") == ["Your article has been published"]
    assert states(registry) == {"read": False, "actioned": False, "archived": False}
    page = visit(browser, orcid_registry, "/inbox/1")
    assert states(registry) == {"read": True, "actioned": False, "archived": False}
    assert texts(page, "//h1") == ["Your article has been published"]
    assert "May we add it to your record?" in texts(page, "//p")
    assert texts(page, "//article//li") == [
        "work On cracked pots doi: 10.5555/12345678",
        "employment Professor of psychoceramics",
    ]
    assert texts(page, "//main//span[@class='id']") == [PREMIUM, url]
    assert texts(page, "//main//button") == ["Grant permission", "Ignore"]
    answer = decide(browser, orcid_registry, "/inbox/1", decision="grant")
    assert (answer.status_code, answer.headers["Location"]) == (303, url)
    assert states(registry) == {"read": True, "actioned": True, "archived": False}
    assert texts(visit(browser, orcid_registry, "/inbox"), "//li[@class='unread']") == []


def test_what_is_ignored_goes_to_the_archive(orcid_registry: Server, browser: requests.Session) -> None:
    registry = orcid_registry.registry
    registry.notify(CARBERRY, PREMIUM, "permission", MESSAGE)
    answer = decide(browser, orcid_registry, "/inbox/1", decision="archive")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/inbox")
    assert states(registry) == {"read": True, "actioned": False, "archived": True}
    inbox = visit(browser, orcid_registry, "/inbox")
    assert texts(inbox, "//main/ul") == []
    assert texts(inbox, "//details/summary") == ["Archived (1)"]


@pytest.mark.parametrize(
    "address",
    [
        {"uri": "javascript:alert(1)"},
        {"uri": "data:text/html,x"},
        {"uri": "https:///path"},
        {"uri": "http://[::1"},
        {"uri": "//example.org"},
        {"uri": "oauth"},
        {"path": "/\\example.org"},
        {"uri": "https://example.org/\r\nSet-Cookie: a=b"},
    ],
)
def test_addresses_that_no_browser_is_sent_to(
    orcid_registry: Server, browser: requests.Session, address: dict[str, str]
) -> None:
    orcid_registry.registry.notify(CARBERRY, PREMIUM, "permission", changed(authorization_url=address))
    page = visit(browser, orcid_registry, "/inbox/1")
    assert texts(page, "//main//button") == ["Ignore"]
    assert len(page.xpath("//p[@class='fault']")) == 1
    assert decide(browser, orcid_registry, "/inbox/1", decision="grant").headers["Location"] == "/inbox"


def test_a_path_leads_to_the_same_host(orcid_registry: Server, browser: requests.Session) -> None:
    orcid_registry.registry.notify(CARBERRY, PREMIUM, "permission", changed(authorization_url={"path": AUTHORIZE}))
    assert decide(browser, orcid_registry, "/inbox/1", decision="grant").headers["Location"] == AUTHORIZE


def test_people_see_what_clients_did(orcid_registry: Server, browser: requests.Session, api: Api) -> None:
    bulk = {"bulk": [{"work": work(external_id(f"10.5555/{number}"))} for number in range(3)]}
    api("POST", "/works", bulk)
    api.other_client().post(work())
    rows = texts(visit(browser, orcid_registry, "/inbox"), "//li/a")
    assert rows == ["Another member added work: On cracked pots", "Journal under test added 3 items: work"]
    page = visit(browser, orcid_registry, "/inbox/1")
    assert len(page.xpath("//article//li")) == 3
    assert texts(page, "//main//button") == ["Archive"]


def test_notifications_can_be_turned_off(orcid_registry: Server, browser: requests.Session) -> None:
    researchers = orcid_registry.registry.researchers
    page = visit(browser, orcid_registry, "/inbox")
    assert texts(page, "//main//button") == ["Turn notifications off"]
    decide(browser, orcid_registry, "/inbox", notifications="off")
    assert not researchers[CARBERRY].notifications
    assert texts(visit(browser, orcid_registry, "/inbox"), "//main//button") == ["Turn notifications on"]
    decide(browser, orcid_registry, "/inbox", notifications="on")
    assert researchers[CARBERRY].notifications
