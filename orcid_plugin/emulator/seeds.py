"""Reading the files of seeds and of `store`."""

from __future__ import annotations

import json
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
