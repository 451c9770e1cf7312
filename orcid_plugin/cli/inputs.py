"""Files that commands read and write: `-` is standard input, an output appears whole or not at all."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from orcid_plugin.errors import InputError
from orcid_plugin.metadata import readers
from orcid_plugin.metadata.findings import Finding
from orcid_plugin.metadata.reading import Reading

STANDARD_INPUT = "-"


def read_input(path: str) -> tuple[str, bytes]:
    """What messages call the input, and its bytes. Raises `InputError` for a file that cannot be read."""
    if path == STANDARD_INPUT:
        return "standard input", sys.stdin.buffer.read()
    try:
        return path, Path(path).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise InputError(f"{path} cannot be read: {_reason(error)}") from None


def read_article(path: str) -> tuple[str, Reading]:
    """What messages call the article, and what its reader made of it. Raises `InputError` in one sentence."""
    name, data = read_input(path)
    return name, readers.read(data, name)


def report(name: str, findings: Iterable[Finding]) -> None:
    """Warnings about an input, on standard error."""
    for finding in findings:
        click.echo(f"{name}: {' '.join(str(finding).split())}", err=True)


ONLY_FOR_THE_OWNER = 0o600
"""Permissions of a file that nobody else is to read."""


def write_output(data: bytes, path: str | None, *, mode: int | None = None) -> None:
    """To standard output, or to a file that is replaced in one step, with permissions as `replacing` gives them.

    Raises `InputError` where it cannot be written.
    """
    if path is None or path == STANDARD_INPUT:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    with replacing(path, mode=mode) as file:
        file.write(data)


@contextmanager
def replacing(path: str, *, mode: int | None = None) -> Iterator[BinaryIO]:
    """A file to write that takes the place of `path` in one step at the end, or not at all after an exception.

    `mode` are its permissions; None: those of the file before, else what the process gives. Raises `InputError` where
    it cannot be written.
    """
    try:
        target = Path(path).resolve()  # a link stays a link
    except ValueError as error:  # a NUL in the name
        raise InputError(f"{path} cannot be written: {_reason(error)}") from None
    try:
        if target.exists() and not target.is_file():
            with target.open("wb") as file:  # a device or pipe
                yield file
            return
        partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
        try:
            number = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if mode is None else mode)
            with os.fdopen(number, "wb") as file:
                yield file
            if mode is None and target.exists():
                shutil.copymode(target, partial)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {_reason(error)}") from None


def _reason(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or str(error)
