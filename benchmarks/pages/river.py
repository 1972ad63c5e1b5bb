"""The water of the city whose pages are photographed: weeks of storms, and the one that is coming now, with forecasts.

All of it is kept as ingest and the importer keep it: the stage of record, what is usual and the forecasts are reckoned
by the cloud itself, so the pages show what a city of this kind would.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from benchmarks.forecast.storms import GAUGES as CILIWUNG
from benchmarks.forecast.storms import STEP_MINUTES, storm

from siaga_cloud.forecast import service as forecasting
from siaga_cloud.gauges.store.readings import ReadingRow
from siaga_cloud.ingest import readings
from siaga_cloud.ingest.store import messages
from siaga_cloud.operations.history import store as load_history
from siaga_cloud.operations.service import upkeep
from siaga_cloud.platform.db.connection import Connection, connect
from siaga_sim.city import load_city
from siaga_sim.river import Cloudburst, River

NODE: Final = "node-a"
STORMS: Final = 16
STEP: Final = timedelta(minutes=STEP_MINUTES)
# The rain of now fell on the hills first; ten hours later the wave is between Depok and Manggarai.
RAIN: Final = (
    Cloudburst(on=("puncak",), starts_hour=24, hours=5, peak_mm_per_hour=30),
    Cloudburst(on=("bogor",), starts_hour=26, hours=5, peak_mm_per_hour=25),
    Cloudburst(on=("jakarta-selatan", "cipinang", "sunter"), starts_hour=29, hours=5, peak_mm_per_hour=19),
    Cloudburst(on=("krukut", "pesanggrahan", "angke"), starts_hour=29, hours=4, peak_mm_per_hour=9),
)
NOW_HOUR: Final = 34
MINUTE: Final = timedelta(minutes=1)
CLOSE_FROM: Final = (NOW_HOUR - 3) * 60
# Gauges that the simulated river has not: calm, by middle and swing in cm. Two of the city's have no box yet.
CALM: Final = {
    "marina-ancol": (124, 9), "cakung-drain": (168, 6), "cengkareng-drain": (97, 4), "istiqlal": (139, 5),
    "jembatan-merah": (41, 3),
}  # fmt: skip
WITHOUT_BACKLOG: Final = ("karet",)  # its box is the dead one


def fill_river(database_url: str, *, now: datetime) -> None:
    """Weeks of water in three gauges, a day and a half in all; then what the worker does with them."""

    def transaction() -> AbstractContextManager[Connection]:
        return connect(database_url)

    begins = now - timedelta(hours=NOW_HOUR, seconds=40)
    with connect(database_url) as conn:
        load_history.allow_hours(conn)
        load_history.load_readings(conn, _past(begins), NODE)
    with connect(database_url) as conn:
        messages.prepare_stages(conn)
        readings.persist(conn, sorted(_present(begins, now), key=lambda row: row.measured_at), now=now)
    with connect(database_url) as conn:
        while upkeep.roll_up(conn, now=now):
            pass
        forecasting.recompute_usual(conn, now=now)
    for _ in forecasting.fit_all(transaction, now=now):
        pass
    with connect(database_url) as conn:
        forecasting.forecast_all(conn, now=now)


def _past(until: datetime) -> Iterator[tuple[str, datetime, float | None]]:
    """Storm after storm on the Ciliwung, the last one ending before `until`."""
    for number in range(STORMS):
        levels = storm(number).read_cm
        length = len(levels[CILIWUNG[0]])
        begins = until - STEP * length * (STORMS - number)
        for gauge in CILIWUNG:
            yield from ((gauge, begins + STEP * place, level) for place, level in enumerate(levels[gauge]))


def _present(begins: datetime, now: datetime) -> Iterator[ReadingRow]:
    """Every ten minutes, in the last hours every minute, as boxes send while the water moves."""
    network = load_city("jakarta").network()
    river = River(network, RAIN, hours=NOW_HOUR + 1)
    grain = np.random.default_rng(7)
    minutes = [one for one in range(int((now - begins) / MINUTE) + 1) if not one % STEP_MINUTES or one > CLOSE_FROM]
    times = [begins + MINUTE * one for one in minutes]
    for gauge in network.gauges:
        if gauge.id not in {*WITHOUT_BACKLOG, *CALM}:
            levels = river.level_series(gauge.id)
            yield from _rows(gauge.id, times, [float(levels[one]) + grain.normal(0, 0.6) for one in minutes])
    for name, (middle, swing) in CALM.items():
        tide = [middle + swing * math.sin(one / 240) + grain.normal(0, 0.4) for one in minutes]
        yield from _rows(name, times, tide)


def _rows(gauge_id: str, times: list[datetime], levels: list[float]) -> Iterator[ReadingRow]:
    for at, level in zip(times, levels, strict=True):
        yield ReadingRow(
            gauge_id=gauge_id, measured_at=at, level_cm=round(level, 1), quality="good", flags=(), spread_cm=0.6,
            samples=10, stage=None, node_id=NODE, received_at=at,
        )  # fmt: skip
