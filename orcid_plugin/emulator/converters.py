"""Sections in the rules of paths: one rule for all of them, since each rule takes a while to make."""

from __future__ import annotations

from werkzeug.routing import BaseConverter

from orcid_plugin.emulator import person
from orcid_plugin.emulator.person import PersonSection
from orcid_plugin.emulator.sections import SECTIONS, Section

_PERSONAL = {section.path: section for section in person.SECTIONS}


class Activity(BaseConverter):
    """A section of activities by the name of its items: `<activity:section>`."""

    regex = "|".join(SECTIONS)

    def to_python(self, value: str) -> Section:
        return SECTIONS[value]


class Activities(BaseConverter):
    """A section of activities by the name of its list: `<activities:section>`."""

    regex = "|".join(f"{name}s" for name in SECTIONS)

    def to_python(self, value: str) -> Section:
        return SECTIONS[value.removesuffix("s")]


class Personal(BaseConverter):
    """A section about the person by its path: `<personal:section>`."""

    regex = "|".join(_PERSONAL)

    def to_python(self, value: str) -> PersonSection:
        return _PERSONAL[value]


CONVERTERS: dict[str, type[BaseConverter]] = {"activity": Activity, "activities": Activities, "personal": Personal}
