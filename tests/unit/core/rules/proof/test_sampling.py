"""The random sample: nobody knows a draw before the photo is in, and everybody can check it afterwards."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from siaga_core.rules.verification.reporter import ReporterRecord, can_confirm
from siaga_core.rules.verification.sampling import (
    Draw,
    commitment_of,
    day_of,
    deviations,
    draw_message,
    draw_of,
    is_revealed,
)

SECRET = bytes(range(32))
AT = datetime(2026, 12, 1, 23, 30, tzinfo=UTC)


def test_a_draw_is_the_hmac_that_openssl_computes() -> None:
    # printf %s MESSAGE | openssl dgst -sha256 -mac HMAC -macopt hexkey:000102...1f
    assert draw_of(SECRET, "m") == int("3b8bfe6eae377556", 16) / 2**64
    assert commitment_of(SECRET) == "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"


def test_a_draw_changes_with_the_secret_the_photo_and_the_time() -> None:
    first = draw_message(task_id="t", photo_sha256="a", resolved_at=AT)
    other_photo = draw_message(task_id="t", photo_sha256="b", resolved_at=AT)
    later = draw_message(task_id="t", photo_sha256="a", resolved_at=AT + timedelta(microseconds=1))
    draws = {draw_of(SECRET, message) for message in (first, other_photo, later)} | {draw_of(b"x" * 32, first)}
    assert len(draws) == 4
    assert first == draw_message(
        task_id="t", photo_sha256="a", resolved_at=AT.astimezone(timezone(timedelta(hours=7)))
    ), "the same moment in another zone"


def test_draws_are_spread_evenly() -> None:
    draws = [draw_of(SECRET, str(number)) for number in range(4000)]
    assert all(0 <= one < 1 for one in draws)
    assert sum(one < 0.4 for one in draws) / 4000 == pytest.approx(0.4, abs=0.03)


def test_a_secret_is_published_two_days_after_its_day() -> None:
    assert day_of(AT) == date(2026, 12, 1)
    end = datetime(2026, 12, 2, tzinfo=UTC) + timedelta(days=2)
    assert not is_revealed(day_of(AT), now=end - timedelta(seconds=1))
    assert is_revealed(day_of(AT), now=end)


def test_a_changed_secret_and_a_changed_draw_are_found() -> None:
    right = Draw(message="m", value=draw_of(SECRET, "m"))
    assert deviations(SECRET, commitment_of(SECRET), [right]) == []
    assert deviations(SECRET, commitment_of(b"y"), [right]) == ["the secret is not the committed one"]
    assert deviations(SECRET, commitment_of(SECRET), [right, Draw(message="n", value=0.5)]) == ["n: another draw"]


@pytest.mark.parametrize(
    ("has_account", "confirmed", "is_paired", "can"),
    [
        (False, 0, False, False),
        (False, 2, False, False),
        (False, 3, False, True),
        (True, 0, False, False),
        (True, 1, False, True),
        (True, 9, True, False),
    ],
)
def test_whose_confirmation_verifies_work(has_account: bool, confirmed: int, is_paired: bool, can: bool) -> None:
    record = ReporterRecord(has_account=has_account, confirmed_elsewhere=confirmed, is_paired=is_paired)
    assert can_confirm(record) is can
