"""ORCID's iD icons as files that the host downloaded: told by their content when settings are read, and never changed.

ORCID's artwork comes from its brand library, and is not passed on with this package.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

SOURCE = "https://info.orcid.org/brand-guidelines/"
MOST_BYTES = 100_000
MOST_PIXELS = 1024
_PNG = b"\x89PNG\r\n\x1a\n"
_SVG = "{http://www.w3.org/2000/svg}svg"
_EXTENSIONS = {"image/svg+xml": "svg", "image/png": "png"}


@dataclass(frozen=True, slots=True, kw_only=True)
class IconFile:
    """An icon as it was read.

    Attributes:
        path: where, as settings say.
        media_type: `image/svg+xml` or `image/png`.
        width, height: in units of its own; they say how it is proportioned.
    """

    path: str
    content: bytes = field(repr=False)
    media_type: str
    width: float
    height: float

    @property
    def name(self) -> str:
        """A file name that changes with the content, so that browsers may keep what is behind it."""
        return f"{hashlib.sha256(self.content).hexdigest()[:32]}.{_EXTENSIONS[self.media_type]}"

    def width_at(self, height: int) -> int:
        """Pixels that it is wide where it is so many high."""
        return round(height * self.width / self.height)

    def __str__(self) -> str:
        return self.path


def read(value: object) -> IconFile:
    """The icon at a path. Raises `ValueError` that says why the file cannot be one."""
    path = str(value).strip()
    try:
        if not Path(path).is_file():
            raise ValueError("is no file")
        with Path(path).open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    if len(content) > MOST_BYTES:
        raise ValueError(f"has more than {MOST_BYTES} bytes, which no icon of ORCID's has")
    media_type = "image/png" if content.startswith(_PNG) else "image/svg+xml"
    width, height = _of_png(content) if media_type == "image/png" else _of_svg(content)
    if not 0.8 <= width / height <= 1.25:
        raise ValueError("is not as wide as high, so it is not ORCID's iD icon")
    return IconFile(path=path, content=content, media_type=media_type, width=width, height=height)


def _of_png(content: bytes) -> tuple[int, int]:
    """Width and height, of the first chunk (PNG 1.2, 4.1.1)."""
    width, height = (int.from_bytes(content[start : start + 4]) for start in (16, 20))
    if content[12:16] != b"IHDR" or not (16 <= width <= MOST_PIXELS and 16 <= height <= MOST_PIXELS):
        raise ValueError(f"is not a PNG of 16 to {MOST_PIXELS} pixels")
    return width, height


def _of_svg(content: bytes) -> tuple[float, float]:
    """Width and height of the `viewBox`, without which browsers cut an SVG off instead of scaling it."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        root = None
    if root is None or root.tag != _SVG:
        raise ValueError("is neither SVG nor PNG")
    try:
        _, _, width, height = (float(part) for part in re.split(r"[\s,]+", root.get("viewBox", "").strip()))
    except ValueError:
        raise ValueError("is an SVG without a viewBox") from None
    if not (0 < width < float("inf") and 0 < height < float("inf")):
        raise ValueError("is an SVG without a viewBox")
    return width, height
