"""When a node believes an acknowledgement after the cloud lost what it had."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from siaga_core.rules.replay import DOUBTED_SECONDS, FollowedReplay, is_believed, is_outdated

AT = datetime(2026, 1, 15, 8, tzinfo=UTC)
FOLLOWED = FollowedReplay(request_id="b", at=1000.0, made_at=AT)


@pytest.mark.parametrize(
    ("made_at", "followed", "expected"),
    [
        pytest.param(AT - timedelta(microseconds=1), FOLLOWED, True, id="made before the one that was followed"),
        pytest.param(AT, FOLLOWED, False, id="made at the same time"),
        pytest.param(AT + timedelta(seconds=1), FOLLOWED, False, id="made later"),
        pytest.param(None, FOLLOWED, False, id="without a time"),
        pytest.param(AT, None, False, id="nothing was followed"),
        pytest.param(AT, FollowedReplay(request_id="b", at=1000.0), False, id="the one that was followed has no time"),
    ],
)
def test_a_request_of_a_database_that_was_replaced_is_outdated(
    made_at: datetime | None, followed: FollowedReplay | None, expected: bool
) -> None:
    assert is_outdated(made_at, followed) is expected


@pytest.mark.parametrize(
    ("named", "followed", "seconds", "expected"),
    [
        pytest.param(None, None, 0.0, True, id="nothing was followed"),
        pytest.param("b", FOLLOWED, 0.0, True, id="names the request that was followed"),
        pytest.param("a", FOLLOWED, 0.0, False, id="names another request"),
        pytest.param(None, FOLLOWED, DOUBTED_SECONDS - 0.001, False, id="names none, too soon after"),
        pytest.param(None, FOLLOWED, DOUBTED_SECONDS, True, id="names none, long after"),
        pytest.param("a", replace(FOLLOWED, at=990.0), DOUBTED_SECONDS - 10, True, id="followed earlier"),
    ],
)
def test_an_acknowledgement_is_believed_or_doubted(
    named: str | None, followed: FollowedReplay | None, seconds: float, expected: bool
) -> None:
    assert is_believed(named, followed, now=1000.0 + seconds) is expected
