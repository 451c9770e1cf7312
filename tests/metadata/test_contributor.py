"""Names of contributors, as they are shown and as indexes take them."""

from __future__ import annotations

import pytest

from orcid_plugin.metadata.contributor import Contributor, ContributorKind


@pytest.mark.parametrize(
    ("contributor", "shown", "inverted"),
    [
        (Contributor(given_names="Josiah", family_name="Carberry"), "Josiah Carberry", "Carberry, Josiah"),
        (
            Contributor(given_names="Josiah", family_name="Carberry", suffix="Jr."),
            "Josiah Carberry Jr.",
            "Carberry Jr., Josiah",
        ),
        (Contributor(family_name="Sukarno"), "Sukarno", "Sukarno"),
        (Contributor(given_names="Plato"), "Plato", "Plato"),
        (Contributor(kind=ContributorKind.GROUP, name="The Group"), "The Group", "The Group"),
        (Contributor(kind=ContributorKind.ANONYMOUS, given_names="A", family_name="B"), "Anonymous", "Anonymous"),
        (Contributor(), "", ""),
    ],
)
def test_a_name_in_parts_is_inverted_and_every_other_one_stays(
    contributor: Contributor, shown: str, inverted: str
) -> None:
    assert (contributor.display_name, contributor.inverted_name) == (shown, inverted)
