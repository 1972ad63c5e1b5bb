"""The broker, the database and the senders of the measurements of throughput, and the start of ingest on them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psycopg
from benchmarks.throughput.blaster import Blaster
from benchmarks.throughput.frames import site_node_names
from benchmarks.throughput.payloads import messages, payloads

from siaga_core.wire.topics import every_shard
from siaga_sim.demo.cloud import DATABASE, Cloud
from siaga_sim.demo.layout import fresh_layout
from siaga_sim.load.passwords import node_names
from siaga_sim.stack.broker import INGEST_USER
from siaga_sim.stack.child import wait_until

NODES = int(os.environ.get("SIAGA_THROUGHPUT_NODES", "100"))
EACH = int(os.environ.get("SIAGA_THROUGHPUT_EACH", "500"))
HANDOVER_SECONDS = 25.0  # a lease and two beats
PATIENCE_SECONDS = 60.0
RUN = Path(__file__).resolve().parents[2] / ".run" / "throughput"


@dataclass(slots=True)
class Bench:
    """Broker, database and the names of those who send; each measurement sends new messages, later than the last.

    `sender`: one more node, for events.
    """

    cloud: Cloud
    sender: str
    names: tuple[str, ...]
    at: datetime

    def payloads(self, each: int, *, readings: int = 1) -> dict[str, list[tuple[str, bytes]]]:
        """Messages that nobody has seen."""
        return payloads(messages(self.names, each=each, began_at=self.next_hours(), readings=readings))

    def next_hours(self) -> datetime:
        """When the messages of one more measurement begin."""
        self.at += timedelta(hours=2)
        return self.at

    def blaster(self, sent: dict[str, list[tuple[str, bytes]]], per_second: float | None = None) -> Blaster:
        """A sender of them."""
        return Blaster(
            port=self.cloud.broker.port, passwords=self.cloud.node_passwords, messages=sent, per_second=per_second
        )

    @property
    def url(self) -> str:
        """Of the cloud's database, as owner."""
        return self.cloud.postgres.url(DATABASE)

    @property
    def ingest_password(self) -> str:
        """Return the broker password of the subscriber."""
        return self.cloud.broker.logins[INGEST_USER]


@contextmanager
def throughput_bench(*, days: int = 2) -> Iterator[Bench]:
    """Broker, database and logins of the senders; the first messages are so many days old."""
    with ExitStack() as stack:
        layout = stack.enter_context(fresh_layout(RUN))
        *names, sender = node_names(NODES + 1)
        cloud = Cloud(layout=layout, nodes=(*names, sender, *site_node_names()), unowned="accept")
        stack.callback(cloud.stop)
        cloud.start_services()
        cloud.prepare()
        cloud.load_city()
        # Within what ingest takes for a right clock, and far enough from now for every measurement's hour.
        yield Bench(cloud, sender, tuple(names), datetime.now(UTC) - timedelta(days=days))


def start_ingest(bench: Bench, name: str, environment: Mapping[str, str] = MappingProxyType({})) -> None:
    """Start a replica and return once every replica serves its own shards only."""
    bench.cloud.start_program(name, environment)
    replicas = 1 + name.endswith("-2")
    wait_until(lambda: _share(bench) == replicas, seconds=PATIENCE_SECONDS, what="shards")
    # The broker has heard the subscriptions; and until a lease has passed the first serves what it gave up, too, so
    # that two do one and a half times the work.
    time.sleep(2 if replicas == 1 else HANDOVER_SECONDS)


def _share(bench: Bench) -> int:
    with psycopg.connect(bench.url) as conn:
        row: Any = conn.execute("SELECT count(DISTINCT replica), count(replica) FROM shard_lease").fetchone()
    return int(row[0]) if row[1] == len(every_shard()) else 0


def each_of(readings: int) -> int:
    """Messages of each node: as many as make runs of about the same length."""
    return EACH if readings == 1 else max(30, EACH * 4 // (readings + 4))
