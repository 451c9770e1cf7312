"""A file that opens with its passphrase only, and only as it was written."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orcid_plugin.errors import InputError
from orcid_plugin.store import envelope

PASSPHRASE = "correct horse battery"


@pytest.fixture(autouse=True, scope="module")
def quick() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(envelope, "COST", {"n": 2**4, "r": 8, "p": 1})
        patch.setattr(envelope, "PIECE", 40)
        yield


def refused(file: list[bytes], passphrase: str = PASSPHRASE) -> str:
    with pytest.raises(InputError) as raised:
        list(envelope.unseal(file, passphrase))
    return str(raised.value)


@given(st.lists(st.binary(max_size=100).map(lambda line: line.replace(b"\n", b"") + b"\n")))
def test_lines_come_back_as_they_were(lines: list[bytes]) -> None:
    file = list(envelope.seal(lines, PASSPHRASE))
    assert envelope.is_sealed(file[0])
    assert list(envelope.unseal(file, PASSPHRASE)) == lines


def test_nothing_can_be_read_without_the_passphrase() -> None:
    file = list(envelope.seal([b"token-4b1d\n"] * 10, PASSPHRASE))
    assert b"token" not in b"".join(file)
    assert refused(file, "another passphrase") == refused([file[0].replace(b'"r": 8', b'"r": 4'), *file[1:]])
    assert "passphrase" in refused(file, "another passphrase")


def test_a_file_that_was_changed_is_refused() -> None:
    file = list(envelope.seal([b"a line of some length\n"] * 10, PASSPHRASE))
    assert len(file) > 4
    assert "cut off" in refused(file[:-1])
    assert "cut off" in refused(file[:1])
    assert "order" in refused([file[0], file[2], file[1], *file[3:]])
    assert "order" in refused([file[0], *file[2:]])
    assert "order" in refused([*file, file[1]])
    assert "changed" in refused([file[0], file[1][:-3] + b"A\n", *file[2:]])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"version": 2}, "version 2"),
        ({"kdf": "md5"}, "in a way that this version does not know"),
        ({"n": 2**30}, "more work"),
        ({"n": "many"}, "more work"),
        ({"n": 17}, "passphrase"),
        ({"salt": "?"}, "passphrase"),
        ({"salt": 5}, "passphrase"),
    ],
)
def test_a_first_line_that_cannot_be_followed_is_refused(changes: dict[str, object], sentence: str) -> None:
    header, *rest = envelope.seal([b"x\n"], PASSPHRASE)
    assert sentence in refused([json.dumps(json.loads(header) | changes).encode(), *rest])


@pytest.mark.parametrize("line", [b"", b"orcid,access_token\n", b"[]", b'{"format": "another"}'])
def test_other_files_are_told_apart(line: bytes) -> None:
    assert not envelope.is_sealed(line)
