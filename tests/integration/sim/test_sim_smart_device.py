"""A whole smart gauge against a real broker: it measures, obeys the city's orders alone, and survives its faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from pydantic import BaseModel
from tests.support.edge.fleet_commands import UNSIGNED, Signer
from tests.support.edge.io import FakeCloud, wait_for

from siaga_core.wire.codec import encode
from siaga_core.wire.fleet import CommandMessage, DropModel, command_statement
from siaga_core.wire.gauge_commands import Reboot, ResyncClock, SetGauge
from siaga_core.wire.messages import HealthMessage
from siaga_core.wire.parts import CommandHealth
from siaga_core.wire.topics import DownStream, down
from siaga_sim.faults import GaugeFault
from siaga_sim.firmware import BurstSettings, EchoSensor, Settings
from siaga_sim.gauges.smart import Account
from siaga_sim.gauges.smart_device import SmartDevice
from siaga_sim.stack.broker import INGEST_USER, Broker

NODE = "node-c"
QUICK = Settings(
    mount_mm=6000,
    burst=BurstSettings(gap_seconds=0.01),
    measure_every_seconds=0.2,
    calm_report_seconds=1.0,
    brisk_report_seconds=0.5,
    boot_seconds=0.1,
    join_seconds=1.0,
    fastest_mm_per_minute=1e6,
)


@dataclass
class Field:
    """The gauge, the cloud and somebody who may send orders."""

    device: SmartDevice
    cloud: FakeCloud
    commands: Client
    signer: Signer
    number: int = 0
    water: dict[str, float] = field(default_factory=lambda: {"cm": 150.0})

    def until(self, what: Callable[[], object], seconds: float = 20.0) -> None:
        def tick() -> bool:
            self.device.tick()
            return bool(what())

        wait_for(tick, seconds=seconds, why=lambda: (self.device.body.firmware.mode, self.device.commands.last))

    def send_command(self, body: BaseModel, *, number: int | None = None, late: bool = False) -> None:
        self.number += 1
        message = CommandMessage(
            node=NODE,
            number=number or self.number,
            expires_at=datetime.now(UTC) + (timedelta(hours=-2) if late else timedelta(hours=2)),
            body=body.model_dump_json(),
            signature=UNSIGNED,
        )
        signed = message.model_copy(update={"signature": self.signer._sign(command_statement(message))})
        self.commands.publish(down(NODE, DownStream.COMMAND), encode(signed), qos=1)

    def reported_health(self) -> CommandHealth | None:
        healths = [message for message in list(self.cloud.messages) if isinstance(message, HealthMessage)]
        return healths[-1].command if healths else None


@pytest.fixture
def there(new_broker: Callable[[], Broker], passwords: dict[str, str]) -> Iterator[Field]:
    broker, signer, water = new_broker(), Signer(), {"cm": 150.0}
    account = Account(host="127.0.0.1", port=broker.port, node=NODE, password=passwords[NODE])
    device = SmartDevice(
        "depok",
        account,
        level_cm=lambda: water["cm"],
        sensor=EchoSensor(mount_mm=QUICK.mount_mm, chance=Random(1)),
        settings=QUICK,
        city_key=signer.key.public_key(),
        again_after_seconds=1.0,
    )
    commands = Client(CallbackAPIVersion.VERSION2, client_id="orders")
    commands.username_pw_set(INGEST_USER, passwords[INGEST_USER])
    with FakeCloud(broker, passwords[INGEST_USER]) as cloud:
        commands.connect("127.0.0.1", broker.port)
        commands.loop_start()
        made = Field(device, cloud, commands, signer, water=water)
        made.until(lambda: cloud.readings("depok"))
        yield made
        device.close()
        commands.disconnect()
        commands.loop_stop()


def test_commands_of_the_city_are_obeyed_and_reported(there: Field) -> None:
    there.send_command(SetGauge(calm_report_seconds=0.3, change_cm=5.0, brisk_above_cm=140))
    there.until(there.reported_health)
    settings = there.device.body.firmware.settings
    assert (settings.calm_report_seconds, settings.change_mm, settings.brisk_above_mm) == (0.3, 50, 1400)
    assert settings.brisk_report_seconds == QUICK.brisk_report_seconds
    assert there.reported_health() == CommandHealth(number=1, done=True, text="set_gauge: done")

    before = there.device.modem.mailbox.outbox_id
    there.send_command(Reboot())
    there.until(lambda: there.device.body.firmware.boots == 2 and there.device.body.firmware.is_joined)
    assert there.device.modem.mailbox.outbox_id == before
    there.until(lambda: there.device.modem.waiting == 0)

    there.device.set_fault(GaugeFault.WRONG_CLOCK)
    assert there.device.rtc() - datetime.now(UTC) > timedelta(minutes=59)
    there.device.set_fault(GaugeFault.NONE)
    assert abs(there.device.rtc() - datetime.now(UTC)) < timedelta(seconds=1)


def test_commands_of_others_old_commands_and_those_of_nodes_are_refused_with_the_reason(there: Field) -> None:
    stranger = Signer()
    own, there.signer = there.signer, stranger
    there.send_command(Reboot())
    there.until(there.reported_health)
    statement = there.reported_health()
    assert statement is not None
    assert (statement.done, statement.text) == (
        False,
        "the signature is not valid: the message was not signed with this city's key, or it was changed",
    )
    there.signer = own
    there.send_command(ResyncClock(), late=True)
    there.until(lambda: there.reported_health() != statement)
    late = there.reported_health()
    assert late is not None
    assert "which is past" in late.text
    there.send_command(DropModel(role="water"))
    there.until(lambda: there.reported_health() != late)
    foreign = there.reported_health()
    assert foreign is not None
    assert not foreign.done
    assert "drop_model" in foreign.text
    there.send_command(Reboot(), number=1)  # played again
    there.send_command(SetGauge(measure_every_seconds=0.5))
    there.until(lambda: there.device.body.firmware.settings.measure_every_seconds == 0.5)
    assert there.device.body.firmware.boots == 1


def test_a_cut_link_stores_readings_and_delivers_them_when_it_is_back(there: Field) -> None:
    mailbox = there.device.modem.mailbox
    there.device.set_fault(GaugeFault.CUT)
    there.until(lambda: "offline" in there.cloud.states)
    for level_cm in (170.0, 190.0, 210.0):
        there.water["cm"] = level_cm
        stored = mailbox.ledger.stored
        there.until(lambda before=stored: mailbox.ledger.stored > before)  # type: ignore[misc]
    assert there.device.modem.waiting >= 3
    there.device.set_fault(GaugeFault.NONE)
    there.until(lambda: there.device.modem.waiting == 0)
    assert there.cloud.seqs(mailbox.outbox_id) == set(range(1, mailbox.ledger.stored + 1))


def test_a_duplicate_is_sent_twice_with_the_same_number(there: Field) -> None:
    there.device.set_fault(GaugeFault.DUPLICATE)
    there.water["cm"] = 250.0
    there.until(lambda: max(there.cloud.seen.values()) >= 2)
    ids = {message.id for message in there.cloud.messages if message.seq == 1}  # type: ignore[union-attr]
    assert len(ids) == 1


def test_a_gauge_that_is_switched_off_reports_that_it_is_gone(there: Field) -> None:
    there.device.close()
    wait_for(lambda: there.cloud.states[-1] == "offline")
