"""Working hours: how much of a stretch of time counts, and when an amount of it is used up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_ZERO = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Opening hours by weekday (0 is Monday) as (opens, closes) of the local day, and days on which all is closed."""

    zone: tzinfo
    hours: Mapping[int, tuple[time, time]]
    holidays: frozenset[date] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if not self.hours or not set(self.hours) <= set(range(7)):
            raise ValueError(f"expected hours for at least one weekday from 0 to 6, got {sorted(self.hours)}")
        for weekday, (opens, closes) in self.hours.items():
            if not opens < closes:
                raise ValueError(f"expected to open before closing, got {opens} to {closes} on weekday {weekday}")


def working_seconds_between(calendar: Calendar, start: datetime, end: datetime) -> float:
    """Seconds between two moments in which the calendar is open; negative where `end` is the earlier one."""
    if end < start:
        return -working_seconds_between(calendar, end, start)
    total = _ZERO
    for opens, closes in _openings(calendar, start):  # pragma: no branch - openings never end
        if opens >= end:
            break
        total += min(closes, end) - max(opens, start)
    return total.total_seconds()


def add_working_seconds(calendar: Calendar, start: datetime, seconds: float) -> datetime:
    """The first moment by which so many open seconds have gone by since `start`; in UTC."""
    left = timedelta(seconds=seconds)
    if left <= _ZERO:
        return start.astimezone(UTC)
    for opens, closes in _openings(calendar, start):
        begins = max(opens, start)
        if closes - begins >= left:
            return (begins + left).astimezone(UTC)
        left -= closes - begins
    raise AssertionError("openings never end")  # pragma: no cover - the calendar has a weekday


def _openings(calendar: Calendar, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Every opening that is not over at `start`, in UTC, in order."""
    day = start.astimezone(calendar.zone).date()
    while True:
        hours = calendar.hours.get(day.weekday())
        if hours is not None and day not in calendar.holidays:
            opens, closes = (datetime.combine(day, at, calendar.zone).astimezone(UTC) for at in hours)
            if closes > start:
                yield opens, closes
        day += timedelta(days=1)
