"""A gauge, from its simulated firmware over the agent's runner and outbox into the cloud's store, on its own clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random

from siaga_cloud.ingest.queue import Delivery
from siaga_cloud.ingest.sorting import sort
from siaga_cloud.ingest.store.batches import store
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_core.rules.stage import StageLimits
from siaga_core.wire.messages import Place, Reading, SeqRange
from siaga_edge.adapters.sqlite_outbox import SqliteOutbox
from siaga_edge.gauge.batch import ReadingsBatch
from siaga_edge.gauge.quality import QualityLimits
from siaga_edge.gauge.registers import Sample, decode
from siaga_edge.gauge.runner import GaugeRunner, GaugeUnreachableError
from siaga_edge.gauge.watch import GaugeFacts, begin
from siaga_edge.outbox.budget import Budget
from siaga_edge.outbox.event_registry import EventRegistry
from siaga_edge.outbox.parcels import Lane, of_health, of_readings
from siaga_edge.status.health import health_fields
from siaga_sim.faults import GaugeFault
from siaga_sim.firmware import EchoSensor, Settings
from siaga_sim.gauges.modbus import GaugeDevice

HEALTH_SECONDS = 60
_POLL_SECONDS = 5
_CLEARANCE_MM = 2_400


class GaugeLine:
    """One gauge and its node. `run` lets time pass; what the node has to send reaches the cloud at each poll."""

    def __init__(
        self, conn: Connection, folder: Path, *, gauge: str, node: str, level_cm: float, began_at: datetime
    ) -> None:
        self._conn, self._media, self._mids = conn, MediaFolder(folder / "media"), count(1)
        self._node, self._began_at, self.seconds = node, began_at, 0
        mount_mm = round(level_cm * 10) + _CLEARANCE_MM
        sensor = EchoSensor(mount_mm=mount_mm, chance=Random(3), lost_share=0.0, spike_share=0.0)
        firmware = Settings(
            mount_mm=mount_mm, measure_every_seconds=5, calm_report_seconds=5, brisk_report_seconds=5,
            sensor_rest_seconds=5,
        )  # fmt: skip
        self.device = GaugeDevice(
            gauge, level_cm=lambda: level_cm, sensor=sensor, settings=firmware, clock=lambda: float(self.seconds)
        )
        budget = Budget(max_messages=10_000, max_bytes=10**9, min_free_bytes=0)
        self.outbox = SqliteOutbox(folder / "outbox", node=node, budget=budget, clock=self.now)
        self._batch = ReadingsBatch(self._store_readings, now=0)
        self._runner = GaugeRunner(
            self,
            _facts(gauge),
            begin(began_at),
            add=lambda reading: self._batch.add(reading, now=self.seconds),
            sink=EventRegistry(self.outbox, node),
        )

    def now(self) -> datetime:
        """The time of the line."""
        return self._began_at + timedelta(seconds=self.seconds)

    def run(self, seconds: int) -> None:
        """Let time pass, a second each time."""
        for _ in range(seconds):
            self.seconds += 1
            if self.device.body.wait_seconds() <= 0:
                self.device.body.wake()
            if self.seconds % HEALTH_SECONDS == 0:
                self._report_health()
            if self.seconds % _POLL_SECONDS == 0:
                self._runner.poll(self.now())
                self._batch.flush(now=self.seconds)
                self._send()

    def set_fault(self, fault: GaugeFault) -> None:
        """Break the device, or mend it with NONE."""
        self.device.set_fault(fault)

    def close(self) -> None:
        """Close the outbox."""
        self.outbox.close()

    # --- the source of the runner ---

    def read(self, now: datetime) -> Sequence[Sample]:
        """As the Modbus source: the registers, or no answer of a device that is cut."""
        registers = None if self.device.is_cut else self.device.registers()
        if registers is None:
            raise GaugeUnreachableError("no answer")
        sample = decode(registers)
        return () if sample is None else (sample,)

    def mark_read(self, sample: Sample) -> None:
        """Do nothing, because the device keeps no record of what was read."""

    def _store_readings(self, readings: Sequence[Reading]) -> None:
        self.outbox.save([of_readings(self._node, readings)])

    def _report_health(self) -> None:
        fields = health_fields(
            now=self.now(),
            began_at=self._began_at,
            outbox=self.outbox.health(),
            cameras=[],
            gauges=[self._runner.health()],
            interval_seconds=HEALTH_SECONDS,
        )
        self.outbox.save([of_health(self._node, at=self.now(), fields=dict(fields))])

    def _send(self) -> None:
        deliveries, ranges = [], []
        for seq in sorted(seq for lane in Lane for seq in self.outbox.after(lane, 0, 100)):
            queued = self.outbox.load(seq)
            assert queued is not None
            payload = queued.payload(sent_at=self.now(), late=False)
            deliveries.append(
                Delivery(epoch=1, mid=next(self._mids), topic=queued.topic, payload=payload, received_at=self.now())
            )
            ranges.append(SeqRange(first=seq, last=seq))
        with self._conn.transaction():
            result = store(self._conn, sort(deliveries), media=self._media, now=self.now())
        assert result.dead == 0
        self.outbox.acknowledge(self.outbox.outbox_id, ranges)


def _facts(gauge: str) -> GaugeFacts:
    return GaugeFacts(
        id=gauge,
        place=Place(lat=-6.2079, lon=106.84844),
        limits=StageLimits(s3_cm=750, s2_cm=850, s1_cm=950),
        hysteresis_cm=5,
        stale_seconds=30,
        datum_cm=0,
        quality=QualityLimits(
            min_cm=0, max_cm=1200, spike_cm=30, rate_cm_per_minute=25, spread_cm=10, stuck_seconds=36_000,
            stale_seconds=30,
        ),
    )  # fmt: skip
