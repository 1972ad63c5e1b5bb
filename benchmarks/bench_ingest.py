"""What one message costs the cloud: processor time of broker, ingest and database, and room on the disk.

The real ingest as a process, behind a real Mosquitto, over a database that syncs to disk; 12,000 messages of one
reading each, sent as fast as the broker takes them. Processor time is that of the processes themselves, so that other
work on the machine changes little. The baseline stores the same readings as a plain script would: a row a commit.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psutil
from benchmarks.bench_figures import disk_folder
from benchmarks.figure import Figure
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from siaga_cloud.operations.service import upkeep
from siaga_cloud.platform.db.connection import Connection, connect
from siaga_cloud.platform.db.migrate import migrate
from siaga_core.wire import codec, topics
from siaga_core.wire.ids import uuid7
from siaga_core.wire.messages import Reading, ReadingsMessage
from siaga_sim.stack.broker import INGEST_USER, Broker
from siaga_sim.stack.child import Child, wait_until
from siaga_sim.stack.postgres import Postgres

NODE, PASSWORD = "node-of-many", "word-of-the-node"
GAUGES, EACH, WARM_UP = 1000, 12, 1
NAIVE = 1000
EVERY = timedelta(minutes=1)
SECONDS = 120.0


def figures() -> Iterable[Figure]:
    """Milliseconds of one core a message, bytes a message."""
    logins = {NODE: PASSWORD, INGEST_USER: "word-of-ingest"}
    with (
        disk_folder() as folder,
        Postgres(folder=folder / "cluster") as server,
        Broker(folder=folder / "broker", logins=logins) as broker,
    ):
        url = server.create_database("ingest")
        migrate(url)
        with connect(url) as conn:
            conn.execute(
                "INSERT INTO gauge (id, name, lat, lon) SELECT 'gauge-' || lpad(n::text, 4, '0'), 'g', -6.2, 106.8"
                " FROM generate_series(0, %s) AS n",
                (GAUGES - 1,),
            )
        environment = {
            "SIAGA_DATABASE_URL": url, "SIAGA_BROKER_PORT": str(broker.port), "SIAGA_BROKER_USERNAME": INGEST_USER,
            "SIAGA_BROKER_PASSWORD": logins[INGEST_USER], "SIAGA_MEDIA_DIR": str(folder / "media"),
        }  # fmt: skip
        program = str(Path(sys.executable).with_name("siaga-cloud"))
        log = folder / "ingest.log"
        with Child(name="ingest", argv=[program, "ingest"], log=log, env=environment) as ingest:
            ingest.wait_for(lambda: "connected to the broker" in ingest.tail(), seconds=60)
            yield from _figures(server, broker, ingest, url)
        broker.remove()


def _figures(server: Postgres, broker: Broker, ingest: Child, url: str) -> Iterable[Figure]:
    began = datetime.now(UTC) - (WARM_UP + EACH) * EVERY
    outbox = uuid4()
    with connect(url) as conn:
        _send(broker, _payloads(outbox, range(WARM_UP), began), conn)
        payloads, size = _payloads(outbox, range(WARM_UP, WARM_UP + EACH), began), _size(conn)
        before = [processor_seconds(child) for child in (broker.child, ingest, server.child)]
        started = time.monotonic()
        _send(broker, payloads, conn)
        elapsed = time.monotonic() - started
        spent = [
            processor_seconds(child) - was
            for child, was in zip((broker.child, ingest, server.child), before, strict=True)
        ]
        size, many = _size(conn) - size, len(payloads)
        up = time.process_time() + processor_seconds(server.child)
        while upkeep.roll_up(conn, now=datetime.now(UTC)):
            conn.commit()
        conn.commit()
        up = time.process_time() + processor_seconds(server.child) - up
    naive = _naive(server, url, began)
    at_broker, at_ingest, at_server = (1000 * one / many for one in spent)
    yield Figure(name="ingest: messages a second of one replica, all on this machine", value=many / elapsed, unit="1/s")
    yield Figure(name="ingest: the broker's processor time a message", value=at_broker, unit="ms")
    yield Figure(name="ingest: its own processor time a message", value=at_ingest, unit="ms")
    yield Figure(
        name="ingest: the database's processor time a message, against a row a commit",
        value=at_server, baseline=naive, unit="ms", target=1.0, at_most=True,
    )  # fmt: skip
    yield Figure(name="rollups: processor time a reading, worker and database", value=1000 * up / many, unit="ms")
    yield Figure(name="ingest: disk a message of one reading, with indexes", value=size / many, unit="bytes")


def _payloads(outbox: UUID, rounds: range, began: datetime) -> list[bytes]:
    found = []
    for number in rounds:
        for gauge in range(GAUGES):
            at = began + number * EVERY
            level = 200 + (gauge * 37 + number * 11) % 90 / 10
            message = ReadingsMessage(
                id=uuid7(at), node=NODE, outbox_id=outbox, seq=number * GAUGES + gauge + 1, measured_at=at, sent_at=at,
                readings=(Reading(gauge=f"gauge-{gauge:04d}", measured_at=at, level_cm=level),),
            )  # fmt: skip
            found.append(codec.encode(message))
    return found


def _send(broker: Broker, payloads: list[bytes], conn: Connection) -> None:
    """Returns once all of them are stored."""
    client = Client(CallbackAPIVersion.VERSION2, client_id=NODE)
    client.username_pw_set(NODE, PASSWORD)
    client.max_queued_messages_set(0)
    client.max_inflight_messages_set(500)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    wanted = _stored(conn) + len(payloads)
    for payload in payloads:
        client.publish(topics.up(NODE, topics.UpStream.READINGS), payload, qos=1)
    wait_until(lambda: _stored(conn) >= wanted, seconds=SECONDS, what="all stored")
    client.disconnect()
    client.loop_stop()


def _stored(conn: Connection) -> int:
    row = conn.execute("SELECT coalesce(sum(stored), 0)::int AS n FROM node_ledger").fetchone()
    conn.commit()
    return int(row["n"]) if row else 0


def _naive(server: Postgres, url: str, began: datetime) -> float:
    """Milliseconds of the server a reading."""
    with connect(url) as conn:
        conn.execute("CREATE TABLE plain (gauge text, at timestamptz, level double precision, PRIMARY KEY (gauge, at))")
        conn.commit()
        before = processor_seconds(server.child)
        for number in range(NAIVE):
            at = began + timedelta(seconds=number)
            conn.execute("INSERT INTO plain VALUES (%s, %s, %s)", (f"gauge-{number % GAUGES:04d}", at, 2.0))
            conn.commit()
        return 1000 * (processor_seconds(server.child) - before) / NAIVE


def processor_seconds(child: Child | None) -> float:
    """Processor time of a program and its processes so far; those that ended are counted by their parent."""
    if child is None:
        return 0.0
    parent = psutil.Process(child.pid)
    seconds = 0.0
    for process in [parent, *parent.children(recursive=True)]:
        spent = process.cpu_times()
        seconds += spent.user + spent.system
    ended = parent.cpu_times()
    return float(seconds + ended.children_user + ended.children_system)


def _size(conn: Connection) -> int:
    row = conn.execute("SELECT sum(size_bytes)::bigint AS n FROM dashboards.table_size").fetchone()
    conn.commit()
    return int(row["n"]) if row else 0
