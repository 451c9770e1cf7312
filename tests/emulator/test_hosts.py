"""Hosts, paths and connections: where the emulator answers, and how HTTP is spoken there."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from orcid_plugin.emulator import Registry
from orcid_plugin.emulator.app import create_app


@pytest.mark.parametrize(
    "callback", ["https://example.org/a/b?iD=0000&x=1", "https://example.org/50%25+1%2F2/ü", "plain", "//"]
)
def test_a_segment_keeps_the_slashes_that_were_encoded_in_it(callback: str) -> None:
    app = create_app(Registry())
    app.add_url_rule("/<orcid>/hook/<encoded:callback>", view_func=lambda orcid, callback: callback)
    assert app.test_client().get(f"/0000/hook/{quote(callback, safe='')}").text == callback
