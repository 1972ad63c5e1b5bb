"""A year of gauges: simulated rivers under a wet season's storms, each minute; the sea where a gauge stands in it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from siaga_sim.city import City, load_city
from siaga_sim.river import Cloudburst, River
from siaga_sim.scenario import Scenario

PIECE_DAYS = 9
STORM_FREE_HOURS = 96  # at a piece's end, so that every piece begins and ends at rest
NOISE_CM = 0.8
WET_MONTHS = (12, 1, 2, 3)
MISSING_SHARE = 0.002
REST_SHARE = 0.5  # of the Siaga 3 level, for gauges that the simulated rivers do not have

Levels = npt.NDArray[np.float64]


def pieces(
    gauges: dict[str, float | None], *, since: datetime, until: datetime, seed: int, is_wet: bool = False
) -> Iterator[tuple[datetime, dict[str, Levels]]]:
    """(start, gauge to levels of each minute, NaN = no reading) for stretches of some days, in order.

    `is_wet`: with the storms of the wet season in every month.
    """
    network = load_city("jakarta").network()
    drawn = {gauge.id for gauge in network.gauges}
    start, number = since, 0
    while start < until:
        dice = random.Random(f"{seed}-{number}")
        minutes = int(min(timedelta(days=PIECE_DAYS), until - start).total_seconds() // 60)
        river = River(network, _storms(dice, is_wet or start.month in WET_MONTHS), hours=PIECE_DAYS * 24)
        noise = np.random.default_rng(dice.getrandbits(32))
        levels = {}
        for gauge_id, s3_cm in gauges.items():
            like = gauge_id if gauge_id in drawn else dice.choice(("krukut-hulu", "sunter-hulu", "cipinang-hulu"))
            series = river.level_series(like)[:minutes]
            if gauge_id not in drawn:
                series = series - series.min() + (s3_cm or 150.0) * REST_SHARE
            levels[gauge_id] = _read(series, noise)
        yield start, levels
        start, number = start + timedelta(minutes=minutes), number + 1


def before_story(scenario: Scenario, city: City, *, until: datetime, seed: int) -> tuple[datetime, dict[str, Levels]]:
    """(start, gauge to levels of each minute) from the first hour of a story's river until the story begins."""
    minutes = round(scenario.starts_hour * 60)
    river = River(city.network(), scenario.bursts(), hours=scenario.starts_hour)
    noise = np.random.default_rng(seed)
    levels = {gauge.id: _read(river.level_series(gauge.id)[:minutes], noise) for gauge in city.gauge}
    return until - timedelta(minutes=minutes), levels


def _storms(dice: random.Random, wet: bool) -> tuple[Cloudburst, ...]:
    """More and heavier ones in the wet season."""
    catchments = [catchment.id for catchment in load_city("jakarta").network().catchments]
    bursts = []
    for _ in range(dice.randint(3, 7) if wet else dice.randint(0, 3)):
        begins = dice.uniform(0, PIECE_DAYS * 24 - STORM_FREE_HOURS)
        chosen = tuple(one for one in catchments if dice.random() < 0.5)
        peak = dice.lognormvariate(2.6 if wet else 2.0, 0.6)
        bursts.append(
            Cloudburst(on=chosen, starts_hour=begins, hours=dice.uniform(1, 5), peak_mm_per_hour=min(peak, 70.0))
        )
    return tuple(bursts)


def _read(series: Levels, noise: np.random.Generator) -> Levels:
    read = np.round(series + noise.normal(0, NOISE_CM, len(series)), 1)
    read[noise.random(len(series)) < MISSING_SHARE] = np.nan
    return read
