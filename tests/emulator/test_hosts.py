"""Hosts and versions: what a request's host, path and method lead to before any view sees it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from orcid_plugin.emulator import Registry
from orcid_plugin.emulator.app import create_app
from orcid_plugin.emulator.hosts import HostNames
from tests.emulator.helpers import CARBERRY, GARCIA, MEMBER, PUBLIC, SECRETS, work

NAMES = HostNames.parse("sandbox.orcid.org,api.sandbox.orcid.org,pub.sandbox.orcid.org")
WEB, API, PUB = (f"https://{name}:8443" for name in (NAMES.web, NAMES.api, NAMES.public_api))
ALONE = "http://127.0.0.1:9010"


@pytest.fixture
def registry() -> Registry:
    return Registry.seeded()


@pytest.fixture
def client(registry: Registry) -> FlaskClient:
    return create_app(registry, names=NAMES, https_only=True).test_client()


@pytest.fixture
def bearer(registry: Registry) -> dict[str, str]:
    token = registry.issue_token(MEMBER, ["/read-limited", "/activities/update"], CARBERRY)
    return {"Authorization": f"Bearer {token.access}", "Accept": "application/json"}


@pytest.mark.parametrize("base", [API, ALONE, "http://localhost", "https://[::1]:9010"])
def test_what_was_added_is_found_at_the_address_that_the_answer_gives(
    client: FlaskClient, bearer: dict[str, str], base: str
) -> None:
    answer = client.post(f"/v3.0/{CARBERRY}/work", base_url=base, json=work(), headers=bearer)
    assert answer.status_code == 201, answer.text
    location = answer.headers["Location"]
    assert location.startswith(f"{base}/v3.0/{CARBERRY}/work/")
    added = client.get(location.removeprefix(base), base_url=base, headers=bearer)
    assert added.json is not None
    assert added.json["source"]["source-client-id"]["uri"] == f"https://sandbox.orcid.org/client/{MEMBER}"


def test_the_public_api_has_a_host_of_its_own(client: FlaskClient, registry: Registry) -> None:
    asked: dict[str, Any] = {"headers": {"Accept": "application/json"}}
    for base, path in ((PUB, "/v3.0"), (ALONE, "/pub/v3.0")):
        answer = client.get(f"{path}/{CARBERRY}/record", base_url=base, **asked)
        assert answer.json is not None
        assert answer.json["orcid-identifier"] == {
            "uri": f"https://sandbox.orcid.org/{CARBERRY}",
            "path": CARBERRY,
            "host": "sandbox.orcid.org",
        }
    assert [entry.path for entry in registry.journal.entries()] == [f"/pub/v3.0/{CARBERRY}/record"] * 2
    assert client.get(f"/v3.0/{CARBERRY}/record", base_url=API, **asked).status_code == 403
    assert client.get(f"/pub/v3.0/{CARBERRY}/record", base_url=PUB, **asked).status_code == 302


def test_the_web_has_pages_and_no_api(client: FlaskClient) -> None:
    assert client.get(f"/{CARBERRY}", base_url=WEB).status_code == 200
    assert client.get("/oauth/authorize", base_url=WEB).status_code == 400
    for path in ("/v3.0/status", f"/pub/v3.0/{CARBERRY}/record", f"/{CARBERRY}/webhook/x"):
        assert client.get(path, base_url=WEB).status_code == 404
    machine = {"Accept": "application/json"}
    for base, public_api in ((WEB, PUB), (ALONE, f"{ALONE}/pub")):
        location = client.get(f"/{CARBERRY}", base_url=base, headers=machine).headers["Location"]
        assert location == f"{public_api}/v3.0/{CARBERRY}"


@pytest.mark.parametrize("base", [WEB, API, PUB, ALONE, f"{ALONE}/pub"])
def test_every_host_gives_tokens_and_lets_no_script_of_another_site_ask(client: FlaskClient, base: str) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": PUBLIC,
        "client_secret": SECRETS[PUBLIC],
        "scope": "/read-public",
    }
    prefix = "/pub" if base.endswith("/pub") else ""
    answer = client.post(f"{prefix}/oauth/token", base_url=base.removesuffix("/pub"), data=form)
    assert (answer.status_code, "Access-Control-Allow-Origin" in answer.headers) == (200, False)


@pytest.mark.parametrize(("base", "prefix", "below"), [(API, "", API), (PUB, "", PUB), (ALONE, "/pub", f"{ALONE}/pub")])
def test_a_path_without_version_leads_to_v3(client: FlaskClient, base: str, prefix: str, below: str) -> None:
    answer = client.get(f"{prefix}/{CARBERRY}/works?a=%2F", base_url=base)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{below}/v3.0/{CARBERRY}/works?a=%2F")
    refused = client.post(f"{prefix}/{CARBERRY}/work", base_url=base, headers={"Accept": "application/json"})
    assert refused.status_code == 400
    assert refused.json is not None
    assert refused.json["error-code"] == 9012


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("version", ["3.0_rc1", "3.0_rc2", "2.0_rc4"])
def test_a_release_candidate_leads_to_what_was_released(client: FlaskClient, version: str, method: str) -> None:
    path = f"/v{version}/{CARBERRY}/work"
    answer = client.open(f"{path}?x=1", method=method, base_url=API, headers={"Accept": "application/json"})
    released = version.partition("_")[0]
    assert (answer.status_code, answer.headers["Location"]) == (308, f"{API}/v{released}/{CARBERRY}/work?x=1")
    assert answer.json is not None
    assert answer.json["error-code"] == 9056
    assert f"Release candidates for V{released} are now disabled" in answer.json["developer-message"]


def test_another_version_is_not_there(client: FlaskClient) -> None:
    for version in ("v2.1", "v2.0", "v4.0"):
        answer = client.get(f"/{version}/{CARBERRY}/record", base_url=API)
        assert (answer.status_code, "version 3.0" in answer.text) == (404, True)


def test_where_tls_is_spoken_the_apis_refuse_plain_http(client: FlaskClient, bearer: dict[str, str]) -> None:
    plain = client.get(f"/v3.0/{CARBERRY}/works", base_url=API.replace("https", "http"), headers=bearer)
    assert plain.status_code == 400
    assert plain.json is not None
    assert plain.json["error-code"] == 9012
    assert "This API Version only allows HTTPS calls." in plain.json["developer-message"]
    assert client.get(f"/v3.0/{CARBERRY}/works", base_url=API, headers=bearer).status_code == 200
    assert client.get(f"/v3.0/{CARBERRY}/works", base_url=ALONE, headers=bearer).status_code == 200


def test_a_deprecated_record_leads_to_the_primary_one_on_the_same_host(registry: Registry, client: FlaskClient) -> None:
    registry.add_researcher(replace(registry.researchers[GARCIA], state="deprecated", primary=CARBERRY))
    answer = client.get(f"/v3.0/{GARCIA}/works?x=1", base_url=PUB)
    assert (answer.status_code, answer.headers["Location"]) == (301, f"{PUB}/v3.0/{CARBERRY}/works?x=1")


def test_status_needs_no_token(client: FlaskClient) -> None:
    assert client.get("/v3.0/status", base_url=API).text == "OK I am here"
    well = {"tomcatUp": True, "dbConnectionOk": True, "readOnlyDbConnectionOk": True, "overallOk": True}
    assert client.get("/v3.0/apiStatus", base_url=API).json == well
    assert client.get("/v3.0/pubStatus", base_url=PUB).json == well
    assert client.get("/v3.0/pubStatus", base_url=API).status_code == 403


def test_head_is_get_without_a_body(client: FlaskClient, bearer: dict[str, str]) -> None:
    path = f"/v3.0/{CARBERRY}/works"
    whole, head = client.get(path, base_url=API, headers=bearer), client.head(path, base_url=API, headers=bearer)
    assert (head.status_code, head.data, head.content_length) == (200, b"", len(whole.data))


def test_scripts_of_other_sites(client: FlaskClient) -> None:
    path = f"/v3.0/{CARBERRY}/works"
    asked = {"Origin": "https://example.org", "Access-Control-Request-Method": "GET"}
    preflight = client.options(path, base_url=PUB, headers=asked)
    assert preflight.status_code == 200
    assert {name: preflight.headers[f"Access-Control-Allow-{name}"] for name in ("Origin", "Methods", "Headers")} == {
        "Origin": "*",
        "Methods": "GET, POST, PUT, DELETE",
        "Headers": "X-Requested-With,Origin,Content-Type, Accept",
    }
    answer = client.get(f"{path}?callback=show.works", base_url=PUB, headers={"Accept": "*/*"})
    assert answer.content_type == "application/javascript;charset=UTF-8"
    assert answer.text.startswith('show.works({"')
    assert answer.text.endswith("});")
    assert client.get(f"{path}?callback=alert(1)//", base_url=PUB).content_type == "application/json;charset=UTF-8"


def test_a_token_may_come_as_a_parameter(registry: Registry, client: FlaskClient) -> None:
    token = registry.issue_token(MEMBER, ["/read-limited"], CARBERRY).access
    assert client.get(f"/v3.0/{CARBERRY}/works?access_token={token}", base_url=API).status_code == 200
    form = client.post(f"/v3.0/{CARBERRY}/work", base_url=API, data={"access_token": token})
    assert form.status_code == 415


@pytest.mark.parametrize("text", ["orcid.test", "a,b,c,d", "a,b,b", "a,b,", "a,b,c:80", "a,b,https://c", ""])
def test_names_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="three different host names"):
        HostNames.parse(text)


@pytest.mark.parametrize(("web", "id_host"), [("orcid.test", "orcid.org"), ("qa.orcid.org", "qa.orcid.org")])
def test_ids_carry_a_host_that_the_schemas_allow(web: str, id_host: str) -> None:
    assert HostNames.parse(f"{web},api.{web},pub.{web}").id_host == id_host


@pytest.mark.parametrize(
    "callback", ["https://example.org/a/b?iD=0000&x=1", "https://example.org/50%25+1%2F2/ü", "plain", "//"]
)
def test_a_segment_keeps_the_slashes_that_were_encoded_in_it(callback: str) -> None:
    app = create_app(Registry())
    app.add_url_rule("/<orcid>/hook/<encoded:callback>", view_func=lambda orcid, callback: callback)
    assert app.test_client().get(f"/0000/hook/{quote(callback, safe='')}").text == callback
