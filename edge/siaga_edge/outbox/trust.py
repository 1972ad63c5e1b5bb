"""Which acknowledgements the node believes after it followed a replay; remembered over restarts (docs/adr/0025)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from siaga_core.rules.replay import FollowedReplay, is_believed, is_outdated
from siaga_core.wire.messages import AckMessage, ReplayMessage

CURSOR = "cloud:replay-named"
# A node that restarts doubts for ten minutes once more, since it cannot know how long it was off; but not for ever.
_REMEMBERED_FOR = timedelta(days=1)


class Memory(Protocol):
    """What is still known after a restart."""

    def cursor(self, name: str) -> str | None:
        """Return the cursor that was stored under a name."""

    def set_cursor(self, name: str, value: str) -> None:
        """Store a value under a name."""


class Trust:
    """Decides which acknowledgements to believe; owned by the sender's thread."""

    def __init__(self, memory: Memory, *, system_time: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._memory, self._system_time, self._monotonic = memory, system_time, monotonic
        self._followed = self._remembered()

    def follows(self, wanted: ReplayMessage) -> bool:
        """Whether the request is to be followed. Called before it is, so that no restart comes between."""
        if is_outdated(wanted.made_at, self._followed):
            return False
        if not wanted.is_named:
            self._followed = None  # a cloud of before
        elif self._followed is None or self._followed.request_id != wanted.id:
            made = f" {wanted.made_at.isoformat()}" if wanted.made_at else ""
            self._memory.set_cursor(CURSOR, f"{wanted.id} {self._system_time().isoformat()}{made}")
            self._followed = FollowedReplay(request_id=wanted.id, at=self._monotonic(), made_at=wanted.made_at)
        return True

    def believes(self, ack: AckMessage) -> bool:
        """Whether what it names is really there; what is not believed is sent again."""
        return is_believed(ack.replay, self._followed, now=self._monotonic())

    def _remembered(self) -> FollowedReplay | None:
        with suppress(ValueError):
            request_id, at, *made = (self._memory.cursor(CURSOR) or "").split()
            if self._system_time() - datetime.fromisoformat(at) < _REMEMBERED_FOR:
                made_at = datetime.fromisoformat(made[0]) if made else None
                return FollowedReplay(request_id=UUID(request_id), at=self._monotonic(), made_at=made_at)
        return None
