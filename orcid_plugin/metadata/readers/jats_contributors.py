"""<contrib> in JATS and NLM: who is on the article, in the order of its front matter.

Members of a group author (a <contrib-group> inside <collab>, `author non-byline`) are not authors of their own, as
in Crossref and PubMed; a finding tells how many they are. Where the byline names no person beside the group, as large
collaborations have it, its members are the authors and follow it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from orcid_plugin.metadata.affiliation import Affiliation
from orcid_plugin.metadata.contributor import Contributor, ContributorKind, ContributorRole
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.metadata.readers.jats_affiliations import read_affiliation
from orcid_plugin.metadata.readers.jats_credit import read_roles
from orcid_plugin.metadata.readers.people import drop_repeated_orcids, read_orcid
from orcid_plugin.metadata.readers.text import text
from orcid_plugin.metadata.readers.xml import Element, Report, children, collapse, first

_YES = {"yes", "true", "1"}
# The <role> of an editor or reviewer is a job title.
_WITH_CREDIT = {ContributorRole.AUTHOR, ContributorRole.OTHER}
_EQUALLY = re.compile(r"equal(ly)?\b.*\bcontribut|contribut\w*\s.*\bequal", re.IGNORECASE)
_NOT_GROUP_NAME = frozenset(
    {"contrib-group", "contrib", "xref", "aff", "address", "email", "fn", "ext-link", "uri", "role", "bio", "sup"}
)


def read_contributors(article: Element, meta: Element, report: Report) -> tuple[Contributor, ...]:
    """Everybody in the contributor groups of the article's own metadata (never of a sub-article or a reference)."""
    notes = _Notes.of(article)
    byline: list[tuple[Contributor, Element]] = []
    has_people = False
    # SciELO lists the members beside the byline: sorted behind it.
    for group in sorted(children(meta, "contrib-group"), key=_lists_members):
        if has_people and _lists_members(group):
            report.add("group_member", f"{len(list(_contribs(group)))} members of a group author were left out", group)
            continue
        byline += _read_group(group, meta, notes, report)
        has_people = any(
            person.kind is ContributorKind.PERSON and person.role is ContributorRole.AUTHOR for person, _ in byline
        )
    contributors = []
    for contributor, element in byline:
        contributors.append(contributor)
        groups = [group for collab in element.iter("collab") for group in children(collab, "contrib-group")]
        if groups and has_people:
            members = sum(1 for _ in element.iter("contrib")) - 1
            report.add("group_member", f"{members} members of {contributor.name} were left out", element)
        else:
            members_read = (entry for group in groups for entry in _read_group(group, meta, notes, report))
            contributors.extend(member for member, _ in members_read)
    return drop_repeated_orcids(tuple(contributors), report)


def _lists_members(group: Element) -> bool:
    """Whether a group of contributors says that it lists the members of a group author, not authors."""
    kind = group.get("content-type", "").lower()
    return "collab" in kind and first(group, "contrib/collab", "contrib/collab-alternatives") is None


def _lists_authors(group: Element) -> bool:
    """Whether it is the group of members that is read only where they are the authors."""
    parent = group.getparent()
    return _lists_members(group) or (parent is not None and parent.tag == "collab")


def _read_group(group: Element, meta: Element, notes: _Notes, report: Report) -> Iterator[tuple[Contributor, Element]]:
    affiliations = _shared_affiliations(group, meta, report)
    for contrib in _contribs(group):
        contributor = _Contrib(contrib, group, notes, affiliations, report).read()
        if contributor:
            yield contributor, contrib


def _contribs(group: Element) -> Iterator[Element]:
    for child in group:
        if child.tag == "contrib":
            yield child
        elif child.tag == "contrib-group":
            yield from _contribs(child)


