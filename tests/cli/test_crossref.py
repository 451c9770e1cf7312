"""`orcid-plugin crossref`: somebody's deposit with iDs and roles, and not a byte else."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.fernet import Fernet
from lxml import etree

from orcid_plugin.cli import main
from orcid_plugin.demo.deposit import build
from orcid_plugin.hooks import publication as hook
from orcid_plugin.metadata import readers
from orcid_plugin.store.tables import now
from tests.cli.connected import connect, environment
from tests.conftest import samples
from tests.demo.articles import credit, jats, orcid, person

ARTICLE = jats(
    person("Ada", "Lovelace", orcid=orcid(1), inside=credit("software")),
    person("Alan", "Turing", inside=credit("supervision")),
)
DEPOSIT = build(
    readers.read(ARTICLE, "article.xml").publication, landing_page="https://journal.example/1", at=now()
).replace(b"<head>", b"<!-- kept as it is: \xc3\xa9 -->\r\n  <head>")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deposit.xml").write_bytes(DEPOSIT)
    (tmp_path / "article.xml").write_bytes(ARTICLE)
    return tmp_path


def crossref(*arguments: object, stdin: bytes | None = None, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, ["crossref", *map(str, arguments)], input=stdin, env=env)


def without_additions(xml: bytes) -> bytes:
    return re.sub(rb'\s*<role vocab="credit" type="[a-z-]+"/>|\s*<ORCID authenticated="true">[^<]+</ORCID>', b"", xml)


def test_ids_that_the_article_marks_and_roles_are_added_and_nothing_else(folder: Path) -> None:
    result = crossref(folder / "deposit.xml", "--article", folder / "article.xml")
    assert result.exit_code == 0
    assert f'<ORCID authenticated="true">https://orcid.org/{orcid(1)}</ORCID>' in result.stdout
    assert '<role vocab="credit" type="supervision"/>' in result.stdout
    assert without_additions(result.stdout_bytes) == DEPOSIT
    assert result.stderr == ""


def test_the_output_file_is_written_whole_and_amending_it_again_changes_nothing(folder: Path) -> None:
    first, second = folder / "first.xml", folder / "second.xml"
    assert crossref(folder / "deposit.xml", "--article", folder / "article.xml", "--output", first).exit_code == 0
    again = crossref(first, "--article", folder / "article.xml", "--output", second)
    assert second.read_bytes() == first.read_bytes() != DEPOSIT
    assert "there was nothing to add" in again.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["article.xml", "deposit.xml", "first.xml", "second.xml"]


def test_a_file_can_be_amended_in_place_and_keeps_its_mode(folder: Path) -> None:
    target = folder / "deposit.xml"
    target.chmod(0o640)
    assert crossref(target, "--article", folder / "article.xml", "--output", target).exit_code == 0
    assert without_additions(target.read_bytes()) == DEPOSIT != target.read_bytes()
    assert target.stat().st_mode & 0o777 == 0o640


def test_the_deposit_may_come_on_standard_input(folder: Path) -> None:
    result = crossref("-", "--article", folder / "article.xml", stdin=DEPOSIT)
    assert orcid(1) in result.stdout


@pytest.mark.parametrize(
    ("deposit", "sentence"),
    [
        (b"", "deposit.xml"),
        (b"<doi_batch>", "deposit.xml"),
        (ARTICLE, "is not a Crossref deposit"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]>' + DEPOSIT.partition(b"?>")[2], "deposit.xml"),
    ],
)
def test_a_bad_deposit_is_one_sentence_and_leaves_the_output_alone(deposit: bytes, sentence: str, folder: Path) -> None:
    (folder / "deposit.xml").write_bytes(deposit)
    (folder / "out.xml").write_bytes(b"as before")
    result = crossref(folder / "deposit.xml", "--article", folder / "article.xml", "--output", folder / "out.xml")
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1
    assert (folder / "out.xml").read_bytes() == b"as before"


def test_an_output_that_cannot_be_written_is_one_sentence(folder: Path) -> None:
    result = crossref(
        folder / "deposit.xml", "--article", folder / "article.xml", "--output", folder / "no" / "out.xml"
    )
    assert result.exit_code == 2
    assert "out.xml cannot be written: No such file or directory" in result.stderr


def test_without_article_and_without_settings_it_says_what_to_do(folder: Path) -> None:
    result = crossref(folder / "deposit.xml")
    assert result.exit_code == 2
    assert "ORCID_PLUGIN_TOKEN_KEYS must be set" in result.stderr
    assert "--article" in result.stderr
    assert result.stdout == ""


def test_both_cannot_be_standard_input() -> None:
    result = crossref("-", "--article", "-", stdin=DEPOSIT)
    assert result.exit_code == 2
    assert "cannot both be standard input" in result.stderr


def test_without_article_the_database_says_who_is_connected(folder: Path) -> None:
    settings = environment(folder)
    with connect(settings, orcid(1)):
        hook.published(readers.read(ARTICLE, "article.xml").publication)
    result = crossref(folder / "deposit.xml", env=settings)
    assert result.exit_code == 0, result.stderr
    assert f'<ORCID authenticated="true">https://orcid.org/{orcid(1)}</ORCID>' in result.stdout


def test_without_article_an_unknown_doi_changes_nothing(folder: Path) -> None:
    settings = environment(folder)
    with connect(settings, orcid(1)):
        pass
    result = crossref(folder / "deposit.xml", env=settings)
    assert result.stdout_bytes == DEPOSIT
    assert "there was nothing to add" in result.stderr


def test_without_article_a_database_that_was_never_made_is_said_so(folder: Path) -> None:
    result = crossref(folder / "deposit.xml", env=environment(folder))
    assert result.exit_code == 1
    assert "orcid-plugin db upgrade" in result.stderr


def test_the_keys_of_a_database_are_needed_as_well(folder: Path) -> None:
    settings = environment(folder) | {
        "ORCID_PLUGIN_TOKEN_KEYS": Fernet.generate_key().decode(),
        "ORCID_PLUGIN_CLIENT_ID": "",
    }
    assert "ORCID_PLUGIN_CLIENT_ID" in crossref(folder / "deposit.xml", env=settings).stderr


@pytest.fixture(scope="module")
def schema(shared: Path) -> Callable[[str], etree.XMLSchema]:
    """Crossref's schema of a version."""

    @cache
    def load(version: str) -> etree.XMLSchema:
        return etree.XMLSchema(etree.parse(shared / "schemas" / "crossref" / f"crossref{version}.xsd"))

    return load


