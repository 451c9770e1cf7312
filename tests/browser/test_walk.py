"""The main job, walked through in a real browser by its people."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from orcid_plugin.demo.accounts import EDITOR_EMAIL, EDITOR_PASSWORD
from orcid_plugin.demo.servers import Stage
from tests.browser.conftest import ARTICLE

Person = Callable[..., Page]
Shoot = Callable[[Page, str], None]
CONNECT = "Create or connect your ORCID iD"
BOTH = ("0000-0000-2718-2810", "0000-0000-3141-5920")
"""The iDs of those who connect in the story."""


def at_orcid(page: Page, name: str, decision: str) -> None:
    """Sign in at the Registry as somebody, and answer its question."""
    page.get_by_role("button", name=f"Sign in as {name}").click()
    page.get_by_role("button", name=decision).click()


def register(page: Page, name: str = "Amina Okafor", *, with_orcid: bool = True) -> None:
    page.goto("/register")
    if with_orcid:
        page.get_by_role("link", name=CONNECT).click()
        at_orcid(page, name, "Authorize access")
    else:
        page.get_by_label("Name").fill(name)
    page.get_by_label("E-mail address").fill("amina@mail.example")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Create account").click()


def submit(page: Page) -> None:
    page.goto("/submit")
    page.get_by_label("Article").set_input_files(
        {"name": "article.xml", "mimeType": "application/xml", "buffer": ARTICLE.read_bytes()}
    )
    page.get_by_role("button", name="Submit the file").click()
    expect(page).to_have_url(re.compile("/submission/1$"))


def invite(page: Page, name: str, email: str) -> None:
    page.goto("/submission/1")
    page.get_by_role("link", name=name).click()
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_role("status")).to_contain_text(email)


def open_letter(page: Page, email: str) -> None:
    """Open the newest mail to an address, once the journal's worker has sent it."""
    letter = page.get_by_role("row", name=email).get_by_role("link")
    page.goto("/mailbox/")
    for _ in range(50):
        if letter.count():
            break
        page.wait_for_timeout(100)
        page.reload()
    letter.click()


def open_invitation(page: Page, email: str) -> None:
    open_letter(page, email)
    page.locator(".mail-text").get_by_role("link").first.click()


def row(page: Page, name: str):
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=name))


def test_registration_fills_the_form_with_what_orcid_vouches_for(person: Person, shoot: Shoot) -> None:
    page = person()
    page.goto("/register")
    shoot(page, "01-register")
    page.get_by_role("link", name=CONNECT).click()
    shoot(page, "02-registry-sign-in")
    page.get_by_role("button", name="Sign in as Amina Okafor").click()
    shoot(page, "03-registry-authorize")
    page.get_by_role("button", name="Authorize access").click()
    expect(page.get_by_label("Name")).to_have_value("Amina Okafor")
    expect(page.get_by_role("link", name="0000-0000-2718-2810")).to_be_visible()
    shoot(page, "04-register-filled")
    page.get_by_label("E-mail address").fill("amina@mail.example")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="Amina Okafor")).to_be_visible()
    shoot(page, "05-profile")
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("link", name=CONNECT)).to_be_visible()
    shoot(page, "06-profile-disconnected")


def test_who_registers_with_orcid_needs_no_password_until_they_disconnect(person: Person, shoot: Shoot) -> None:
    page = person()
    page.goto("/sign-in")
    shoot(page, "50-sign-in")
    page.get_by_role("link", name="Sign in with ORCID").click()
    at_orcid(page, "Amina Okafor", "Authorize access")
    expect(page.get_by_text("No account here has your iD yet.")).to_be_visible()
    shoot(page, "51-register-from-sign-in")
    page.get_by_role("button", name="Fill in from my ORCID record").click()
    expect(page.get_by_label("Name")).to_have_value("Amina Okafor")
    page.get_by_label("E-mail address").fill("amina@mail.example")
    page.get_by_role("button", name="Create account").click()
    page.goto("/profile")
    shoot(page, "52-profile-without-password")
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("alert")).to_contain_text("set a password")
    page.get_by_label("New password").fill("correct horse battery")
    page.get_by_role("button", name="Set a password").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto("/sign-in")
    page.get_by_role("link", name="Sign in with ORCID").click()
    expect(page.get_by_role("heading", name="Amina Okafor")).to_be_visible()
    page.get_by_role("button", name="Disconnect").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto("/sign-in")
    page.get_by_role("link", name="Sign in with ORCID").click()
    page.get_by_role("button", name="Authorize access").click()
    expect(page.get_by_role("heading", name="You are not signed in")).to_be_visible()
    shoot(page, "53-not-signed-in")


