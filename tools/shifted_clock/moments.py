"""The moments under which the tests run: where months, years, weeks, offices and zones begin and end."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parents[2]
JAKARTA: Final = ZoneInfo("Asia/Jakarta")  # seven hours before UTC, without daylight saving


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A date and a time of day in Jakarta at which a run begins; its clock goes on from there. `is_night`: the run
    includes the tests of what a city decides by the hour.
    """

    name: str
    at: datetime
    why: str
    is_night: bool = False

    def shift_seconds(self, now: datetime) -> int:
        """How far the clock must be moved at `now`."""
        return round((self.at - now).total_seconds())


def moments(today: date) -> list[Moment]:
    """All of them, those that break most first."""
    sunday = today + timedelta(days=(6 - today.weekday()) or 7)
    return [
        _moment("december-1", date(2026, 12, 1), "09:00", "the first of the last month"),
        _moment("december-31", date(2026, 12, 31), "10:00", "the last day of a year, in working hours"),
        _moment("leap-day", date(2028, 2, 29), "10:00", "29 February"),
        _moment("month-first", date(2027, 2, 1), "08:00", "the first of a month, a Monday"),
        _moment("month-last", date(2027, 4, 30), "15:55", "the last of a month, just before the offices close"),
        _moment("sunday", sunday, "11:00", "a day on which all offices are closed"),
        _moment("new-year", date(2027, 1, 1), "00:30", "a holiday, and still the last year in UTC", is_night=True),
        _moment("midnight", date(2027, 1, 31), "23:55", "the run goes past midnight and into the next month"),
        _moment("midnight-utc", date(2027, 7, 1), "06:55", "the run goes past midnight of UTC into another month"),
        _moment("idul-fitri", date(2027, 3, 10), "14:00", "a holiday that moves, in Ramadan's quarter"),
        _moment("next-holiday", next_holiday(today), "09:00", "the next holiday of the policy's table"),
        _moment("last-holiday", holidays()[-1], "20:00", "the last holiday of the policy's table, at night"),
        _moment("after-leap-day", date(2028, 3, 1), "07:25", "a year ago there was no such yesterday"),
        _moment("year-ahead", today + timedelta(days=365), "12:00", "fixed dates in tests lie far back"),
        _moment("friday-night", date(2027, 7, 30), "22:30", "quiet hours, and a week-end over a month's end"),
    ]


def holidays() -> list[date]:
    """The holidays of the demo city's policy, in order."""
    table = tomllib.loads((ROOT / "city/jakarta/policy.toml").read_text(encoding="utf-8"))
    return sorted(date.fromisoformat(day) for day in table["calendar"]["holidays"])


def next_holiday(today: date) -> date:
    """The first holiday after today; the last one of the table where all of them are over."""
    return next((day for day in holidays() if day > today), holidays()[-1])


def _moment(name: str, day: date, at: str, why: str, *, is_night: bool = False) -> Moment:
    return Moment(name=name, at=datetime.combine(day, time.fromisoformat(at), JAKARTA), why=why, is_night=is_night)
