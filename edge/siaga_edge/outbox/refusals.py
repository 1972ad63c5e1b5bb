"""Counts the messages that the cloud refused and remembers the last reasons, so that somebody can correct the cause."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from siaga_core.wire.messages import RefusedMessage

log = logging.getLogger(__name__)

MAX_REASONS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalLine:
    """Describes the messages that were refused for one reason."""

    reason: str
    messages: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalSummary:
    """Holds how many messages were refused since the start, and the newest reasons, newest first."""

    messages: int = 0
    lines: tuple[RefusalLine, ...] = ()


class Refusals:
    """Collects refusals; safe from any thread. A reason is logged when it is new, not with each message."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._messages = 0
        self._lines: OrderedDict[str, RefusalLine] = OrderedDict()

    def note(self, refused: Iterable[RefusedMessage], landed: Collection[int]) -> None:
        """Count those whose number was acknowledged just now: an acknowledgement may come twice."""
        for one in refused:
            if one.seq in landed:
                self._count(one)

    def summary(self) -> RefusalSummary:
        """Return the count and the newest reasons."""
        with self._lock:
            return RefusalSummary(messages=self._messages, lines=tuple(reversed(self._lines.values())))

    def _count(self, one: RefusedMessage) -> None:
        with self._lock:
            self._messages += 1
            before = self._lines.pop(one.reason, None)
            count = 1 + (before.messages if before else 0)
            self._lines[one.reason] = RefusalLine(reason=one.reason, messages=count, last_at=self._clock())
            while len(self._lines) > MAX_REASONS:
                self._lines.popitem(last=False)
        if before is None:
            log.warning("the cloud refused message %d: %s", one.seq, one.reason)
