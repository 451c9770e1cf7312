"""Files sealed with a passphrase, a piece at a time: scrypt (RFC 7914) makes the key, Fernet seals.

The first line is a JSON object that says how, each other line one Fernet token (docs/export.md). Sealed with each piece
is its number and whether it is the last, so that none can be left out, moved or cut off.
"""

from __future__ import annotations

import base64
import json
import os
import struct
from collections.abc import Iterable, Iterator

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from orcid_plugin.errors import InputError

FORMAT = "orcid-plugin/sealed"
VERSION = 1
PIECE = 256 * 1024
"""Bytes of content in one token."""

COST = {"n": 2**17, "r": 8, "p": 1}
"""Parameters of scrypt: 128 MiB and some tenths of a second (OWASP, Password Storage Cheat Sheet)."""

_MOST = {"n": 2**20, "r": 16, "p": 16}
_PLACE = struct.Struct(">Q?")
_WRONG = "the passphrase is not the one that it was sealed with, or the file was changed"


def seal(lines: Iterable[bytes], passphrase: str) -> Iterator[bytes]:
    """The lines of the sealed file."""
    salt = os.urandom(16)
    header = {"format": FORMAT, "version": VERSION, "kdf": "scrypt", **COST, "salt": base64.b64encode(salt).decode()}
    yield json.dumps(header).encode() + b"\n"
    fernet = _fernet(passphrase, salt, COST)
    number, piece = 0, bytearray()
    for line in lines:
        piece += line
        if len(piece) >= PIECE:
            yield fernet.encrypt(_PLACE.pack(number, False) + piece) + b"\n"
            number, piece = number + 1, bytearray()
    yield fernet.encrypt(_PLACE.pack(number, True) + piece) + b"\n"


def is_sealed(first_line: bytes) -> bool:
    """Whether a file that begins with this line is one."""
    try:
        header = json.loads(first_line)
    except (ValueError, RecursionError):
        return False
    return isinstance(header, dict) and header.get("format") == FORMAT


def unseal(file: Iterable[bytes], passphrase: str) -> Iterator[bytes]:
    """The lines that were sealed, of the lines of the file.

    Raises `InputError` where the passphrase is another one, the file was changed or cut off, or is of another version.
    """
    lines = iter(file)
    fernet = _fernet(passphrase, *_read_header(next(lines, b"")))
    rest, number, last = b"", 0, False
    for token in lines:
        try:
            content = fernet.decrypt(token.strip())
        except InvalidToken:
            raise InputError(_WRONG) from None
        place, piece = content[: _PLACE.size], content[_PLACE.size :]
        if last or place not in {_PLACE.pack(number, False), _PLACE.pack(number, True)}:
            raise InputError("its pieces are not in the order in which they were written")
        number, last = number + 1, place[-1:] == b"\x01"
        *whole, rest = (rest + piece).split(b"\n")
        yield from (line + b"\n" for line in whole)
    if not last:
        raise InputError("it is cut off: its last piece is missing")
    if rest:
        yield rest


def _read_header(line: bytes) -> tuple[bytes, dict[str, int]]:
    header = json.loads(line)
    if header.get("version") != VERSION or header.get("kdf") != "scrypt":
        raise InputError(f"it is sealed in a way that this version does not know (version {header.get('version')!r})")
    cost = {name: header.get(name) for name in _MOST}
    if not all(isinstance(value, int) and 0 < value <= _MOST[name] for name, value in cost.items()):
        raise InputError("its first line asks for more work than any export needs")
    try:
        return base64.b64decode(header["salt"], validate=True), cost
    except (KeyError, TypeError, ValueError):
        raise InputError(_WRONG) from None


def _fernet(passphrase: str, salt: bytes, cost: dict[str, int]) -> Fernet:
    try:
        key = Scrypt(salt=salt, length=32, **cost).derive(passphrase.encode())
    except ValueError:  # n is no power of two
        raise InputError(_WRONG) from None
    return Fernet(base64.urlsafe_b64encode(key))
