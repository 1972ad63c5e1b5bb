"""A made-up past has the rhythm of a real day, ends where it should, and leads up to a story's first moment."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from siaga_sim.demo.cloud import CITY
from siaga_sim.history.city import read_city
from siaga_sim.history.complaints import UTC_OFFSET_HOURS, Past
from siaga_sim.history.readings import before_story
from siaga_sim.scenario import load_scenario
from siaga_sim.story import World

UNTIL = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def test_few_complain_at_night_and_most_before_noon_and_in_the_evening() -> None:
    past = Past(read_city(Path(CITY)), seed=1, per_day=200, until=UNTIL)
    days = [past.day(datetime(2026, 11, day, tzinfo=UTC)) for day in range(1, 21)]
    times = [complaint.reported_at for day in days for complaint in day if complaint.same_as is None]
    assert max(times) < UNTIL
    hours = Counter((at + timedelta(hours=UTC_OFFSET_HOURS)).hour for at in times)
    night, morning, evening = (sum(hours[hour] for hour in span) for span in (range(5), range(8, 12), range(15, 19)))
    assert night * 6 < morning
    assert night * 6 < evening
    assert len(times) > 2000


def test_the_past_of_a_story_ends_at_its_first_moment() -> None:
    scenario, city = load_scenario("flood")
    start, levels = before_story(scenario, city, until=UNTIL, seed=1)
    assert UNTIL - start == timedelta(minutes=round(scenario.starts_hour * 60))
    assert set(levels) == {gauge.id for gauge in city.gauge}
    world = World(scenario, city)
    for gauge, series in levels.items():
        known = series[~np.isnan(series)]
        assert abs(known[-1] - world.level_cm(gauge, 0)) < 8, gauge
