"""Tests of `orcid-plugin import`: a site moves here with its people, and nothing is sent twice."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from orcid_plugin.cli import main
from orcid_plugin.emulator import Registry, Server, serve
from orcid_plugin.hooks import publication, registration, submission
from orcid_plugin.identity import connections
from orcid_plugin.metadata import readers
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.dates import PartialDate
from orcid_plugin.metadata.review import Review
from orcid_plugin.outbox import imports
from orcid_plugin.store import envelope, publications, tasks
from orcid_plugin.store.database import Store
from orcid_plugin.store.tables import (
    AuditEvent,
    Connection,
    ConnectionState,
    Item,
    PublicationState,
    StoredPublication,
    Task,
    now,
)
from tests.cli.connected import connect, environment
from tests.cli.stocked import ACCESS, CLIENT, DOI, JOSIAH, SOFIA, YUKI, Stock, later
from tests.demo.articles import jats, orcid, person

PASSPHRASE = "correct horse battery staple"
ARTICLE = jats(person("Ada", "Lovelace", orcid=orcid(1)), person("Alan", "Turing"))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelope, "COST", {"n": 2**4, "r": 8, "p": 1})
    monkeypatch.setattr(imports, "BATCH", 3)


@pytest.fixture
def stock(store: Store) -> Stock:
    return Stock(store)


def row(orcid: str = JOSIAH, **changes: object) -> dict[str, object]:
    return {
        "orcid": orcid,
        "access_token": f"{ACCESS}-{orcid}",
        "scope": "/read-limited /activities/update",
        "expires_at": "2043-05-31T12:00:00Z",
        **changes,
    }


def table(folder: Path, *rows: dict[str, object]) -> Path:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    (folder / "people.csv").write_text(text.getvalue(), newline="")
    return folder / "people.csv"


def people(stock: Stock) -> list[tuple[str, str | None, str]]:
    return [(one.orcid, one.account, one.state) for one in stock.rows(Connection)]


class TestOwnExport:
    @pytest.mark.parametrize("form", ["json", "csv"])
    @pytest.mark.parametrize("how", ["--plain", "--passphrase-file"])
    def test_what_is_exported_comes_back_as_it_was(self, stock: Stock, tmp_path: Path, form: str, how: str) -> None:
        (tmp_path / "secret").write_text(PASSPHRASE)
        stock.place(stock.connect(), removed_at=now())
        stock.place(stock.connect(SOFIA, "sofia"), "ms-2", 1002, doi="10.5555/two")
        stock.connect(YUKI, "yuki", refresh_token=None)
        stock.disconnect("yuki")
        secret = [how, str(tmp_path / "secret")] if how == "--passphrase-file" else []
        stock.run("export", "--format", form, "--output", tmp_path / "one", *(secret or [how]))
        other = Stock(Store.open(f"sqlite:///{tmp_path / 'other.sqlite3'}"))
        other.store.upgrade()
        result = other.run("import", tmp_path / "one", *secret)
        assert result.exit_code == 0, result.output
        assert result.stderr == ""
        assert result.stdout.splitlines() == ["      3 people new", "      2 put-codes", "Imported."]
        assert people(other) == people(stock)
        other.run("export", "--format", form, "--output", tmp_path / "two", "--plain")
        stock.run("export", "--format", form, "--output", tmp_path / "one", "--plain")
        assert (tmp_path / "two").read_bytes().splitlines()[1:] == (tmp_path / "one").read_bytes().splitlines()[1:]
        josiah = other.rows(Connection)[0]
        assert connections.access_token(other.keyring, josiah) == f"{ACCESS}-{JOSIAH}"
        with other.store.begin() as session:
            found = connections.of_token(session, other.site, other.keyring, f"{ACCESS}-{SOFIA}")
            assert found is not None
            assert found.orcid == SOFIA
        again = other.run("import", tmp_path / "one")
        assert again.stdout.splitlines()[:2] == [
            "      2 people there already",
            "      1 people who have disconnected here, and stay so",
        ]
        other.store.close()

    def test_a_review_comes_back_as_one(self, stock: Stock, tmp_path: Path) -> None:
        given = {"publication_key": "review-7", "section": "peer-review", "put_code": 7, "contributor_key": "reviewer"}
        assert stock.run("import", table(tmp_path, row(**given))).exit_code == 0
        stock.run("export", "--output", tmp_path / "one.json", "--plain")
        assert '"section": "peer-review"' in (tmp_path / "one.json").read_text()
        completed = Review(reviewer=Contributor(family_name="Rae", key="reviewer"), completed=PartialDate(2026))
        with stock.store.begin() as session:  # what the host tells of it now is about the same
            stored = publications.save(session, stock.site.key, "review-7", completed, PublicationState.PUBLISHED)
            assert [item.put_code for item in session.query(Item).filter_by(publication_id=stored.id)] == [7]
            assert stored.opaque_id

    def test_a_wrong_passphrase_and_a_file_that_is_none_import_nothing(self, stock: Stock, tmp_path: Path) -> None:
        stock.connect()
        stock.run("export", "--output", tmp_path / "out", answer=f"{PASSPHRASE}\n{PASSPHRASE}\n")
        wrong = stock.run("import", tmp_path / "out", answer="another passphrase\n")
        assert wrong.exit_code == 2
        assert "the passphrase is not the one" in wrong.stderr
        (tmp_path / "other").write_text('{"format": "else"}\n')
        assert "it is no export" in stock.run("import", tmp_path / "other").stderr
        (tmp_path / "other").write_bytes(b"orcid\n\xff\n")
        assert "its line 2 is not UTF-8" in stock.run("import", tmp_path / "other").stderr
        assert "No such file" in stock.run("import", tmp_path / "nowhere").stderr

    @pytest.mark.parametrize(
        "line",
        [
            b"[" * 100_000,
            b'{"a":' + b"[" * 100_000,
            b'{"format": "orcid-plugin/connections", "version": 1}\n{"a":' + b"[" * 100_000,
            b'{"format": "orcid-plugin/sealed", "version": 1, "kdf": "scrypt", "n": 16, "r": 8, "p": 1, "salt": 5}',
        ],
    )
    def test_what_is_nested_without_end_or_of_another_type_is_refused(
        self, stock: Stock, tmp_path: Path, line: bytes
    ) -> None:
        (tmp_path / "odd").write_bytes(line + b"\n")
        result = stock.run("import", tmp_path / "odd", answer=f"{PASSPHRASE}\n")
        assert (result.exit_code, type(result.exception)) == (2, SystemExit)
        assert result.stderr.count("\n") < 4


class TestTable:
    def test_of_another_system(self, stock: Stock, tmp_path: Path) -> None:
        path = table(
            tmp_path,
            row(account="ada", name="Josiah", doi=f"https://doi.org/{DOI}", put_code=1001, client_id=CLIENT),
            row(account="ada", name="Josiah", doi="10.5555/TWO", put_code=1002, client_id=CLIENT),
            row(f"https://orcid.org/{SOFIA}", access_token="token-2", expires_at="2043-05-31", client_id=CLIENT),
        )
        result = stock.run("import", path)
        assert result.exit_code == 0, result.output
        assert people(stock) == [(JOSIAH, "ada", "active"), (SOFIA, None, "active")]
        assert [(one.orcid, one.put_code) for one in stock.rows(Item)] == [(JOSIAH, 1001), (JOSIAH, 1002)]
        assert [(one.key, one.doi, one.state) for one in stock.rows(StoredPublication)] == [
            (f"doi:{DOI}", DOI, "draft"),
            ("doi:10.5555/two", "10.5555/two", "draft"),
        ]
        assert [(one.actor, one.action, one.details) for one in stock.rows(AuditEvent)] == [
            ("command", "imported", {"connections": {"new": 2}, "put_codes": 2})
        ]
        assert stock.run("import", path).stdout.splitlines()[0] == "      2 people there already"
        assert len(stock.rows(Item)) == 2

    def test_every_fault_is_told_with_line_and_field_and_nothing_is_imported(
        self, stock: Stock, tmp_path: Path
    ) -> None:
        stock.connect(YUKI, "yuki")
        path = table(
            tmp_path,
            row(account="ada", put_code="", doi="", environment=""),
            row("0000-0002-1825-0098"),
            row(SOFIA, account="ada", expires_at="soon"),
            row(SOFIA, account="ada", access_token="token-2"),
            row("0000-0001-2345-6789", access_token="", put_code=7),
            row("0000-0001-2345-6789", access_token=f"{ACCESS}-{JOSIAH}", environment="production"),
            row(JOSIAH, access_token="secret-token-3", account="ada"),
            row(YUKI, account="someone"),
            row("0000-0003-1415-9269", account="yuki", access_token="token 4"),
            row("0000-0003-1415-9269", account="yuki", access_token="token-4", doi="11.1/x", put_code="-1"),
            row("0000-0003-1415-9269", account="yuki", access_token="token-4"),
        )
        result = stock.run("import", path)
        assert result.exit_code == 2
        assert result.stdout == ""
        *faults, last = result.stderr.splitlines()
        assert [fault.removeprefix(f"{path}: ") for fault in faults] == [
            "line 3, orcid: '0000-0002-1825-0098' is not an ORCID iD: its check digit is wrong",
            "line 4, expires_at: 'soon' is not a date and time like 2043-05-31T12:00:00Z",
            f"line 5, account: is that of {JOSIAH} in line 2",
            "line 6, access_token: is missing",
            "line 6, put_code: belongs to no publication: give its doi or publication_key",
            "line 7, environment: is not sandbox, the Registry of this site",
            f"line 7, access_token: is that of {JOSIAH} in line 2",
            f"line 8, access_token: is not what line 2 says of {JOSIAH}",
            f"line 9, orcid: {YUKI} belongs to another account here",
            "line 10, access_token: holds characters that no token has",
            "line 11, put_code: '-1' is not a number",
            "line 11, doi: '11.1/x' is not a DOI",
            f"line 12, account: has another iD here, {YUKI}",
        ]
        assert last == f"Error: {path} has 13 faults, so that nothing was imported"
        assert "secret-token-3" not in result.output
        assert people(stock) == [(YUKI, "yuki", "active")]

    @pytest.mark.parametrize(
        "column", ["name", "account", "client_id", "scope", "publication_key", "contributor_key", "environment"]
    )
    def test_a_text_that_no_database_keeps_is_a_fault(self, stock: Stock, tmp_path: Path, column: str) -> None:
        for text in ("a\x00b", "é" * 501):
            path = table(tmp_path, row(**({"publication_key": "ms-1"} | {column: text})))
            result = stock.run("import", path)
            assert result.exit_code == 2
            assert f"line 2, {column}: " in result.stderr
        header = b'{"format": "orcid-plugin/connections", "version": 1}\n'
        entry = row() | {"publications": [{"publication_key": "ms-1"}]}
        (entry["publications"][0] if column in {"publication_key", "contributor_key"} else entry)[column] = "\ud800"
        (tmp_path / "x").write_bytes(header + json.dumps(entry).encode())
        assert f"line 2, {column}: " in stock.run("import", tmp_path / "x").stderr
        assert people(stock) == []

    @pytest.mark.parametrize("time", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-12:00"])
    def test_a_time_that_is_none_in_utc_is_a_fault(self, stock: Stock, tmp_path: Path, time: str) -> None:
        result = stock.run("import", table(tmp_path, row(expires_at=time)))
        assert "line 2, expires_at: " in result.stderr
        assert result.exit_code == 2

    def test_no_token_is_repeated_that_stands_in_another_column(self, stock: Stock, tmp_path: Path) -> None:
        token = "f5af9f51-07e6-4332-8f1a-c0c11c1e3728"
        for column in ("orcid", "expires_at", "state", "doi", "section", "put_code", "environment"):
            result = stock.run("import", table(tmp_path, row(**({"doi": DOI} | {column: token}))))
            assert (result.exit_code, f"line 2, {column}: " in result.stderr) == (2, True), result.stderr
            assert token[9:] not in result.stderr

    def test_no_put_code_is_nought(self, stock: Stock, tmp_path: Path) -> None:
        assert "'0' is not a number" in stock.run("import", table(tmp_path, row(doi=DOI, put_code=0))).stderr

    def test_unknown_columns_and_broken_rows_are_faults(self, stock: Stock, tmp_path: Path) -> None:
        (tmp_path / "x.csv").write_text(f"orcid,acess_token,scope\n{JOSIAH},t,/x,more\n")
        result = stock.run("import", tmp_path / "x.csv")
        assert "line 1, acess_token: is no column of an import" in result.stderr
        assert "line 2, scope: is followed by more cells" in result.stderr
        (tmp_path / "x.csv").write_text("name\nx\n")
        assert "neither an export nor CSV with a column `orcid`" in stock.run("import", tmp_path / "x.csv").stderr

    def test_a_dry_run_changes_nothing(self, stock: Stock, tmp_path: Path) -> None:
        result = stock.run("import", table(tmp_path, row(client_id=CLIENT)), "--dry-run")
        assert result.exit_code == 0
        assert result.stdout.splitlines() == [
            "      1 people new",
            "      0 put-codes",
            "Nothing was changed: this was a dry run.",
        ]
        assert people(stock) == []
        assert stock.rows(AuditEvent) == []

    def test_tokens_of_other_credentials_are_kept_as_stale_and_said(self, stock: Stock, tmp_path: Path) -> None:
        result = stock.run("import", table(tmp_path, row(client_id="APP-OTHER"), row(SOFIA)))
        assert "1 tokens were issued to other credentials than" in result.stderr
        assert "1 tokens do not say to which credentials" in result.stderr
        assert people(stock) == [(JOSIAH, None, "stale"), (SOFIA, None, "active")]


class TestStoredPermissions:
    @pytest.mark.parametrize(
        ("days", "arguments", "wins"),
        [
            (40 * 365, (), True),
            (1, (), False),
            (None, (), False),
            (1, ("--replace",), True),
        ],
    )
    def test_the_newer_one_wins_or_that_of_the_file(
        self, stock: Stock, tmp_path: Path, days: int | None, arguments: tuple[str, ...], wins: bool
    ) -> None:
        connection = stock.connect()
        expires_at = later(days) if days else ""
        path = table(tmp_path, row(access_token="token-2", expires_at=expires_at, client_id=CLIENT))
        result = stock.run("import", path, *arguments)
        assert ("takes the place" in result.stdout, "stored permission stays" in result.stdout) == (wins, not wins)
        (stored,) = stock.rows(Connection)
        assert (stored.id, stored.account) == (connection.id, "ada")
        assert connections.access_token(stock.keyring, stored) == ("token-2" if wins else f"{ACCESS}-{JOSIAH}")

    def test_who_disconnected_here_stays_so(self, stock: Stock, tmp_path: Path) -> None:
        stock.connect()
        stock.disconnect("ada")
        path = table(tmp_path, row(account="ada", expires_at=later(40 * 365), client_id=CLIENT))
        assert "who have disconnected here" in stock.run("import", path, "--replace").stdout
        assert people(stock) == [(JOSIAH, None, "disconnected")]

    def test_a_permission_for_other_credentials_gives_way(self, stock: Stock, tmp_path: Path) -> None:
        stock.connect()
        with stock.store.begin() as session:
            session.query(Connection).update({"state": ConnectionState.STALE, "client_id": "APP-OLD"})
        stock.run("import", table(tmp_path, row(access_token="token-2", expires_at=later(1), client_id=CLIENT)))
        (stored,) = stock.rows(Connection)
        assert (stored.state, stored.client_id) == ("active", CLIENT)

    def test_what_gives_way_is_given_back_to_whom_it_was_given(self, stock: Stock, tmp_path: Path) -> None:
        stock.connect()
        stock.connect(access_token="of-sign-in", scope="openid")
        with stock.store.begin() as session:
            session.query(Connection).update({"state": ConnectionState.STALE, "client_id": "APP-OLD"})
        path = table(tmp_path, row(access_token="token-2", sign_in_token="newer", client_id=CLIENT))
        for _ in range(2):
            stock.run("import", path)
        assert owed(stock) == {(f"{ACCESS}-{JOSIAH}", "APP-OLD"), ("of-sign-in", "APP-OLD")}
        stock.disconnect("ada")
        assert {("token-2", CLIENT), ("newer", CLIENT)} <= owed(stock)

    def test_what_stays_is_not(self, stock: Stock, tmp_path: Path) -> None:
        stock.connect()
        for token in (f"{ACCESS}-{JOSIAH}", "token-2"):
            stock.run("import", table(tmp_path, row(access_token=token, expires_at=later(1), client_id=CLIENT)))
        assert owed(stock) == set()

    def test_put_codes_and_contributors_that_contradict_are_faults(self, stock: Stock, tmp_path: Path) -> None:
        stock.place(stock.connect())
        path = table(
            tmp_path,
            row(doi=DOI, put_code=1009, contributor_key=""),
            row(SOFIA, doi=DOI, put_code=5, contributor_key="a1"),
            row(SOFIA, doi="10.5555/two", put_code=5),
        )
        assert [line.removeprefix(f"{path}: ") for line in stock.run("import", path).stderr.splitlines()[:-1]] == [
            "line 2, put_code: is 1001 here, by what this site has written itself",
            "line 3, contributor_key: is somebody else of ms-1 here",
            f"line 4, put_code: 5 is doi:{DOI} in line 3, here it is doi:10.5555/two",
        ]


def owed(stock: Stock) -> set[tuple[str, str | None]]:
    """The tokens that are owed back to ORCID, and the clients that they were given to."""
    return {(tasks.payload_of(stock.keyring, one)["token"], one.client_id) for one in stock.rows(Task)}


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(Registry.seeded()) as running:
        yield running


class TestMove:
    """A site published with one system, and goes on with another one."""

    @pytest.fixture
    def moved(self, server: Server, tmp_path: Path) -> dict[str, str]:
        (tmp_path / "old").mkdir()
        old, new = environment(tmp_path / "old", server), environment(tmp_path, server)
        with connect(old, orcid(1), server=server):
            pass
        self.run(old, "publish", "-", stdin=ARTICLE)
        self.run(old, "export", "--plain", "--format", "csv", "--output", tmp_path / "people.csv")
        with connect(new):
            pass
        self.run(new, "import", tmp_path / "people.csv")
        server.registry.journal.clear()
        return new

    def run(self, settings: dict[str, str], *arguments: object, stdin: bytes | None = None) -> Result:
        result = CliRunner().invoke(main, [str(one) for one in arguments], env=settings, input=stdin)
        assert result.exit_code == 0, result.output
        return result

    def works(self, server: Server) -> list[tuple[int, str]]:
        return [(one.put_code, one.message["title"]["title"]["value"]) for one in server.registry.works_of(orcid(1))]

    def test_nothing_is_sent_by_the_import_itself(self, moved: dict[str, str], server: Server) -> None:
        self.run(moved, "worker", "--once")
        assert server.registry.journal.entries(methods="POST PUT DELETE") == []
        assert self.works(server) == [(1001, "A title")]

    @pytest.mark.parametrize("drafted", [False, True])
    def test_a_publication_that_is_told_later_adopts_the_put_code(
        self, moved: dict[str, str], server: Server, drafted: bool
    ) -> None:
        changed = readers.read(ARTICLE.replace(b"A title", b"Another title"), "x").publication
        with connect(moved):
            if drafted:
                submission.submitted(replace(changed, identifiers=(), contributors=()), key="42")
            publication.published(changed, key="42")
        self.run(moved, "worker", "--once")
        assert self.works(server) == [(1001, "Another title")]
        assert server.registry.journal.entries(methods="POST DELETE") == []
        with connect(moved) as runtime, runtime.store.begin() as session:
            assert [one.key for one in session.query(StoredPublication)] == ["42"]
            assert [one.put_code for one in session.query(Item)] == [1001]

    def test_a_work_whose_person_is_not_known_as_contributor_is_left_alone(
        self, moved: dict[str, str], server: Server
    ) -> None:
        with connect(moved):
            publication.published(readers.read(ARTICLE.replace(b'authenticated="true"', b""), "x").publication)
        self.run(moved, "worker", "--once")
        assert self.works(server) == [(1001, "A title")]
        with connect(moved):
            publication.withdrawn("doi:10.5555/test.1")
        self.run(moved, "worker", "--once")
        assert self.works(server) == []

    def test_who_leaves_can_have_it_removed_before_the_host_has_told_of_it(
        self, moved: dict[str, str], server: Server
    ) -> None:
        with connect(moved) as runtime:
            with runtime.store.begin() as session:
                session.query(Connection).update({"account": "ada"})
            registration.disconnect("ada", remove_works=True)
        self.run(moved, "worker", "--once")
        assert self.works(server) == []
