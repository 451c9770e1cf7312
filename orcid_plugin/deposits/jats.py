"""Authenticated iDs and CRediT roles in the host's own JATS article; nothing else in it changes.

As in deposits of Crossref, text is spliced into the file's bytes. The DTD that an article names is never loaded: its
characters (`&eacute;`) stay as they are written. How iDs and roles are written is JATS4R's recommendation.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from xml.sax.saxutils import escape

from orcid_plugin.deposits import document, splice
from orcid_plugin.deposits.amending import Amending, Amendment, Code, Person, Record, states_something
from orcid_plugin.deposits.document import Document, Element
from orcid_plugin.deposits.jats_versions import Version
from orcid_plugin.deposits.matching import Party
from orcid_plugin.deposits.names import Name
from orcid_plugin.deposits.splice import Edit
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.credit import Credit, CreditRole
from orcid_plugin.metadata.findings import Finding
from orcid_plugin.metadata.identifiers import Identifier, OrcidId
from orcid_plugin.metadata.publication import Publication
from orcid_plugin.metadata.readers.jats_contributors import names_member, person, stated_orcids
from orcid_plugin.metadata.readers.jats_credit import read_roles
from orcid_plugin.metadata.readers.people import read_orcid
from orcid_plugin.metadata.readers.xml import Element as Parsed
from orcid_plugin.metadata.readers.xml import Report, children, parse

_LEFT_OUT = frozenset({"body", "floats-group", "ref-list"})
_BEFORE_ROLE = (
    *("contrib-id", "anonymous", "collab", "collab-alternatives", "collab-name", "collab-name-alternatives"),
    *("collab-wrap", "name", "name-alternatives", "string-name", "degrees", "role"),
)


def amend(xml: bytes, publications: Sequence[Publication], *, name: str = "article") -> Amendment:
    """Write the authenticated iDs and the CRediT roles of the publications into a JATS article.

    A publication is looked up by its DOI among the article, its sub-articles and responses; translations of the
    article count as the article. One that is handed in alone is the article, unless both have a DOI. Amending the
    result again changes nothing. `name` is what messages call the file.
    Raises `UnreadableInput` for what is no JATS article, not well-formed, too large or too deep, or has declarations
    of its own.
    """
    article = _Article.read(xml, name)
    version = article.version
    if not version.has_ids:
        sentence = f"{version.label} has no element for iDs; the article was left as it was."
        return Amendment(xml, (Finding(Code.SCHEMA_UNSUPPORTED, sentence),))
    records = list(article.records({one.doi for one in publications}))
    amending = Amending(records, with_roles=True)
    amending.all(publications, records[0] if len(article.document.roots) == 1 else None)
    if not version.has_authenticated and any(match.orcid for match in amending.matches):
        sentence = f"{version.label} cannot say that an iD is authenticated; they were written without that mark."
        amending.findings.append(Finding(Code.AUTHENTICATED_DROPPED, sentence))
    return amending.amendment(xml, article.document.data, article.document.encoded)


def dois(xml: bytes, *, name: str = "article") -> list[str]:
    """The DOIs of an article and its parts, bare and lower case. Raises as `amend` does."""
    return [doi for record in _Article.read(xml, name).records(set()) for doi in record.dois]


@dataclass(frozen=True, slots=True)
class _Article:
    """An article, or several in one file, and what is needed to understand their contributors.

    Attributes:
        contributions: the footnotes in which eLife tells what contributors did, by their ids.
    """

    document: Document
    version: Version
    contributions: dict[str, Element]
    name: str

    @classmethod
    def read(cls, xml: bytes, name: str) -> _Article:
        article = document.read(xml, name, roots=frozenset({"article"}), left_out=_LEFT_OUT, named_characters=True)
        contributions = {
            element.attributes.get("id", ""): element
            for element in article.elements
            if element.name == "fn" and element.attributes.get("fn-type") == "con"
        }
        version = Version.of(article.doctype, article.root.attributes.get("dtd-version"))
        return cls(article, version, contributions, name)

    def records(self, wanted: Collection[str | None]) -> Iterator[Record]:
        """The people of each article and its parts; `wanted` are DOIs of publications."""
        for root in self.document.roots:
            yield from self._parts(root, frozenset(), wanted)

    def _parts(self, part: Element, whole: frozenset[str], wanted: Collection[str | None]) -> Iterator[Record]:
        meta = _meta(part)
        own = _dois(meta)
        translation = part.parent is not None and part.attributes.get("article-type") == "translation"
        byline, members = self._people(meta)
        yield Record(
            dois=own | whole if translation and own.isdisjoint(wanted) else own,
            lists=(byline,),
            members=members,
            partial=translation,
        )
        for inner in part.all("sub-article", "response"):
            yield from self._parts(inner, own, wanted)

    def _people(self, meta: Element) -> tuple[list[Person], list[Person]]:
        """Contributors on their own, and the members of groups."""
        byline: list[Person] = []
        members: list[Person] = []
        for group in meta.all("contrib-group"):
            for contrib in group.inside("contrib"):
                found = self._person(contrib)
                if found is not None:
                    (members if _is_member(contrib, group) else byline).append(found)
        return byline, members

    def _person(self, contrib: Element) -> Person | None:
        parsed = self._parsed(contrib)
        named = list(_names(parsed))
        if not named:
            return None
        reached = (rid for xref in contrib.all("xref") for rid in xref.attributes.get("rid", "").split())
        notes = [self._parsed(self.contributions[rid]) for rid in reached if rid in self.contributions]
        ids = [element for element in contrib.all("contrib-id") if _is_for_orcid(element)]
        filled = tuple(element for element in ids if states_something(element.whole_text))
        orcids = stated_orcids(parsed, Report())
        return _Contrib(
            where=contrib.path,
            display_name=named[0].display_name,
            party=Party(
                tuple(Name.of(one.given_names, one.family_name, one.suffix) for one in named), next(iter(orcids), None)
            ),
            stated=tuple(map(str, orcids)) or tuple(element.whole_text.strip() for element in filled),
            marked=tuple(
                element.whole_text.strip()
                for element in filled
                if element.attributes.get("authenticated", "").strip() == "true"
            ),
            data=self.document.data,
            element=contrib,
            version=self.version,
            ids=filled or tuple(ids[:1]),
            credit=frozenset(role.role for role in read_roles(parsed, notes, Report())),
        )

    def _parsed(self, element: Element) -> Parsed:
        """The element as the reader of JATS has it, so that both understand names, iDs and roles alike."""
        return parse(self.document.data[element.start : element.end], self.name, Report())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Contrib(Person):
    """A <contrib> that is a person.

    Attributes:
        ids: each <contrib-id> that states something as their iD; else the first one that is empty.
        credit: the roles that the article states for them, in whatever form.
    """

    data: bytes
    element: Element
    version: Version
    ids: tuple[Element, ...]
    credit: frozenset[Credit]

    def with_orcid(self, orcid: OrcidId) -> Iterator[Edit]:
        tag = self.element.tag("contrib-id")
        mark = ' authenticated="true"' if self.version.has_authenticated else ""
        markup = f'<{tag} contrib-id-type="orcid"{mark}>{orcid.uri}</{tag}>'.encode()
        if not self.ids:
            yield splice.insert_before(self.data, self.element.children[0], markup)
        for element in self.ids:
            if not states_something(element.whole_text):
                yield Edit(element.start, element.end, markup)
            elif read_orcid(element.whole_text, None, Report()) == orcid:
                yield from splice.set_attribute(self.data, element, "contrib-id-type", "orcid")
                if self.version.has_authenticated:
                    yield from splice.set_attribute(self.data, element, "authenticated", "true")
                yield from splice.set_text(self.data, element, orcid.uri)

    def with_roles(self, roles: Sequence[CreditRole]) -> Iterator[Edit]:
        sibling = self.element.all(*_BEFORE_ROLE)[-1]
        for role in roles:
            if role.role not in self.credit:
                yield splice.insert_after(self.data, sibling, self._role(role).encode())

    def _role(self, role: CreditRole) -> str:
        tag, label = self.element.tag("role"), escape(role.role.label)
        if not self.version.has_vocabularies:
            return f'<{tag} content-type="{role.role.uri}">{label}</{tag}>'
        degree = f' degree-contribution="{role.degree}"' if role.degree and self.version.has_degrees else ""
        return (
            f'<{tag} vocab="credit" vocab-identifier="https://credit.niso.org/" vocab-term="{label}"'
            f' vocab-term-identifier="{role.role.uri}"{degree}>{label}</{tag}>'
        )


def _meta(part: Element) -> Element:
    """Where the contributors of an article, sub-article or response stand; itself if it has no front matter."""
    front = next(iter(part.all("front", "front-stub")), part)
    return next(iter(front.all("article-meta")), front)


def _dois(meta: Element) -> frozenset[str]:
    """Its DOI, and those of its versions."""
    found = set()
    for element in meta.all("article-id"):
        if element.attributes.get("pub-id-type", "").strip().lower() == "doi":
            with suppress(ValueError):
                found.add(Identifier.of("doi", element.whole_text).value)
    return frozenset(found)


def _is_member(contrib: Element, group: Element) -> bool:
    """Whether somebody is a member of a group author, inside its name or in a list of members."""
    around = contrib.parent and contrib.parent.parent
    kinds = (contrib.attributes.get("contrib-type", ""), group.attributes.get("content-type", ""))
    return (around is not None and around.name.startswith("collab")) or any(map(names_member, kinds))


def _names(parsed: Parsed) -> Iterator[Contributor]:
    for place in (parsed, *children(parsed, "name-alternatives")):
        for name in children(place, "name", "string-name"):
            named = person(name)
            if named.display_name:
                yield named


def _is_for_orcid(element: Element) -> bool:
    return (
        "orcid" in element.attributes.get("contrib-id-type", "").lower() or "orcid.org/" in element.whole_text.lower()
    )
