"""All routes of the mounted plugin, found in the app's map, so that no list has to be kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask
from werkzeug.routing import AnyConverter, FloatConverter, IntegerConverter, Rule


@dataclass(frozen=True)
class Route:
    endpoint: str
    method: str
    path: str
    """With a plausible value for each part that varies."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def rules(app: Flask) -> list[Rule]:
    return [
        rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("orcid_plugin.") and rule.endpoint != "orcid_plugin.static"
    ]


def values(rule: Rule, text: str) -> Iterator[dict[str, str]]:
    """What an address of the rule can be made of: `text` where it takes any, and each of those where it names them."""
    chosen = {
        name: sorted(converter.items) if isinstance(converter, AnyConverter) else ["1"]
        for name, converter in rule._converters.items()
        if isinstance(converter, AnyConverter | IntegerConverter | FloatConverter)
    }
    count = max(map(len, chosen.values()), default=1)
    for number in range(count):
        of_rule = {name: options[number % len(options)] for name, options in chosen.items()}
        yield {name: of_rule.get(name, text) for name in rule.arguments}


def routes(app: Flask, text: str = "ms-1") -> list[Route]:
    adapter = app.url_map.bind("localhost")
    return [
        Route(rule.endpoint, method, adapter.build(rule.endpoint, filled, method=method))
        for rule in rules(app)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        for filled in values(rule, text)
    ]
