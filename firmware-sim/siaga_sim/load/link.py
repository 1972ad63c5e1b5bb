"""One gauge's MQTT connection on an event loop that it shares with a thousand others; the client is paho's."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from typing import Any

from paho.mqtt.client import Client, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from siaga_core.wire.messages import NodeState
from siaga_core.wire.topics import DownStream, down
from siaga_sim.gauges.mailbox import Mailbox
from siaga_sim.gauges.smart import Account

KEEPALIVE_SECONDS = 120
INFLIGHT = 20


class LoopLink:
    """Connects, subscribes to acknowledgements and gives them to the mailbox. All on one event loop."""

    def __init__(self, account: Account, mailbox: Mailbox, *, acked: Callable[[], None]) -> None:
        self._account, self._mailbox, self._acked = account, mailbox, acked
        self._loop = asyncio.get_running_loop()
        self.is_up = False
        self.refused = ""
        self.connections = 0
        self._client = self._make_client()

    async def connect(self, executor: Executor) -> None:
        """Opens the connection; `is_up` says when the broker has let us in. A failed attempt sets `refused`."""
        try:
            # Opening a socket may take as long as the network likes, so it leaves the loop's thread.
            await self._loop.run_in_executor(
                executor, self._client.connect, self._account.host, self._account.port, KEEPALIVE_SECONDS
            )
        except OSError as error:
            self.refused = str(error)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Hands it to the broker; False while there is no connection."""
        if not self.is_up:
            return False
        return self._client.publish(topic, payload, qos=1, retain=retain).rc == MQTTErrorCode.MQTT_ERR_SUCCESS

    def misc(self) -> None:
        """Keep-alive and time-outs; call it every few seconds."""
        self._client.loop_misc()

    def close(self) -> None:
        """Says good-bye; a clean one sends no Last Will."""
        self.publish(*self._mailbox.status(NodeState.OFFLINE), retain=True)
        self._client.disconnect()

    def cut(self) -> None:
        """The connection breaks without a good-bye."""
        sock = self._client.socket()
        if isinstance(sock, socket.socket):
            with suppress(OSError):
                # Not closed: the loop still watches it, and hears by this that it is gone.
                sock.shutdown(socket.SHUT_RDWR)
        self.is_up = False

    def _make_client(self) -> Client:
        node = self._account.node
        client = Client(CallbackAPIVersion.VERSION2, client_id=node, clean_session=False, protocol=MQTTv311)
        client.username_pw_set(node, self._account.password)
        client.max_inflight_messages_set(INFLIGHT)
        client.max_queued_messages_set(2 * self._mailbox.room)
        client.will_set(*self._mailbox.status(NodeState.OFFLINE), qos=1, retain=True)
        client.on_connect = lambda _client, _data, _flags, reason, _properties: self._connected(reason)
        client.on_disconnect = lambda *_: self._disconnected()
        client.on_message = self._received
        client.on_socket_open = lambda _client, _data, sock: self._soon(self._watch, sock)
        client.on_socket_close = lambda _client, _data, sock: self._forget(sock)
        client.on_socket_register_write = lambda _client, _data, sock: self._soon(self._wants_to_write, sock)
        client.on_socket_unregister_write = lambda _client, _data, sock: self._has_written(sock)
        return client

    def _soon(self, do: Callable[[int], None], sock: Any) -> None:
        # The connection is opened in another thread.
        self._loop.call_soon_threadsafe(do, sock.fileno())

    def _watch(self, number: int) -> None:
        if self._is_open(number):
            self._loop.add_reader(number, self._client.loop_read)

    def _wants_to_write(self, number: int) -> None:
        # Nearly always it was written at once, before this is called.
        if self._is_open(number) and self._client.want_write():
            self._loop.add_writer(number, self._client.loop_write)

    def _has_written(self, sock: Any) -> None:
        self._loop.remove_writer(sock.fileno())

    def _forget(self, sock: Any) -> None:
        self._loop.remove_reader(sock.fileno())
        self._loop.remove_writer(sock.fileno())

    def _is_open(self, number: int) -> bool:
        sock = self._client.socket()
        return sock is not None and sock.fileno() == number

    def _connected(self, reason: Any) -> None:
        if reason.is_failure:
            self.refused = str(reason)
            return
        self.is_up, self.refused = True, ""
        self.connections += 1
        streams = (DownStream.ACK, DownStream.REPLAY)
        self._client.subscribe([(down(self._account.node, stream), 1) for stream in streams])
        self._client.publish(*self._mailbox.status(NodeState.ONLINE), qos=1, retain=True)

    def _disconnected(self) -> None:
        self.is_up = False

    def _received(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        if message.topic == down(self._account.node, DownStream.REPLAY):
            self._mailbox.replayed(bytes(message.payload))
        elif self._mailbox.acknowledged(bytes(message.payload)):
            self._acked()
