"""`make growth MILLIONS=1,10`: what stays as fast while readings grow, what a million takes on disk, and dropping.

A thousand gauges, a reading each minute, back from now: 10 million are a week, 100 million ten weeks. One database
grows from size to size. At each: ingest's own storing of new batches, the pages through the API, every query of the
wall; then chunks are dropped while ingest stores. Writes .run/growth.json; ends with 1 where something is slower than
1.25 times what it was at the first size. 100 million take about 20 GB.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import bench_figures
from benchmarks.ending import leave_nothing_behind
from benchmarks.throughput.letters import letters, messages
from dashboards.ask import as_grafana, ask, choices, questions
from tests.support.http_api import Api, SettingsForTests, load_demo_city, serve
from tests.support.wall_seed import seed_wall

from siaga_cloud.db.connection import Connection, connect
from siaga_cloud.db.messages import prepare_stages
from siaga_cloud.db.migrate import migrate
from siaga_cloud.ingest.inbox import Delivery
from siaga_cloud.ingest.sort import sort
from siaga_cloud.ingest.store import store
from siaga_cloud.media import MediaFolder
from siaga_sim.stack.postgres import Postgres

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / ".run" / "growth.json"
GAUGES = 1000
BATCH = 500
BATCHES = 40
REQUESTS = 25
PANEL_TIMES = 3
FLAT = 1.25
PAGES = {
    "newest values": "/api/v1/gauges",
    "area": "/api/v1/areas/{area}/context",
    "gauge": "/api/v1/gauges/grow-1",
    "day of a gauge": "/api/v1/gauges/grow-1/readings",
    "summary": "/api/v1/summary",
}
_FILL = """
INSERT INTO reading (gauge_id, measured_at, level_cm, quality, spread_cm, samples, node_id, received_at)
SELECT 'grow-' || n, at, 200 + 100 * sin(extract(epoch FROM at) / 20000 + n), 'good', 0.3, 7, 'grow-' || n,
    at + interval '1 second'
FROM generate_series(%(from)s::timestamptz, %(to)s::timestamptz - interval '1 minute', interval '1 minute') AS at,
    generate_series(1, %(gauges)s) AS n
"""
# Boxes that gather ten readings in a message, so a tenth of the rows.
_MESSAGES = """
INSERT INTO message SELECT gen_random_uuid(), at, 'grow-' || n, 'readings', md5('grow-' || n)::uuid,
    extract(epoch FROM at)::bigint / 600, at, at + interval '1 second', false, 2900
FROM generate_series(%(from)s::timestamptz, %(to)s::timestamptz - interval '1 minute', interval '10 minutes') AS at,
    generate_series(1, %(gauges)s) AS n
"""
_HOURS = """
INSERT INTO reading_hourly SELECT gauge_id, date_trunc('hour', measured_at), count(*), count(*), sum(level_cm),
    min(level_cm), max(level_cm), min(level_cm), max(level_cm), now()
