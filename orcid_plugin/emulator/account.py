"""What people do at the Registry about themselves: sign in, register, see and take back what they have permitted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from orcid_plugin.emulator import scopes
from orcid_plugin.emulator.state import Registry
from orcid_plugin.emulator.values import Client, Email, Researcher

UNUSABLE = frozenset({"locked", "deactivated", "deprecated"})
"""States of a record whose person cannot sign in."""
_LANGUAGES = frozenset("ar cs en es fr de it ja ko pl pt ru tr zh_CN zh_TW".split())


@dataclass(frozen=True, slots=True)
class TrustedParty:
    """A client that a person trusts: what it may do, as sentences, and since which day."""

    client: Client
    may: list[str]
    since: str


def trusted_parties(registry: Registry, orcid: str) -> list[TrustedParty]:
    """The clients with a valid token for this record, in the order of their names."""
    tokens = [token for token in registry.tokens.values() if token.orcid == orcid and registry.is_active(token)]
    parties = []
    for client_id in {token.client for token in tokens} & registry.clients.keys():
        granted = [token for token in tokens if token.client == client_id]
        since = datetime.fromtimestamp(min(token.created for token in granted), UTC).date().isoformat()
        may = scopes.in_words([scope for token in granted for scope in token.scopes])
        parties.append(TrustedParty(registry.clients[client_id], may, since))
    return sorted(parties, key=lambda party: party.client.name.casefold())


class Account:
    """The views; who is signed in, and since when, is in the session cookie."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("account", __name__)
        blueprint.add_url_rule("/signin", "sign_in_page", self.sign_in_page, methods=["GET"])
        blueprint.add_url_rule("/signin", "sign_in", self.sign_in, methods=["POST"])
        blueprint.add_url_rule("/register", "register", self.register, methods=["POST"])
        blueprint.add_url_rule("/signout", "sign_out", self.sign_out, methods=["POST"])
        blueprint.add_url_rule("/trusted-parties", "trusted", self.trusted, methods=["GET"])
        blueprint.add_url_rule("/trusted-parties", "withdraw", self.withdraw, methods=["POST"])
        blueprint.app_context_processor(lambda: {"language": _language()})
        return blueprint

    def sign_in_page(self, fault: str = "", status: int = 200) -> Response:
        people = self.registry.researchers.values()
        asked_for = {request.values.get("orcid"), self._owner(request.values.get("email", ""))}
        page = render_template(
            "signin.html",
            people=sorted(people, key=lambda person: (person.orcid not in asked_for, person.name.casefold())),
            asked_for=asked_for,
            client=self.registry.clients.get(request.args.get("client_id", "")),
            registering=request.args.get("show_login") == "false" or request.endpoint == "account.register",
            fault=fault,
        )
        return Response(page, status)

    def sign_in(self) -> BaseResponse:
        person = self.registry.researchers.get(request.form.get("orcid", ""))
        if person is None or (person.password is not None and person.password != request.form.get("password", "")):
            return self.sign_in_page("The iD or the password is not right.", 401)
        if person.state in UNUSABLE:
            return self.sign_in_page(f"The record {person.orcid} is {person.state}.", 403)
        return self._go_on_as(person)

    def register(self) -> BaseResponse:
        given, family, email = (request.form.get(name, "").strip() for name in ("given_names", "family_names", "email"))
        if not given:
            return self.sign_in_page("A record needs a given name.", 400)
        if self._owner(email):
            return self.sign_in_page(f"There is a record with the address {email}: sign in.", 400)
        person = Researcher(self.registry.free_orcid(), given, family or None, emails=(Email(email),) if email else ())
        return self._go_on_as(self.registry.add_researcher(person))

    def _owner(self, email: str) -> str | None:
        """The iD of the person with this address."""
        wanted = email.strip().casefold()
        people = self.registry.researchers.values()
        owners = (person.orcid for person in people if wanted in (known.email.casefold() for known in person.emails))
        return next(owners, None)

    def _go_on_as(self, person: Researcher) -> BaseResponse:
        session["orcid"], session["at"] = person.orcid, self.registry.clock()
        if "oauth" not in request.args:
            return redirect(url_for("pages.record_page", orcid=person.orcid))
        # `prompt=login` has now had its way; left in, it would ask for ever.
        query = {name: value for name, value in request.args.items() if name != "oauth"}
        if query.get("prompt"):
            query["prompt"] = " ".join(word for word in query["prompt"].split() if word != "login")
        return redirect(f"{url_for('oauth.authorize')}?{urlencode(query)}")

    def sign_out(self) -> BaseResponse:
        session.clear()
        return redirect(url_for("pages.start"))

    def trusted(self) -> BaseResponse:
        person = signed_in(self.registry)
        if person is None:
            return redirect(url_for("account.sign_in_page"))
        return Response(render_template("trusted.html", parties=trusted_parties(self.registry, person.orcid)))

    def withdraw(self) -> BaseResponse:
        person = signed_in(self.registry)
        if person is not None:
            self.registry.withdraw(person.orcid, request.form.get("client", ""))
        return redirect(url_for("account.trusted"))


def signed_in(registry: Registry) -> Researcher | None:
    """Who is signed in in this browser, with a record that can still be used."""
    person = registry.researchers.get(session.get("orcid", ""))
    return None if person is None or person.state in UNUSABLE else person


def _language() -> str:
    """The page's language as HTML writes it; the texts are English whatever was asked."""
    asked = request.args.get("lang", "")
    return asked.replace("_", "-") if asked in _LANGUAGES else "en"
