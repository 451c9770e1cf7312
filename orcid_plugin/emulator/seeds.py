"""The files of seeds and of `store`: JSON, read and written atomically."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from orcid_plugin.errors import UnreadableInput


def read(path: Path) -> dict[str, Any]:
    """The seed in a file; raises `UnreadableInput` if it is no JSON object."""
    try:
        seed = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UnreadableInput(f"{path} cannot be read as the Registry's seed: {error}") from None
    if not isinstance(seed, dict):
        raise UnreadableInput(f"{path} cannot be read as the Registry's seed: it is no JSON object")
    return seed


def write_atomically(path: Path, text: str) -> None:
    """Replace a file as a whole, so that a crash leaves the old one or the new one."""
    partial = path.with_name(f"{path.name}.partial")
    # The file holds tokens and client secrets, if only of an emulator.
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    partial.replace(path)
