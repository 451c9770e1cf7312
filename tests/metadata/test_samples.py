"""Every real sample reads as its golden file says. The golden files were compared with the XML by eye.

`python -m tests.metadata.test_samples` writes them anew; look at the difference before it is committed.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orcid_plugin.errors import InputError
from orcid_plugin.metadata import json_form
from orcid_plugin.metadata.readers import read
from tests.conftest import samples
from tests.metadata.summary import summary

GOLDEN = Path(__file__).parent / "golden"
FILES = [(kind, path) for kind in ("jats", "crossref") for path in samples(kind)]


@pytest.mark.parametrize(("kind", "path"), FILES, ids=[f"{kind}-{path.stem}" for kind, path in FILES])
def test_sample_reads_as_its_golden_file_says(kind: str, path: Path) -> None:
    golden = json.loads((GOLDEN / kind / f"{path.stem}.json").read_text())
    assert summary(path.read_bytes(), path.name) == golden


@pytest.mark.parametrize(("kind", "path"), FILES, ids=[f"{kind}-{path.stem}" for kind, path in FILES])
def test_sample_survives_the_json_form(kind: str, path: Path) -> None:
    try:
        publication = read(path.read_bytes(), path.name).publication
    except InputError:
        return
    form = json.loads(json.dumps(json_form.dump(publication)))
    assert json_form.load(form).publication == publication
    assert json_form.load(form).findings == ()


def test_every_golden_file_has_its_sample(shared: Path) -> None:
    golden = {path.relative_to(GOLDEN).with_suffix("") for path in GOLDEN.rglob("*.json")}
    assert golden == {Path(kind) / path.stem for kind, path in FILES}


if __name__ == "__main__":
    for kind, path in FILES:
        text = json.dumps(summary(path.read_bytes(), path.name), indent=1, ensure_ascii=False)
        (GOLDEN / kind / f"{path.stem}.json").write_text(text + "\n")
