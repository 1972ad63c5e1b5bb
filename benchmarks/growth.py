"""`make growth MILLIONS=1,10`: what stays as fast while readings grow, what a million takes on disk, and dropping.

A thousand gauges, a reading each minute, back from now: 10 million are a week, 100 million ten weeks. Two databases of
one server: one stays at the first size, the other grows from size to size. At each size both are asked in turns, so
that what else the machine does slows both: ingest's own storing of new batches, the pages through the API, every query
of the dashboards. Then chunks are dropped while ingest stores. Writes .run/growth.json; ends with 1 where something
takes more than 1.25 times as long as in the small database. Of each thing's times the lower quartile is compared, which
other work on the machine disturbs least; the medians are told. 100 million take about 20 GB.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import bench_figures
from benchmarks.ending import leave_nothing_behind
from benchmarks.throughput.payloads import messages, payloads
from dashboards.query_times import as_grafana, choices, questions, run_query
from tests.support.dashboards_seed import seed_dashboards
from tests.support.http_api import Api, SettingsForTests, load_demo_city, serve

from siaga_cloud.ingest.policy import IngestPolicy
from siaga_cloud.ingest.queue import Delivery
from siaga_cloud.ingest.sorting import sort
from siaga_cloud.ingest.store.batches import store
from siaga_cloud.ingest.store.messages import prepare_stages
from siaga_cloud.platform.db.connection import Connection, connect
from siaga_cloud.platform.db.migrate import migrate
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_sim.stack.postgres import Postgres

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / ".run" / "growth.json"
GAUGES = 1000
BATCH = 500
BATCHES = 40
REQUESTS = 43
COLD_REQUESTS = 3
PANEL_TIMES = 7
FLAT = 1.25
REPORTABLE_MS = 1.0
PAGES = {
    "newest values": "/api/v1/gauges",
    "area": "/api/v1/areas/{area}/context",
    "gauge": "/api/v1/gauges/grow-1",
    "newest 500 of a gauge": "/api/v1/gauges/grow-1/readings?limit=500",
    "summary": "/api/v1/summary",
}
Times = dict[str, list[float]]

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
_OLD = "SELECT count(*) AS n FROM reading WHERE measured_at < now() - interval '21 days'"


@dataclass(slots=True)
class City:
    """A database with a thousand gauges, its pages, and what was given to it so far."""

    url: str
    api: Api
    newest: datetime
    filled: datetime
    times: Times = field(default_factory=lambda: defaultdict(list))

    def elapsed(self, what: str, seconds: float) -> None:
        """Notes how long something took."""
        self.times[what].append(1000 * seconds)

    def p50_ms(self, what: str) -> float:
        """The middle of what was noted."""
        return median(self.times[what])

    def p25_ms(self, what: str) -> float:
        """The lower quartile of what was noted."""
        return quantiles(self.times[what], n=4, method="inclusive")[0]


def main() -> int:
    leave_nothing_behind()
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--millions", default="1,10")
    sizes = [float(word) for word in words.parse_args().millions.split(",")]
    found: dict[str, Any] = {"date": datetime.now(UTC).isoformat(timespec="seconds"), "sizes": {}}
    with _cities() as (small, grown):
        _grow(small, sizes[0])
        for size in sizes:
            _grow(grown, size)
            if size == sizes[0]:
                _measured(small, grown)  # programs and caches are cold, whatever the size
            found["sizes"][f"{size:g}"] = _measured(small, grown)
            _print_summary(size, found["sizes"][f"{size:g}"])
        found["drop_chunks"] = _dropping(grown)
    found["load"] = [round(one, 1) for one in os.getloadavg()]
    found["slower"] = [f"{what} at {size} million" for size, one in found["sizes"].items() for what in one["slower"]]
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps({key: found[key] for key in ("drop_chunks", "slower", "load")}, indent=1))
    return 1 if found["slower"] else 0


@contextmanager
def _cities() -> Iterator[tuple[City, City]]:
    with ExitStack() as stack:
        folder = stack.enter_context(bench_figures.disk_folder())
        server = Postgres(folder=folder / "cluster", durable=False)
        stack.callback(server.remove)  # it may lie elsewhere, where this folder is closed to its user
        stack.enter_context(server)
        small, grown = (_city(stack, server.create_database(name), folder / name) for name in ("small", "grown"))
        yield small, grown


def _city(stack: ExitStack, url: str, media_dir: Path) -> City:
    migrate(url)
    tokens = load_demo_city(url)
    seed_dashboards(url, days=3, cameras=40, nodes=20, past=True)
    with connect(url) as conn:
        conn.execute(
            "INSERT INTO gauge (id, name, lat, lon, area_id, s3_cm, s2_cm, s1_cm, stale_seconds)"
            " SELECT 'grow-' || n, 'Gauge ' || n, -6.1 - 0.25 * random(), 106.7 + 0.25 * random(),"
            " (SELECT id FROM area WHERE level = 'kelurahan' ORDER BY id LIMIT 1), 320, 340, 360, 86400"
            " FROM generate_series(1, %s) AS n",
            (GAUGES,),
        )
    api = stack.enter_context(serve(SettingsForTests(database_url=url, media_dir=media_dir), tokens))
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    return City(url, api, newest=now, filled=now)


def _grow(city: City, millions: float) -> None:
    """Older readings, until there are so many."""
    oldest = city.newest - timedelta(minutes=millions * 1e6 / GAUGES)
    with connect(city.url, statement_timeout_seconds=7200) as conn:
        while city.filled > oldest:
            since = max(oldest, city.filled - timedelta(days=1))
            span = {"from": since, "to": city.filled, "gauges": GAUGES}
            for statement in (_FILL, _MESSAGES, _HOURS):
                conn.execute(statement.encode(), span)
            conn.commit()
            city.filled = since
        conn.autocommit = True
        conn.execute("VACUUM (ANALYZE)")


def _measured(small: City, grown: City) -> dict[str, Any]:
    for city in (small, grown):
        city.times.clear()
    _ingest(small, grown)
    _pages(small, grown)
    panels = _panels(small, grown)
    ratios = {what: round(grown.p25_ms(what) / small.p25_ms(what), 2) for what in ("ingest", *PAGES)}
    ratios["panels"] = round(sum(map(grown.p25_ms, panels)) / sum(map(small.p25_ms, panels)), 2)
    return {
        "ratio_to_small": ratios,
        "slower": [what for what, ratio in ratios.items() if ratio > FLAT],
        "ingest_messages_per_second": [round(1000 * BATCH / city.p50_ms("ingest")) for city in (small, grown)],
        "pages_p50_ms": {name: [round(city.p50_ms(name), 1) for city in (small, grown)] for name in PAGES},
        "panels": len(panels),
        "panels_p50_ms_sum": [round(sum(map(city.p50_ms, panels)), 1) for city in (small, grown)],
        "panels_p50_ms_worst": [round(max(map(city.p50_ms, panels)), 1) for city in (small, grown)],
        "panels_that_grow": {
            name: [round(city.p25_ms(name), 1) for city in (small, grown)]
            for name in panels
            if grown.p25_ms(name) > FLAT * small.p25_ms(name) + REPORTABLE_MS
        },
        **_disk(grown),
    }


def _disk(city: City) -> dict[str, Any]:
    with connect(city.url, statement_timeout_seconds=600) as conn:
        disk: Any = conn.execute(
            "SELECT (SELECT count(*) FROM reading) AS readings, hypertable_size('reading') AS reading_bytes,"
            " hypertable_size('message') AS message_bytes, pg_total_relation_size('reading_hourly') AS hour_bytes"
        ).fetchone()
    millions = disk["readings"] / 1e6
    return {
        "readings": disk["readings"],
        "mb_a_million_readings": round(disk["reading_bytes"] / 1e6 / millions, 1),
        "mb_of_messages_a_million_readings": round(disk["message_bytes"] / 1e6 / millions, 1),
        "mb_of_hours_a_million_readings": round(disk["hour_bytes"] / 1e6 / millions, 1),
    }


_turns = iter(range(1, 10_000))


def _ingest(*cities: City, while_true: Callable[[], bool] = lambda: True) -> None:
    """Ingest's own code sorts, stores and commits new batches, in each city in turn."""
    begun_at = cities[0].newest + timedelta(seconds=next(_turns) * 61)
    names = [f"grow-{number}" for number in range(1, 101)]
    made = payloads(messages(names, each=BATCH * BATCHES // len(names), began_at=begun_at))
    now, media = datetime.now(UTC), MediaFolder(OUT.parent / "growth-media")
    given = [
        Delivery(epoch=1, mid=1, topic=topic, payload=payload, received_at=now)
        for batch in zip(*made.values(), strict=True)
        for topic, payload in batch
    ]
    with ExitStack() as stack:
        conns = [stack.enter_context(connect(city.url)) for city in cities]
        for conn in conns:
            prepare_stages(conn)
            conn.commit()
        for at in range(0, len(given), BATCH):
            for city, conn in zip(cities, conns, strict=True):
                began = time.monotonic()
                _store(conn, given[at : at + BATCH], media, now)
                city.elapsed("ingest", time.monotonic() - began)
            if not while_true():
                break


def _store(conn: Connection, batch: list[Delivery], media: MediaFolder, now: datetime) -> None:
    with conn.transaction():
        store(conn, sort(batch), media=media, now=now, policy=IngestPolicy(unowned="accept"))


def _pages(*cities: City) -> None:
    with connect(cities[0].url) as conn:
        area: Any = conn.execute("SELECT id FROM area WHERE level = 'kelurahan' ORDER BY id LIMIT 1").fetchone()
    with ExitStack() as stack:
        clients = [stack.enter_context(city.api.client()) for city in cities]
        for name, path in PAGES.items():
            for number in range(REQUESTS):
                for city, client in zip(cities, clients, strict=True):
                    began = time.perf_counter()
                    client.get(path.format(area=area["id"])).raise_for_status()
                    if number >= COLD_REQUESTS:
                        city.elapsed(name, time.perf_counter() - began)


def _panels(*cities: City) -> list[str]:
    """Every query of the dashboards, in each city in turn; returns their names."""
    names = []
    with ExitStack() as stack:
        sessions = [stack.enter_context(as_grafana(city.url)) for city in cities]
        variables = [choices(session) for session in sessions]
        for number, question in enumerate(questions()):
            names.append(f"{number} {question.dashboard}: {question.panel}")
            for _ in range(PANEL_TIMES):
                for city, session, chosen in zip(cities, sessions, variables, strict=True):
                    city.elapsed(names[-1], run_query(session, question, chosen, times=1).p50 / 1000)
    return names


def _dropping(city: City) -> dict[str, Any]:
    """Ingest stores while what is older than three weeks is dropped: a day of a month ago at least."""
    old = city.newest - timedelta(days=30)
    with connect(city.url, statement_timeout_seconds=600) as conn:
        span = {"from": old, "to": old + timedelta(days=1), "gauges": GAUGES}
        conn.execute((_FILL.strip() + " ON CONFLICT DO NOTHING").encode(), span)
        row: Any = conn.execute(_OLD).fetchone()
    measured: dict[str, Any] = {"before": _alone(city), "readings": row["n"]}

    def drop() -> None:
        with connect(city.url, statement_timeout_seconds=600) as conn:
            began = time.monotonic()
            gone = conn.execute("SELECT drop_chunks('reading', now() - interval '21 days')").fetchall()
            conn.commit()
            measured.update(chunks=len(gone), seconds=round(time.monotonic() - began, 2))

    thread = threading.Thread(target=drop)
    thread.start()
    measured["meanwhile"] = _alone(city)
    thread.join()
    return measured


def _alone(city: City) -> dict[str, float]:
    """How fast ingest stores, and its slowest batch."""
    city.times.pop("ingest", None)
    _ingest(city)
    return {
        "ingest_messages_per_second": round(1000 * BATCH / city.p50_ms("ingest")),
        "slowest_batch_ms": round(max(city.times["ingest"])),
    }


def _print_summary(size: float, reported: dict[str, Any]) -> None:
    print(f"{size:g} million:", json.dumps(reported), flush=True)


if __name__ == "__main__":
    sys.exit(main())
