"""The queue between the link, which receives commands of the cloud, and the fleet agent, which carries them out."""

from __future__ import annotations

import logging
import queue

from siaga_core.wire.fleet import CHUNK_BYTES

log = logging.getLogger(__name__)

_MOST_WAITING = 32  # of at most CHUNK_BYTES each
_PUT_SECONDS = 2.0


class CommandQueue:
    """`deliver` may be called from any thread; `next` belongs to the fleet agent's thread."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[tuple[str, bytes]] = queue.Queue(_MOST_WAITING)

    def deliver(self, topic: str, payload: bytes) -> None:
        """Queue a command or a piece of a model; where many came at once, wait a little and then drop it."""
        if len(payload) > 2 * CHUNK_BYTES:
            log.warning("dropped a command of %d bytes, which is too large", len(payload))
            return
        try:
            self._waiting.put((topic, payload), timeout=_PUT_SECONDS)
        except queue.Full:
            log.warning("dropped a command, because the command queue is full")

    def next(self, timeout_seconds: float) -> tuple[str, bytes] | None:
        """Return the oldest topic and payload, or None when none came in time."""
        try:
            return self._waiting.get(timeout=timeout_seconds)
        except queue.Empty:
            return None
