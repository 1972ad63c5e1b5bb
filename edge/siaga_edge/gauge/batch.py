"""Gathers readings of all gauges into few messages: soon when something changes, once a minute when nothing does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from siaga_core.wire.messages import MAX_READINGS, Reading

CHANGED_SECONDS = 1.0
UNCHANGED_SECONDS = 60.0
CHANGE_CM = 1.0
_MOST_WAITING = 10 * MAX_READINGS


class ReadingsBatch:
    """Safe from any thread. `save` stores up to 500 readings durably; when it fails, they stay here for another try.

    Times are seconds of one monotonic clock. Readings wait in memory: a power cut can cost a minute of unchanged
    ones, never a change older than a second.
    """

    def __init__(self, save: Callable[[Sequence[Reading]], None], *, now: float) -> None:
        self._save = save
        self._lock = threading.Lock()
        self._waiting: list[Reading] = []
        self._last_sent: dict[str, Reading] = {}
        self._flushed_at = now
        self._oldest_at: float | None = None
        self._has_change = False
        self.dropped = 0

    def add(self, reading: Reading, *, now: float) -> None:
        """Takes one reading, in the order of each gauge's time."""
        with self._lock:
            self._has_change = self._has_change or _differs(self._last_sent.get(reading.gauge), reading)
            self._oldest_at = now if self._oldest_at is None else self._oldest_at
            self._waiting.append(reading)
            excess = len(self._waiting) - _MOST_WAITING
            if excess > 0:
                del self._waiting[:excess]
                self.dropped += excess

    def due_in(self, now: float) -> float | None:
        """Seconds until the next flush is due, 0 when it is; None with nothing waiting."""
        with self._lock:
            if self._oldest_at is None:
                return None
            if self._has_change or len(self._waiting) >= MAX_READINGS:
                return max(0.0, self._flushed_at + CHANGED_SECONDS - now)
            return max(0.0, self._oldest_at + UNCHANGED_SECONDS - now)

    def flush(self, *, now: float) -> int:
        """Store the waiting readings, whether due or not, and return their number. Raises what `save` raises."""
        with self._lock:
            self._flushed_at = now
            stored = 0
            while self._waiting:
                part = sorted(self._waiting[:MAX_READINGS], key=lambda reading: reading.measured_at)
                self._save(part)
                del self._waiting[: len(part)]
                stored += len(part)
                self._last_sent.update({reading.gauge: reading for reading in part})
            self._has_change, self._oldest_at = False, None
            return stored


def _differs(before: Reading | None, now: Reading) -> bool:
    if before is None or before.level_cm is None or now.level_cm is None:
        return before is None or before.level_cm != now.level_cm or before.flags != now.flags
    if (before.quality, before.flags, before.stage) != (now.quality, now.flags, now.stage):
        return True
    return abs(before.level_cm - now.level_cm) >= CHANGE_CM
