"""What each answer of ORCID means for a delivery: the one table of that policy."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from orcid_plugin.errors import (
    AlreadyThere,
    AnswerError,
    CredentialsLocked,
    NotFound,
    NotTheSource,
    RecordClosed,
    RecordFull,
    RecordMoved,
    RegistryError,
    ScopeMissing,
    TokenRefused,
)
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.store.tables import DeliveryAction, DeliveryState

FIRST_WAIT = 10.0
LONGEST_WAIT = 3600.0
"""Seconds between attempts at least and at most, before jitter."""

LONGEST_TOLD_WAIT = 86_400.0
"""Seconds of a `Retry-After` that are honoured."""

UNAUTHORIZED_PAUSE = 20.0
"""Seconds before a refused token is tried once more: a fresh one can take a moment to be known everywhere."""

UNAUTHORIZED_ONCE = "unauthorized_once"
"""Code of a delivery whose token was refused once."""


class Effect(StrEnum):
    """What an answer changes beside the delivery itself."""

    NONE = "none"
    SLOW_DOWN = "slow_down"
    """The whole site waits."""
    PERMISSION_ENDED = "permission_ended"
    ITEM_FORGOTTEN = "item_forgotten"
    ITEM_REMOVED = "item_removed"
    """The person deleted the item, which stays deleted."""
    ITEM_DELETED = "item_deleted"
    """We deleted it, or it was gone already."""
    MOVED = "moved"
    """The record is now that of `Outcome.primary`."""
    REFUSED = "refused"
    """For what the message says: the same is not sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What becomes of a delivery.

    Attributes:
        code, message: stable code and sentence of the reason; None for plain success.
        retry_in: seconds until the next attempt, of a PENDING one.
        primary: bare iD that a deprecated record refers to.
    """

    state: DeliveryState
    code: str | None = None
    message: str | None = None
    retry_in: float = 0.0
    effect: Effect = Effect.NONE
    primary: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The circumstances of an attempt that did not succeed.

    Attributes:
        known: whether a put-code of ours was known before.
        number: which attempt it was, from 1.
        previous_code: why the attempt before it did not succeed.
    """

    action: DeliveryAction
    known: bool
    number: int
    most: int
    previous_code: str | None = None


Spread = Callable[[float, float], float]
Row = Callable[[AnswerError, Attempt], Outcome | None]
"""What one answer means; None: nothing special, its status decides."""


def judge(error: RegistryError, attempt: Attempt, spread: Spread = random.uniform) -> Outcome:
    """What an answer other than success, or none at all, means. `spread` draws a number between two (full jitter)."""
    if not isinstance(error, AnswerError):
        return try_again(attempt, "registry_unreachable", str(error), spread)
    row = _ROWS.get(type(error))
    outcome = row(error, attempt) if row else None
    if outcome is not None:
        return outcome
    if error.http_status in {429, 503}:
        return _slow_down(error, attempt, spread)
    if 400 <= error.http_status < 500 and error.http_status != 404:
        return _refused(error)
    code = {404: "record_unknown"}.get(error.http_status, "registry_error")
    return try_again(attempt, code, str(error), spread)


def try_again(attempt: Attempt, code: str, message: str, spread: Spread = random.uniform) -> Outcome:
    """Another attempt later, unless there were enough."""
    if attempt.number >= attempt.most:
        return _failed(code, f"{message} (given up after {attempt.number} attempts)")
    return Outcome(state=DeliveryState.PENDING, code=code, message=message, retry_in=back_off(attempt.number, spread))


def back_off(number: int, spread: Spread = random.uniform) -> float:
    """Seconds to wait after the attempt of this number: exponential, with full jitter, never less than one."""
    return max(1.0, spread(0, min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(number - 1, 20))))


def _slow_down(error: AnswerError, attempt: Attempt, spread: Spread) -> Outcome:
    told = error.retry_after
    return Outcome(
        state=DeliveryState.PENDING,
        code="slow_down",
        message="ORCID asks to slow down.",
        retry_in=back_off(attempt.number, spread) if told is None else min(max(told, 1.0), LONGEST_TOLD_WAIT),
        effect=Effect.SLOW_DOWN,
    )