@pytest.mark.parametrize("deposit", samples("crossref"), ids=lambda path: path.stem)
def test_every_real_deposit_that_was_valid_stays_so(
    deposit: Path, schema: Callable[[str], etree.XMLSchema], folder: Path
) -> None:
    tree = etree.parse(deposit)
    version = etree.QName(tree.getroot()).namespace.rpartition("/")[2]
    # Everybody in it gets an iD and two roles, as if the article marked them so.
    article = _of_deposit(tree)
    (folder / "own.xml").write_bytes(article)
    result = crossref(deposit, "--article", folder / "own.xml")
    assert result.exit_code == 0, result.stderr
    if version[0].isdigit() and schema(version).validate(tree):
        schema(version).assertValid(etree.fromstring(result.stdout_bytes))


def _of_deposit(tree: etree._ElementTree) -> bytes:
    """An article with the DOI and the people of a deposit's last record."""
    doi = tree.findall(".//{*}doi")[-1].text or ""
    people = [
        person(
            element.findtext("{*}given_name"),
            element.findtext("{*}surname") or "X",
            orcid=orcid(number + 1),
            inside=credit("software") + credit("resources"),
        )
        for number, element in enumerate(tree.iterfind(".//{*}person_name"))
    ]
    return jats(*people, doi=doi)
