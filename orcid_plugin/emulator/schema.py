"""How a message is described once and then read and written both as XML and as JSON.

A description says what the XSDs say: which elements in which order, how long, in which form; and what ORCID's JSON
binding says: which values are wrapped in `{"value": …}`. Between reading and writing a message is ORCID's JSON as a
dict, with only the keys that are set.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

NAMESPACES = {
    prefix: f"http://www.orcid.org/ns/{prefix}"
    for prefix in (
        "activities address bulk client common distinction education email employment error expanded-search "
        "external-identifier funding group-id history invited-position keyword membership notification other-name "
        "peer-review person personal-details preferences qualification record research-resource researcher-url search "
        "service summary work"
    ).split()
}
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold; the Registry validates JSON against the XSDs too."""

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """A restriction of an XSD simple type: whether a text fits, and what the error says if not."""

    fits: Callable[[str], bool]
    says: str


def pattern(regex: str) -> Rule:
    """Text that the expression matches as a whole."""
    compiled = re.compile(regex, re.ASCII)
    return Rule(lambda text: compiled.fullmatch(text) is not None, f"does not have the form {regex}")


def text_of(longest: int, *, empty: bool = False) -> Rule:
    """Text of at most so many characters, with at least one that is no space unless it may be empty."""
    return Rule(
        lambda text: len(text) <= longest and (empty or bool(text.strip())),
        f"must {'' if empty else 'not be empty and '}have at most {longest} characters",
    )


def number(lowest: int, highest: int) -> Rule:
    """A whole number between two others."""
    return Rule(
        lambda text: re.fullmatch(r"\s*[+-]?[0-9]{1,9}\s*", text) is not None and lowest <= int(text) <= highest,
        f"must be a number from {lowest} to {highest}",
    )


ANY = Rule(lambda _: True, "")
FILLED = Rule(lambda text: bool(text.strip()), "must not be empty")


@dataclass(frozen=True, slots=True)
class Text:
    """Simple content.

    Attributes:
        rule: restriction of the XSD, not looked at in bulk requests.
        wrapped: JSON writes `{"value": …}`.
        bare: JSON may give the bare string where a wrapped one is expected (URLs, subtitles).
        terms: the legal terms where the XSD leaves an enumeration to ORCID's model (error 9051), and that model's name.
        attribute: name of an attribute that comes with the text, and whether it must be there.
        kind: `text`, `integer`, `boolean`, `date` (JSON: milliseconds since 1970; XML: xs:dateTime) or `constant`
            (JSON: in upper case with underscores).
    """

    rule: Rule = ANY
    wrapped: bool = False
    bare: bool = False
    terms: tuple[frozenset[str], str] | None = None
    attribute: str | None = None
    attribute_required: bool = False
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Field:
    """One element or attribute of a group.

    Attributes:
        name: local name in XML, key in JSON.
        prefix: namespace prefix of the element (`NAMESPACES`), or `@` for an attribute.
        output_only: the Registry sets it; accepted and dropped when a client sends it.
        wrapper: XML puts the elements into one of this name, JSON does not.
        only_in_json: JSON has objects here whose fields stand in the place of the element in XML; output only.
    """

    name: str
    prefix: str
    form: Text | Group
    required: bool = False
    many: bool = False
    output_only: bool = False
    wrapper: str | None = None
    only_in_json: bool = False

    @property
    def tag(self) -> str:
        name = self.wrapper or self.name
        return name if self.prefix == "@" else f"{{{NAMESPACES[self.prefix]}}}{name}"

    @property
    def wrapped(self) -> Group:
        """What is inside the wrapper."""
        return Group((replace(self, wrapper=None),))


@dataclass(frozen=True)
class Group:
    """An element with children.

    Attributes:
        fields: in the order of the XSD's sequence; attributes anywhere.
        first: names of the fields that JSON puts before the others.
        last: names of the fields that JSON puts behind the others.
        check: what the XSD says beyond single fields: gives the fault as a text, or None.
    """

    fields: tuple[Field, ...]
    first: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    check: Callable[[Mapping[str, Any]], str | None] | None = None

    @cached_property
    def in_json_order(self) -> list[Field]:
        """The fields in the order of JSON's keys."""
        by_name = {field.name: field for field in self.fields}
        middle = [name for name in by_name if name not in self.first and name not in self.last]
        return [by_name[name] for name in (*self.first, *middle, *self.last)]