def test_an_id_moves_to_the_account_of_somebody_who_proves_both(person: Person, shoot: Shoot) -> None:
    page = person()
    register(page)
    page.get_by_role("button", name="Sign out").click()
    page.goto("/register")
    page.get_by_label("Name").fill("Amina the Second")
    page.get_by_label("E-mail address").fill("second@mail.example")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Create account").click()
    page.get_by_role("link", name=CONNECT).click()
    expect(page.get_by_role("heading", name="Another account has this ORCID iD")).to_be_visible()
    shoot(page, "60-conflict")
    page.get_by_role("link", name="Sign in with ORCID").click()
    page.get_by_role("button", name="Authorize access").click()
    expect(page.get_by_role("heading", name="Move your ORCID iD?")).to_be_visible()
    shoot(page, "61-conflict-proved")
    page.goto("/profile")
    shoot(page, "62-profile-with-conflict")
    page.get_by_role("link", name="Decide").click()
    page.get_by_role("button", name="Move it to the other account").click()
    expect(page.get_by_role("heading", name="Your ORCID iD has moved")).to_be_visible()
    shoot(page, "63-moved")
    page.get_by_role("link", name="Sign in with ORCID").click()
    expect(page.get_by_role("heading", name="Amina the Second")).to_be_visible()
    expect(page.get_by_role("link", name="0000-0000-2718-2810")).to_be_visible()


def test_somebody_who_denies_goes_on_without_an_id(person: Person, shoot: Shoot) -> None:
    page = person()
    page.goto("/register")
    page.get_by_role("link", name=CONNECT).click()
    at_orcid(page, "Amina Okafor", "Deny access")
    expect(page.get_by_role("heading", name="No ORCID iD connected")).to_be_visible()
    shoot(page, "07-denied")
    page.get_by_role("link", name="Go on without an iD").click()
    expect(page.get_by_role("heading", name="Register")).to_be_visible()


def test_connecting_on_the_submission_form(person: Person, shoot: Shoot) -> None:
    page = person()
    register(page, with_orcid=False)
    page.goto("/submit")
    shoot(page, "10-submit")
    submit(page)
    shoot(page, "11-submission")
    row(page, "Amina Okafor").get_by_role("link", name="Amina Okafor").click()
    shoot(page, "12-contributor")
    page.get_by_role("link", name=CONNECT).click()
    at_orcid(page, "Amina Okafor", "Authorize access")
    expect(page).to_have_url(re.compile("/submission/1$"))
    expect(page.get_by_role("link", name="View ORCID record").first).to_contain_text("0000-0000-2718-2810")
    expect(page.get_by_role("table")).not_to_contain_text("(unauthenticated)")


def test_an_article_by_hand_gets_its_contributors_and_roles(person: Person, shoot: Shoot) -> None:
    page = person()
    register(page)
    page.goto("/submit")
    page.get_by_label("Title").fill("On the colour of quiet mornings")
    page.get_by_label("Abstract").fill("They are grey.")
    page.locator("summary").first.click()
    page.get_by_label("Writing – original draft").first.check()
    page.get_by_role("button", name="Add a contributor").click()
    page.get_by_label("Family name").nth(1).fill("Weiß")
    page.get_by_label("Given names").nth(1).fill("Jürgen")
    shoot(page, "13-submit-by-hand")
    page.get_by_role("button", name="Submit the article").click()
    expect(page.get_by_role("table")).to_contain_text("Writing – original draft")
    row(page, "Amina Okafor").get_by_role("link", name="Amina Okafor").click()
    page.get_by_role("button", name="This is me").click()
    expect(page.get_by_role("link", name="View ORCID record").first).to_be_visible()


