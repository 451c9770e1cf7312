"""The table of what each answer means, row by row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orcid_plugin.errors import AnswerError, Unreachable
from orcid_plugin.outbox.answers import UNAUTHORIZED_ONCE, Attempt, Effect, back_off, judge
from orcid_plugin.registry import refusals
from orcid_plugin.store.tables import DeliveryAction, DeliveryState

PUT, DELETE = DeliveryAction.PUT, DeliveryAction.DELETE
PENDING, FAILED, PARKED = DeliveryState.PENDING, DeliveryState.FAILED, DeliveryState.PARKED
NEEDS_PERMISSION, SENT, CANCELLED = DeliveryState.NEEDS_PERMISSION, DeliveryState.SENT, DeliveryState.CANCELLED
MERGED = (
    "301 Moved Permanently: This account is deprecated. Please refer to account: "
    "https://orcid.org/0000-0001-5109-3700. ORCID 0000-0002-1825-0097"
)


def attempt(action: DeliveryAction = PUT, *, known: bool = True, number: int = 1, before: str | None = None) -> Attempt:
    return Attempt(action=action, known=known, number=number, most=12, previous_code=before)


@pytest.mark.parametrize(
    ("error", "circumstances", "state", "code", "effect"),
    [
        (refusals.error(400, 9020, "no title"), attempt(), FAILED, "message_refused", Effect.REFUSED),
        (refusals.error(400), attempt(), FAILED, "message_refused", Effect.REFUSED),
        (refusals.error(401), attempt(), PENDING, UNAUTHORIZED_ONCE, Effect.NONE),
        (refusals.error(401, 9017), attempt(), PENDING, UNAUTHORIZED_ONCE, Effect.NONE),
        (
            refusals.error(401),
            attempt(before=UNAUTHORIZED_ONCE),
            NEEDS_PERMISSION,
            "permission_ended",
            Effect.PERMISSION_ENDED,
        ),
        (refusals.error(403, 9038), attempt(), NEEDS_PERMISSION, "scope_missing", Effect.NONE),
        (
            refusals.error(403, None, "insufficient_scope: no"),
            attempt(),
            NEEDS_PERMISSION,
            "scope_missing",
            Effect.NONE,
        ),
        (refusals.error(403, 9010), attempt(), FAILED, "not_the_source", Effect.ITEM_FORGOTTEN),
        (refusals.error(403, 9014), attempt(), FAILED, "not_the_source", Effect.ITEM_FORGOTTEN),
        (refusals.error(403, 9035), attempt(), FAILED, "forbidden", Effect.NONE),
        (refusals.error(403), attempt(), FAILED, "forbidden", Effect.NONE),
        (refusals.error(404, 9016), attempt(), CANCELLED, "removed_by_person", Effect.ITEM_REMOVED),
        (refusals.error(404), attempt(), CANCELLED, "removed_by_person", Effect.ITEM_REMOVED),
        (refusals.error(404, 9016), attempt(known=False), PENDING, "record_unknown", Effect.NONE),
        (
            refusals.error(404, None, "a web page instead of ORCID's form"),
            attempt(),
            PENDING,
            "record_unknown",
            Effect.NONE,
        ),
        (refusals.error(404, 9016), attempt(DELETE), SENT, None, Effect.ITEM_DELETED),
        (refusals.error(405, 9001), attempt(), FAILED, "refused", Effect.NONE),
        (refusals.error(409, 9018), attempt(), PARKED, "record_locked", Effect.NONE),
        (refusals.error(409, 9036), attempt(), PARKED, "record_unclaimed", Effect.NONE),
        (refusals.error(409, 9044), attempt(), PARKED, "record_deactivated", Effect.NONE),
        (refusals.error(409, 9057), attempt(), PARKED, "client_locked", Effect.NONE),
        (refusals.error(409, 9021), attempt(), FAILED, "duplicate", Effect.REFUSED),
        (refusals.error(409, 9048), attempt(known=False), FAILED, "record_full", Effect.NONE),
        (refusals.error(409), attempt(), FAILED, "conflict", Effect.NONE),
        (refusals.error(409, 9007, MERGED), attempt(), PENDING, "record_moved", Effect.MOVED),
        (refusals.error(301, 9007, MERGED), attempt(), PENDING, "record_moved", Effect.MOVED),
        (
            refusals.error(301, location="https://api.orcid.org/v3.0/0000-0001-5109-3700/works"),
            attempt(),
            PENDING,
            "record_moved",
            Effect.MOVED,
        ),
        (refusals.error(409, 9007, "deprecated"), attempt(), FAILED, "record_moved", Effect.NONE),
        (refusals.error(429), attempt(), PENDING, "slow_down", Effect.SLOW_DOWN),
        (refusals.error(503), attempt(number=99), PENDING, "slow_down", Effect.SLOW_DOWN),
        (refusals.error(500, 9008), attempt(), PENDING, "registry_error", Effect.NONE),
        (refusals.error(502), attempt(number=12), FAILED, "registry_error", Effect.NONE),
        (refusals.error(200, None, "the answer is not JSON"), attempt(), PENDING, "registry_error", Effect.NONE),
        (Unreachable("no answer"), attempt(), PENDING, "registry_unreachable", Effect.NONE),
        (Unreachable("no answer"), attempt(number=12), FAILED, "registry_unreachable", Effect.NONE),
    ],
    ids=str,
)
def test_each_answer_has_one_meaning(
    error: AnswerError | Unreachable,
    circumstances: Attempt,
    state: DeliveryState,
    code: str | None,
    effect: Effect,
) -> None:
    outcome = judge(error, circumstances)
    assert (outcome.state, outcome.code, outcome.effect) == (state, code, effect)
    assert (outcome.retry_in > 0) == (state == PENDING)
    assert (outcome.message is None) == (code is None)
    if effect is Effect.MOVED:
        assert outcome.primary == "0000-0001-5109-3700"


@pytest.mark.parametrize(("told", "waits"), [(7.0, 7.0), (0.0, 1.0), (1e9, 86_400.0)])
def test_a_wait_that_orcid_asks_for_is_kept_within_a_day(told: float, waits: float) -> None:
    assert judge(refusals.error(503, retry_after=told), attempt()).retry_in == waits


@given(number=st.integers(1, 10_000), share=st.floats(0, 1))
def test_back_off_grows_to_an_hour_with_full_jitter(number: int, share: float) -> None:
    wait = back_off(number, lambda least, most: least + share * (most - least))
    assert 1 <= wait <= 3600


@given(
    error=st.builds(
        refusals.error,
        st.integers(100, 599),
        st.none() | st.integers(9000, 9060),
        st.text(max_size=80),
        retry_after=st.none() | st.floats(0, 1e12),
        location=st.none() | st.text(max_size=60),
    ),
    action=st.sampled_from(DeliveryAction),
    known=st.booleans(),
    number=st.integers(1, 20),
)
def test_no_answer_is_without_a_meaning(error: AnswerError, action: DeliveryAction, known: bool, number: int) -> None:
    outcome = judge(error, attempt(action, known=known, number=number))
    assert outcome.code or outcome.state == SENT
