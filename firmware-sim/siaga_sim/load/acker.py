"""The least cloud there can be: acknowledges whatever any node sends. `python -m siaga_sim.load.acker PORT`.

Its password comes in the environment variable SIAGA_ACKER_PASSWORD. It keeps nothing; it is for load runs alone.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from collections import defaultdict
from typing import Final
from uuid import UUID

from paho.mqtt.client import Client, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from siaga_core.wire.codec import encode, seq_ranges
from siaga_core.wire.messages import AckMessage
from siaga_core.wire.topics import DownStream, down, every_shard, shard_filter
from siaga_sim.stack.broker import INGEST_USER

PASSWORD_VARIABLE: Final = "SIAGA_ACKER_PASSWORD"  # noqa: S105 - the variable's name
READY: Final = "ready"
START_SECONDS = 20.0
FLUSH_SECONDS = 0.05
MOST_RANGES = 2000
# Cheaper than reading the whole message, and the sender is our own.
_COUNTER = re.compile(rb'"outbox_id":"([0-9a-f-]{36})","seq":(\d+)')


class Acker:
    """Collects numbers as they come and acknowledges them together."""

    def __init__(self, port: int, password: str) -> None:
        self._lock = threading.Lock()
        self._owed: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        self.seen = 0
        self.ready = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="acker", clean_session=True, protocol=MQTTv311)
        self._client.username_pw_set(INGEST_USER, password)
        self._client.max_inflight_messages_set(1000)
        self._client.max_queued_messages_set(0)
        self._client.on_connect = lambda client, *_: client.subscribe([(shard_filter(s), 1) for s in every_shard()])
        self._client.on_subscribe = lambda *_: self.ready.set()
        self._client.on_message = self._received
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def flush(self) -> None:
        """Acknowledges what came since the last time."""
        with self._lock:
            owed, self._owed = self._owed, defaultdict(list)
        for (node, outbox), seqs in owed.items():
            ack = AckMessage(outbox_id=UUID(outbox), ranges=seq_ranges(seqs)[:MOST_RANGES])
            self._client.publish(down(node, DownStream.ACK), encode(ack), qos=1)

    def close(self) -> None:
        """Disconnect from the broker and end the client."""
        self._client.disconnect()
        self._client.loop_stop()

    def _received(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        found = _COUNTER.search(message.payload)
        if found is None:
            return  # a status, which is not counted
        node = message.topic.split("/")[3]
        with self._lock:
            self.seen += 1
            self._owed[node, found[1].decode()].append(int(found[2]))


def main() -> None:
    """Until SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    acker = Acker(int(sys.argv[1]), os.environ[PASSWORD_VARIABLE])
    if acker.ready.wait(START_SECONDS):
        sys.stdout.write(READY + "\n")
        sys.stdout.flush()
    while not stop.wait(FLUSH_SECONDS):
        acker.flush()
    acker.flush()
    acker.close()


if __name__ == "__main__":
    main()
