"""The MQTT 3.1.1 connection of a node: one lasting session, a Last Will, jittered reconnects; blocks no caller."""

from __future__ import annotations

import logging
import random
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTMessageInfo, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from pydantic import SecretStr, ValidationError

from siaga_core.wire.codec import encode
from siaga_core.wire.messages import AckMessage, NodeState, ReplayMessage, StatusMessage
from siaga_core.wire.topics import DownStream, UpStream, down, down_filter, up
from siaga_edge.outbox.pacing import Backoff

log = logging.getLogger(__name__)

KEEPALIVE_SECONDS = 20
CONNECT_SECONDS = 3.0
GOODBYE_SECONDS = 1.0
_FIRST_WAIT_SECONDS = 0.5
_MOST_WAIT_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Files for an encrypted connection; a certificate of our own only where the broker asks for one."""

    ca_file: Path
    cert_file: Path | None = None
    key_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAddress:
    """Where the broker is and who we are to it."""

    host: str
    port: int
    username: str
    password: SecretStr | None = field(default=None)
    tls: Tls | None = None


class LinkReceiver(Protocol):
    """What is notified of acknowledgements, confirmations and connections, in the client's thread."""

    def on_ack(self, ack: AckMessage) -> None:
        """Accept an acknowledgement of the cloud."""

    def on_replay(self, wanted: ReplayMessage) -> None:
        """Accept a replay request of the cloud."""

    def on_confirmed(self, token: int) -> None:
        """Accept the broker's confirmation of a message."""

    def on_connected(self) -> None:
        """Record that the connection was made."""


