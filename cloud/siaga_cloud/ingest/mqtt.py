"""The MQTT side of ingest: MQTT 3.1.1, QoS 1, a persistent session, acknowledged by hand after the commit."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from siaga_cloud.db.connection import backoff_seconds
from siaga_cloud.ingest import packets
from siaga_cloud.ingest.inbox import Delivery, Inbox
from siaga_cloud.ingest.line import Line
from siaga_cloud.ingest.metrics import IngestMetrics
from siaga_cloud.ingest.packets import BadPacketError, Packet
from siaga_cloud.settings import BrokerSettings
from siaga_core.wire import topics

KEEPALIVE_SECONDS = 60
# Half of what the broker would wait for a sign of life; after that the rest stays with the broker.
ROOM_WAIT_SECONDS = 30.0
IDLE_SECONDS = 1.0
FULL_SECONDS = 0.02
MAX_UNCONFIRMED = 10_000
RETRY_SECONDS = (1.0, 15.0)
STOP_SECONDS = 5.0

log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The clock of this machine."""
    return datetime.now(UTC)


class NoRoomError(OSError):
    """The inbox has been full for too long."""


class MqttSubscriber:
    """Brings deliveries into the inbox and takes acknowledgements back.

    `epoch` counts connections. A packet id means something within its own connection only, so each acknowledgement
    is checked against the epoch that it came in.
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
        self._broker, self._client_id = broker, client_id
        self._inbox, self._metrics, self._clock = inbox, metrics, clock
        self._lock = threading.RLock()
        self._line: Line | None = None
        self._epoch = self._attempt = 0
        self._mid = 0
        self._shards: frozenset[str] = frozenset()
        self._asked: dict[int, tuple[str, ...]] = {}
        self._refused: set[str] = set()
        self._unconfirmed: set[int] = set()
        self._said = ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ingest-mqtt", daemon=True)

    @property
    def is_connected(self) -> bool:
        """Whether the broker has accepted the present connection."""
        return self._line is not None

    @property
    def epoch(self) -> int:
        """The number of the present connection."""
        return self._epoch

    def start(self) -> None:
        """Connects in the background and stays connected, with back-off, until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Leaves politely; the session stays with the broker."""
        self._stopping.set()
        with self._lock:
            if self._line is not None:
                self._line.wake()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def serve(self, shards: frozenset[str]) -> None:
        """Subscribes to these shards and to no others; asks again for those that the broker refused last time."""
        with self._lock:
            gone, new = self._shards - shards, shards - (self._shards - self._refused)
            self._shards = shards
            self._subscribe(new)
            self._unsubscribe(gone)

    def acknowledge(self, epoch: int, mids: Iterable[int]) -> None:
        """Tells the broker that these need not come again, if they came on the present connection."""
        with self._lock:
            known = [mid for mid in mids if mid]  # what came at QoS 0 has no number and wants no answer
            if not known:
                return
            if epoch != self._epoch or self._line is None or not self._line.send(packets.pubacks(known)):
                self._metrics.stale_acks.inc(len(known))

    def publish(self, topic: str, payload: bytes, *, qos: int = 1) -> bool:
        """Sends once; False when it was not even queued. What a broken line swallows is asked for again by its
        receiver's resends.
        """
        with self._lock:
            if self._line is None or len(self._unconfirmed) >= MAX_UNCONFIRMED:
                return False
            mid = self._next_mid() if qos else 0
            is_queued = self._line.send(packets.publish(topic, payload, mid=mid))
            if is_queued and mid:
                self._unconfirmed.add(mid)
            return is_queued

    # --- the connection's thread ---------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._stay()
            except (OSError, BadPacketError) as error:
                self._say_once(str(error) or type(error).__name__)
            self._attempt += 1
            self._stopping.wait(backoff_seconds(self._attempt, first=RETRY_SECONDS[0], most=RETRY_SECONDS[1]))

    def _stay(self) -> None:
        """One connection, from its beginning to its end."""
        line = Line(self._broker, client_id=self._client_id, clean=False, keepalive_seconds=KEEPALIVE_SECONDS)
        politely = False
        self._begin(line)
        try:
            self._exchange(line)
            politely = True
        finally:
            with self._lock:
                self._line = None
                self._epoch += 1
            self._metrics.connected.set(0)
            line.close(politely=politely)

    def _begin(self, line: Line) -> None:
        with self._lock:
            self._epoch += 1
            self._line = line
            self._attempt = 0
            self._asked.clear()
            self._refused.clear()
            self._unconfirmed.clear()
            self._subscribe(self._shards)
            if line.session_present:
                # The session may still hold subscriptions to shards that others serve by now.
                self._unsubscribe(frozenset(topics.every_shard()) - self._shards)
        self._metrics.connects.inc()
        self._metrics.connected.set(1)
        self._metrics.certificate.set(line.certificate_expires)
        self._said = ""
        log.info("connected to the broker (session present: %s)", line.session_present)

    def _exchange(self, line: Line) -> None:
        waiting: deque[Delivery] = deque()
        room_at = time.monotonic()
        while not self._stopping.is_set():
            found = line.exchange(wait_seconds=FULL_SECONDS if waiting else IDLE_SECONDS, reading=not waiting)
            waiting.extend(self._deliveries(found))
            is_moving = self._inbox.offer(waiting) > 0
            self._let_go(waiting)
            if is_moving or not waiting:
                room_at = time.monotonic()
            elif time.monotonic() - room_at > ROOM_WAIT_SECONDS:
                # Not acknowledged, so it comes again; on a new connection, when there may be room.
                self._metrics.refused.inc(len(waiting))
                raise NoRoomError(f"no room for {ROOM_WAIT_SECONDS:.0f} s; connecting anew")

    def _let_go(self, waiting: deque[Delivery]) -> None:
        """Pictures to look at now come at QoS 0: nothing waits for their sake, and they do not come again."""
        kept = [one for one in waiting if one.mid]
        if len(kept) < len(waiting):
            self._metrics.refused.inc(len(waiting) - len(kept))
            waiting.clear()
            waiting.extend(kept)

    def _deliveries(self, found: Iterable[Packet]) -> list[Delivery]:
        now, taken = self._clock(), []
        for packet in found:
            if packet.kind == packets.PUBLISH:
                mid, topic, payload = packets.published(packet)
                taken.append(Delivery(epoch=self._epoch, mid=mid, topic=topic, payload=payload, received_at=now))
            else:
                self._note(packet)
        self._metrics.deliveries.inc(len(taken))
        return taken

    def _note(self, packet: Packet) -> None:
        if packet.kind == packets.PUBACK:
            with self._lock:
                self._unconfirmed.discard(packets.numbered(packet)[0])
        elif packet.kind == packets.SUBACK:
            self._subscribed(*packets.numbered(packet))

    def _subscribed(self, mid: int, codes: bytes) -> None:
        with self._lock:
            asked = self._asked.pop(mid, ())
            refused = {shard for shard, code in zip(asked, codes, strict=False) if code >= packets.REFUSED}
            self._refused |= refused & self._shards
        if refused:
            # Rights, or a limit of the broker's: what these shards' nodes send stays with the nodes meanwhile.
            self._metrics.refused_shards.inc(len(refused))
            log.error("broker refused the subscription to shards %s", ", ".join(sorted(refused)))

    def _say_once(self, what: str) -> None:
        if what != self._said and not self._stopping.is_set():
            self._said = what
            log.warning("connection to the broker %s:%d: %s", self._broker.host, self._broker.port, what)

    # --- under the lock ------------------------------------------------------------------------------------------

    def _subscribe(self, shards: frozenset[str]) -> None:
        self._refused -= shards
        if shards and self._line is not None:
            asked, mid = tuple(sorted(shards)), self._next_mid()
            self._asked[mid] = asked
            self._line.send(packets.subscribe(mid, [topics.shard_filter(shard) for shard in asked]))

    def _unsubscribe(self, shards: frozenset[str]) -> None:
        if shards and self._line is not None:
            filters = [topics.shard_filter(shard) for shard in sorted(shards)]
            self._line.send(packets.unsubscribe(self._next_mid(), filters))

    def _next_mid(self) -> int:
        while True:
            self._mid = self._mid % 0xFFFF + 1
            if self._mid not in self._unconfirmed:
                return self._mid


def discard_session(broker: BrokerSettings, client_id: str) -> bool:
    """Makes the broker forget the session of a dead replica, which it would otherwise fill for ever.

    What was in it is not lost: its senders have not been told that it was committed, and send it again.
    """
    try:
        line = Line(broker, client_id=client_id, clean=True, keepalive_seconds=KEEPALIVE_SECONDS)
    except (OSError, BadPacketError):
        return False
    line.close(politely=True)
    return True
