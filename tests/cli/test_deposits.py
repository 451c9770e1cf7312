"""`orcid-plugin jats` and `datacite`: as `crossref`, for the journal's own article and a repository's metadata."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from orcid_plugin.cli import main
from orcid_plugin.hooks import publication as hook
from orcid_plugin.metadata import readers
from tests.cli.connected import connect, environment
from tests.demo.articles import credit, jats, orcid, person

ARTICLE = jats(
    person("Ada", "Lovelace", orcid=orcid(1), inside=credit("software")),
    person("Alan", "Turing", inside=credit("supervision")),
)
BARE = jats(person("Ada", "Lovelace"), person("Alan", "Turing")).replace(b"><front>", b"><!-- \xc3\xa9 -->\r\n<front>")
METADATA = b"""<resource xmlns="http://datacite.org/schema/kernel-4">
<identifier identifierType="DOI">10.5555/test.1</identifier>
<creators><creator><creatorName>Lovelace, Ada</creatorName></creator></creators></resource>"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "article.xml").write_bytes(ARTICLE)
    (tmp_path / "bare.xml").write_bytes(BARE)
    (tmp_path / "data.xml").write_bytes(METADATA)
    return tmp_path


def run(*arguments: object, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)], env=env)


def test_an_article_gets_ids_and_roles_and_nothing_else(folder: Path) -> None:
    result = run("jats", folder / "bare.xml", "--article", folder / "article.xml")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert f'"orcid" authenticated="true">https://orcid.org/{orcid(1)}</contrib-id>'.encode() in result.stdout_bytes
    assert result.stdout_bytes.count(b"</role>") == 2
    assert re.sub(rb"<contrib-id .*?</contrib-id>|<role .*?</role>", b"", result.stdout_bytes) == BARE


def test_metadata_gets_ids_as_xml_and_as_json(folder: Path) -> None:
    result = run("datacite", folder / "data.xml", "--article", folder / "article.xml", "--output", folder / "out.xml")
    assert result.exit_code == 0
    assert f">https://orcid.org/{orcid(1)}</nameIdentifier>".encode() in (folder / "out.xml").read_bytes()
    (folder / "data.json").write_text(json.dumps({"creators": [{"name": "Lovelace, Ada"}]}))
    result = run("datacite", folder / "data.json", "--article", folder / "article.xml")
    (creator,) = json.loads(result.stdout)["creators"]
    assert creator["nameIdentifiers"][0]["nameIdentifier"] == f"https://orcid.org/{orcid(1)}"


@pytest.mark.parametrize(
    ("command", "file", "element"), [("jats", "bare.xml", "contrib-id"), ("datacite", "data.xml", "nameIdentifier")]
)
def test_without_article_the_database_says_who_is_connected(
    command: str, file: str, element: str, folder: Path
) -> None:
    settings = environment(folder)
    with connect(settings, orcid(1)):
        hook.published(readers.read(ARTICLE, "article.xml").publication)
    result = run(command, folder / file, env=settings)
    assert result.exit_code == 0, result.stderr
    assert f">https://orcid.org/{orcid(1)}</{element}>" in result.stdout


@pytest.mark.parametrize("command", ["jats", "datacite"])
def test_a_bad_file_is_one_sentence_and_leaves_the_output_alone(command: str, folder: Path) -> None:
    (folder / "bad.xml").write_bytes(b"<doi_batch/>")
    (folder / "out.xml").write_bytes(b"as before")
    for more in ((), ("--article", folder / "article.xml")):
        result = run(command, folder / "bad.xml", *more, "--output", folder / "out.xml")
        assert result.exit_code == 2
        assert re.fullmatch(r"Error: .*bad\.xml has no element '\w+'; its root element is 'doi_batch'\n", result.stderr)
    assert (folder / "out.xml").read_bytes() == b"as before"


@pytest.mark.parametrize("command", ["jats", "datacite"])
def test_without_article_and_without_settings_it_says_what_to_do(command: str, folder: Path) -> None:
    result = run(command, folder / {"jats": "bare.xml", "datacite": "data.xml"}[command])
    assert result.exit_code == 2
    assert "--article" in result.stderr


def test_what_was_noticed_is_said(folder: Path) -> None:
    (folder / "nlm.xml").write_bytes(BARE.replace(b"<article ", b'<article dtd-version="3.0" '))
    result = run("jats", folder / "nlm.xml", "--article", folder / "article.xml")
    assert "nlm.xml: NLM 3.0 has no element for iDs" in result.stderr
    assert "there was nothing to add" in result.stderr
