"""Subscribes ingest to the shards of this replica with QoS 1 and a persistent session; it acknowledges after the
commit.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from siaga_cloud.ingest.metrics import IngestMetrics
from siaga_cloud.ingest.mqtt.certificate import broker_certificate_expires
from siaga_cloud.ingest.mqtt.session import open_session
from siaga_cloud.ingest.queue import Delivery, Inbox
from siaga_cloud.settings import BrokerSettings
from siaga_core.wire import topics

# Half of what the broker would wait for a sign of life; after that the rest stays with the broker.
ROOM_WAIT_SECONDS = 30.0
MAX_UNCONFIRMED = 10_000
# In the place of a shard: all of them by one subscription.
EVERYTHING = frozenset({"+"})
LAST_WORDS_SECONDS = 3.0

log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """Return the clock of this machine."""
    return datetime.now(UTC)


class MqttSubscriber:
    """Puts deliveries into the inbox and returns their acknowledgements.

    `epoch` counts connections. A packet id is valid within its own connection only, so each acknowledgement is checked
    against the epoch of its delivery.
    """

    def __init__(
        self,
        broker: BrokerSettings,
        *,
        client_id: str,
        inbox: Inbox,
        metrics: IngestMetrics,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._broker, self._is_shared = broker, broker.subscribe == "all"
        self._inbox, self._metrics, self._clock = inbox, metrics, clock
        self._lock = threading.RLock()
        # Of its own and never held while the session is called: a client may hold locks while it confirms.
        self._counted = threading.Condition()
        self._epoch = 0
        self._is_connected = self._is_full = self._is_stopping = False
        self._shards: frozenset[str] = frozenset()
        self._served: frozenset[str] = frozenset()
        self._refused: set[str] = set()
        self._unconfirmed = 0
        self._last_error = ""
        self._session = open_session(broker, client_id, self)

    @property
    def is_connected(self) -> bool:
        """Return whether the broker has accepted the present connection."""
        return self._is_connected

    @property
    def epoch(self) -> int:
        """Return the number of the present connection."""
        return self._epoch

    def start(self) -> None:
        """Connects in the background and stays connected, with back-off, until `stop`."""
        self._session.start()

    def stop(self) -> None:
        """Disconnect when the broker has received the last acknowledgements; it retains the session."""
        self._is_stopping = True
        with self._counted:
            self._counted.wait_for(lambda: not self._is_connected or not self._unconfirmed, LAST_WORDS_SECONDS)
        self._session.stop()
        self.lost("asked to stop")

    def serve(self, shards: frozenset[str]) -> None:
        """Process the messages of these shards only; subscribe again to what the broker refused last time."""
        wanted = EVERYTHING if self._is_shared else shards
        with self._lock:
            gone, new = self._shards - wanted, wanted - (self._shards - self._refused)
            self._shards, self._served = wanted, shards
            if self._is_connected:
                self._subscribe(new)
                self._unsubscribe(gone)

    def acknowledge(self, epoch: int, mids: Iterable[int]) -> None:
        """Acknowledge these messages to the broker, if they came on the present connection."""
        known = [mid for mid in mids if mid]  # what came at QoS 0 has no number and wants no answer
        with self._lock:
            if epoch == self._epoch and self._is_connected:
                self._session.acknowledge(known)
            else:
                self._metrics.stale_acks.inc(len(known))

    def publish(self, topic: str, payload: bytes, *, qos: int = 1) -> bool:
        """Sends once; False when it was not even queued. What a broken connection loses is sent again when its receiver
        resends.
        """
        with self._counted:
            if not self._is_connected or self._unconfirmed >= MAX_UNCONFIRMED:
                return False
            self._unconfirmed += bool(qos)
        is_queued = self._session.publish(topic, payload, qos=qos)
        if qos and not is_queued:
            self.confirmed()
        return is_queued

    # --- what the session tells ------------------------------------------------------------------------------------

    def connected(self, *, session_present: bool) -> None:
        """Implement `Listener.connected`: begin a new epoch."""
        with self._lock:
            self._epoch += 1
            self._is_connected, self._is_full = True, False
            self._subscribe(self._shards)
            if session_present:
                # The session may still hold subscriptions to shards that others serve by now.
                self._unsubscribe(EVERYTHING.union(topics.every_shard()) - self._shards)
        self._metrics.connects.inc()
        self._metrics.connected.set(1)
        self._last_error = ""
        log.info("connected to the broker (session present: %s)", session_present)
        threading.Thread(target=self._look_at_certificate, name="ingest-certificate", daemon=True).start()

    def lost(self, why: str) -> None:
        """Implement `Listener.lost`: end the epoch."""
        with self._lock:
            self._epoch += self._is_connected
            self._is_connected = False
        self._metrics.connected.set(0)
        if why != self._last_error and not self._is_stopping:
            self._last_error = why
            log.warning("no connection to broker %s:%d: %s", self._broker.host, self._broker.port, why)

    def came(self, number: int, topic: str, payload: bytes, *, retained: bool = False) -> None:
        """See `Listener`. Images to look at now come at QoS 0: nothing waits for their sake.

        The broker keeps nothing of a node but its status: what else is retained is cleared, and the empty message that
        clears it is passed over.
        """
        # Runs for every message, one after the other: what is counted is counted by the batch, when it is sorted.
        if self._is_shared and topics.shard_in(topic) not in self._served:
            self._metrics.deliveries.inc()
            self.acknowledge(self._epoch, [number])  # another replica has it, too, and serves it
            return
        if (retained or not payload) and self._is_cleared(number, topic, payload):
            return
        delivery = Delivery(self._epoch, number, topic, payload, self._clock())
        if not self._inbox.put(delivery, wait_seconds=ROOM_WAIT_SECONDS if number and not self._is_full else 0.0):
            self._refuse(number)

    def _is_cleared(self, number: int, topic: str, payload: bytes) -> bool:
        """Have the broker forget what it retains of a node; whether it is the empty message that did so."""
        if topics.may_be_retained(topic):
            return False
        if not payload:
            self._metrics.deliveries.inc()
            self.acknowledge(self._epoch, [number])
            return True
        self._metrics.cleared.inc()
        self._session.clear(topic)
        return False

    def _refuse(self, number: int) -> None:
        self._metrics.refused.inc()
        if number and not self._is_full:
            # Not acknowledged, so it comes again; on a new connection, when there may be room.
            self._is_full = True
            log.warning("inbox full for %.0f s; reconnecting", ROOM_WAIT_SECONDS)
            self._session.reconnect()

    def confirmed(self) -> None:
        """Implement `Listener.confirmed`: count down the open confirmations."""
        with self._counted:
            self._unconfirmed -= 1
            if not self._unconfirmed:
                self._counted.notify_all()

    # --- under the lock ------------------------------------------------------------------------------------------

    def _subscribe(self, shards: frozenset[str]) -> None:
        self._refused -= shards
        if shards:
            requested = tuple(sorted(shards))
            filters = [topics.shard_filter(shard) for shard in requested]
            self._session.subscribe(filters, lambda granted: self._subscribed(requested, granted))

    def _subscribed(self, requested: Sequence[str], granted: Sequence[bool]) -> None:
        with self._lock:
            refused = {shard for shard, is_granted in zip(requested, granted, strict=False) if not is_granted}
            self._refused |= refused & self._shards
        if refused:
            # Rights, or a limit of the broker's: what these shards' nodes send stays with the nodes meanwhile.
            self._metrics.refused_shards.inc(len(refused))
            log.error("broker rejected the subscription to shards %s", ", ".join(sorted(refused)))

    def _unsubscribe(self, shards: frozenset[str]) -> None:
        if shards:
            self._session.unsubscribe([topics.shard_filter(shard) for shard in sorted(shards)])

    def _look_at_certificate(self) -> None:
        self._metrics.certificate.set(broker_certificate_expires(self._broker))
