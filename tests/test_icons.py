"""Reading ORCID's icon files: told by content, and refused with a reason when settings are read."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orcid_plugin import icons
from orcid_plugin.errors import SettingsError
from orcid_plugin.settings import Settings
from tests.icons import png, svg, write


@pytest.mark.parametrize(
    ("content", "media_type", "extension"),
    [
        (svg(), "image/svg+xml", "svg"),
        (svg(view_box="0,0, 72 72"), "image/svg+xml", "svg"),
        (b"<!-- Generator: a drawing program -->" + svg().partition(b"?>")[2], "image/svg+xml", "svg"),
        (png(16, 16), "image/png", "png"),
        (png(128, 128), "image/png", "png"),
    ],
)
def test_an_icon_is_told_by_its_content_and_kept_as_it_is(
    content: bytes, media_type: str, extension: str, tmp_path: Path
) -> None:
    found = icons.read(write(tmp_path, content, "icon.gif"))
    assert (found.content, found.media_type) == (content, media_type)
    assert found.name.endswith(f".{extension}")
    assert found.width_at(16) == 16
    assert content.decode("latin-1") not in repr(found)


def test_the_name_follows_the_content(tmp_path: Path) -> None:
    first, same, other = (icons.read(write(tmp_path, one)).name for one in (svg(), svg(), svg(colour="#000")))
    assert first == same != other


def test_proportions_are_kept(tmp_path: Path) -> None:
    assert icons.read(write(tmp_path, png(30, 25))).width_at(16) == 19


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is neither SVG nor PNG"),
        (b"GIF89a", "is neither SVG nor PNG"),
        (b"<html><body/></html>", "is neither SVG nor PNG"),
        (b"<svg viewBox='0 0 1 1'/>", "is neither SVG nor PNG"),  # of no namespace, so no browser shows it
        (svg().replace(b"</svg>", b""), "is neither SVG nor PNG"),
        (svg(view_box=""), "is an SVG without a viewBox"),
        (svg(view_box="0 0 256"), "is an SVG without a viewBox"),
        (svg(view_box="0 0 0 0"), "is an SVG without a viewBox"),
        (svg(view_box="0 0 nan inf"), "is an SVG without a viewBox"),
        (svg(view_box="0 0 400 100"), "is not as wide as high"),
        (png(64, 20), "is not as wide as high"),
        (png(8, 8), "is not a PNG of 16 to 1024 pixels"),
        (png(1025, 1025)[:200], "is not a PNG of 16 to 1024 pixels"),
        (png()[:10], "is not a PNG of 16 to 1024 pixels"),
        (svg("<!--" + "x" * 100_000 + "-->"), "has more than 100000 bytes"),
    ],
)
def test_what_is_no_icon_is_refused_when_settings_are_read(content: bytes, reason: str, tmp_path: Path) -> None:
    path = write(tmp_path, content)
    with pytest.raises(SettingsError) as caught:
        Settings.from_mapping({"ORCID_PLUGIN_ICON": path, "ORCID_PLUGIN_UNAUTHENTICATED_ICON": path})
    first, second = str(caught.value).split("; ")
    assert first.startswith("ORCID_PLUGIN_ICON '/")
    assert second.startswith("ORCID_PLUGIN_UNAUTHENTICATED_ICON '/")
    assert reason in first


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # reading one would wait for ever
    for path in ("", "/nowhere/icon.svg", str(tmp_path), str(tmp_path / "pipe"), "/dev/zero", "x" * 5000):
        with pytest.raises(SettingsError, match=r"is no file|cannot be read: File name too long"):
            Settings.from_mapping({"ORCID_PLUGIN_ICON": path})


def test_an_entity_is_not_read_from_another_file(tmp_path: Path) -> None:
    secret = write(tmp_path, b"0 0 1 1", "secret")
    found = (
        f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file://{secret}">]><svg xmlns="http://www.w3.org/2000/svg" viewBox="&x;"/>'
    )
    with pytest.raises(ValueError, match="is neither SVG nor PNG"):
        icons.read(write(tmp_path, found.encode()))


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda rest: b"\x89PNG\r\n\x1a\n" + rest))
def test_whatever_a_file_holds_is_an_icon_or_one_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = write(tmp_path_factory.mktemp("any"), content)
    with contextlib.suppress(ValueError):
        assert icons.read(path).content == content


def test_a_path_stands_for_the_icon_where_settings_are_shown(tmp_path: Path) -> None:
    path = write(tmp_path, svg())
    assert str(Settings.from_mapping({"ORCID_PLUGIN_ICON": f" {path} "}).icon) == path
