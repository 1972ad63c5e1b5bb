"""Working hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.working_time import Calendar, add_working_seconds, working_seconds_between

JAKARTA = ZoneInfo("Asia/Jakarta")
OFFICE = Calendar(
    zone=JAKARTA,
    hours={**{day: (time(7, 30), time(16)) for day in range(4)}, 4: (time(7, 30), time(16, 30))},
    holidays=frozenset({date(2026, 12, 25)}),
)
# Spring forward and fall back lie within these hours.
BERLIN_NIGHT = Calendar(zone=ZoneInfo("Europe/Berlin"), hours={day: (time(1), time(5)) for day in range(7)})


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=JAKARTA)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        pytest.param(local(21, 8), local(21, 10), 2, id="within a day"),
        pytest.param(local(21, 6), local(21, 8), 0.5, id="before opening"),
        pytest.param(local(21, 15), local(22, 8), 1.5, id="over night"),
        pytest.param(local(24, 15), local(28, 8), 1.5, id="over a holiday and a weekend"),
        pytest.param(local(26, 1), local(27, 23), 0, id="a weekend"),
        pytest.param(local(22, 8), local(21, 15), -1.5, id="backwards"),
        pytest.param(local(21, 8), local(21, 8), 0, id="no time at all"),
    ],
)
def test_hours_that_count_between(start: datetime, end: datetime, hours: float) -> None:
    assert working_seconds_between(OFFICE, start, end) == hours * 3600


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        pytest.param(local(21, 8), 2, local(21, 10), id="within a day"),
        pytest.param(local(21, 3), 1, local(21, 8, 30), id="from opening on"),
        pytest.param(local(21, 15), 1, local(21, 16), id="until closing is still that day"),
        pytest.param(local(24, 15), 1.5, local(28, 8), id="over a holiday and a weekend"),
        pytest.param(local(26, 9), 0, local(26, 9), id="nothing, on a Saturday"),
    ],
)
def test_when_hours_are_used_up(start: datetime, hours: float, end: datetime) -> None:
    found = add_working_seconds(OFFICE, start, hours * 3600)
    assert found == end
    assert found.tzinfo is UTC


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001 - made aware
calendars = st.sampled_from([OFFICE, BERLIN_NIGHT])
amounts = st.integers(0, 60 * 3600).map(float)


@given(calendars, moments, amounts)
def test_what_was_added_lies_between(calendar: Calendar, start: datetime, seconds: float) -> None:
    end = add_working_seconds(calendar, start, seconds)
    assert working_seconds_between(calendar, start, end) == pytest.approx(seconds, abs=1e-5)


@given(calendars, moments, amounts, amounts)
def test_adding_twice_is_adding_the_sum(calendar: Calendar, start: datetime, a: float, b: float) -> None:
    twice = add_working_seconds(calendar, add_working_seconds(calendar, start, a), b)
    assert working_seconds_between(calendar, twice, add_working_seconds(calendar, start, a + b)) == 0


@given(calendars, moments, st.floats(-9e5, 9e5), st.floats(-9e5, 9e5))
def test_stretches_add_up_and_are_never_longer_than_the_elapsed_time(
    calendar: Calendar, start: datetime, a: float, b: float
) -> None:
    middle = start + timedelta(seconds=a)
    end = middle + timedelta(seconds=b)
    first, second = working_seconds_between(calendar, start, middle), working_seconds_between(calendar, middle, end)
    assert first + second == pytest.approx(working_seconds_between(calendar, start, end), abs=1e-5)
    assert abs(first) <= abs(a) + 1e-5
    assert first * a >= 0


@pytest.mark.parametrize(
    "hours", [{}, {7: (time(8), time(9))}, {0: (time(9), time(9))}], ids=["never open", "no such day", "no time"]
)
def test_calendars_that_make_no_sense_are_refused(hours: dict[int, tuple[time, time]]) -> None:
    with pytest.raises(ValueError, match="expected "):
        Calendar(zone=UTC, hours=hours)
