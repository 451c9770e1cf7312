"""Tests of `orcid-plugin export` and `attributes`: everybody in a file that gives nothing away."""

from __future__ import annotations

import base64
import csv
import io
import json
import stat
from pathlib import Path

import pytest

from orcid_plugin.identity import entries, export
from orcid_plugin.identity.entries import Entry
from orcid_plugin.store import envelope, sites
from orcid_plugin.store.database import Store
from orcid_plugin.store.tables import AuditEvent, ConnectionState, now
from tests.cli.stocked import ACCESS, CLIENT, DOI, JOSIAH, REFRESH, SOFIA, YUKI, Stock

PASSPHRASE = "correct horse battery staple"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelope, "COST", {"n": 2**4, "r": 8, "p": 1})


@pytest.fixture
def stock(store: Store) -> Stock:
    stock = Stock(store)
    stock.place(stock.connect())
    stock.connect(SOFIA, "sofia", refresh_token=None, name=None)
    stock.disconnect("sofia")
    stock.connect(YUKI, None)
    return stock


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text(f"{PASSPHRASE}\n")
    return tmp_path / "secret"


def read(lines: list[bytes]) -> list[Entry]:
    found = list(entries.read(lines))
    assert all(isinstance(one, Entry) for one in found), found
    return found  # type: ignore[return-value]


@pytest.mark.parametrize("form", ["json", "csv"])
def test_everybody_is_in_it_with_tokens_and_put_codes(stock: Stock, form: str, tmp_path: Path) -> None:
    result = stock.run("export", "--format", form, "--output", tmp_path / "out", "--plain")
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{tmp_path / 'out'}: 3 connections\n"
    assert "holds access tokens in clear" in result.stderr
    josiah, sofia, yuki = read((tmp_path / "out").read_bytes().splitlines(keepends=True))
    assert (josiah.orcid, josiah.account, josiah.name) == (JOSIAH, "ada", '=Josiah, "Stinkey" Carberry')
    assert (josiah.access_token, josiah.refresh_token) == (f"{ACCESS}-{JOSIAH}", f"{REFRESH}-{JOSIAH}")
    assert (josiah.client_id, josiah.environment) == (CLIENT, "sandbox")
    assert josiah.scope == {"/read-limited", "/activities/update"}
    assert josiah.expires_at is not None
    assert josiah.expires_at.year >= now().year + 19
    (placed,) = josiah.publications
    assert (placed.publication_key, placed.doi, placed.put_code) == ("ms-1", DOI, 1001)
    assert (placed.section, placed.contributor_key) == ("work", "a1")
    assert (sofia.state, sofia.access_token, sofia.account) == (ConnectionState.DISCONNECTED, None, None)
    assert (yuki.state, yuki.account, yuki.publications) == (ConnectionState.ACTIVE, None, ())


def test_no_cell_of_the_table_is_a_formula(stock: Stock, tmp_path: Path) -> None:
    stock.run("export", "--format", "csv", "--output", tmp_path / "out", "--plain")
    _, josiah, *_ = csv.reader(io.StringIO((tmp_path / "out").read_text(), newline=""))
    assert {'\'=Josiah, "Stinkey" Carberry', f"'{REFRESH}-{JOSIAH}"} <= set(josiah)


@pytest.mark.parametrize("form", ["json", "csv"])
def test_an_encrypted_file_holds_nothing_in_clear_and_opens_with_the_passphrase(
    stock: Stock, form: str, tmp_path: Path, secret: Path
) -> None:
    result = stock.run("export", "--format", form, "--output", tmp_path / "out", "--passphrase-file", secret)
    assert result.exit_code == 0, result.output
    written = (tmp_path / "out").read_bytes()
    for known in (ACCESS, REFRESH, JOSIAH, "Carberry", PASSPHRASE, "client-secret-77aa"):
        assert known.encode() not in written
        assert known not in result.output
    assert len(read(list(envelope.unseal(written.splitlines(keepends=True), PASSPHRASE)))) == 3


@pytest.mark.parametrize("form", ["json", "csv"])
def test_the_token_of_a_sign_in_is_in_an_encrypted_file_alone(
    stock: Stock, form: str, tmp_path: Path, secret: Path
) -> None:
    stock.connect(access_token="of-sign-in", scope="openid")
    stock.run("export", "--format", form, "--output", tmp_path / "sealed", "--passphrase-file", secret)
    stock.run("export", "--format", form, "--output", tmp_path / "plain", "--plain")
    sealed = (tmp_path / "sealed").read_bytes().splitlines(keepends=True)
    josiah, *_ = read(list(envelope.unseal(sealed, PASSPHRASE)))
    assert (josiah.access_token, josiah.sign_in_token) == (f"{ACCESS}-{JOSIAH}", "of-sign-in")
    assert b"of-sign-in" not in (tmp_path / "plain").read_bytes()


