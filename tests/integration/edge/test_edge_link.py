"""The node's MQTT connection and its gauges against the real things: a broker that refuses, firmware that measures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

import pytest
from pydantic import SecretStr
from tests.support.edge.io import scripted_gauge, wait_for

from siaga_edge.adapters.modbus_bus import tcp_bus
from siaga_edge.adapters.modbus_gauge import ModbusGauge
from siaga_edge.adapters.mqtt_link import BrokerAddress, MqttLink
from siaga_edge.gauge.registers import Sample
from siaga_edge.gauge.runner import GaugeUnreachableError
from siaga_edge.outbox.sender_inbox import SenderInbox
from siaga_sim.firmware import EchoSensor, Settings
from siaga_sim.gauges import GaugeDevice, serve_gauges
from siaga_sim.stack.broker import Broker
from siaga_sim.stack.ports import free_port

NODE = "node-c"


def now() -> datetime:
    return datetime.now(UTC)


def link_to(port: int, password: str) -> MqttLink:
    address = BrokerAddress(host="127.0.0.1", port=port, username=NODE, password=SecretStr(password))
    return MqttLink(NODE, address, software="test", clock=now, receiver=SenderInbox())


def test_a_wrong_password_is_logged_once_and_never_shown(broker: Broker, caplog: pytest.LogCaptureFixture) -> None:
    link = link_to(broker.port, "wr0ng")
    link._backoff.most_seconds = 0.05
    link.start()
    wait_for(lambda: link._backoff.tries >= 3)
    assert not link.is_up()
    link.stop()
    message = [record.getMessage() for record in caplog.records]
    assert message == [f"broker 127.0.0.1:{broker.port}: login rejected: Not authorized"]
    assert "wr0ng" not in repr(link._address)


def test_a_link_comes_up_by_itself_once_there_is_a_broker(
    new_broker: Callable[[], Broker], passwords: dict[str, str]
) -> None:
    broker = new_broker()
    broker.kill()
    link = link_to(broker.port, passwords[NODE])
    link.start()
    assert not link.publish("siaga/v1/s00/x/up/health", b"{}", token=1)
    broker.start()
    wait_for(link.is_up)
    link.stop()


def test_a_gauge_that_ends_its_connection_is_queried_again(caplog: pytest.LogCaptureFixture) -> None:
    with scripted_gauge() as reported:
        gauge = ModbusGauge(tcp_bus("127.0.0.1", reported.port), unit=1)
        assert gauge.read(now()) == ()  # it has not measured yet
        reported.set_level(123.4)
        (sample,) = gauge.read(now())
        assert sample.level_cm == 123.4
        reported.hush()
        with pytest.raises(GaugeUnreachableError):
            gauge.read(now())
        reported.speak()
        reported.set_level(125.0)
        assert [each.level_cm for each in gauge.read(now())] == [125.0]
        gauge.close()
    assert caplog.records == []  # the library's own noise is not ours


def test_nothing_there_is_unreachable() -> None:
    gauge = ModbusGauge(tcp_bus("127.0.0.1", free_port()), unit=1)
    with pytest.raises(GaugeUnreachableError, match="no connection"):
        gauge.read(now())
    gauge.close()


def test_the_simulated_firmware_is_read_as_it_measures() -> None:
    device = GaugeDevice(
        "manggarai",
        level_cm=lambda: 742.0,
        sensor=EchoSensor(mount_mm=9_000, chance=Random(3), lost_share=0.0, spike_share=0.0),
        settings=Settings(mount_mm=9_000, measure_every_seconds=0.2, calm_report_seconds=0.2, brisk_report_seconds=0.2),
    )

    async def read() -> list[Sample]:
        async with serve_gauges([device], host="127.0.0.1", ports=[0]) as (port,):
            gauge = ModbusGauge(tcp_bus("127.0.0.1", port), unit=1)
            found: list[Sample] = []
            async with asyncio.timeout(20):
                while len({sample.number for sample in found}) < 2:
                    found += await asyncio.to_thread(gauge.read, now())
                    await asyncio.sleep(0.02)
            gauge.close()
            return found

    samples = asyncio.run(read())
    assert {sample.flags for sample in samples} == {()}
    assert all(sample.level_cm == pytest.approx(742, abs=1.5) for sample in samples)
    assert [sample.number for sample in samples] == sorted(sample.number for sample in samples)