@dataclass(frozen=True)
class _Notes:
    """What <xref>s of contributors point to.

    Attributes:
        by_id: every affiliation and note of the article.
        by_label: the ids of the affiliations, for an <xref> that has only the label (BMJ).
        shared: the ids that several contributors point to.
    """

    by_id: dict[str, Element]
    by_label: dict[str, str]
    shared: frozenset[str]

    @classmethod
    def of(cls, article: Element) -> _Notes:
        targets = article.iter("aff", "aff-alternatives", "corresp", "fn")
        by_id = {id: target for target in targets if (id := target.get("id"))}
        by_label: dict[str, str] = {}
        for id, target in by_id.items():
            if target.tag == "aff" and (label := text(first(target, "label"))):
                by_label.setdefault(label, id)
        pointers = Counter(
            rid
            for contrib in article.iter("contrib")
            for rid in {rid for xref in _own(contrib, "xref") for rid in xref.get("rid", "").split()}
        )
        return cls(by_id, by_label, frozenset(rid for rid, count in pointers.items() if count > 1))

    def reached(self, contrib: Element) -> Iterator[tuple[Element, str, Element | None]]:
        """Each <xref> of a contributor with one of its ids and the element of that id (`rid` may hold several).

        Copernicus has the ids on the <contrib> itself.
        """
        for rid in contrib.get("rid", "").split():
            if rid in self.by_id:
                yield contrib, rid, self.by_id[rid]
        for xref in [*_own(contrib, "xref"), *contrib.iterfind("aff/xref")]:  # OpenEdition puts it into an <aff>
            rids = xref.get("rid", "").split()
            if not rids and xref.get("ref-type") == "aff":
                rids = [id for label in re.split(r"[\s,]+", text(xref)) if (id := self.by_label.get(label))]
            for rid in rids:
                yield xref, rid, self.by_id.get(rid)


def _own(contrib: Element, *tags: str) -> Iterator[Element]:
    """Descendants of a contributor, without those of group members, biographies and affiliations inside it."""
    for child in contrib:
        if child.tag in tags:
            yield child
        if child.tag not in {"contrib-group", "bio", "author-comment", "aff", "contrib"}:
            yield from _own(child, *tags)


def _shared_affiliations(group: Element, meta: Element, report: Report) -> tuple[Affiliation, ...]:
    """Affiliations of a whole group: those in it, or the article's only one, where no <xref> tells people apart."""
    affs = list(children(group, "aff"))
    if not affs and len(list(children(meta, "contrib-group"))) == 1:
        affs = list(children(meta, "aff"))
        affs = affs if len(affs) == 1 else []
    ids = {aff.get("id") for aff in affs} - {None}
    pointers = group.iter("xref", "contrib")
    if any(item.get("ref-type") == "aff" or ids & set(item.get("rid", "").split()) for item in pointers):
        return ()
    return tuple(read for aff in affs if (read := read_affiliation(aff, report)))


