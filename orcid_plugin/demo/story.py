"""The story of an article, played over real HTTP by people with browsers, each step checked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from lxml import html

from orcid_plugin.demo import checks
from orcid_plugin.demo.accounts import EDITOR_EMAIL, EDITOR_PASSWORD
from orcid_plugin.demo.browser import Browser, text_of, to_address, with_button, with_field
from orcid_plugin.demo.cast import Player
from orcid_plugin.errors import StepFailed
from orcid_plugin.metadata.contributor import ContributorRole

PASSWORD = "correct horse battery"  # noqa: S105 - of an account that lives as long as the story
PATIENCE = 60.0
"""Seconds that the outbox may take."""


@dataclass(frozen=True, slots=True)
class Line:
    """One contributor on the editor's page at the end, as texts; `crossref` says what became of them in the deposit."""

    name: str
    orcid: str
    connection: str
    delivery: str
    put_code: str
    roles: str
    crossref: str


@dataclass(frozen=True, slots=True)
class Result:
    """How the story ended: a line for each contributor, and the record page of the first who connected."""

    lines: Sequence[Line]
    record_page: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What the article page tells machines of the article."""

    doi: str
    title: str
    issns: set[str]


class Story:
    """One performance.

    Arguments:
        journal, registry: their addresses; `public_api` is the Registry's, without the version.
        players: the first submits, the second is invited, the third is invited and denies; the last one reviews.
        say: told each step that succeeded.
    """

    def __init__(
        self, journal: str, registry: str, public_api: str, players: Sequence[Player], say: Callable[[str], None]
    ) -> None:
        self.journal = journal
        self.registry = registry
        self.public_api = public_api
        self.author, *self.others, self.reviewer = players
        self.say = say
        self.author_browser, self.editor_browser = Browser(), Browser()
        self.connected: list[Player] = []
        self.submission = ""

    def close(self) -> None:
        """Close the browsers."""
        self.author_browser.close()
        self.editor_browser.close()

    def play(self, article: bytes) -> Result:
        """Play everything; raises `StepFailed` that names the step which failed and says why."""
        author = self.author.name
        with self._step(f"{author} registers with ORCID: name and iD come from there"):
            self._register()
        with self._step(f"{author} signs out, and in again with ORCID"):
            self._sign_in()
        with self._step(f"{author} submits the article: its contributors and roles are read from it"):
            self._submit(article)
        with self._step(f"{author} says which contributor of the article that is"):
            self._this_is_me()
        self._invitations()
        with self._step(f"The editor asks {self.reviewer.name} for a review, who connects without an account"):
            self._ask_reviewer()
        with self._step("The review is handed in: the reviewer's record credits it and does not name the article"):
            self._review()
        with self._step("The editor publishes the article"):
            self._publish()
        with self._step("The outbox brings the work to the ORCID records of all who connected"):
            self._wait_for_outbox()
            self._require_sent()
        shown = self._published()
        for player in self.connected:
            with self._step(f"The record of {player.name} ({player.orcid}) has the work with DOI, ISSN, iDs, roles"):
                self._check_record(player, shown)
        with self._step("The Crossref deposit carries their iDs as authenticated"):
            deposited = self._check_deposit()
        return Result(list(self._lines(deposited)), f"{self.registry}/{self.author.orcid}")

    @contextmanager
    def _step(self, sentence: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            # Whatever goes wrong in a step, a lost connection or a page that is not as expected, is told as that step.
            raise StepFailed(f"step failed: {sentence}: {error or type(error).__name__}") from error
        self.say(f"✓ {sentence}")

    def _register(self) -> None:
        browser = self.author_browser
        browser.open(f"{self.journal}/register")
        browser.follow("Create or connect your ORCID iD")
        self._at_orcid(browser, self.author, "grant")
        if self.author.orcid not in browser.text:
            raise StepFailed("the form does not show the iD that ORCID vouched for")
        filled = browser.find("//input[@name='name']/@value")
        if filled != [self.author.name]:
            raise StepFailed(f"the form is filled with the name {filled!r}, not {self.author.name!r}")
        browser.submit(with_field("password"), {"email": "author@mail.example", "password": PASSWORD})
        if self.author.orcid not in browser.text:
            raise StepFailed("the profile does not show the iD")
        self.connected.append(self.author)

    def _sign_in(self) -> None:
        browser = self.author_browser
        browser.submit(to_address("/sign-out"))
        browser.open("/sign-in?next=/profile")
        browser.follow("Sign in with ORCID")
        browser.submit(with_button("grant"), button=("decision", "grant"))
        if not browser.url.endswith("/profile") or self.author.orcid not in browser.text:
            raise StepFailed("the account of the iD is not signed in")

    def _at_orcid(self, browser: Browser, player: Player, decision: str) -> None:
        """Sign in at the Registry and answer its question."""
        browser.submit(with_field("orcid", player.orcid))
        browser.submit(with_button(decision), button=("decision", decision))

    def _submit(self, article: bytes) -> None:
        browser = self.author_browser
        browser.open("/submit")
        browser.submit(with_field("article"), files={"article": ("article.xml", article)})
        self.submission = browser.url
        if not browser.find("//tr[@data-contributor]"):
            raise StepFailed("the journal found no contributors")

    def _this_is_me(self) -> None:
        browser = self.author_browser
        self._open_contributor(self.author)
        browser.submit(to_address("/me"))
        self._expect(self.author, "data-connection", "active")

    def _invitations(self) -> None:
        if not self.others:
            self.say("– Nobody else is named on the article, so that nobody is invited")
            return
        co_author, *rest = self.others
        with self._step(f"{co_author.name} is invited by mail and connects without an account"):
            self._invite(co_author, "grant")
            self._expect(co_author, "data-connection", "active")
            self.connected.append(co_author)
        if rest:
            with self._step(f"{rest[0].name} is invited and denies: that is remembered"):
                self._invite(rest[0], "deny")
                self._expect(rest[0], "data-invitation", "denied")

    def _invite(self, player: Player, decision: str) -> None:
        address = f"contributor{player.position + 1}@mail.example"
        self._open_contributor(player)
        self.author_browser.submit(to_address("/invite"), {"email": address})
        self._answer_letter(player, address, decision)
        self.author_browser.open(self.submission)

    def _answer_letter(self, player: Player, address: str, decision: str) -> None:
        """In a browser of their own, from the mail to the Registry."""
        browser = Browser()
        try:
            browser.open(self._letter_to(browser, address))
            browser.follow("/invitation/")
            browser.submit(with_button("connect"), button=("answer", "connect"))
            self._at_orcid(browser, player, decision)
        finally:
            browser.close()

    def _letter_to(self, browser: Browser, address: str) -> str:
        """The page of the newest mail to an address, which the worker sends a moment after it was asked for."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            browser.open(f"{self.journal}/mailbox/")
            if letters := browser.find(f"//tr[td[normalize-space()='{address}']]//a/@href"):
                return str(letters[0])
            time.sleep(0.1)
        raise StepFailed(f"no mail to {address} is in the mailbox after {PATIENCE:.0f} seconds")

    def _ask_reviewer(self) -> None:
        browser, address = self.editor_browser, "reviewer@mail.example"
        browser.open(f"{self.journal}/sign-in")
        browser.submit(with_field("password"), {"email": EDITOR_EMAIL, "password": EDITOR_PASSWORD})
        browser.open(self.submission)
        browser.submit(to_address("/reviewer"), {"name": self.reviewer.name, "email": address})
        self._answer_letter(self.reviewer, address, "grant")

    def _review(self) -> None:
        browser = self.editor_browser
        browser.submit(to_address("/reviewed"))
        self._wait_for_outbox()
        checks.require_anonymous_review(self.public_api, self.reviewer.orcid)

    def _publish(self) -> None:
        browser = self.editor_browser
        browser.submit(to_address("/publish"), action=str(browser.find("//button/@formaction")[0]))

    def _wait_for_outbox(self) -> None:
        browser, end = self.editor_browser, time.monotonic() + PATIENCE
        while True:
            browser.open(self.submission)
            owed = [row for row in browser.find("//tr[@data-delivery]") if row.get("data-delivery")]
            on_the_way = [row for row in owed if row.get("data-delivery") in {"pending", "sending"}]
            if not on_the_way:
                break
            if time.monotonic() > end:
                raise StepFailed(f"it is still on its way after {PATIENCE:.0f} seconds: {text_of(on_the_way[0])}")
            time.sleep(0.1)

    def _require_sent(self) -> None:
        for player in self.connected:
            row = self._row(self.editor_browser, player)
            if row.get("data-delivery") != "sent":
                raise StepFailed(f"nothing arrived for {text_of(row)}")

    def _published(self) -> Shown:
        """What the article page tells of the article."""
        with self._step("The article page shows the authenticated iDs by ORCID's display rules"):
            browser = self.author_browser
            browser.open(self.submission.replace("/submission/", "/article/"))
            for player in self.connected:
                told = browser.find(f"//meta[@name='citation_author_orcid'][contains(@content, '{player.orcid}')]")
                linked = browser.find(f"//a[contains(@href, '{player.orcid}')][*]")
                if not linked or (player.contributor.role is ContributorRole.AUTHOR and not told):
                    raise StepFailed(f"the iD of {player.name} is not shown")
            doi, title = (str(browser.find(f"//meta[@name='citation_{one}']/@content")[0]) for one in ("doi", "title"))
            issns = {str(issn) for issn in browser.find("//meta[@name='citation_issn']/@content")}
        return Shown(doi, title, issns)

    def _check_record(self, player: Player, article: Shown) -> None:
        work = checks.work_of_record(self.public_api, player.orcid, article.doi)
        checks.require_title(work, article.title)
        checks.require_container(work, article.issns)
        checks.require_contributors(work, player, {one.orcid for one in self.connected})
        shown = self._row(self.editor_browser, player).get("data-put-code")
        if str(work["put-code"]) != shown:
            raise StepFailed(f"the record has put-code {work['put-code']}, the journal believes {shown}")

    def _check_deposit(self) -> dict[str, str]:
        """What became of each player in the deposit, by iD; raises `StepFailed` for one who is missing unexplained."""
        browser = self.author_browser
        deposited = checks.authenticated_orcids(browser.download(f"{browser.url}/crossref.xml"))
        if strangers := deposited - {player.orcid for player in self.connected}:
            raise StepFailed(f"it marks {min(strangers)} as authenticated, who never connected")
        browser.open(f"{self.submission}/deposit")
        findings = browser.find("//li[@data-person]")
        found = {}
        for player in self.connected:
            name = " ".join(player.contributor.display_name.split())
            reasons = [text_of(item) for item in findings if " ".join(item.get("data-person", "").split()) == name]
            if player.orcid not in deposited and not reasons:
                raise StepFailed(f"the iD of {player.name} is not in it")
            found[player.orcid] = "authenticated" if player.orcid in deposited else f"left alone: {reasons[0]}"
        return found

    def _lines(self, deposited: dict[str, str]) -> Iterator[Line]:
        for row in self.editor_browser.find("//tr[@data-contributor]"):
            roles = row.xpath("string(.//*[@class='credit'])")
            orcid = row.get("data-orcid", "")
            yield Line(
                name=row.get("data-name", ""),
                orcid=orcid,
                connection=row.get("data-connection") or row.get("data-invitation") or "–",
                delivery=row.get("data-delivery", ""),
                put_code=row.get("data-put-code", ""),
                roles=" ".join(roles.split()),
                crossref=deposited.get(orcid, ""),
            )

    def _open_contributor(self, player: Player) -> None:
        """From the submission, where each step leaves the author, to a contributor's page."""
        self.author_browser.open(str(self._row(self.author_browser, player).xpath(".//a/@href")[0]))

    def _expect(self, player: Player, attribute: str, value: str) -> None:
        found = self._row(self.author_browser, player).get(attribute)
        if found != value:
            raise StepFailed(f"the journal shows {player.name} as {found or 'not connected'}, not as {value}")

    @staticmethod
    def _row(browser: Browser, player: Player) -> html.HtmlElement:
        return browser.find("//tr[@data-contributor]")[player.position]
