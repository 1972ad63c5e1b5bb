"""Signals taken into incidents per second, with a thousand, a hundred thousand and a million incidents stored.

Each size is a database of its own; they take a signal in turn, because a busy machine is not the same a minute later.
2 % of the stored incidents are open, the rest lies up to two years back; all are spread over the city. A sixth of the
new signals fall beside an open incident, the others anywhere, half of them beside one another. The server does not
sync to disk, so that what is compared is the work and not the disk.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean, median
from uuid import UUID

from benchmarks.figure import Figure

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.incidents.store import incidents as db_incidents
from siaga_cloud.platform.db.connection import Connection, connect
from siaga_cloud.platform.db.migrate import migrate
from siaga_cloud.signals import store as signals
from siaga_cloud.signals.store import SignalRow
from siaga_cloud.wiring import register_ports
from siaga_core.wire.ids import uuid7
from siaga_sim.stack.postgres import Postgres

# Fewer for a quick look: SIAGA_FUSION_SIZES=1000,10000.
register_ports()
SIZES = tuple(int(one) for one in os.environ.get("SIAGA_FUSION_SIZES", "1000,100000,1000000").split(","))
OPEN_SHARE = 0.02
SIGNALS, WARM_UP, STORM = 500, 50, 240
BESIDE_OPEN = 20  # as many as the smallest size has, so that the mix is the same at each
WORKERS = 4
FLAT = 0.8
NOW = datetime(2026, 1, 15, 8, tzinfo=UTC)
SOUTH, WEST, HEIGHT, WIDTH = -6.36, 106.69, 0.26, 0.28
_CITY = {"south": SOUTH, "west": WEST, "height": HEIGHT, "width": WIDTH}
# Beside the repository and not in /tmp, which may be memory.
DISK = Path(__file__).resolve().parents[1] / ".run"
# The newest are the open ones, as in a city that keeps up with its work. Each closed one had its task.
_FILL = """
    CREATE TEMP TABLE filling AS
    SELECT gen_random_uuid() AS incident_id, gen_random_uuid() AS signal_id, 'citizen:' || number %% 5000 AS source,
        (ARRAY['flooding', 'trash', 'illegal_parking', 'pothole'])[1 + number %% 4] AS category,
        %(south)s + random() * %(height)s AS lat, %(west)s + random() * %(width)s AS lon, number <= %(open)s AS is_open,
        %(now)s::timestamptz - CASE WHEN number <= %(open)s THEN random() * interval '90 minutes'
            ELSE interval '4 days' + random() * interval '720 days' END AS at
    FROM generate_series(1, %(size)s) AS number
"""
_COPY = """
    INSERT INTO signal (id, kind, category, source_key, confidence, severity, lat, lon, began_at, last_at,
        measured_at, received_at, processed_revision)
    SELECT signal_id, 'report', category, source, 1, 'minor', lat, lon, at, at, at, at, 1 FROM filling;
    INSERT INTO incident (id, category, state, severity, confidence, lat, lon, began_at, last_signal_at, created_at,
        updated_at, closed_at)
    SELECT incident_id, category, CASE WHEN is_open THEN 'open' ELSE 'closed' END, 'minor', 0.4, lat, lon, at, at, at,
        at, CASE WHEN is_open THEN NULL ELSE at + interval '3 hours' END FROM filling;
    INSERT INTO incident_member (incident_id, signal_id, source_key, reliability, confidence, weight, joined_at)
    SELECT incident_id, signal_id, source, 0.4, 1, 0.4, at FROM filling;
    INSERT INTO task (id, incident_id, category, state, priority, severity, lat, lon, caused_at, created_at,
        updated_at, acknowledge_by, first_action_by, resolve_by, finished_at)
    SELECT gen_random_uuid(), incident_id, category, 'dismissed', 3, 'minor', lat, lon, at, at, at, at, at, at, at
    FROM filling WHERE NOT is_open;
    INSERT INTO task_fact SELECT * FROM task_fact_now;
    INSERT INTO source_reliability (source_key, confirmed, refuted, updated_at)
    SELECT source, count(*) %% 7, count(*) %% 3, max(at) FROM filling GROUP BY source
