"""A year of gauges: simulated rivers under a wet season's storms, each minute; the sea where a gauge stands in it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from siaga_sim.city import load_city
from siaga_sim.river import Cloudburst, River

PIECE_DAYS = 9
STORM_FREE_HOURS = 96  # at a piece's end, so that every piece begins and ends at rest
NOISE_CM = 0.8
MISSING_SHARE = 0.002
REST_SHARE = 0.5  # of the Siaga 3 level, for gauges that the simulated rivers do not have

Levels = npt.NDArray[np.float64]


def pieces(
    gauges: dict[str, float | None], *, since: datetime, until: datetime, seed: int
) -> Iterator[tuple[datetime, dict[str, Levels]]]:
    """(start, gauge to levels of each minute, NaN = no reading) for stretches of some days, in order."""
    network = load_city("jakarta").network()
    drawn = {gauge.id for gauge in network.gauges}
    start, number = since, 0
    while start < until:
        dice = random.Random(f"{seed}-{number}")
        minutes = int(min(timedelta(days=PIECE_DAYS), until - start).total_seconds() // 60)
        river = River(network, _storms(dice, start), hours=PIECE_DAYS * 24)
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


def _storms(dice: random.Random, start: datetime) -> tuple[Cloudburst, ...]:
    """More and heavier in the wet season (December to March)."""
    wet = start.month in (12, 1, 2, 3)
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
