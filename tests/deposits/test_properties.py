"""Deposits made at random: what was valid stays valid, nothing but the additions changes, and twice is as once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.sax.saxutils import escape

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orcid_plugin.deposits.crossref import amend
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.credit import Credit
from tests.deposits.conftest import VERSIONS, Faults, an_id, article, author, batch, journal_article
from tests.deposits.test_samples import INSERTED

# Few names, so that namesakes, initials and exchanged parts are common.
GIVEN = st.sampled_from(
    ["Josiah", "J.", "J. S.", "Josiah S.", "Li", "Wang", "Zoë", "José-María", "小明", "Иван", "O'Neil"]
)
FAMILY = st.sampled_from(["Carberry", "Wang", "Li", "van der Berg", "Müller", "Mueller", "王", "Иванов", "O’Brien"])


@dataclass(frozen=True)
class Deposited:
    given: str | None
    family: str
    suffix: str | None
    affiliations: int
    orcid: str | None
    alternative: bool
    roles: tuple[str, ...]
    space: str

    def xml(self, version: str, first: bool) -> str:
        children = []
        if self.given:
            children.append(f"<given_name>{escape(self.given)}</given_name>")
        children.append(f"<surname>{escape(self.family)}</surname>")
        if self.suffix:
            children.append(f"<suffix>{self.suffix}</suffix><!-- a suffix -->")
        if version == "5.5.0":
            children += [f'<role vocab="credit" type="{role}"/>' for role in self.roles]
        if version.startswith("4"):
            children += [f"<affiliation>Place {number}</affiliation>" for number in range(self.affiliations)]
        elif self.affiliations:
            institution = "<institution><institution_name>Place</institution_name></institution>"
            children.append(f"<affiliations>{institution * self.affiliations}</affiliations>")
        if self.orcid:
            children.append(self.orcid)
        if self.alternative and version != "5.4.0":
            children.append("<alt-name><name><surname>Other</surname></name></alt-name>")
        sequence = "first" if first else "additional"
        inner = "".join(self.space + child for child in children)
        return f'<person_name sequence="{sequence}" contributor_role="author">{inner}</person_name>'


def _existing() -> st.SearchStrategy[str | None]:
    numbers = st.integers(1, 6)
    return st.none() | st.one_of(
        numbers.map(lambda number: f"<ORCID>http://orcid.org/{an_id(number).path}</ORCID>"),
        numbers.map(lambda number: f"<ORCID authenticated='true'>{an_id(number)}</ORCID>"),
    )


DEPOSITED = st.builds(
    Deposited,
    given=st.none() | GIVEN,
    family=FAMILY,
    suffix=st.none() | st.sampled_from(["Jr.", "Sr.", "II"]),
    affiliations=st.integers(0, 3),
    orcid=_existing(),
    alternative=st.booleans(),
    roles=st.lists(st.sampled_from([role.value for role in Credit]), max_size=2, unique=True).map(tuple),
    space=st.sampled_from(["", "\n\t\t", "\r\n  ", " "]),
)
CONTRIBUTOR = st.builds(
    lambda given, family, suffix, number, roles: author(given, family, number, *roles, suffix=suffix),
    st.none() | GIVEN,
    FAMILY,
    st.none() | st.sampled_from(["Jr", "Sr"]),
    st.none() | st.integers(1, 6),
    st.lists(st.sampled_from(list(Credit)), max_size=3),
)


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(VERSIONS), st.lists(DEPOSITED, min_size=1, max_size=5), st.lists(CONTRIBUTOR, max_size=5))
def test_any_deposit(faults: Faults, version: str, deposited: list[Deposited], people: list[Contributor]) -> None:
    persons = [person.xml(version, first=place == 0) for place, person in enumerate(deposited)]
    xml = batch(journal_article(*persons), version=version)
    assert faults(xml) == []
    amended = amend(xml, [article(*people)])
    assert faults(amended.content) == []
    assert _without_additions(amended.content) == _without_additions(xml)
    again = amend(amended.content, [article(*people)])
    assert again.content == amended.content
    assert [match.where for match in again.matches] == [match.where for match in amended.matches]
    vouched = {match.orcid.uri for match in amended.matches if match.orcid}
    before = re.findall(r">https://orcid.org/([^<]*)<", xml.decode().replace("http:", "https:"))
    written = re.findall(r">https://orcid.org/([^<]*)<", amended.content.decode().replace("http:", "https:"))
    assert len(written) - len(set(written)) <= len(before) - len(set(before))
    assert {f"https://orcid.org/{path}" for path in set(written) - set(before)} <= vouched


def _without_additions(xml: bytes) -> bytes:
    """The deposit without the iDs and roles, old and new."""
    return re.sub(rb"\s*<ORCID[^>]*>[^<]*</ORCID>", b"", INSERTED.sub(b"", xml))
