"""A thread that does one thing again and again; the one place where any exception is survived, logged and counted."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from time import monotonic

log = logging.getLogger(__name__)

PAUSE_AFTER_ERROR_SECONDS = 1.0
_LOG_AGAIN_SECONDS = 60.0


class Loop:
    """Calls `tick` until stopped, then `end`. `tick` waits by itself where there is nothing to do, at most for
    `rest_seconds`."""

    def __init__(
        self,
        name: str,
        tick: Callable[[], None],
        *,
        end: Callable[[], None] = lambda: None,
        pause_after_error_seconds: float = PAUSE_AFTER_ERROR_SECONDS,
        rest_seconds: float = 0.0,
    ) -> None:
        self.name, self._rest_seconds = name, rest_seconds
        self._pause_after_error = pause_after_error_seconds
        self.errors = 0
        self._ticked_at = monotonic()
        self._tick, self._end = tick, end
        self._stopping = threading.Event()
        self._last_logged: tuple[str, float] | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread; returns at once."""
        self._thread.start()

    def request_stop(self) -> None:
        """Have the loop end after the current `tick`."""
        self._stopping.set()

    def join(self, seconds: float) -> bool:
        """Waits for the end; False when it did not come."""
        self._thread.join(max(0.0, seconds))
        return not self._thread.is_alive()

    def pause(self, seconds: float) -> None:
        """Sleeps, but wakes at once when asked to stop."""
        self._stopping.wait(seconds)

    def is_stuck(self, *, after_seconds: float) -> bool:
        """Whether the last `tick` has taken so much longer than it may rest."""
        return monotonic() - self._ticked_at > self._rest_seconds + after_seconds

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._ticked_at = monotonic()
            self._guarded(self._tick)
        self._guarded(self._end)

    def _guarded(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001 - the loop's edge: one bad tick must not end a camera or gauge
            self.errors += 1
            self._log(error)
            self._stopping.wait(self._pause_after_error)

    def _log(self, error: Exception) -> None:
        text, now = f"{type(error).__name__}: {error}", monotonic()
        if self._last_logged is None or self._last_logged[0] != text or now - self._last_logged[1] > _LOG_AGAIN_SECONDS:
            self._last_logged = (text, now)
            log.error("%s failed (%d times so far)", self.name, self.errors, exc_info=error)
