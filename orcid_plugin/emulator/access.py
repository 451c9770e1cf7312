"""Who asks the API, and whether that caller may: tokens, clients, records and their states."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from orcid_plugin.emulator import scopes
from orcid_plugin.emulator.refusals import OAuthRefusal, Refusal
from orcid_plugin.emulator.state import Registry
from orcid_plugin.emulator.values import Client, Researcher, StoredItem, Token


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: `token` and `client` are None for an anonymous caller of the public API (`public`)."""

    token: Token | None
    client: Client | None
    public: bool

    @property
    def scopes(self) -> frozenset[str]:
        """What the token is good for, in today's scopes."""
        return frozenset(scopes.today(scope) for scope in self.token.scopes) if self.token else frozenset()

    @property
    def name(self) -> str:
        return self.client.name if self.client else "Your application"

    @property
    def client_id(self) -> str:
        return self.client.id if self.client else ""


def identify(registry: Registry, given: str | None, *, public: bool, method: str) -> Caller:
    """The caller with this access token; refused, in OAuth's form, if it must have one and has none that is valid."""
    if not given:
        if public:
            return Caller(None, None, public)
        raise OAuthRefusal(
            403, "forbidden", "Forbidden: The server understood the request but refuses to authorize it."
        )
    token = registry.tokens.get(given)
    # A client can always remove what it added, even after the person withdrew the permission.
    usable = token is not None and (registry.is_active(token) or (method == "DELETE" and token.state == "user-revoked"))
    if token is None or not usable:
        raise OAuthRefusal(401, "invalid_token", f"Invalid access token: {given}")
    return Caller(token, registry.clients.get(token.client), public)


def member_token(caller: Caller) -> Token:
    """The token of a caller of the member API; refused if it is not a member's."""
    if caller.token is None or caller.client is None or caller.client.kind == "public":
        raise Refusal(9017, "The client application is forbidden to perform the action.")
    return caller.token


def demand_scope(caller: Caller, *wanted: str) -> None:
    """Refuse a caller of the member API without one of these scopes, which clients have for themselves."""
    member_token(caller)
    if caller.scopes.isdisjoint(wanted):
        raise Refusal(9038)


def enter(
    registry: Registry, caller: Caller, orcid: str, *, write: bool, scope: str = scopes.UPDATE_ACTIVITIES
) -> Researcher:
    """The person whose record is meant; refused if there is none, its state forbids it, or the caller may not."""
    person = find_person(registry, orcid)
    check_state(person, write)
    if not caller.public:
        _check_token(caller, orcid, scope if write else None)
    return person


def find_person(registry: Registry, orcid: str, unknown: int = 9016) -> Researcher:
    """The person with this iD; refused with the code if there is none."""
    person = registry.researchers.get(orcid)
    if person is None:
        raise Refusal(unknown, f"ORCID iD {orcid} not found")
    return person


def check_state(person: Researcher, write: bool) -> None:
    """Refuse a record whose state forbids to read or write it."""
    if person.state == "deprecated":
        raise Refusal(9007, status=409 if write else 301, orcid=str(person.primary), deprecated_orcid=person.orcid)
    if person.state == "locked":
        raise Refusal(9018, orcid=person.orcid)
    if person.state == "deactivated":
        raise Refusal(9044)
    if person.state == "unclaimed":
        raise Refusal(9036)


def _check_token(caller: Caller, orcid: str, needed: str | None) -> None:
    token = member_token(caller)
    if token.orcid is not None and token.orcid != orcid:
        raise Refusal(9017, "Access token is for a different record")
    if needed and (token.orcid is None or needed not in caller.scopes):
        raise Refusal(9038)
    if not needed and not scopes.may_read(caller.scopes):
        raise Refusal(9038)


def reads_limited(caller: Caller) -> bool:
    """Whether the caller may see what only trusted organisations see."""
    return scopes.READ_LIMITED in caller.scopes and not caller.public


def visibilities(caller: Caller, *, private_emails: bool = False) -> frozenset[str]:
    """What the caller may see of what the person alone writes; private e-mail addresses need a scope of their own."""
    seen = {"public"}
    if reads_limited(caller):
        seen.add("limited")
    if private_emails and scopes.READ_EMAILS in caller.scopes and not caller.public:
        seen |= {"limited", "private"}
    return frozenset(seen)


def check_visible(caller: Caller, item: StoredItem) -> None:
    """Refuse an item that the caller may not see."""
    if item.visibility == "public":
        return
    if caller.public:
        raise Refusal(9039)
    if caller.token and caller.token.orcid and item.source == caller.client_id:
        return
    if item.visibility == "limited":
        if not reads_limited(caller):
            raise Refusal(9038)
        return
    raise Refusal(9013)


def visible(caller: Caller, items: Iterable[StoredItem]) -> list[StoredItem]:
    """The items of a list that the caller may see; the others are left out silently."""
    return [item for item in items if _is_visible(caller, item)]


def _is_visible(caller: Caller, item: StoredItem) -> bool:
    try:
        check_visible(caller, item)
    except Refusal:
        return False
    return True