@dataclass
class _Contrib:
    """One <contrib> on its way to a `Contributor`."""

    element: Element
    group: Element
    notes: _Notes
    shared: tuple[Affiliation, ...]
    report: Report

    def read(self) -> Contributor | None:
        role = _role(self.element, self.group)
        if role is None:
            self.report.add("group_member", "members of a group author were left out", self.group)
            return None
        named = self._named()
        if named is None:
            self.report.add("contributor_nameless", "a contributor without a name was left out", self.element)
            return None
        self.report.person = named.display_name
        try:
            return self._with_the_rest(named, role)
        finally:
            self.report.person = None

    def _named(self) -> Contributor | None:
        name = _best([*self._candidates("name"), *self._candidates("string-name")])
        if name is not None:
            return person(name)
        group = _best(self._candidates("collab") or list(children(self.element, "institution")))
        if group is not None:
            title = text(group, _NOT_GROUP_NAME)
            return Contributor(kind=ContributorKind.GROUP, name=title) if title else None
        if self.element.find("anonymous") is not None:
            return Contributor(kind=ContributorKind.ANONYMOUS)
        return None

    def _candidates(self, tag: str) -> list[Element]:
        places = [self.element, *children(self.element, "name-alternatives", "collab-alternatives")]
        return [item for place in places for item in children(place, tag) if _is_name(item)]

    def _with_the_rest(self, named: Contributor, role: ContributorRole) -> Contributor:
        reached = list(self.notes.reached(self.element))
        notes = [target for _, _, target in reached if target is not None and target.tag == "fn"]
        corresponding = [
            target
            for _, _, target in reached
            if target is not None and (target.tag == "corresp" or target.get("fn-type") == "corresp")
        ]
        equal = [note for note in notes if note.get("fn-type") == "equal" or _EQUALLY.search(text(note))]
        contributions = [note for note in notes if note.get("fn-type") == "con" and note not in equal]
        orcid, authenticated = self._orcid(named)
        return Contributor(
            kind=named.kind,
            role=role,
            given_names=named.given_names,
            family_name=named.family_name,
            suffix=named.suffix,
            name=named.name,
            orcid=orcid,
            authenticated=authenticated,
            credit=read_roles(self.element, contributions, self.report) if role in _WITH_CREDIT else (),
            affiliations=self._affiliations(reached),
            email=self._email([*corresponding, *(note for note in notes if note.get("id") not in self.notes.shared)]),
            corresponding=bool(corresponding)
            or self.element.get("corresp", "").lower() in _YES
            or "corresp" in self.element.get("contrib-type", "").lower()
            or any(xref.get("ref-type") == "corresp" for xref, _, _ in reached),
            equal=bool(equal) or self.element.get("equal-contrib", "").lower() in _YES,
            deceased=self.element.get("deceased", "").lower() in _YES
            or any(note.get("fn-type") == "deceased" for note in notes),
        )

    def _orcid(self, named: Contributor) -> tuple[OrcidId | None, bool]:
        """The iD and whether it is marked as authenticated; where two are stated, neither."""
        stated = stated_orcids(self.element, self.report)
        if stated and named.kind is not ContributorKind.PERSON:
            self.report.add("orcid_not_person", "an iD was left out: only a person has one", self.element)
            return None, False
        if len(stated) > 1:
            several = " and ".join(map(str, stated))
            self.report.add("orcid_several", f"one person cannot have {several}: both were left out", self.element)
            return None, False
        return next(iter(stated.items()), (None, False))

    def _affiliations(self, reached: list[tuple[Element, str, Element | None]]) -> tuple[Affiliation, ...]:
        affs = [*children(self.element, "aff"), *self._alternatives(children(self.element, "aff-alternatives"))]
        for xref, rid, target in reached:
            if target is None and xref.get("ref-type") == "aff":
                self.report.add("affiliation_missing", f"there is no affiliation with the id {rid[:60]!r}", xref)
            elif target is not None and target.tag == "aff":
                affs.append(target)
            elif target is not None and target.tag == "aff-alternatives":
                affs.extend(self._alternatives(iter([target])))
        read = [affiliation for aff in affs if (affiliation := read_affiliation(aff, self.report))]
        return tuple(dict.fromkeys(read)) or (self.shared if not affs else ())

    def _alternatives(self, elements: Iterator[Element]) -> list[Element]:
        return [best for element in elements if (best := _best(list(children(element, "aff")))) is not None]

    def _email(self, notes: list[Element]) -> str | None:
        own = list(_emails(self.element))
        if own:
            return own[0]
        # An address for correspondence that several people share does not tell whose e-mail is whose.
        shared = {email for note in notes for email in _emails(note)}
        return shared.pop() if len(shared) == 1 else None


def person(name: Element) -> Contributor:
    """A person from <name> or <string-name>; somebody with one name only has it as family name."""
    family, given, suffix = (_part(name, tag) for tag in ("surname", "given-names", "suffix"))
    if name.tag == "string-name" and not (family and given):
        rest = text(name, frozenset({"surname", "given-names", "suffix", "prefix", "degrees", "x"})).strip(" ,;.")
        if family or given:
            family, given = family or rest, given or rest
        elif rest.count(",") == 1:
            family, given = (part.strip() for part in rest.split(","))
        else:
            family = rest
    if not family:
        family, given = given, ""
    return Contributor(given_names=given or None, family_name=family or None, suffix=suffix or None)


