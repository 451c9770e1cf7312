"""Writes the JSON Schema of seeds, which the package ships: `python -m orcid_plugin.emulator.seed_schema`."""

from __future__ import annotations

import json
from pathlib import Path

from orcid_plugin.emulator import loading

FILE = Path(__file__).with_name("seed.schema.json")


def text() -> str:
    """The schema as the file has it."""
    return json.dumps(loading.schema(), indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
