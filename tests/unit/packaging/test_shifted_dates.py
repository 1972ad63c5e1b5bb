"""`make test-calendar` picks the tests that depend on the date, and moments at which calendars turn."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from tools.shifted_clock.moments import holidays, moments
from tools.shifted_clock.run import at_moment
from tools.shifted_clock.selection import names_calendar, selected


@pytest.mark.parametrize("today", [date(2026, 12, 1), date(2026, 12, 6), date(2027, 12, 25), date(2028, 2, 29)])
def test_the_moments_hold_the_edges_of_the_calendar_whatever_day_it_is(today: date) -> None:
    found = moments(today)
    days = {one.name: one.at.date() for one in found}
    assert len(days) == len(found) >= 12
    assert (days["leap-day"].month, days["leap-day"].day) == (2, 29)
    assert days["month-first"].day == 1
    assert (days["month-last"] + timedelta(days=1)).day == 1
    assert days["sunday"].weekday() == 6
    assert days["sunday"] > today
    assert {days["next-holiday"], days["last-holiday"]} <= set(holidays())
    turning = {one.name: one.at + timedelta(minutes=10) for one in found if one.name.startswith("midnight")}
    assert turning["midnight"].day == 1
    assert turning["midnight-utc"].astimezone(UTC).day == 1


def test_a_moment_gives_the_offset_of_the_system_time() -> None:
    (first, *_) = moments(date(2026, 12, 1))
    assert first.shift_seconds(datetime(2026, 12, 1, 1, 0, tzinfo=UTC)) == 3600


def test_files_that_depend_on_the_date_are_selected_and_others_are_not(tmp_path: Path) -> None:
    for name, text in {
        "tests/support/with_clock.py": "AT = datetime.now(UTC)",
        "tests/support/without.py": "AT = None",
        "tests/support/folder/nested.py": "AT = datetime.now(UTC)",
        "tests/integration/test_helped_by_nested.py": "from tests.support.folder.nested import AT",
        "tests/unit/test_reads.py": "assert date.today()",
        "tests/unit/test_writes.py": "AT = datetime(2026, 1, 1)",
        "tests/unit/test_plain.py": "from tests.support.without import AT",
        "tests/integration/test_helped.py": "from tests.support.with_clock import AT",
        "tests/integration/test_writes.py": 'AT = "2026-01-01"',
        "tests/integration/test_plain.py": "assert True",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    names = [path.relative_to(tmp_path / "tests").as_posix() for path in selected(tmp_path, scope="clock")]
    helped = ["integration/test_helped.py", "integration/test_helped_by_nested.py"]
    assert names == ["unit/test_reads.py", *helped, "integration/test_writes.py"]


def test_the_tests_of_clocks_and_figures_are_among_the_selected() -> None:
    names = {path.stem for path in selected(scope="clock")}
    assert {"test_heads", "test_figures", "test_task_deadlines", "test_people_forgetting", "test_alerts"} <= names


def test_the_narrower_scope_has_the_tests_that_name_a_unit_of_the_calendar() -> None:
    wider, narrower = set(selected(scope="clock")), set(selected())
    assert narrower < wider
    names = {path.stem for path in narrower}
    assert {"test_heads", "test_figures", "test_task_deadlines", "test_fleet_enrolment", "test_webhooks"} <= names
    assert names_calendar("the first of the month")
    assert not names_calendar("elapsed = monotonic() - began")


def test_a_night_also_runs_the_stories_that_a_city_decides_by_the_hour() -> None:
    night, *others = sorted(moments(date(2026, 12, 1)), key=lambda one: not one.is_night)
    assert night.at.hour == 0  # the demo city's rule counts from 23:00 to 04:00
    assert not any(one.is_night for one in others)
    at_night, by_day = ({path.stem for path in at_moment(one, "calendar")} for one in (night, others[0]))
    assert at_night > by_day
    assert {"test_story_recheck", "test_grades"} <= at_night - by_day
