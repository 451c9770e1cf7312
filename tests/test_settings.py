"""Tests of the table of settings: parsing, faults, secrets."""

from __future__ import annotations

import contextlib
import os
from dataclasses import fields

import hypothesis
import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from orcid_plugin.errors import SettingsError
from orcid_plugin.registry.environment import ENVIRONMENTS
from orcid_plugin.settings import PREFIX, Settings

KEY = Fernet.generate_key().decode()
OTHER_KEY = Fernet.generate_key().decode()
NAMES = [PREFIX + row.name.upper() for row in fields(Settings)]


def fault(**values: object) -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.from_mapping({PREFIX + name.upper(): value for name, value in values.items()})
    return str(caught.value)


def settings(**values: object) -> Settings:
    return Settings.from_mapping({PREFIX + name.upper(): value for name, value in values.items()})


def test_nothing_set_is_the_sandbox_of_a_member() -> None:
    found = settings()
    assert found.registry == ENVIRONMENTS["sandbox"]
    assert (found.api, found.requests_per_second) == ("member", 24)


def test_keys_of_others_are_left_alone() -> None:
    assert Settings.from_mapping({"ORCID_CLIENT_ID": "APP-HOST", "SECRET_KEY": "x"}) == Settings()


def test_none_counts_as_absent() -> None:
    assert settings(client_id=None, environment=None) == Settings()


def test_the_process_environment_is_read_like_a_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORCID_PLUGIN_ENVIRONMENT", "production")
    monkeypatch.setenv("ORCID_PLUGIN_TRUST_METADATA", "yes")
    monkeypatch.setenv("ORCID_PLUGIN_READ_TIMEOUT", "2.5")
    monkeypatch.setenv("ORCID_PLUGIN_TOKEN_KEYS", f"{KEY}, {OTHER_KEY},")
    found = Settings.from_mapping(os.environ)
    assert found.registry.web == "https://orcid.org"
    assert found.trust_metadata is True
    assert found.read_timeout == 2.5
    assert found.token_keys == (KEY, OTHER_KEY)


def test_values_may_have_the_types_of_a_flask_configuration() -> None:
    found = settings(trust_metadata=True, attempt_minutes=5, token_keys=[KEY, OTHER_KEY], read_timeout=3)
    assert (found.trust_metadata, found.attempt_minutes, found.read_timeout) == (True, 5, 3.0)
    assert found.token_keys == (KEY, OTHER_KEY)


def test_an_unknown_key_suggests_the_right_one() -> None:
    assert fault(clientid="APP-1") == "ORCID_PLUGIN_CLIENTID is unknown (did you mean ORCID_PLUGIN_CLIENT_ID?)"


def test_an_unknown_key_that_resembles_none_suggests_none() -> None:
    found = fault(zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz="1")
    assert found.endswith("is unknown")


def test_all_faults_are_reported_at_once() -> None:
    found = fault(colour="red", api="both", web_url="orcid.org", attempt_minutes="soon", environment="mine")
    for name in ("COLOUR", "API ", "WEB_URL ", "ATTEMPT_MINUTES ", "ENVIRONMENT ", "PUBLIC_API_URL", "ID_HOST"):
        assert PREFIX + name in found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("web_url", "orcid.org"),
        ("web_url", "ftp://orcid.org"),
        ("web_url", "https://"),
        ("web_url", "http://[::1"),
        ("web_url", "https://user:pass@orcid.org"),
        ("api_url", "https://api.orcid.org?x=1"),
        ("public_url", "journal"),
        ("id_host", "https://orcid.org"),
        ("id_host", "orcid.org/0000"),
        ("api", "both"),
        ("retracted", "hide"),
        ("trust_metadata", "perhaps"),
        ("support_email", "desk"),
        ("attempt_minutes", "0"),
        ("attempt_minutes", "1e3"),
        ("attempt_minutes", "100000000000000000000"),
        ("invitation_days", "-1"),
        ("read_timeout", "nan"),
        ("read_timeout", "inf"),
        ("pace", "0"),
        ("client_id", " "),
        ("token_keys", "secret"),
        ("token_keys", ","),
        ("token_keys", 5),
        ("token_keys", "schlüssel"),
    ],
)
def test_a_value_that_cannot_be_is_named(name: str, value: object) -> None:
    assert fault(**{name: value}).startswith(PREFIX + name.upper() + " ")