def test_you_are_asked_for_the_passphrase_twice_and_a_short_one_is_refused(stock: Stock, tmp_path: Path) -> None:
    asked = stock.run("export", "--output", tmp_path / "out", answer=f"{PASSPHRASE}\n{PASSPHRASE}\n")
    assert asked.exit_code == 0, asked.output
    assert PASSPHRASE not in asked.output
    assert envelope.is_sealed((tmp_path / "out").read_bytes().splitlines()[0])
    short = stock.run("export", "--output", tmp_path / "short", answer="abc\nabc\n")
    assert (short.exit_code, (tmp_path / "short").exists()) == (2, False)
    assert "fewer than 12 characters" in short.stderr


def test_the_file_is_its_owners_alone_and_the_trail_remembers(stock: Stock, tmp_path: Path, secret: Path) -> None:
    (tmp_path / "out").write_text("before")
    (tmp_path / "out").chmod(0o644)
    stock.run("export", "--output", tmp_path / "out", "--passphrase-file", secret)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o600
    stock.run("export", "--output", tmp_path / "out", "--plain")
    events = [one for one in stock.rows(AuditEvent) if one.action == "exported"]
    assert [(one.actor, one.site, one.details) for one in events] == [
        ("command", "default", {"connections": 3, "encrypted": True}),
        ("command", "default", {"connections": 3, "encrypted": False}),
    ]


def test_a_token_that_cannot_be_decrypted_leaves_the_file_as_it_was(stock: Stock, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("before")
    result = Stock(stock.store).run("export", "--output", tmp_path / "out", "--plain")
    assert result.exit_code == 1
    assert f"would lack the token of {JOSIAH}" in result.stderr
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == ["out"]
    assert (tmp_path / "out").read_text() == "before"
    assert [one for one in stock.rows(AuditEvent) if one.action == "exported"] == []


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--plain", "--passphrase-file", "x"], 2),
        (["--passphrase-file", "/nowhere"], 2),
        (["--plain", "--site", "x"], 1),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    stock: Stock, tmp_path: Path, arguments: list[str], status: int
) -> None:
    result = stock.run("export", "--output", tmp_path / "out", *arguments)
    assert (result.exit_code, result.stdout) == (status, "")
    assert not (tmp_path / "out").exists()


def test_another_site_has_its_own_people_and_many_come_in_batches(
    stock: Stock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "BATCH", 2)
    with stock.store.begin() as session:
        sites.save(session, stock.settings, stock.keyring, "second", {"host_credentials": True})
    assert "0 connections" in stock.run("export", "--site", "second", "--output", tmp_path / "o", "--plain").stdout
    assert "3 connections" in stock.run("export", "--output", tmp_path / "o", "--plain").stdout
    header, *lines = (tmp_path / "o").read_bytes().splitlines()
    assert json.loads(header)["site"] == "default"
    assert [json.loads(line)["orcid"] for line in lines] == [JOSIAH, SOFIA, YUKI]


def test_attributes_of_those_who_are_connected(stock: Stock, tmp_path: Path) -> None:
    stock.connect("0000-0001-2345-6789", "=b,o;b é")
    result = stock.run("attributes")
    assert result.exit_code == 0, result.output
    (noted,) = [one for one in stock.rows(AuditEvent) if one.action == "attributes_exported"]
    assert (noted.actor, noted.details) == ("command", {"people": 2})
    assert list(csv.reader(io.StringIO(result.stdout))) == [
        ["account", "eduPersonOrcid"],
        ["ada", f"https://sandbox.orcid.org/{JOSIAH}"],
        ["'=b,o;b é", "https://sandbox.orcid.org/0000-0001-2345-6789"],
    ]
    stock.run("attributes", "--format", "ldif", "--output", tmp_path / "people.ldif")
    assert (tmp_path / "people.ldif").read_text().splitlines()[:7] == [
        "version: 1",
        "",
        "dn: uid=ada",
        "changetype: modify",
        "replace: eduPersonOrcid",
        f"eduPersonOrcid: https://sandbox.orcid.org/{JOSIAH}",
        "-",
    ]
    named = base64.b64encode(r"uid=\=b\,o\;b é".encode()).decode()
    assert f"\ndn:: {named}\n" in (tmp_path / "people.ldif").read_text()
