"""iDs and identifiers: every form that occurs, and a clear error for the rest."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orcid_plugin.errors import InvalidOrcidId
from orcid_plugin.metadata.identifiers import Identifier, OrcidId, check_digit, ror

JOSIAH = OrcidId("0000-0002-1825-0097")


@pytest.mark.parametrize(
    "written",
    [
        "0000-0002-1825-0097",
        "0000000218250097",
        "https://orcid.org/0000-0002-1825-0097",
        "http://orcid.org/0000-0002-1825-0097",
        "https://www.orcid.org/0000-0002-1825-0097/",
        "orcid.org/0000-0002-1825-0097",
        "HTTPS://ORCID.ORG/0000-0002-1825-0097",
        "  \n0000-0002-1825-0097\t",
        "0000–0002–1825–0097",
        "0000‐0002‑1825−0097",
        "0000-0002-1825-0097\u200b",
        "https://orcid.org/0000000218250097",
    ],
)
def test_an_id_is_read_in_every_common_form(written: str) -> None:
    assert OrcidId.parse(written) == JOSIAH
    assert OrcidId.parse(written).uri == "https://orcid.org/0000-0002-1825-0097"


@pytest.mark.parametrize("x", "xX")
def test_the_check_digit_x_is_written_large(x: str) -> None:
    assert OrcidId.parse(f"0000-0001-9915-447{x}").path == "0000-0001-9915-447X"


def test_an_id_of_the_sandbox_is_recognised_as_such() -> None:
    orcid = OrcidId.parse("http://sandbox.orcid.org/0000-0002-1825-0097")
    assert orcid.is_sandbox
    assert orcid != JOSIAH
    assert orcid.uri == "https://sandbox.orcid.org/0000-0002-1825-0097"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "0000-0002-1825-0098",
        "0000-0002-1825-009",
        "0000-0002-1825-00977",
        "0000-0002-1825-009Y",
        "X000-0002-1825-0097",
        "https://orcid.com/0000-0002-1825-0097",
        "https://evil.example/orcid.org/0000-0002-1825-0097",
        "https://orcid.org.evil.example/0000-0002-1825-0097",
        "https://orcid.org/0000-0002-1825-0097/works",
        "1234-1234-1234-1234",
        "٠٠٠٠-0002-1825-0097",
        "0000-0002-1825-0097 0000-0001-5109-3700",
    ],
)
def test_the_rest_is_a_clear_error(written: str) -> None:
    with pytest.raises(InvalidOrcidId, match="is not an ORCID iD: "):
        OrcidId.parse(written)


def test_a_value_that_is_not_a_path_cannot_be_made() -> None:
    with pytest.raises(InvalidOrcidId):
        OrcidId("0000000218250097")


@given(st.from_regex("[0-9]{15}", fullmatch=True))
def test_exactly_one_check_digit_is_right(digits: str) -> None:
    right = check_digit(digits)
    assert OrcidId.parse(digits + right).path.replace("-", "") == digits + right
    for wrong in set("0123456789X") - {right}:
        with pytest.raises(InvalidOrcidId, match="check digit"):
            OrcidId.parse(digits + wrong)


@given(st.text())
def test_any_text_is_an_id_or_one_error(written: str) -> None:
    with contextlib.suppress(InvalidOrcidId):
        assert OrcidId.parse(OrcidId.parse(written).uri).uri.endswith(OrcidId.parse(written).path)


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        ("doi", "https://doi.org/10.5555/ABC", "10.5555/abc"),
        ("doi", "http://dx.doi.org/10.5555/abc", "10.5555/abc"),
        ("doi", "dx.doi.org/10.5555/abc", "10.5555/abc"),
        ("doi", "DOI: 10.5555/abc", "10.5555/abc"),
        ("doi", "doi:https://doi.org/10.5555/abc", "10.5555/abc"),
        ("doi", "info:doi/10.5555/abc", "10.5555/abc"),
        ("doi", "https://doi.org/10.5555%2Fabc", "10.5555/abc"),
        ("doi", "10.1002/(SICI)1097-4571(1998)49:8<693>3.0.CO;2-O", "10.1002/(sici)1097-4571(1998)49:8<693>3.0.co;2-o"),
        ("issn", "20493630", "2049-3630"),
        ("issn", "ISSN 2049–3630", "2049-3630"),
        ("issn", "1050-124x", "1050-124X"),
        ("isbn", "978-3-16-148410-0", "9783161484100"),
        ("pmid", "https://pubmed.ncbi.nlm.nih.gov/123/", "123"),
        ("pmc", "1234567", "PMC1234567"),
        ("pmc", "PMC1234567", "PMC1234567"),
        ("arxiv", "2211.06629v2", "arXiv:2211.06629v2"),
        ("arxiv", "hep-th/9901001", "arXiv:hep-th/9901001"),
        ("handle", "https://hdl.handle.net/2027/abc", "2027/abc"),
        ("uri", " https://example.org/1 ", "https://example.org/1"),
    ],
)  # fmt: skip
def test_identifiers_are_normalised(kind: str, written: str, value: str) -> None:
    assert Identifier.of(kind, written).value == value


@pytest.mark.parametrize(
    ("kind", "written"),
    [("doi", "https://doi.org.10.13039/100006418"), ("doi", "10.5555"), ("doi", "10.5555/a b"), ("doi", ""),
     ("issn", "1234-5678"), ("isbn", "9783161484101"), ("pmid", "x"), ("uri", "example.org"), ("nonsense", "1")],
)  # fmt: skip
def test_what_is_no_identifier_is_refused(kind: str, written: str) -> None:
    with pytest.raises(ValueError, match=r"is not|is empty"):
        Identifier.of(kind, written)


def test_an_old_doi_has_an_address_that_a_uri_may_have() -> None:
    assert Identifier.of("doi", "10.1002/a<1::b>3").url == "https://doi.org/10.1002/a%3C1::b%3E3"


@pytest.mark.parametrize("written", ["https://ror.org/05gq02987", "http://www.ror.org/05gq02987/", "05GQ02987"])
def test_a_ror_id_is_normalised(written: str) -> None:
    assert ror(written) == "https://ror.org/05gq02987"


@given(st.sampled_from(["doi", "issn", "isbn", "pmid", "pmc", "arxiv", "handle", "uri", "urn", "other-id"]), st.text())
def test_normalising_twice_changes_nothing(kind: str, written: str) -> None:
    try:
        identifier = Identifier.of(kind, written)
    except ValueError:
        return
    assert Identifier.of(kind, identifier.value) == identifier