FROM reading WHERE measured_at >= %(from)s AND measured_at < %(to)s AND gauge_id LIKE 'grow-%%' GROUP BY 1, 2
ON CONFLICT (gauge_id, bucket) DO NOTHING
"""


def main() -> int:
    leave_nothing_behind()
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--millions", default="1,10")
    sizes = [float(word) for word in words.parse_args().millions.split(",")]
    found: dict[str, Any] = {"date": datetime.now(UTC).isoformat(timespec="seconds"), "sizes": {}}
    with _city() as (url, api):
        filled = datetime.now(UTC).replace(second=0, microsecond=0)
        newest = filled
        for size in sizes:
            filled = _grow(url, newest, filled, size)
            if size == sizes[0]:
                _measured(url, api, newest)  # programs and caches are cold, whatever the size
            found["sizes"][f"{size:g}"] = _measured(url, api, newest)
            _tell(size, found["sizes"][f"{size:g}"])
        found["drop_chunks"] = _dropping(url, newest)
    found["load"] = [round(one, 1) for one in os.getloadavg()]
    found["slower"] = _slower(list(found["sizes"].values()))
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps({key: found[key] for key in ("drop_chunks", "slower", "load")}, indent=1))
    return 1 if found["slower"] else 0


@contextmanager
def _city() -> Iterator[tuple[str, Api]]:
    with ExitStack() as stack:
        folder = stack.enter_context(bench_figures.disk_folder())
        server = Postgres(folder=folder / "cluster", durable=False)
        stack.callback(server.remove)  # it may lie elsewhere, where this folder is closed to its user
        stack.enter_context(server)
        url = server.create_database("growth")
        migrate(url)
        tokens = load_demo_city(url)
        seed_wall(url, days=3, cameras=40, nodes=20, past=True)
        with connect(url) as conn:
            conn.execute(
                "INSERT INTO gauge (id, name, lat, lon, area_id, s3_cm, s2_cm, s1_cm, stale_seconds)"
                " SELECT 'grow-' || n, 'Gauge ' || n, -6.1 - 0.25 * random(), 106.7 + 0.25 * random(),"
                " (SELECT id FROM area WHERE level = 'kelurahan' ORDER BY id LIMIT 1), 320, 340, 360, 86400"
                " FROM generate_series(1, %s) AS n",
                (GAUGES,),
            )
        api = stack.enter_context(serve(SettingsForTests(database_url=url, media_dir=folder / "media"), tokens))
        yield url, api


def _grow(url: str, newest: datetime, filled: datetime, millions: float) -> datetime:
    """Older readings, until there are so many; returns how far back they go."""
    oldest = newest - timedelta(minutes=millions * 1e6 / GAUGES)
    with connect(url, statement_timeout_seconds=7200) as conn:
        until = filled
        while until > oldest:
            since = max(oldest, until - timedelta(days=1))
            span = {"from": since, "to": until, "gauges": GAUGES}
            for statement in (_FILL, _MESSAGES, _HOURS):
                conn.execute(statement.encode(), span)
            conn.commit()
            until = since
        conn.autocommit = True
        conn.execute("VACUUM (ANALYZE)")
    return oldest


def _measured(url: str, api: Api, newest: datetime) -> dict[str, Any]:
    ingest = _ingest(url, newest)
    pages = {name: _page(api, path) for name, path in PAGES.items()}
    panels = _panels(url)
    with connect(url, statement_timeout_seconds=600) as conn:
        disk = conn.execute(
            "SELECT (SELECT count(*) FROM reading) AS readings, hypertable_size('reading') AS reading_bytes,"
            " hypertable_size('message') AS message_bytes, pg_total_relation_size('reading_hourly') AS hour_bytes"
        ).fetchone()
    millions = disk["readings"] / 1e6  # type: ignore[index]
    return {
        "readings": disk["readings"],  # type: ignore[index]
        "ingest_messages_per_second": round(ingest),
        "pages_p50_ms": pages,
        "panels": len(panels),
        "panels_p50_ms_sum": round(sum(panels), 1),
        "panels_p50_ms_worst": round(max(panels), 1),
        "mb_a_million_readings": round(disk["reading_bytes"] / 1e6 / millions, 1),  # type: ignore[index]
        "mb_of_messages_a_million_readings": round(disk["message_bytes"] / 1e6 / millions, 1),  # type: ignore[index]
        "mb_of_hours_a_million_readings": round(disk["hour_bytes"] / 1e6 / millions, 1),  # type: ignore[index]
    }


_turns = iter(range(1, 10_000))


def _ingest(url: str, newest: datetime, *, while_true: Callable[[], bool] | None = None) -> float:
    """Messages a second that ingest's own code sorts, stores and commits."""
    turn = next(_turns)
    names = [f"grow-{number}" for number in range(1, 101)]
    begun_at = newest + timedelta(seconds=turn * 61)
    made = letters(messages(names, each=BATCH * BATCHES // len(names), began_at=begun_at))
    now = datetime.now(UTC)
    given = [
        Delivery(epoch=1, mid=1, topic=topic, payload=payload, received_at=now)
        for batch in zip(*made.values(), strict=True)
        for topic, payload in batch
    ]
    media, done = MediaFolder(OUT.parent / "growth-media"), 0
    with connect(url) as conn:
        prepare_stages(conn)
        began = time.monotonic()
        for at in range(0, len(given), BATCH):
            _store(conn, given[at : at + BATCH], media, now)
            done += BATCH
            if while_true is not None and not while_true():
                break
        return done / (time.monotonic() - began)


def _store(conn: Connection, batch: list[Delivery], media: MediaFolder, now: datetime) -> None:
    with conn.transaction():
        store(conn, sort(batch), media=media, now=now)


def _page(api: Api, path: str) -> float:
    with connect(api.database_url) as conn:
        area: Any = conn.execute("SELECT id FROM area WHERE level = 'kelurahan' ORDER BY id LIMIT 1").fetchone()
    times = []
    with api.client() as client:
        for _ in range(REQUESTS):
            began = time.perf_counter()
            client.get(path.format(area=area["id"])).raise_for_status()
            times.append(1000 * (time.perf_counter() - began))
    return round(median(times[3:]), 1)


def _panels(url: str) -> list[float]:
    with as_grafana(url) as session:
        variables = choices(session)
        return [ask(session, one, variables, times=PANEL_TIMES).p50 for one in questions()]


def _dropping(url: str, newest: datetime) -> dict[str, Any]:
    """Ingest stores while what is older than three weeks is dropped: a day of a month ago at least."""
    old = newest - timedelta(days=30)
    with connect(url, statement_timeout_seconds=600) as conn:
        span = {"from": old, "to": old + timedelta(days=1), "gauges": GAUGES}
        conn.execute((_FILL.strip() + " ON CONFLICT DO NOTHING").encode(), span)
    before = _ingest(url, newest)
    taken: dict[str, Any] = {}

    def drop() -> None:
        with connect(url, statement_timeout_seconds=600) as conn:
            row: Any = conn.execute(
                "SELECT count(*) AS n FROM reading WHERE measured_at < now() - interval '21 days'"
            ).fetchone()
            began = time.monotonic()
            gone = conn.execute("SELECT drop_chunks('reading', now() - interval '21 days')").fetchall()
            conn.commit()
            taken.update(readings=row["n"], chunks=len(gone), seconds=round(time.monotonic() - began, 2))

    thread = threading.Thread(target=drop)
    thread.start()
    during = _ingest(url, newest)
    thread.join()
    return {"ingest_before": round(before), "ingest_during": round(during), **taken}


def _slower(sizes: list[dict[str, Any]]) -> list[str]:
    """What is more than a quarter slower than at the first size."""
    first, found = sizes[0], []
    for size in sizes[1:]:
        at = f"at {size['readings'] / 1e6:.0f} million"
        if size["ingest_messages_per_second"] * FLAT < first["ingest_messages_per_second"]:
            found.append(f"ingest {at}")
        found += [
            f"{name} {at}"
            for name, took in size["pages_p50_ms"].items()
            if took > FLAT * first["pages_p50_ms"][name] and took > 5
        ]
        if size["panels_p50_ms_sum"] > FLAT * first["panels_p50_ms_sum"]:
            found.append(f"panels {at}")
    return found


def _tell(size: float, told: dict[str, Any]) -> None:
    print(f"{size:g} million:", json.dumps(told), flush=True)


if __name__ == "__main__":
    sys.exit(main())
