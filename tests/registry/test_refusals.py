"""The table of errors: each code of ORCID becomes the exception whose remedy fits."""

from __future__ import annotations

import re

import pytest

from orcid_plugin import errors
from orcid_plugin.errors import AlreadyThere, AnswerError, RecordMoved
from orcid_plugin.registry import refusals
from tests.installation import ROOT


@pytest.mark.parametrize(
    ("status", "code", "text", "kind"),
    [
        (400, 9020, "", errors.CallRefused),
        (400, None, "<html>", errors.CallRefused),
        (400, 9026, "", errors.NotFound),
        (401, None, "invalid_token: Invalid access token: …", errors.TokenRefused),
        (401, 9017, "", errors.TokenRefused),
        (403, 9038, "409 Conflict: …", errors.ScopeMissing),
        (403, None, "insufficient_scope: …", errors.ScopeMissing),
        (403, None, "forbidden: …", errors.CallRefused),
        (403, 9010, "", errors.NotTheSource),
        (403, 9013, "", errors.NotVisible),
        (403, 9009, "", errors.NotNotified),
        (404, 9016, "", errors.NotFound),
        (404, None, "", errors.NotFound),
        (404, None, refusals.WEB_PAGE, errors.RegistryFault),
        (404, 9001, "", errors.CallRefused),
        (301, None, "", errors.RecordMoved),
        (409, 9007, "", errors.RecordMoved),
        (409, 9018, "", errors.RecordClosed),
        (409, 9036, "", errors.RecordClosed),
        (409, 9044, "", errors.RecordClosed),
        (409, 9021, "", errors.AlreadyThere),
        (409, 9048, "", errors.RecordFull),
        (409, 9057, "", errors.CredentialsLocked),
        (418, None, "", errors.CallRefused),
        (429, None, "Too Many Requests", errors.SlowDown),
        (429, None, "You have exceeded the daily quota for …", errors.QuotaSpent),
        (503, None, refusals.WEB_PAGE, errors.SlowDown),
        (500, 9008, "", errors.RegistryFault),
        (502, None, refusals.WEB_PAGE, errors.RegistryFault),
        (200, None, "", errors.RegistryFault),
    ],
)
def test_each_answer_is_one_kind_of_error(status: int, code: int | None, text: str, kind: type[AnswerError]) -> None:
    error = refusals.error(status, code, text, retry_after=3.0, location="x")
    assert type(error) is kind
    assert (error.http_status, error.error_code, error.developer_message) == (status, code, text)
    assert (error.retry_after, error.location) == (3.0, "x")


def test_every_kind_has_a_code_of_its_own_and_a_row() -> None:
    kinds = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, AnswerError)}
    assert len({kind.code for kind in kinds}) == len(kinds)
    table = [*refusals.CODES.values(), *refusals.STATUSES.values(), refusals.QUOTA]
    assert {one.kind for one in table} == kinds - {AnswerError}


@pytest.mark.parametrize(
    ("text", "put_code"),
    [
        ("… please see element with put-code 1234. If you are trying to edit …", 1234),
        ("… put-code 0", None),
        (f"… put-code {'9' * 30}", None),
        ("… put-code null", None),
        ("", None),
    ],
)
def test_a_duplicate_names_the_one_that_is_there(text: str, put_code: int | None) -> None:
    assert AlreadyThere(409, 9021, text).put_code == put_code


@pytest.mark.parametrize(
    ("text", "location", "primary"),
    [
        (
            "refer to account: https://orcid.org/0000-0001-5109-370x. ORCID 0000-0002-1825",
            None,
            "0000-0001-5109-370X",
        ),
        ("", "https://api.orcid.org/v3.0/0000-0001-5109-3700/works", "0000-0001-5109-3700"),
        ("This account is deprecated. ORCID 0000-0002-1825-0097", None, None),
    ],
)
def test_a_merged_record_names_the_other_one(text: str, location: str | None, primary: str | None) -> None:
    assert RecordMoved(301, 9007, text, location=location).primary == primary


def test_the_page_of_errors_is_generated() -> None:
    assert (ROOT / "docs" / "errors.md").read_text() == refusals.document(), (
        "write orcid_plugin.registry.refusals.document() to docs/errors.md"
    )


def test_the_table_has_every_code_that_the_emulator_answers_with() -> None:
    source = (ROOT / "orcid_plugin" / "emulator" / "refusals.py").read_text()
    codes = {int(code) for code in re.findall(r"\b90[0-9]{2}\b", source)}
    assert codes <= refusals.CODES.keys()
