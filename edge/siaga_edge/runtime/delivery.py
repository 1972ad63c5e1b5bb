"""The path to the cloud: the durable outbox, the connection to the broker, and the sender between them."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from siaga_core.wire.messages import Reading
from siaga_edge.adapters.mqtt_link import BrokerAddress, MqttLink, Tls
from siaga_edge.adapters.sqlite_outbox import SqliteOutbox
from siaga_edge.fleet.command_queue import CommandQueue
from siaga_edge.outbox.budget import Budget
from siaga_edge.outbox.parcels import Lane, of_config, of_readings
from siaga_edge.outbox.sender import Pace, Sender
from siaga_edge.outbox.sender_inbox import SenderInbox
from siaga_edge.runtime.node import Outlet
from siaga_edge.settings import BrokerSettings, NodeSettings
from siaga_edge.status.health import software


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The parts of the path to the cloud, connected with one another."""

    node: str
    outbox: SqliteOutbox
    link: MqttLink
    sender: Sender
    commands: CommandQueue

    def store_readings(self, readings: Sequence[Reading]) -> None:
        """Store readings of gauges as one message."""
        self.outbox.save([of_readings(self.node, readings)])

    def store_config_report(self, at: datetime, fields: dict[str, object]) -> None:
        """Store a report about a configuration."""
        self.outbox.save([of_config(self.node, at=at, fields=fields)])

    def apply(self, settings: NodeSettings) -> None:
        """Use the limits and the pace of these settings from now on."""
        self.outbox.set_budget(_budget(settings))
        self.sender.set_pace(_pace(settings))

    def outlet(self, *, close: Callable[[], None]) -> Outlet:
        """Return what the node needs of the path; `close` is called last."""
        return Outlet(
            save=self.outbox.save,
            health=self.outbox.health,
            sender=self.sender,
            connect=self.link.start,
            disconnect=self.link.stop,
            close=close,
        )


def open_delivery(settings: NodeSettings, *, clock: Callable[[], datetime]) -> Delivery:
    """Open the outbox and prepare the connection, which `Delivery.link` makes once it is started."""
    name, inbox, commands = settings.node.name, SenderInbox(), CommandQueue()
    outbox = SqliteOutbox(
        settings.node.data_dir, node=name, budget=_budget(settings), clock=clock, on_stored=inbox.wake
    )
    link = MqttLink(
        name,
        broker_address(settings.broker, settings.username),
        software=software(),
        clock=clock,
        receiver=inbox,
        on_command=commands.deliver,
    )
    sender = Sender(
        outbox, link, inbox=inbox, pace=_pace(settings), system_time=clock, monotonic=monotonic, chance=random.random
    )
    return Delivery(node=name, outbox=outbox, link=link, sender=sender, commands=commands)


def broker_address(broker: BrokerSettings, username: str) -> BrokerAddress:
    """Return where the broker is and how the node signs in; raises OSError for a password file that cannot be read."""
    tls = Tls(ca_file=broker.ca_file, cert_file=broker.cert_file, key_file=broker.key_file) if broker.ca_file else None
    return BrokerAddress(
        host=broker.host, port=broker.port, username=username, password=broker.password(os.environ), tls=tls
    )


def _budget(settings: NodeSettings) -> Budget:
    limits = settings.outbox
    return Budget(
        max_messages=limits.max_messages,
        max_bytes=limits.max_bytes,
        min_free_bytes=limits.min_free_bytes,
        max_age_seconds={
            Lane.EVIDENCE: limits.evidence_hours * 3600,
            Lane.READINGS: limits.readings_hours * 3600,
            Lane.HEALTH: limits.health_hours * 3600,
            Lane.CLIPS: settings.clips.waiting_hours * 3600,
        },
        retain_acked_seconds=limits.retain_acked_hours * 3600,
        max_clip_bytes=settings.clips.waiting_bytes,
    )


def _pace(settings: NodeSettings) -> Pace:
    return Pace(
        resend_after_seconds=settings.outbox.resend_after_seconds,
        replay_per_second=settings.outbox.replay_per_second,
        replay_spread_seconds=settings.outbox.replay_spread_seconds,
    )
