"""Shows a camera to whoever asked the cloud for it: a bounded series of redacted pictures, sent at once or never."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from siaga_core.wire.codec import encode_frame
from siaga_core.wire.topics import UpStream, up
from siaga_core.wire.views import MAX_FRAME_BYTES, MAX_VIEW_SECONDS, FrameHeader, ShowCamera
from siaga_edge.events.drafts import EvidenceImage

log = logging.getLogger(__name__)

MOST_AT_ONCE: Final = 16
_EARLY_SECONDS: Final = 0.05  # frames come at their own beat: a little early is on time


class SnapshotMaker(Protocol):
    """A pipeline that can make a picture of a frame without letting it count for its own events."""

    def portrait(self, picture: Any, at: datetime, *, max_side: int) -> EvidenceImage | None:
        """The frame of the last `step`, redacted; None where it cannot be trusted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveView:
    """A series under way. `send` takes (number, picture) and must not wait."""

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
        """With the next frame."""
        self._begun = show

    def frame(self, portrayer: SnapshotMaker, picture: Any, at: datetime, *, now: datetime) -> None:
        """Shows a frame where a series wants one."""
        show = self._current()
        if show is None or not self._wants(show, at, now):
            return
        self._last_at = at
        shot = portrayer.portrait(picture, at, max_side=show.max_side)
        if shot is not None:
            self._number += 1
            show.send(self._number, shot)

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


class LiveViewCamera(Protocol):
    """A camera that can be shown."""

    def show(self, show: LiveView) -> None:
        """Begins with the next frame; returns at once."""


class LiveViewHandler:
    """`begin` from the thread that handles orders. `publish` hands a picture over or drops it, and never waits."""

    def __init__(
        self,
        node: str,
        camera: Callable[[str], LiveViewCamera],
        publish: Callable[[str, bytes], bool],
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._node, self._camera, self._publish, self._clock = node, camera, publish, clock
        self._until: dict[str, datetime] = {}

    def begin(self, order: ShowCamera) -> str:
        """Has the camera shown; returns what is done, for the report."""
        now = self._clock()
        self._until = {name: until for name, until in self._until.items() if until > now}
        if order.camera not in self._until and len(self._until) >= MOST_AT_ONCE:
            return f"show: {MOST_AT_ONCE} cameras are shown already"
        try:
            camera = self._camera(order.camera)
        except KeyError:
            return f"show: there is no camera {order.camera}"
        until = min(order.until, now + timedelta(seconds=MAX_VIEW_SECONDS))
        self._until[order.camera] = until
        camera.show(
            LiveView(
                until=until,
                every_seconds=order.every_seconds,
                most_frames=order.most_frames,
                max_side=order.max_side_px,
                send=lambda number, shot: self._send(order, number, shot),
            )
        )
        log.info("camera %s is shown until %s, at most %d pictures", order.camera, until.isoformat(), order.most_frames)
        return f"show: camera {order.camera}"

    def _send(self, order: ShowCamera, number: int, shot: EvidenceImage) -> None:
        if not shot.redacted or len(shot.jpeg) > MAX_FRAME_BYTES - 1024:
            return
        header = FrameHeader(
            node=self._node,
            view_id=order.view_id,
            camera=order.camera,
            number=number,
            taken_at=shot.taken_at,
            width=shot.width,
            height=shot.height,
            redacted=True,
        )
        self._publish(up(self._node, UpStream.FRAMES), encode_frame(header, shot.jpeg))
