"""CRediT: 14 roles in every spelling that occurs; unknown terms are never guessed."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orcid_plugin.metadata.credit import Credit, UnknownCreditRole, parse


def spellings(role: Credit) -> list[str]:
    slug, label = role.value, role.label
    plain = label.replace("–", "-").replace("&", "and")
    return [
        slug,
        label,
        label.upper(),
        plain,
        plain.replace(" - ", ": "),
        label.replace(" – ", "—"),
        label.replace(" – ", "–"),
        label.replace("&", "&amp;"),
        label.replace("ization", "isation"),
        slug.replace("-", "_"),
        f"http://credit.niso.org/contributor-roles/{slug}/",
        f"https://credit.niso.org/contributor-roles/{slug}",
        f"https://credit.niso.org/contributor-roles/{slug}/ ",
        f"HTTPS://CREDIT.NISO.ORG/contributor-roles/{slug}/",
        f"http://credit.casrai.org/{slug}/",
        f"https://casrai.org/credit/#{slug}",
        f"http://dictionary.casrai.org/Contributor_Roles/{label.replace(' ', '_')}",
        f"https://dictionary.casrai.org/Contributor_Roles/{plain.replace(' ', '%20')}",
    ]


@pytest.mark.parametrize("role", Credit)
def test_a_role_is_read_in_every_spelling(role: Credit) -> None:
    for spelling in spellings(role):
        assert parse(spelling) is role, spelling
    assert parse(role.uri) is parse(role.orcid_uri) is role


@pytest.mark.parametrize(
    ("written", "role"),
    [
        ("Writing - Original Draft Preparation", Credit.WRITING_ORIGINAL_DRAFT),
        ("Writing—original draft", Credit.WRITING_ORIGINAL_DRAFT),
        ("Writing – Review and Editing", Credit.WRITING_REVIEW_EDITING),
        ("writing-review-and-editing", Credit.WRITING_REVIEW_EDITING),
        ("Writing - Reviewing and Editing", Credit.WRITING_REVIEW_EDITING),
        ("Conceptualisation", Credit.CONCEPTUALIZATION),
        ("Visualisation", Credit.VISUALIZATION),
        ("Data Curation", Credit.DATA_CURATION),
        ("Formal Analysis", Credit.FORMAL_ANALYSIS),
    ],
)
def test_wordings_of_publishers(written: str, role: Credit) -> None:
    assert parse(written) is role


@pytest.mark.parametrize(
    "term",
    ["", "Writing", "Drafting", "Data collection", "Investigator", "Academic Editor", "http://credit.casrai.org/",
     "https://evil.example/contributor-roles/software/", "Software and Validation", "Conception and design"],
)  # fmt: skip
def test_unknown_terms_are_errors(term: str) -> None:
    with pytest.raises(UnknownCreditRole, match="is not a CRediT role"):
        parse(term)


@given(st.text())
def test_any_text_is_a_role_or_one_error(term: str) -> None:
    with contextlib.suppress(UnknownCreditRole):
        assert parse(term) in Credit
