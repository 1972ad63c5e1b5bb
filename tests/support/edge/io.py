"""For the edge's tests: a cloud that only acknowledges, a Modbus gauge that says what it is told, node processes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from paho.mqtt.client import Client, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from siaga_core.wire.codec import UpMessage, decode_up, encode, seq_ranges
from siaga_core.wire.messages import AckMessage, EventMessage, EvidenceMessage, Reading, ReadingsMessage, StatusMessage
from siaga_core.wire.topics import DownStream, down, parse_up
from siaga_core.wire.views import FrameMessage
from siaga_sim.firmware import DeviceReading
from siaga_sim.gauges import REGISTER_COUNT, input_registers
from siaga_sim.stack.broker import INGEST_USER, Broker
from siaga_sim.stack.ports import free_port


def wait_for(what: Callable[[], bool], *, seconds: float = 60.0, why: Callable[[], object] = lambda: "") -> None:
    """Returns as soon as `what()` holds; fails with `why()` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, f"not within {seconds} s: {why()}"
        time.sleep(0.02)


class FakeCloud:
    """Decodes what every node sends, counts it, and acknowledges it as long as `acking` is set."""

    def __init__(self, broker: Broker, password: str, *, client_id: str = "fake-cloud") -> None:
        self._lock = threading.Lock()
        self.seen: Counter[tuple[UUID, int]] = Counter()
        self.messages: list[UpMessage] = []
        self.states: list[str] = []
        self.acking = threading.Event()
        self.acking.set()
        self._broker = broker
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False, protocol=MQTTv311)
        self._client.username_pw_set(INGEST_USER, password)
        self._client.reconnect_delay_set(0.2, 0.5)  # type: ignore[arg-type]
        self._client.on_connect = lambda client, *_: client.subscribe("siaga/v1/+/+/up/#", qos=1)
        self._client.on_message = self._received

    def __enter__(self) -> Self:
        self._client.connect("127.0.0.1", self._broker.port)
        self._client.loop_start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def seqs(self, outbox_id: UUID | None = None) -> set[int]:
        """Numbers that arrived, of one outbox or of all."""
        with self._lock:
            return {seq for outbox, seq in self.seen if outbox_id in (None, outbox)}

    def outboxes(self) -> set[UUID]:
        """Outboxes that something came from."""
        with self._lock:
            return {outbox for outbox, _ in self.seen}

    def events(self) -> list[EventMessage]:
        """Events as they came, each revision once."""
        with self._lock:
            found = [message for message in self.messages if isinstance(message, EventMessage)]
        return sorted({(event.event_id, event.revision): event for event in found}.values(), key=lambda e: e.seq)

    def evidence(self) -> list[EvidenceMessage]:
        """Pictures as they came."""
        with self._lock:
            return [message for message in self.messages if isinstance(message, EvidenceMessage)]

    def readings(self, gauge: str) -> list[Reading]:
        """A gauge's readings as they came."""
        with self._lock:
            messages = [message for message in self.messages if isinstance(message, ReadingsMessage)]
        return [reading for message in messages for reading in message.readings if reading.gauge == gauge]

    def readings_sequenced(self, gauge: str) -> list[Reading]:
        """A gauge's readings by number of message, each message once."""
        with self._lock:
            by_seq = {message.seq: message for message in self.messages if isinstance(message, ReadingsMessage)}
        return [reading for seq in sorted(by_seq) for reading in by_seq[seq].readings if reading.gauge == gauge]

    def _received(self, client: Client, _userdata: Any, message: MQTTMessage) -> None:
        topic = parse_up(message.topic)
        body = decode_up(topic, bytes(message.payload))
        if isinstance(body, StatusMessage):
            self.states.append(body.state.value)
            return
        if isinstance(body, FrameMessage):
            return  # pictures of a live view are not acknowledged
        envelope = body.header if isinstance(body, EvidenceMessage) else body
        with self._lock:
            self.seen[envelope.outbox_id, envelope.seq] += 1
            self.messages.append(body)
        if self.acking.is_set():
            ack = AckMessage(outbox_id=envelope.outbox_id, ranges=seq_ranges([envelope.seq]))
            client.publish(down(topic.node, DownStream.ACK), encode(ack), qos=1)


class ScriptedGauge:
    """A Modbus TCP gauge on loopback; `set_level` changes its reading, `hush` ends the server."""

    def __init__(self) -> None:
        self.port = free_port()
        self._number = 0
        self.requests = 0
        self._registers = input_registers(None, at=0.0, battery_mv=4000)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server: ModbusTcpServer | None = None
        self.speak()

    def set_level(self, level_cm: float | None, *, sensor_fault: bool = False, interval_seconds: int = 1) -> None:
        """The next reading."""
        self._number += 1
        reading = DeviceReading(
            number=self._number,
            taken_at=0.0,
            level_mm=None if level_cm is None else round(level_cm * 10),
            spread_mm=2,
            valid=7,
            battery_mv=4000,
            report_seconds=interval_seconds,
            burst_incomplete=False,
            sensor_fault=sensor_fault,
            low_battery=False,
            out_of_range=False,
        )
        self._registers = input_registers(reading, at=0.0, battery_mv=4000)

    def speak(self) -> None:
        """Begins to answer."""
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(5)

    def hush(self) -> None:
        """Answers no more."""
        if self._server is not None:
            stopping = self._server.shutdown()  # type: ignore[no-untyped-call]
            asyncio.run_coroutine_threadsafe(stopping, self._loop).result(5)
            self._server = None

    def close(self) -> None:
        """Ends everything."""
        self.hush()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _listen(self) -> None:
        async def refresh(
            _function: int, start: int, _address: int, _count: int, registers: list[int], _set: Any
        ) -> ExcCodes | None:
            registers[: REGISTER_COUNT - start] = self._registers[start:]
            self.requests += 1
            return None

        data = SimData(address=0, values=[0] * REGISTER_COUNT, datatype=DataType.REGISTERS, readonly=True)
        self._server = ModbusTcpServer(
            SimDevice(id=0, simdata=[data], action=refresh), address=("127.0.0.1", self.port)
        )
        assert await self._server.listen()


@contextmanager
def scripted_gauge() -> Iterator[ScriptedGauge]:
    """A gauge for one test."""
    gauge = ScriptedGauge()
    try:
        yield gauge
    finally:
        gauge.close()


class EdgeProcess:
    """`siaga-edge run` as a process of its own, its output in a file."""

    def __init__(self, node_file: Path, *, environment: dict[str, str] | None = None) -> None:
        self.log_file = node_file.with_suffix(".log")
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "siaga_edge.main", "run", str(node_file)],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
            )

    def log(self) -> str:
        """What it printed so far."""
        return self.log_file.read_text()

    def kill(self) -> None:
        """As a power cut would."""
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> float:
        """SIGTERM; seconds until it ended by itself with exit code 0."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(10) == 0, self.log()
        return time.monotonic() - began

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.kill()
