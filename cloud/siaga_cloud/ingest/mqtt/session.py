"""Defines what ingest requires of an MQTT client: a persistent session with QoS 1 and manual acknowledgements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from siaga_cloud.settings import BrokerSettings

KEEPALIVE_SECONDS = 60
CONNECT_SECONDS = 5.0
RETRY_SECONDS = (1.0, 15.0)
# What may be unacknowledged at once where the protocol lets the client set it; more stays with the broker.
MAX_UNACKNOWLEDGED = 8000


class Listener(Protocol):
    """Receives the events of one session, from a thread of the client."""

    def connected(self, *, session_present: bool) -> None:
        """The broker has let us in; nothing came on this connection yet."""

    def lost(self, why: str) -> None:
        """There is no connection, because of `why`; the client tries again by itself."""

    def came(self, number: int, topic: str, payload: bytes, *, retained: bool = False) -> None:
        """A message, `number` 0 at QoS 0; `retained`: the broker keeps it. While this does not return, nothing more is
        read.
        """

    def confirmed(self) -> None:
        """A publish of QoS 1 has come to its end."""


class Session(Protocol):
    """Represents a connection that reconnects until it succeeds. Any thread may use it."""

    def start(self) -> None:
        """Connects in the background."""

    def stop(self) -> None:
        """Leaves; the broker keeps the session."""

    def reconnect(self) -> None:
        """Ends the present connection, so that the broker brings again what is not acknowledged."""

    def subscribe(self, filters: Sequence[str], answered: Callable[[Sequence[bool]], None]) -> None:
        """Subscribe with QoS 1; `answered` receives for each filter whether the broker accepted it."""

    def unsubscribe(self, filters: Sequence[str]) -> None:
        """Unsubscribe from each of the filters."""

    def acknowledge(self, numbers: Iterable[int]) -> None:
        """PUBACK for each that came on the present connection."""

    def publish(self, topic: str, payload: bytes, *, qos: int) -> bool:
        """Queued for the present connection; False without one."""

    def clear(self, topic: str) -> None:
        """Have the broker forget the message that it retains on a topic."""


def open_session(broker: BrokerSettings, client_id: str, listener: Listener) -> Session:
    """By the protocol that the settings name; not started yet."""
    if broker.protocol == "5":
        from siaga_cloud.ingest.mqtt.mqtt5 import Mqtt5Session

        return Mqtt5Session(broker, client_id, listener)
    from siaga_cloud.ingest.mqtt.mqtt311 import Mqtt311Session

    return Mqtt311Session(broker, client_id, listener)


def discard_session(broker: BrokerSettings, client_id: str) -> bool:
    """Discard the session of a dead replica, which the broker would otherwise fill for ever.

    What was in it is not lost: its senders got no acknowledgement, and send it again.
    """
    if broker.protocol == "5":
        from siaga_cloud.ingest.mqtt import mqtt5

        return mqtt5.discard(broker, client_id)
    from siaga_cloud.ingest.mqtt import mqtt311

    return mqtt311.discard(broker, client_id)