def _refused(error: AnswerError) -> Outcome:
    code = {400: "message_refused", 403: "forbidden", 409: "conflict"}.get(error.http_status, "refused")
    return _failed(code, str(error), Effect.REFUSED if error.http_status == 400 else Effect.NONE)


def _unauthorized(_error: AnswerError, attempt: Attempt) -> Outcome:
    if attempt.previous_code != UNAUTHORIZED_ONCE:
        return Outcome(
            state=DeliveryState.PENDING,
            code=UNAUTHORIZED_ONCE,
            message="ORCID did not accept the person's permission; it is tried once more.",
            retry_in=UNAUTHORIZED_PAUSE,
        )
    return Outcome(
        state=DeliveryState.NEEDS_PERMISSION,
        code="permission_ended",
        message="The person's permission has ended; they can connect again.",
        effect=Effect.PERMISSION_ENDED,
    )


def _not_found(_error: AnswerError, attempt: Attempt) -> Outcome | None:
    if attempt.action is DeliveryAction.DELETE:
        return Outcome(state=DeliveryState.SENT, effect=Effect.ITEM_DELETED)
    if not attempt.known:
        return None
    return Outcome(
        state=DeliveryState.CANCELLED,
        code="removed_by_person",
        message="The person deleted it from the record; it is not put back.",
        effect=Effect.ITEM_REMOVED,
    )


def _scope_missing(_error: AnswerError, _attempt: Attempt) -> Outcome:
    return Outcome(
        state=DeliveryState.NEEDS_PERMISSION,
        code="scope_missing",
        message="The person's permission does not cover adding to the record.",
    )


def _not_the_source(_error: AnswerError, attempt: Attempt) -> Outcome | None:
    if not attempt.known:
        return None
    return _failed(
        "not_the_source",
        "What is on the record was not added with these API credentials, so it cannot be changed with them.",
        Effect.ITEM_FORGOTTEN,
    )


def _duplicate(_error: AnswerError, _attempt: Attempt) -> Outcome:
    return _failed("duplicate", "Something else of this site on the record has the same identifier.", Effect.REFUSED)


def _record_full(_error: AnswerError, _attempt: Attempt) -> Outcome:
    return _failed("record_full", "The record holds as many works as ORCID allows.")


def _closed(error: AnswerError, _attempt: Attempt) -> Outcome:
    code, message = _CLOSED[error.error_code or 0]
    return Outcome(state=DeliveryState.PARKED, code=code, message=message)


def _client_locked(_error: AnswerError, _attempt: Attempt) -> Outcome:
    message = "ORCID has locked the site's API credentials."
    return Outcome(state=DeliveryState.PARKED, code="client_locked", message=message)


def _moved(error: AnswerError, attempt: Attempt) -> Outcome:
    named = error.primary if isinstance(error, RecordMoved) else None
    try:
        primary = OrcidId.parse(named).path if named else None
    except ValueError:
        primary = None
    if primary is None or attempt.number >= attempt.most:
        return _failed("record_moved", "The record was merged into another one that cannot be found.")
    return Outcome(
        state=DeliveryState.PENDING,
        code="record_moved",
        message=f"The record was merged into {primary}.",
        retry_in=1.0,
        effect=Effect.MOVED,
        primary=primary,
    )


def _failed(code: str, message: str, effect: Effect = Effect.NONE) -> Outcome:
    return Outcome(state=DeliveryState.FAILED, code=code, message=message, effect=effect)


_CLOSED = {
    9018: ("record_locked", "ORCID has locked the record."),
    9036: ("record_unclaimed", "The person has not claimed the record yet."),
    9044: ("record_deactivated", "The person has deactivated the record."),
}
_ROWS: dict[type[AnswerError], Row] = {
    AlreadyThere: _duplicate,
    CredentialsLocked: _client_locked,
    NotFound: _not_found,
    NotTheSource: _not_the_source,
    RecordClosed: _closed,
    RecordFull: _record_full,
    RecordMoved: _moved,
    ScopeMissing: _scope_missing,
    TokenRefused: _unauthorized,
}
