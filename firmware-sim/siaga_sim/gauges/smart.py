"""A gauge that speaks the wire by itself, over its own modem: no node stands beside it.

It is a node with one gauge. It has room for few messages, keeps each until the cloud has acknowledged it, and counts
what it had to give up, so that the cloud's ledger closes as it does for a node.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from paho.mqtt.client import Client, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from siaga_core.wire.messages import NodeState
from siaga_core.wire.parts import CommandHealth
from siaga_core.wire.topics import DownStream, down
from siaga_sim.firmware import DeviceReading
from siaga_sim.gauges.mailbox import Mailbox

_GOODBYE_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where the broker is and who the gauge is to it."""

    host: str
    port: int
    node: str
    password: str = field(repr=False)


class SmartGauge:
    """Call `add_reading` and `tick` from one thread, `tick` often. `now` is seconds since power-on, `clock` its RTC."""

    def __init__(
        self,
        gauge: str,
        account: Account,
        *,
        clock: Callable[[], datetime],
        room: int = 256,
        again_after_seconds: float = 15.0,
        on_command: Callable[[bytes], None] | None = None,
    ) -> None:
        self.mailbox = Mailbox(account.node, gauge, clock, room=room, again_after_seconds=again_after_seconds)
        self.copies = 1
        self._account, self._on_command = account, on_command
        self._client = self._make_client()

    @property
    def outbox_id(self) -> UUID:
        """Names the outbox; a new one with each new device."""
        return self.mailbox.outbox_id

    @property
    def waiting(self) -> int:
        """Messages that the cloud has not acknowledged."""
        return self.mailbox.waiting

    @property
    def evicted(self) -> int:
        """Messages given up for lack of room."""
        return self.mailbox.evicted

    @property
    def is_up(self) -> bool:
        """Whether the broker has let us in."""
        return bool(self._client.is_connected())

    def start(self) -> None:
        """Switches the modem on; it connects by itself, now and after every loss."""
        self._client.connect_async(self._account.host, self._account.port, keepalive=20)
        self._client.loop_start()

    def stop(self) -> None:
        """Switches the modem off; a clean good-bye sends no Last Will, so it says itself that it is gone."""
        if self._client.is_connected():
            with suppress(ValueError, RuntimeError):
                gone = self._client.publish(*self.mailbox.status(NodeState.OFFLINE), qos=1, retain=True)
                gone.wait_for_publish(_GOODBYE_SECONDS)
        self._client.disconnect()
        self._end()

    def cut(self) -> None:
        """The link is gone without a word, so that the broker speaks the Last Will."""
        sock = self._client.socket()
        if isinstance(sock, socket.socket):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self._end()

    def _end(self) -> None:
        self._client.loop_stop()
        # A fresh one for the next start, because paho's forgets to close what it was woken by when started again.
        self._client = self._make_client()

    def add_reading(self, reading: DeviceReading) -> None:
        """Keeps one reading of the firmware for the cloud."""
        self.mailbox.add_reading(reading)

    def report_health(self, *, powered_seconds: float, command: CommandHealth | None = None) -> None:
        """Keeps a health message, which carries the count of what was given up."""
        self.mailbox.report_health(powered_seconds=powered_seconds, command=command)

    def tick(self, *, now: float) -> None:
        """Sends what is due while the modem is connected."""
        if not self._client.is_connected():
            return
        for stored in self.mailbox.due(now=now):
            for _ in range(self.copies):
                self._client.publish(*self.mailbox.outgoing_message(stored), qos=1)
            self.mailbox.left(stored, now=now)

    def _make_client(self) -> Client:
        node = self._account.node
        client = Client(CallbackAPIVersion.VERSION2, client_id=node, clean_session=False, protocol=MQTTv311)
        client.username_pw_set(node, self._account.password)
        client.reconnect_delay_set(1, 30)
        client.max_queued_messages_set(2 * self.mailbox.room)
        client.will_set(*self.mailbox.status(NodeState.OFFLINE), qos=1, retain=True)
        client.on_connect = lambda client, *_: self._connected(client)
        client.on_message = self._received
        return client

    def _connected(self, client: Client) -> None:
        node = self._account.node
        streams = (DownStream.ACK, DownStream.REPLAY, DownStream.COMMAND)
        client.subscribe([(down(node, stream), 1) for stream in streams])
        client.publish(*self.mailbox.status(NodeState.ONLINE), qos=1, retain=True)

    def _received(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        if message.topic == down(self._account.node, DownStream.ACK):
            self.mailbox.acknowledged(bytes(message.payload))
        elif message.topic == down(self._account.node, DownStream.REPLAY):
            self.mailbox.replayed(bytes(message.payload))
        elif self._on_command is not None:
            self._on_command(bytes(message.payload))
