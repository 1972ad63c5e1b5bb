"""A process with the edge's real outbox, sender and link that keeps messages of every lane as fast as told.

`python -m tests.support.edge.feeder DATA_DIR NODE PORT UNTIL_SEQ PAUSE_SECONDS`; the password is in EDGE_PASSWORD;
PORT 0 means without a link. Prints each number once `keep` has returned it, and `done` when UNTIL_SEQ is kept.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from pydantic import SecretStr

from siaga_core.wire.messages import OutboxHealth, Reading
from siaga_edge.adapters.mqtt_link import BrokerAddress, MqttLink
from siaga_edge.adapters.sqlite_outbox import SqliteOutbox
from siaga_edge.outbox.budget import Budget
from siaga_edge.outbox.parcels import Parcel, of_evidence, of_health, of_readings
from siaga_edge.outbox.sender import Pace, Sender
from siaga_edge.outbox.sender_inbox import SenderInbox

EVENT = UUID("019a0000-0000-7000-8000-000000000001")


def now() -> datetime:
    return datetime.now(UTC)


def some_parcel(node: str, number: int) -> Parcel:
    """Mostly readings, each tenth a picture of 20 kB, each seventh a health message."""
    if number % 10 == 0:
        fields = {"role": "update", "sha256": "0" * 64, "width": 10, "height": 10, "redacted": True}
        jpeg = b"\xff\xd8\xff" + bytes(20_000)
        return of_evidence(node, EVENT, number % 100, taken_at=now(), fields=fields, jpeg=jpeg)
    if number % 7 == 0:
        outbox = OutboxHealth(waiting=0, evicted=0, bytes=0)
        return of_health(node, at=now(), fields={"uptime_seconds": 1.0, "outbox": outbox})
    return of_readings(node, [Reading(gauge="manggarai", measured_at=now(), level_cm=float(number))])


def main() -> None:
    folder, node, port, until_seq, pause = sys.argv[1:]
    inbox = SenderInbox()
    outbox = SqliteOutbox(
        Path(folder),
        node=node,
        budget=Budget(max_messages=100_000, max_bytes=2**30, min_free_bytes=0),
        clock=now,
        on_stored=inbox.wake,
    )
    if port != "0":
        send(outbox, inbox, node, int(port))
    number = 0
    while number < int(until_seq):
        (number,) = outbox.save([some_parcel(node, number + 1)])
        os.write(1, f"{number}\n".encode())  # in one piece, because this process is killed
        time.sleep(float(pause))
    print("done", flush=True)
    threading.Event().wait()


def send(outbox: SqliteOutbox, inbox: SenderInbox, node: str, port: int) -> None:
    address = BrokerAddress(host="127.0.0.1", port=port, username=node, password=SecretStr(os.environ["EDGE_PASSWORD"]))
    link = MqttLink(node, address, software="feeder", clock=now, receiver=inbox)
    sender = Sender(
        outbox,
        link,
        inbox=inbox,
        pace=Pace(resend_after_seconds=1.0, replay_per_second=500),
        system_time=now,
        monotonic=time.monotonic,
        chance=random.random,
    )

    def loop() -> None:
        while True:
            if not sender.tick():
                sender.wait()

    threading.Thread(target=loop, daemon=True).start()
    link.start()


if __name__ == "__main__":
    main()