def _part(name: Element, tag: str) -> str:
    parts = [text(part) or collapse(part.get("initials", "")) for part in children(name, tag)]
    return " ".join(part for part in parts if part).strip(" ,;")


def _is_name(element: Element) -> bool:
    if element.tag == "collab":
        return bool(text(element, _NOT_GROUP_NAME))
    return bool(person(element).family_name)


def _best(candidates: list[Element]) -> Element | None:
    """Of alternatives in several scripts the first in Latin letters, else the first."""
    latin = (item for item in candidates if _is_latin(text(item)))
    return next(latin, candidates[0] if candidates else None)


def _is_latin(string: str) -> bool:
    return all("LATIN" in unicodedata.name(character, "") for character in string if character.isalpha())


def _role(contrib: Element, group: Element) -> ContributorRole | None:
    """What the contributor is; None for a member of a group author."""
    stated = contrib.get("contrib-type") or group.get("content-type") or "author"
    words = _words(stated)
    is_group = first(contrib, "collab", "collab-alternatives") is not None
    if names_member(stated) and not is_group and not _lists_authors(group):
        return None
    for word, role in _ROLES:
        if word in words:
            return role
    return ContributorRole.AUTHOR if not contrib.get("contrib-type") else ContributorRole.OTHER


def names_member(kind: str) -> bool:
    """Whether a @contrib-type or the @content-type of a group means members of a group author."""
    words = _words(kind)
    return "non byline" in words or "collab" in words or "group member" in words


def _words(kind: str) -> str:
    return kind.lower().replace("_", " ").replace("-", " ").rstrip("s")


_ROLES = (
    ("editor", ContributorRole.EDITOR),
    ("translator", ContributorRole.TRANSLATOR),
    ("review", ContributorRole.REVIEWER),
    ("referee", ContributorRole.REVIEWER),
    ("chair", ContributorRole.CHAIR),
    ("author", ContributorRole.AUTHOR),
    ("corresp", ContributorRole.AUTHOR),
    ("contributor", ContributorRole.AUTHOR),
    ("person", ContributorRole.AUTHOR),
    ("collab", ContributorRole.AUTHOR),
    ("group", ContributorRole.AUTHOR),
)


def stated_orcids(contrib: Element, report: Report) -> dict[OrcidId, bool]:
    """The iDs that a <contrib> states, and whether each is marked as authenticated."""
    stated: dict[OrcidId, bool] = {}
    for element in _orcid_elements(contrib):
        link = element.get("href", "")
        orcid = read_orcid(link if "orcid.org/" in link.lower() else text(element), element, report)
        if orcid:
            stated[orcid] = stated.get(orcid, False) or element.get("authenticated", "").strip().lower() in _YES
    return stated


def _orcid_elements(contrib: Element) -> list[Element]:
    """Where the iD stands: <contrib-id>, else a link to orcid.org (Taylor & Francis, Hindawi, OJS)."""
    ids = [item for item in children(contrib, "contrib-id") if _is_orcid(item, "contrib-id-type")]
    links = (item for item in _own(contrib, "uri", "ext-link") if _is_orcid(item, "content-type", "ext-link-type"))
    return ids or list(links)


def _is_orcid(element: Element, *attributes: str) -> bool:
    kind = next((value for name in attributes if (value := element.get(name))), "").lower()
    printed = f"{text(element)} {element.get('href', '')}".lower()
    return bool(printed.strip()) and ("orcid" in kind or "orcid.org/" in printed)


def _emails(element: Element) -> Iterator[str]:
    for item in _own(element, "email", "ext-link"):
        if item.tag == "email" or item.get("ext-link-type") == "email":
            address = (text(item) or item.get("href", "")).removeprefix("mailto:").strip(" ;,")
            if re.fullmatch(r"[^@\s]+@[^@\s]+", address):
                yield address
