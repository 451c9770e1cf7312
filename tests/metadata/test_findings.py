"""Every code of a finding is documented, and every documented one exists."""

from __future__ import annotations

import re

from tests.conftest import ROOT


def codes_in_source() -> set[str]:
    package = ROOT / "orcid_plugin" / "metadata"
    sources = [*(package / "readers").glob("*.py"), package / "json_form.py"]
    calls = re.compile(r'(?:\.add\(|_Unusable\(|Finding\(|_checked\()\s*"([a-z_]+)"')
    found = {code for path in sources for code in calls.findall(path.read_text())}
    # Put together in json_form: the codes of its tables and of `_normaliser`.
    return found | {"date_invalid", "value_invalid", "issn_invalid", "isbn_invalid", "doi_invalid"}


def test_the_table_holds_exactly_the_codes_in_use() -> None:
    table = (ROOT / "docs" / "findings.md").read_text()
    assert set(re.findall(r"^\| `([a-z_]+)` \|", table, re.MULTILINE)) == codes_in_source()
