"""What the cache keeps, and for how long."""

from __future__ import annotations

from orcid_plugin.registry.cache import Cache


def test_what_holds_no_longer_is_forgotten_when_something_new_comes() -> None:
    clock = [0.0]
    cache = Cache(clock=lambda: clock[0])
    cache.get("short", lambda: ("a person's address", 10))
    cache.get("long", lambda: ("a key", 1000))
    clock[0] = 20
    cache.get("new", lambda: ("a token", 10))
    assert "address" not in str(vars(cache))
    assert cache.get("long", lambda: ("another", 1)) == "a key"
