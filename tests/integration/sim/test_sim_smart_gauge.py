"""A gauge that speaks MQTT by itself, against a real broker that is killed: nothing is lost but what it counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic

from tests.support.edge.io import FakeCloud, wait_for

from siaga_core.wire.messages import Quality
from siaga_sim.firmware import DeviceReading
from siaga_sim.gauges.smart import Account, SmartGauge
from siaga_sim.stack.broker import INGEST_USER, Broker

NODE = "node-a"


def reading(number: int, level_mm: int | None) -> DeviceReading:
    return DeviceReading(
        number=number,
        level_mm=level_mm,
        taken_at=0.0,
        spread_mm=3,
        valid=7,
        report_seconds=60,
        battery_mv=4000,
        sensor_fault=level_mm is None,
    )


def smart_gauge(broker: Broker, passwords: dict[str, str], room: int = 256) -> SmartGauge:
    account = Account(host="127.0.0.1", port=broker.port, node=NODE, password=passwords[NODE])
    return SmartGauge("manggarai", account, clock=lambda: datetime.now(UTC), room=room, again_after_seconds=1.0)


def ticking(gauge: SmartGauge, what: Callable[[], bool]) -> Callable[[], bool]:
    def tick() -> bool:
        gauge.tick(now=monotonic())
        return what()

    return tick


def test_readings_arrive_once_a_broker_that_died_is_back(
    new_broker: Callable[[], Broker], passwords: dict[str, str]
) -> None:
    broker = new_broker()
    gauge = smart_gauge(broker, passwords)
    gauge.start()
    with FakeCloud(broker, passwords[INGEST_USER]) as cloud:
        gauge.add_reading(reading(1, 7500))
        gauge.add_reading(reading(2, None))
        wait_for(ticking(gauge, lambda: gauge.waiting == 0))
        broker.kill()
        for number in range(3, 23):
            gauge.add_reading(reading(number, 7500 + number))
            gauge.tick(now=monotonic())
        broker.start()
        wait_for(ticking(gauge, lambda: gauge.waiting == 0), seconds=30)
        assert cloud.seqs() == set(range(1, 23))
        # In order of number: the cloud may have come too late for the first copies.
        first, second = cloud.readings_sequenced("manggarai")[:2]
    gauge.stop()
    assert (first.level_cm, first.quality) == (750.0, Quality.GOOD)
    assert (second.level_cm, second.quality, second.flags) == (None, Quality.MISSING, ("sensor_fault",))


def test_a_full_ring_drops_the_oldest_and_reports_how_many(
    new_broker: Callable[[], Broker], passwords: dict[str, str]
) -> None:
    broker = new_broker()
    gauge = smart_gauge(broker, passwords, room=10)
    for number in range(1, 26):
        gauge.add_reading(reading(number, 100))
    assert (gauge.waiting, gauge.evicted) == (10, 15)
    gauge.report_health(powered_seconds=60.0)
    gauge.start()
    with FakeCloud(broker, passwords[INGEST_USER]) as cloud:
        wait_for(ticking(gauge, lambda: gauge.waiting == 0))
        seqs = cloud.seqs(gauge.outbox_id)
    gauge.stop()
    assert seqs == set(range(17, 27))
    assert len(seqs) + gauge.evicted == 26
