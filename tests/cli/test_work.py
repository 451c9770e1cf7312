"""`orcid-plugin work`: the message on standard output, warnings on standard error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from lxml import etree

from orcid_plugin.cli import main
from tests.conftest import samples
from tests.demo.articles import credit, jats, orcid, person


def work(*arguments: str, stdin: bytes | None = None):
    return CliRunner().invoke(main, ["work", *arguments], input=stdin)


def test_the_message_as_json_names_authenticated_ids_only() -> None:
    article = jats(person("Ada", "Lovelace", orcid=orcid(1), inside=credit("software")), person("Jürgen", "Weiß"))
    result = work("-", stdin=article)
    assert result.exit_code == 0
    assert result.stderr == ""
    message = json.loads(result.stdout)
    assert message["title"]["title"]["value"] == "A title"
    ada, juergen = message["contributors"]["contributor"]
    assert ada["contributor-orcid"]["path"] == orcid(1)
    assert ada["contributor-attributes"]["contributor-role"] == "http://credit.niso.org/contributor-roles/software/"
    assert "contributor-orcid" not in juergen
    assert "Jürgen Weiß" in result.stdout


def test_warnings_go_to_standard_error() -> None:
    result = work("-", stdin=jats(person("Ada", "Lovelace", orcid="0000-0000-0000-0000")))
    assert result.exit_code == 0
    assert "contributor-orcid" not in json.loads(result.stdout)["contributors"]["contributor"][0]
    assert result.stderr.startswith("standard input: an iD was left out")
    assert "Ada Lovelace" in result.stderr


@pytest.mark.parametrize("sample", samples("jats"), ids=lambda path: path.stem)
def test_every_real_article_gives_a_valid_document_or_one_sentence(sample: Path, shared: Path) -> None:
    schema = etree.XMLSchema(etree.parse(shared / "schemas" / "orcid" / "record_3.0" / "work-3.0.xsd"))
    result = work(str(sample), "--format", "xml")
    if sample.name.startswith("jats4r"):
        assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    else:
        assert result.exit_code == 0, result.stderr
        schema.assertValid(etree.fromstring(result.stdout_bytes))


@pytest.mark.parametrize(
    ("article", "sentence"),
    [
        (b"", "standard input is neither XML nor JSON"),
        (b"no XML at all", "standard input is neither XML nor JSON"),
        (b"<article>", "standard input"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><article>&x;</article>', "standard input"),
        (jats(title=""), "cannot become a work: it has no title"),
        (b"\xff\xfe\x00", "standard input"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_status_2(article: bytes, sentence: str) -> None:
    result = work("-", stdin=article)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.output


def test_a_file_that_is_missing_or_a_folder(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "none.xml", "No such file"), (tmp_path, "Is a directory")):
        result = work(str(path))
        assert result.exit_code == 2
        assert f"{path} cannot be read: {reason}" in result.stderr
