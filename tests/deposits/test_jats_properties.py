"""Articles made at random: what was valid stays valid, nothing but the additions changes, and twice is as once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orcid_plugin.deposits.jats import amend
from orcid_plugin.errors import UnreadableInput
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.credit import Credit
from tests.deposits.conftest import JATS_VERSIONS, an_id, article, jats, sub_article
from tests.deposits.test_properties import CONTRIBUTOR, FAMILY, GIVEN

SPACES = st.sampled_from(["", "\n\t\t", "\r\n  ", " ", "<!-- - -->\n", "<?pi?>"])
EXISTING = st.sampled_from(
    [
        "",
        '<contrib-id contrib-id-type="scopus">1</contrib-id>',
        '<contrib-id contrib-id-type="orcid"/>',
        "<contrib-id contrib-id-type='orcid'>http://orcid.org/{}</contrib-id>",
        '<contrib-id contrib-id-type="ORCID">\n {} </contrib-id>',
        '<contrib-id contrib-id-type="orcid"><![CDATA[{}]]></contrib-id>',
        '<contrib-id contrib-id-type="orcid">1234</contrib-id>',
    ]
)
ROLES = st.sampled_from(
    [
        "",
        "<role>Software</role>",
        '<role content-type="http://credit.casrai.org/">Validation</role>',
        "<role>Professor</role>",
    ]
)
INFO = st.lists(
    st.sampled_from(
        [
            "<email>a@example.org</email>",
            "<on-behalf-of>a group</on-behalf-of>",
            "<bio><p>Was &#233; there.</p></bio>",
            "<degrees>PhD</degrees>",
        ]
    ),
    max_size=2,
    unique=True,
)


@dataclass(frozen=True)
class Written:
    given: str | None
    family: str
    other: str | None
    existing: str
    orcid: int
    roles: str
    info: list[str]
    space: str

    def xml(self) -> str:
        names = [
            f"<surname>{self.family}</surname>" + (f"<given-names>{self.given}</given-names>" if self.given else "")
        ]
        if self.other:
            names.append(f"<surname>{self.other}</surname>")
        name = "".join(f"<name>{one}</name>" for one in names)
        if len(names) > 1:
            name = f"<name-alternatives>{name}</name-alternatives>"
        # Degrees stand right after the names.
        parts = [self.existing.format(an_id(self.orcid).path), name, *sorted(self.info, reverse=True), self.roles]
        inner = "".join(self.space + part for part in sorted(parts[2:], key=lambda part: "degrees" not in part))
        return f'<contrib contrib-type="author">{self.space}{parts[0]}{self.space}{name}{inner}</contrib>'


WRITTEN = st.builds(
    Written,
    given=st.none() | GIVEN,
    family=FAMILY,
    other=st.none() | st.sampled_from(["Карберри", "王"]),
    existing=EXISTING,
    orcid=st.integers(1, 6),
    roles=ROLES,
    info=INFO,
    space=SPACES,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(JATS_VERSIONS),
    st.lists(WRITTEN, min_size=1, max_size=4),
    st.lists(WRITTEN, max_size=2),
    st.lists(CONTRIBUTOR, max_size=5),
)
def test_any_article(
    jats_faults: Callable[[bytes, str], list[str]],
    version: str,
    byline: list[Written],
    reviewers: list[Written],
    people: list[Contributor],
) -> None:
    review = (
        sub_article("reviewer-report", *(one.xml() for one in reviewers), doi="10.5555/review") if reviewers else ""
    )
    xml = jats(*(one.xml() for one in byline), version=version, after=review)
    assert jats_faults(xml, version) == []
    amended = amend(xml, [article(*people)])
    assert jats_faults(amended.content, version) == []
    assert _without_ids_and_roles(amended.content) == _without_ids_and_roles(xml)
    assert amended.content.endswith(f"<body><p>Things.</p></body>{review}</article>".encode())
    again = amend(amended.content, [article(*people)])
    assert again.content == amended.content
    assert [match.where for match in again.matches] == [match.where for match in amended.matches]
    before, after = (set(re.findall(rb"[0-9]{4}(?:-[0-9X]{4}){3}", one)) for one in (xml, amended.content))
    assert after - before <= {match.orcid.path.encode() for match in amended.matches if match.orcid}
    for match in amended.matches:
        assert match.roles == tuple(role for role in Credit if role in {one.role for one in match.contributor.credit})


def _without_ids_and_roles(xml: bytes) -> bytes:
    """The article without white space and without what may change or be added."""
    without = re.sub(rb"<contrib-id(?: [^>]*?)?(?:/>|>.*?</contrib-id>)|<role[ >].*?</role>", b"", xml, flags=re.DOTALL)
    return re.sub(rb"\s", b"", without)


TEXT = jats("<contrib><name><surname>Ångström</surname><given-names>José</given-names></name></contrib>")
SOMEBODY = article(Contributor(given_names="José", family_name="Ångström", orcid=an_id(1), authenticated=True))


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_give_an_amendment_or_a_refusal(data: bytes) -> None:
    for xml in (data, TEXT.replace(b"On things", data), TEXT[: len(data)] + data):
        try:
            amended = amend(xml, [SOMEBODY])
        except UnreadableInput as refusal:
            assert str(refusal)  # noqa: PT017 - either outcome is right
        else:
            assert amended.content.count(b"<contrib-id ") == 1
