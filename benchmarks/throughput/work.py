"""How long it takes from an event's way out until its task is there, while readings flow."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import paho.mqtt.client as mqtt
import psycopg
from paho.mqtt.enums import CallbackAPIVersion
from tests.support.cloud_core import event_message

from siaga_core.wire.codec import encode
from siaga_core.wire.messages import Hazard, Place, Severity, Source, SourceKind
from siaga_core.wire.topics import UpStream, up

EVERY_SECONDS = 0.2
SOUTH, WEST, STEP = -6.30, 106.75, 0.012  # more than a kilometre apart, so that each is an incident of its own
_TASKS = """
SELECT incident_member.signal_id, min(task.created_at)
FROM incident_member JOIN task ON task.incident_id = incident_member.incident_id GROUP BY 1
"""


class Events:
    """A node that sends a flood somewhere else every fifth of a second until it is told to stop."""

    def __init__(self, node: str, password: str, port: int) -> None:
        self._node = node
        self.sent: dict[UUID, datetime] = {}
        self._stop = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=node, protocol=mqtt.MQTTv311)
        self._client.username_pw_set(node, password)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Events:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(5)
        self._client.disconnect()
        self._client.loop_stop()

    def waits(self, url: str, until: Callable[[Callable[[], bool]], None]) -> list[float]:
        """Seconds of each, once all have a task."""

        def made() -> dict[UUID, datetime]:
            with psycopg.connect(url) as conn:
                return dict(conn.execute(_TASKS).fetchall())

        until(lambda: self.sent.keys() <= made().keys())
        found = made()
        return [(found[one] - at).total_seconds() for one, at in self.sent.items()]

    def _run(self) -> None:
        outbox, seq = uuid4(), 0
        while not self._stop.wait(EVERY_SECONDS):
            at, seq = datetime.now(UTC), seq + 1
            event = event_message(
                outbox_id=outbox,
                at=at,
                seq=seq,
                node=self._node,
                hazard=Hazard.FLOODING,
                severity=Severity.SEVERE,
                source=Source(kind=SourceKind.CAMERA, id=f"{self._node}-{seq}"),
                place=Place(lat=SOUTH + STEP * (seq % 12), lon=WEST + STEP * (seq // 12)),
            )
            self._client.publish(up(self._node, UpStream.EVENTS), encode(event), qos=1)
            self.sent[event.event_id] = at