class MqttLink:
    """Keeps a connection up from `start` to `stop` and says each change once in the log."""

    def __init__(
        self,
        node: str,
        address: BrokerAddress,
        *,
        software: str,
        clock: Callable[[], datetime],
        receiver: LinkReceiver,
        on_command: Callable[[str, bytes], None] = lambda _topic, _payload: None,
    ) -> None:
        self._node, self._address, self._software, self._clock = node, address, software, clock
        self._receiver, self._on_command = receiver, on_command
        self._up = threading.Event()
        self._down = threading.Event()
        self._stopping = threading.Event()
        self._publishing = threading.Lock()  # against closing what a publish would wake; no callback takes it
        # Never held over a call into the client, which confirms messages under locks of its own.
        self._tokens_lock = threading.Lock()
        self._tokens: dict[int, int | None] = {}
        self._confirmed_early: set[int] = set()
        self._shown: MQTTMessageInfo | None = None
        self._last_error = ""
        self._backoff = Backoff(
            first_seconds=_FIRST_WAIT_SECONDS, most_seconds=_MOST_WAIT_SECONDS, chance=random.random
        )
        self._tls: ssl.SSLContext | None = None
        self._client = self._make_client()
        self._thread = threading.Thread(target=self._maintain_connection, name="mqtt-connect", daemon=True)

    def start(self) -> None:
        """Begins to connect; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Says offline, waits a moment for the broker to hear it, and ends."""
        self._stopping.set()
        if self._up.is_set():
            with self._publishing:
                farewell = self._client.publish(*self._status(NodeState.OFFLINE), qos=1, retain=True)
            try:
                farewell.wait_for_publish(GOODBYE_SECONDS)
            except (RuntimeError, ValueError) as error:
                log.warning("offline status could not be sent to the broker: %s", error)
            self._client.disconnect()
        self._down.set()
        self._thread.join(GOODBYE_SECONDS)

    def is_up(self) -> bool:
        """Whether a message can leave now."""
        return self._up.is_set()

    def publish(self, topic: str, payload: bytes, *, token: int) -> bool:
        """Hands a message over without waiting; False when the link is down."""
        with self._publishing:
            if not self._up.is_set():
                return False
            sent = self._client.publish(topic, payload, qos=1)
        # Without a connection the client keeps it all the same, for the next one.
        if sent.rc not in {MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_NO_CONN}:
            return False
        self._expect(sent.mid, token)
        return True

    def show(self, topic: str, payload: bytes) -> bool:
        """Sends at QoS 0 what is of use only now; False, and dropped, when the link is down or still at the last."""
        with self._publishing:
            if not self._up.is_set() or (self._shown is not None and not self._shown.is_published()):
                return False
            sent = self._client.publish(topic, payload, qos=0)
        if sent.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return False
        self._shown = sent
        self._expect(sent.mid, None)
        return True

    def _expect(self, mid: int, token: int | None) -> None:
        with self._tokens_lock:
            early = mid in self._confirmed_early
            self._confirmed_early.discard(mid)
            if not early:
                self._tokens[mid] = token
        if early and token is not None:
            self._receiver.on_confirmed(token)

    def _make_client(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._node,
            clean_session=False,
            protocol=MQTTv311,
            reconnect_on_failure=False,  # its own has no jitter; ours is in _stay_connected
        )
        password = self._address.password
        client.username_pw_set(self._address.username, password.get_secret_value() if password else None)
        if self._address.tls:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            self._tls.load_verify_locations(str(self._address.tls.ca_file))
            self._load_certificate()
            client.tls_set_context(self._tls)
        client.connect_timeout = CONNECT_SECONDS
        client.max_inflight_messages_set(500)  # above the sender's window, so that nothing queues twice
        client.on_connect, client.on_disconnect = self._connected, self._disconnected
        client.on_message, client.on_publish = self._received, self._published
        return client

    # --- the connecting thread -----------------------------------------------------------------------------------

    def _maintain_connection(self) -> None:
        while not self._stopping.is_set():
            self._down.clear()
            topic, will = self._status(NodeState.OFFLINE)
            self._client.will_set(topic, will, qos=1, retain=True)
            if self._connect():
                self._client.loop_start()
                self._down.wait()
                self._client.loop_stop()
            self._up.clear()
            self._close_wakers()
            self._stopping.wait(self._backoff.next_wait())

    def _close_wakers(self) -> None:
        # loop_start makes a new pair of sockets each time and leaves the old one open.
        with self._publishing:
            self._client._reset_sockets(sockpair_only=True)  # noqa: SLF001

    def _load_certificate(self) -> None:
        tls = self._address.tls
        if tls is not None and self._tls is not None and tls.cert_file is not None:
            self._tls.load_cert_chain(str(tls.cert_file), _text(tls.key_file))

    def _connect(self) -> bool:
        try:
            self._load_certificate()  # it may have been renewed since the last connection
            self._client.connect(self._address.host, self._address.port, keepalive=KEEPALIVE_SECONDS)
        except (OSError, ValueError) as error:
            self._log_once(f"cannot be reached: {error}")
            return False
        return True

    def _log_once(self, what: str) -> None:
        if what != self._last_error:
            self._last_error = what
            log.warning("broker %s:%d: %s", self._address.host, self._address.port, what)

    # --- callbacks, in the client's thread -----------------------------------------------------------------------

    def _connected(
        self, client: Client, _userdata: Any, flags: ConnectFlags, code: ReasonCode, _properties: Properties | None
    ) -> None:
        if code.is_failure:
            self._log_once(f"login rejected: {code}")
            self._down.set()
            return
        client.subscribe(down_filter(self._node), qos=1)
        self._expect(client.publish(*self._status(NodeState.ONLINE), qos=1, retain=True).mid, None)
        self._backoff.reset()
        self._last_error = ""
        log.info("broker %s:%d: connected", self._address.host, self._address.port)
        self._up.set()
        self._receiver.on_connected()

    def _disconnected(
        self, _client: Client, _userdata: Any, _flags: DisconnectFlags, code: ReasonCode, _properties: Properties | None
    ) -> None:
        if self._up.is_set() and not self._stopping.is_set():
            self._log_once(f"connection lost: {code}")
        elif not self._last_error and not self._stopping.is_set():
            self._log_once(f"connection closed during the login (is a certificate required?): {code}")
        self._up.clear()
        self._shown = None  # it will never be reported as sent
        self._down.set()

    def _published(
        self, _client: Client, _userdata: Any, mid: int, _code: ReasonCode, _properties: Properties | None
    ) -> None:
        with self._tokens_lock:
            if mid not in self._tokens:
                self._confirmed_early.add(mid)
            token = self._tokens.pop(mid, None)
        if token is not None:
            self._receiver.on_confirmed(token)

    def _received(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:
        try:
            if message.topic == down(self._node, DownStream.ACK):
                self._receiver.on_ack(AckMessage.model_validate_json(message.payload))
            elif message.topic == down(self._node, DownStream.REPLAY):
                self._receiver.on_replay(ReplayMessage.model_validate_json(message.payload))
            else:
                self._on_command(message.topic, bytes(message.payload))
        except ValidationError as error:
            stream = message.topic.rpartition("/")[2]
            log.warning("ignoring an invalid message on down/%s: %s", stream, error.errors()[0]["msg"])

    def _status(self, state: NodeState) -> tuple[str, bytes]:
        message = StatusMessage(node=self._node, state=state, at=self._clock(), software=self._software)
        return up(self._node, UpStream.STATUS), encode(message)


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
