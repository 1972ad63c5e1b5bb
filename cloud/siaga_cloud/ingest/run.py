"""Runs the threads of ingest and stops them in sequence."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from siaga_cloud.ingest.leases import LeaseHolder
from siaga_cloud.ingest.mqtt.subscriber import MqttSubscriber
from siaga_cloud.ingest.writer import Writer

STOP_SECONDS = 10.0

log = logging.getLogger(__name__)


def run_ingest(subscriber: MqttSubscriber, writer: Writer, lease_holder: LeaseHolder, *, stop: threading.Event) -> int:
    """Until `stop`; the exit code: 0 after a clean stop, 1 when a thread died, 3 when superseded."""
    threads = [_thread(writer.run, "writer"), _thread(lease_holder.run, "leases")]
    subscriber.start()
    for thread in threads:
        thread.start()
    while not stop.wait(0.2) and not lease_holder.superseded.is_set() and all(thread.is_alive() for thread in threads):
        pass
    died = not stop.is_set() and not lease_holder.superseded.is_set()
    if died:
        log.error("a thread of ingest ended unexpectedly; stopping")
    _stop(subscriber, writer, lease_holder, threads)
    return 1 if died else 3 if lease_holder.superseded.is_set() else 0


def _stop(
    subscriber: MqttSubscriber, writer: Writer, lease_holder: LeaseHolder, threads: list[threading.Thread]
) -> None:
    lease_holder.stop()
    writer.stop()
    for thread in threads:
        thread.join(STOP_SECONDS)
    # After the writer, so that its last acknowledgements still go out.
    subscriber.stop()
    if not lease_holder.superseded.is_set():
        lease_holder.release()


def _thread(target: Callable[[], None], name: str) -> threading.Thread:
    return threading.Thread(target=target, name=f"ingest-{name}", daemon=True)