""".replace("%%", "%")


def figures() -> Iterator[Figure]:
    """Signals a second at every size, against the smallest; four workers in a storm, by cell against by category."""
    with _server() as server:
        databases = {size: _filled(server, size) for size in SIZES}
        speeds = _measure(databases)
        least = SIZES[0]
        yield Figure(name=f"fusion.taken_at_{least}", value=speeds[least], unit="/s")
        for size in SIZES[1:]:
            yield Figure(
                name=f"fusion.taken_at_{size}", value=speeds[size], unit="/s", baseline=speeds[least], target=FLAT
            )
        yield _workers(databases[SIZES[-1]])


@contextmanager
def _server() -> Iterator[Postgres]:
    DISK.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=DISK, prefix="fusion-"))
    server = Postgres(folder=folder / "cluster", durable=False)
    try:
        with server:
            yield server
    finally:
        # The cluster may lie elsewhere, where this folder is closed to the user that runs the server.
        for left in (server.folder, folder):
            shutil.rmtree(left, ignore_errors=True)


def _filled(server: Postgres, size: int) -> str:
    url = server.create_database(f"fusion_{size}")
    migrate(url)
    with connect(url, statement_timeout_seconds=3600) as conn:
        conn.execute("SELECT setseed(0.5)")
        conn.execute(_FILL, {"open": int(size * OPEN_SHARE), "size": size, "now": NOW, **_CITY})
        # What is made here holds together; without checking each key and a trigger for each row it takes half the time.
        conn.execute("SET LOCAL session_replication_role = replica")
        conn.execute("DROP INDEX signal_spot")
        conn.execute(_COPY.encode())
        conn.execute("CREATE INDEX signal_spot ON signal USING gist (spot)")  # sorted, much sooner than row by row
    with connect(url, statement_timeout_seconds=3600) as conn:
        conn.autocommit = True
        conn.execute("VACUUM (ANALYZE)")
    return url


def _measure(databases: dict[int, str]) -> dict[int, float]:
    """One signal at each size in turn, so that whatever else the machine does slows all of them alike."""
    areas = {size: AreaLookup() for size in databases}
    seconds: dict[int, list[float]] = {size: [] for size in databases}
    with contextlib.ExitStack() as stack:
        conns = {size: stack.enter_context(connect(url)) for size, url in databases.items()}
        waiting = {size: _new_signals(conn, random.Random(1)) for size, conn in conns.items()}
        for turn in range(SIGNALS):
            sizes = list(conns)
            first = turn % len(sizes)  # each in turn, so that none is always the one after the largest
            for size in sizes[first:] + sizes[:first]:
                conn = conns[size]
                began = time.perf_counter()
                incidents.process_signal(conn, waiting[size][turn], areas=areas[size], now=NOW)
                conn.commit()
                seconds[size].append(time.perf_counter() - began)
    return {size: 1 / _usual(times[WARM_UP:]) for size, times in seconds.items()}


def _usual(times: list[float]) -> float:
    """The mean of the middle half: the rest is what the machine did meanwhile, not what was asked of it."""
    quarter = len(times) // 4
    return mean(sorted(times)[quarter:-quarter])


def _new_signals(conn: Connection, chance: random.Random) -> list[UUID]:
    rows = conn.execute(
        "SELECT category, lat, lon FROM incident WHERE state = 'open' AND created_at < %s ORDER BY id LIMIT %s",
        (NOW, BESIDE_OPEN),
    ).fetchall()
    spots = [(row["category"], row["lat"] + 0.0001, row["lon"]) for row in rows] * 4
    while len(spots) < SIGNALS:
        lat, lon = SOUTH + chance.random() * HEIGHT, WEST + chance.random() * WIDTH
        spots.append(("flooding", lat, lon))
        if len(spots) % 2:
            spots.append(("flooding", lat + 0.0005, lon))
    chance.shuffle(spots)
    made = [_signal(category, lat, lon, chance) for category, lat, lon in spots[:SIGNALS]]
    signals.save(conn, made)
    conn.commit()
    return [one.id for one in made]


def _signal(category: str, lat: float, lon: float, chance: random.Random) -> SignalRow:
    at = NOW - timedelta(minutes=chance.random() * 30)
    return SignalRow(
        id=uuid7(at), kind="report", category=category, source_key=f"citizen:{chance.randrange(5000)}", confidence=1.0,
        severity="minor", lat=lat, lon=lon, began_at=at, last_at=at, ended_at=None, measured_at=at, received_at=at,
        note="",
    )  # fmt: skip


def _workers(url: str) -> Figure:
    """Four workers in a storm of one category: cells of the city in turn, against the whole category in turn."""
    by_cell, by_category = [], []
    cells = db_incidents.lock_cells
    for turn in range(2):
        by_cell.append(_storm(url, 1000 + turn))
        db_incidents.lock_cells = _whole_category
        try:
            by_category.append(_storm(url, 2000 + turn))
        finally:
            db_incidents.lock_cells = cells
    return Figure(
        name="fusion.four_workers", value=median(by_cell), unit="/s", baseline=median(by_category), target=0.9
    )


def _whole_category(conn: Connection, category: str, cells: Iterable[tuple[int, int]]) -> None:
    """The simpler lock that the cells are compared with."""
    db_incidents.lock_category(conn, category)


def _storm(url: str, seed: int) -> float:
    with connect(url) as conn:
        chance = random.Random(seed)
        made = [
            _signal("flooding", SOUTH + chance.random() * HEIGHT, WEST + chance.random() * WIDTH, chance)
            for _ in range(STORM)
        ]
        signals.save(conn, made)
    began = time.perf_counter()
    threads = [threading.Thread(target=_taker(url, made[start::WORKERS])) for start in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(made) / (time.perf_counter() - began)


def _taker(url: str, mine: list[SignalRow]) -> Callable[[], None]:
    def work() -> None:
        areas = AreaLookup()
        with connect(url) as conn:
            for one in mine:
                incidents.process_signal(conn, one.id, areas=areas, now=NOW)
                conn.commit()

    return work
