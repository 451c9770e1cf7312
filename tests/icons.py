"""Icons for tests: drawn for them, in the form of ORCID's files, with a style sheet inside."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

RED = "#c81e5a"
"""A colour that nothing else has."""


def svg(inside: str = "", *, view_box: str = "0 0 256 256", colour: str = RED) -> bytes:
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view_box}">'
        f'<style type="text/css">.st0{{fill:{colour};}}</style><circle class="st0" cx="128" cy="128" r="128"/>{inside}'
        "</svg>"
    ).encode()


def png(width: int = 24, height: int = 24) -> bytes:
    """One colour all over."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"".join(b"\x00" + b"\xc8\x1e\x5a" * width for _ in range(height)))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def write(folder: Path, content: bytes, name: str = "icon") -> str:
    (folder / name).write_bytes(content)
    return str(folder / name)
