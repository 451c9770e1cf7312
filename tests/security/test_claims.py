"""The pages that claim something name tests, which must be there."""

from __future__ import annotations

import ast
import re

import pytest

from tests.installation import ROOT

TEST = re.compile(r"`(tests/[\w/]+\.py)((?:::\w+)+)`")


def named(page: str) -> list[tuple[str, list[str]]]:
    return [(path, names.split("::")[1:]) for path, names in TEST.findall((ROOT / "docs" / page).read_text())]


def defined(path: str) -> set[tuple[str, ...]]:
    """The tests of a file, as (function,) or (class, function)."""
    found: set[tuple[str, ...]] = set()
    for node in ast.parse((ROOT / path).read_text()).body:
        if isinstance(node, ast.FunctionDef):
            found.add((node.name,))
        if isinstance(node, ast.ClassDef):
            found |= {(node.name, inner.name) for inner in node.body if isinstance(inner, ast.FunctionDef)}
    return found


@pytest.mark.parametrize("page", ["certification.md", "security.md"])
def test_every_test_that_a_page_names_exists(page: str) -> None:
    assert named(page)
    missing = ["::".join([path, *names]) for path, names in named(page) if tuple(names) not in defined(path)]
    assert not missing


def test_each_threat_has_a_test() -> None:
    rows = re.findall(r"^\| (?!threat|---)(.+) \|$", (ROOT / "docs" / "security.md").read_text(), re.MULTILINE)
    assert len(rows) > 30
    assert [row for row in rows if not TEST.search(row)] == []


def test_each_of_orcids_points_is_answered_once_and_shown_somewhere() -> None:
    text = (ROOT / "docs" / "certification.md").read_text()
    rows = re.findall(r"^\| (\d+) \| (.+?) \| (yes|host|not yet) \| (.+) \|$", text, re.MULTILINE)
    assert [int(number) for number, *_ in rows] == list(range(1, 48))
    for number, _, met, how in rows:
        assert met != "yes" or TEST.search(how) or "test of 1;" in how or how.startswith("the label"), number
        assert TEST.search(how) or "](" in how or re.search(r"\bas \d|test of \d", how), number


def test_no_text_asks_for_another_visibility() -> None:
    catalogue = (ROOT / "locales" / "orcid_plugin.pot").read_text()
    assert "ORCID" in catalogue
    assert not re.search(r"visib|make .{0,30}public|everyone", catalogue, re.IGNORECASE)
