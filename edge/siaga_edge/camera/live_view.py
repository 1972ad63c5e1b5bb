"""A live view: a bounded series of redacted images of one camera, each sent at once or never."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from siaga_edge.events.drafts import EvidenceImage

_EARLY_SECONDS: Final = 0.05  # frames come at their own beat: a little early is on time


class SnapshotMaker(Protocol):
    """A pipeline that can make an image of a frame without letting it count for its own events."""

    def render_snapshot(self, image: Any, at: datetime, *, max_side: int) -> EvidenceImage | None:
        """The frame of the last `step`, redacted; None where it cannot be trusted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveView:
    """A series under way. `send` takes (number, image) and must not wait."""

    until: datetime
    every_seconds: float
    most_frames: int
    max_side: int
    send: Callable[[int, EvidenceImage], None]


class LiveViews:
    """One camera's: `begin` from any thread, `frame` from the camera's own. A new series ends the one before."""

    def __init__(self) -> None:
        self._begun: LiveView | None = None
        self._now: LiveView | None = None
        self._number = 0
        self._last_at: datetime | None = None

    def begin(self, show: LiveView) -> None:
        """Start a live view with the next frame."""
        self._begun = show

    def frame(self, portrayer: SnapshotMaker, image: Any, at: datetime, *, now: datetime) -> None:
        """Shows a frame where a series wants one."""
        show = self._current()
        if show is None or not self._wants(show, at, now):
            return
        self._last_at = at
        evidence = portrayer.render_snapshot(image, at, max_side=show.max_side)
        if evidence is not None:
            self._number += 1
            show.send(self._number, evidence)

    def _current(self) -> LiveView | None:
        begun, self._begun = self._begun, None
        if begun is not None:
            self._now, self._number, self._last_at = begun, 0, None
        return self._now

    def _wants(self, show: LiveView, at: datetime, now: datetime) -> bool:
        if now >= show.until or self._number >= show.most_frames:
            self._now = None
            return False
        # One much older than the last means that the clock was set back.
        return self._last_at is None or abs((at - self._last_at).total_seconds()) >= show.every_seconds - _EARLY_SECONDS