def test_from_invitation_to_the_article_page(person: Person, stage: Stage, shoot: Shoot) -> None:
    author, co_author, third, editor = (person() for _ in range(4))
    register(author)
    submit(author)
    row(author, "Amina Okafor").get_by_role("link", name="Amina Okafor").click()
    shoot(author, "14-this-is-me")
    author.get_by_role("button", name="This is me").click()
    invite(author, "Jürgen Weiß", "juergen@mail.example")
    invite(author, "Yuki Tanaka", "yuki@mail.example")

    co_author.goto("/mailbox/")
    shoot(co_author, "20-mailbox")
    co_author.get_by_role("row", name="juergen@mail.example").get_by_role("link").click()
    shoot(co_author, "21-mail")
    co_author.locator(".mail-text").get_by_role("link").first.click()
    shoot(co_author, "22-invitation")
    co_author.get_by_role("button", name=CONNECT).click()
    at_orcid(co_author, "Jürgen Weiß", "Authorize access")
    expect(co_author.get_by_role("heading", name="Thank you")).to_be_visible()
    shoot(co_author, "23-thanks")

    open_invitation(third, "yuki@mail.example")
    third.get_by_role("button", name=CONNECT).click()
    at_orcid(third, "Yuki Tanaka", "Deny access")
    expect(third.get_by_role("heading", name="No ORCID iD connected")).to_be_visible()

    editor.goto("/desk/")
    shoot(editor, "30-sign-in")
    editor.get_by_label("E-mail address").fill(EDITOR_EMAIL)
    editor.get_by_label("Password").fill(EDITOR_PASSWORD)
    editor.get_by_role("button", name="Sign in").click()
    shoot(editor, "31-desk")
    editor.get_by_role("link", name=re.compile("lighthouse")).click()
    shoot(editor, "32-editor")
    editor.get_by_role("button", name="Publish", exact=True).click()
    expect_delivered(editor, "Amina Okafor")
    expect_delivered(editor, "Jürgen Weiß")
    expect(row(editor, "Yuki Tanaka")).to_contain_text("declined")
    shoot(editor, "33-published")
    editor.get_by_role("link", name="Crossref deposit").click()
    expect(editor.locator("pre")).to_contain_text(
        '<ORCID authenticated="true">https://orcid.org/0000-0000-2718-2810</ORCID>'
    )
    shoot(editor, "34-deposit")
    editor.go_back()
    editor.get_by_role("link", name="ORCID history").click()
    expect(editor.get_by_role("row", name="Yuki Tanaka")).to_contain_text("declined")
    shoot(editor, "35-history")
    editor.go_back()

    reader = person()
    reader.goto("/")
    shoot(reader, "40-home")
    reader.get_by_role("link", name=re.compile("lighthouse")).click()
    shoot(reader, "41-article")
    records = reader.get_by_role("link", name="View ORCID record")
    expect(records).to_have_count(2)
    told = reader.locator("meta[name=citation_author_orcid]").evaluate_all("all => all.map(one => one.content)")
    linked = json.loads(reader.locator("script").text_content() or "")
    assert (
        told
        == [one["@id"] for one in linked["author"] if "@id" in one]
        == [f"https://orcid.org/{orcid}" for orcid in BOTH]
    )
    records.nth(1).click()
    expect(reader.get_by_role("heading", name="How long is a lighthouse keeper's afternoon?")).to_be_visible()
    shoot(reader, "42-record")

    editor.get_by_role("button", name="Withdraw").click()
    for name in ("Amina Okafor", "Jürgen Weiß"):
        wait_for(editor, name, lambda text: "put-code" not in text)
    assert [stage.registry.registry.works_of(orcid) for orcid in stage.registry.registry.researchers] == [[]] * 4


def test_the_button_of_the_html_mail_opens_the_invitation(person: Person) -> None:
    author = person()
    register(author)
    submit(author)
    invite(author, "Jürgen Weiß", "juergen@mail.example")
    open_letter(author, "juergen@mail.example")
    with author.expect_popup() as popup:
        author.frame_locator("iframe").get_by_role("link", name=CONNECT).click()
    expect(popup.value.get_by_role("heading", name="Connect your ORCID iD")).to_be_visible()


def test_pages_work_without_a_mouse_and_fit_a_telephone(person: Person) -> None:
    page = person(width=360, height=640)
    for path in ("/", "/register", "/sign-in", "/mailbox/"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()


def expect_delivered(page: Page, name: str) -> None:
    wait_for(page, name, lambda text: "put-code" in text)


def wait_for(page: Page, name: str, arrived: Callable[[str], bool]) -> None:
    for _ in range(50):
        page.goto("/submission/1")
        if arrived(row(page, name).inner_text()):
            return
        page.wait_for_timeout(100)
    raise AssertionError(row(page, name).inner_text())
