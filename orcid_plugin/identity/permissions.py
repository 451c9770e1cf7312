"""What people are asked for at ORCID: as little as the purpose needs, and a second factor where a site demands one."""

from __future__ import annotations

from collections.abc import Set

from orcid_plugin.errors import SettingsError, TwoFactorRequired
from orcid_plugin.host import Host, Purpose, Roles
from orcid_plugin.registry.oauth_answers import TokenAnswer
from orcid_plugin.settings import Settings

WRITE = "/activities/update"
IDENTITY = frozenset({"openid", "/authenticate"})
"""Scopes that tell who somebody is, and allow nothing (ORCID: scopes)."""


def scopes(settings: Settings, purpose: Purpose) -> frozenset[str]:
    """What a trip asks for: to sign in, who the person is; else, where the site is a member, to write as well.

    `openid` is always among them: the id_token ties ORCID's answer to the trip, and tells members of a second factor.
    Finding an account by address needs the addresses, which most people show to trusted parties only.
    """
    if settings.api != "member":
        return frozenset({"openid"})
    if purpose is Purpose.SIGN_IN:
        return frozenset({"openid", "/read-limited"} if settings.sign_in_by_email else {"openid"})
    return frozenset({"openid", WRITE, "/read-limited"})


def allows_more(held: Set[str], granted: Set[str]) -> bool:
    """Whether somebody would lose a permission if what they granted now took the place of what is held."""
    return not held - IDENTITY <= granted


def require_two_factor(settings: Settings, host: Host, account: str, answer: TokenAnswer) -> None:
    """Raise `TwoFactorRequired` where the account has a role of ORCID_PLUGIN_TWO_FACTOR_ROLES and signed in without.

    Raises `SettingsError` where the host cannot tell roles: a demand that nobody checks would be none.
    """
    if not settings.two_factor_roles:
        return
    if not isinstance(host, Roles):
        raise SettingsError("ORCID_PLUGIN_TWO_FACTOR_ROLES needs a host that implements host.Roles")
    demanding = sorted(set(settings.two_factor_roles) & set(host.roles(account)))
    if demanding and not (answer.id_token and answer.id_token.two_factor):
        raise TwoFactorRequired(
            f"{settings.site_name} demands two-factor authentication at ORCID of everybody with the role "
            f"{' or '.join(demanding)}"
        )
