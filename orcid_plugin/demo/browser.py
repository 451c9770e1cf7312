"""A browser without a screen: one person's cookies, links that are followed, forms that are filled and submitted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urljoin

import requests
from lxml import html

from orcid_plugin.errors import StepFailed

TIMEOUT = 60.0


class Browser:
    """Follows redirects and keeps the page that it is on; every page that is an error raises `StepFailed`."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy stands between a person and loopback
        self.url = ""
        self.page: html.HtmlElement = html.Element("html")

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def open(self, url: str) -> None:
        """Go to an address, absolute or relative to the page."""
        self._show(self._session.get(urljoin(self.url, url), timeout=TIMEOUT))

    def follow(self, wanted: str) -> None:
        """Follow the first link whose text, label or address contains `wanted`."""
        for link in self.page.iter("a"):
            if wanted in " ".join((text_of(link), link.get("aria-label", ""), link.get("href", ""))):
                return self.open(link.get("href", ""))
        raise StepFailed(f"the page {self.url} has no link {wanted!r}")

    def submit(
        self,
        wanted: Callable[[html.FormElement], bool],
        values: dict[str, str] | None = None,
        *,
        button: tuple[str, str] | None = None,
        action: str | None = None,
        files: dict[str, tuple[str, bytes]] | None = None,
    ) -> None:
        """Fill the first form that is `wanted` and submit it with what it holds, hidden fields included.

        `button` is name and value of the button that is pressed, `action` its own address if it has one.
        """
        form = next((form for form in self.page.forms if wanted(form)), None)
        if form is None:
            raise StepFailed(f"the page {self.url} has not the form that was looked for")
        data = {name: value for name, value in form.form_values() if name not in (files or {})}
        missing = set(values or {}) - set(form.fields)
        if missing:
            raise StepFailed(f"the form of {self.url} has no field {min(missing)!r}")
        data |= values or {}
        if button:
            data[button[0]] = button[1]
        target = urljoin(self.url, action or form.get("action") or self.url)
        sent: dict[str, Any] = {"data": data, "files": files}
        if form.method == "GET":
            sent = {"params": data}
        headers = {"Referer": self.url}
        self._show(self._session.request(form.method, target, headers=headers, timeout=TIMEOUT, **sent))

    def download(self, url: str) -> bytes:
        """What an address holds, without leaving the page."""
        answer = self._session.get(urljoin(self.url, url), timeout=TIMEOUT)
        if not answer.ok:
            raise StepFailed(f"{answer.url} answered {answer.status_code}")
        return answer.content

    def find(self, xpath: str) -> list[html.HtmlElement]:
        """Elements of the page."""
        return cast("list[html.HtmlElement]", self.page.xpath(xpath))

    @property
    def text(self) -> str:
        """All text of the page."""
        return text_of(self.page)

    def _show(self, answer: requests.Response) -> None:
        self.url = answer.url
        self.page = html.fromstring(answer.content or b"<html></html>")
        if not answer.ok:
            said = self.find("//*[contains(@class, 'error')] | //main//p | //p")
            why = text_of(said[0])[:300] if said else "no explanation"
            raise StepFailed(f"{self.url.partition('?')[0]} answered {answer.status_code}: {why}")


def with_field(name: str, value: str | None = None) -> Callable[[html.FormElement], bool]:
    """Whether a form has a field of this name, and this value."""
    return lambda form: name in form.fields and value in (None, form.fields[name])


def with_button(value: str) -> Callable[[html.FormElement], bool]:
    """Whether a form has a button of this value."""
    return lambda form: bool(form.xpath(".//button[@value=$value]", value=value))


def to_address(ending: str) -> Callable[[html.FormElement], bool]:
    """Whether a form, or a button of it, leads to an address with this ending."""
    return lambda form: any(
        address.endswith(ending) for address in [form.get("action", ""), *form.xpath(".//button/@formaction")]
    )


def text_of(element: html.HtmlElement) -> str:
    """The text of an element, white space collapsed."""
    return " ".join(element.text_content().split())