SECRETS = [row.name for row in fields(Settings) if row.metadata["secret"]]


def test_which_settings_are_secret() -> None:
    assert SECRETS == ["client_secret", "smtp_url", "database_url", "token_keys", "pace_storage"]


@pytest.mark.parametrize("name", SECRETS)
def test_secrets_are_in_no_repr_and_no_error(name: str) -> None:
    secret = {"token_keys": KEY, "smtp_url": "smtp://user:s3cr3t@mail.example"}.get(name, "s3cr3t-value")
    found = settings(**{name: secret})
    assert secret not in repr(found)
    assert secret not in str(found)
    assert "gar-bage" not in fault(token_keys="gar-bage", colour="x")


def test_the_site_does_not_show_its_secret() -> None:
    site = settings(client_id="APP-1", client_secret="s3cr3t-value").the_site()
    assert site.client_secret == "s3cr3t-value"
    assert "s3cr3t-value" not in repr(site)


def test_credentials_are_asked_for_when_they_are_needed() -> None:
    with pytest.raises(SettingsError, match="ORCID_PLUGIN_CLIENT_ID and ORCID_PLUGIN_CLIENT_SECRET must be set"):
        settings().the_site()
    with pytest.raises(SettingsError, match=r"^ORCID_PLUGIN_CLIENT_SECRET must be set"):
        settings(client_id="APP-1").the_site()


def test_one_url_of_a_known_registry_can_be_replaced() -> None:
    registry = settings(environment="sandbox", api_url="http://127.0.0.1:9999/").registry
    assert registry.api == "http://127.0.0.1:9999"
    assert registry.web == "https://sandbox.orcid.org"
    assert registry.name == "sandbox"


def test_a_registry_of_ones_own_needs_all_its_addresses() -> None:
    assert fault(environment="mine", web_url="http://localhost:1") == (
        "ORCID_PLUGIN_ENVIRONMENT 'mine' is not a known one, so ORCID_PLUGIN_API_URL, ORCID_PLUGIN_PUBLIC_API_URL, "
        "ORCID_PLUGIN_ID_HOST must be set"
    )
    registry = settings(
        environment="mine",
        web_url="http://localhost:1",
        api_url="http://localhost:2/api/",
        public_api_url="http://localhost:3",
        id_host="localhost:1",
    ).registry
    assert (registry.name, registry.api, registry.id_host) == ("mine", "http://localhost:2/api", "localhost:1")
    assert registry.token_url == "http://localhost:1/oauth/token"


def test_public_credentials_cannot_tell_of_a_second_factor() -> None:
    with pytest.raises(SettingsError, match="members only"):
        settings(api="public", two_factor_roles="editor")
    assert settings(two_factor_roles="editor, manager,editor").two_factor_roles == ("editor", "manager")


def test_public_credentials_go_at_half_the_pace() -> None:
    found = settings(api="public", client_id="APP-1", client_secret="s")
    assert found.requests_per_second == 12
    assert settings(api="public", pace=3).requests_per_second == 3


@hypothesis.settings(suppress_health_check=[hypothesis.HealthCheck.too_slow])  # a busy machine
@given(st.dictionaries(st.sampled_from(NAMES), st.text() | st.integers() | st.booleans() | st.floats() | st.none()))
def test_whatever_is_set_gives_settings_or_one_error(mapping: dict[str, object]) -> None:
    with contextlib.suppress(SettingsError):
        assert Settings.from_mapping(mapping).registry.web.startswith("http")
