"""Carries out the command to show a camera: sends its live view to the cloud."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

from siaga_core.wire.codec import encode_frame
from siaga_core.wire.topics import UpStream, up
from siaga_core.wire.views import MAX_FRAME_BYTES, MAX_VIEW_SECONDS, FrameHeader, ShowCamera
from siaga_edge.camera.live_view import LiveView
from siaga_edge.events.drafts import EvidenceImage

log = logging.getLogger(__name__)

MOST_AT_ONCE: Final = 16


class LiveViewCamera(Protocol):
    """A camera that can be shown."""

    def show(self, show: LiveView) -> None:
        """Begins with the next frame; returns at once."""


class LiveViewHandler:
    """`begin` from the thread that handles commands. `publish` hands an image over or drops it, and never waits."""

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

    def begin(self, command: ShowCamera) -> str:
        """Has the camera shown; returns what is done, for the report."""
        now = self._clock()
        self._until = {name: until for name, until in self._until.items() if until > now}
        if command.camera not in self._until and len(self._until) >= MOST_AT_ONCE:
            return f"show: {MOST_AT_ONCE} cameras are shown already"
        try:
            camera = self._camera(command.camera)
        except KeyError:
            return f"show: there is no camera {command.camera}"
        until = min(command.until, now + timedelta(seconds=MAX_VIEW_SECONDS))
        self._until[command.camera] = until
        camera.show(
            LiveView(
                until=until,
                every_seconds=command.every_seconds,
                most_frames=command.most_frames,
                max_side=command.max_side_px,
                send=lambda number, evidence: self._send(command, number, evidence),
            )
        )
        log.info(
            "camera %s: sending live view until %s, at most %d frames",
            command.camera,
            until.isoformat(),
            command.most_frames,
        )
        return f"show: camera {command.camera}"

    def _send(self, command: ShowCamera, number: int, evidence: EvidenceImage) -> None:
        if not evidence.redacted or len(evidence.jpeg) > MAX_FRAME_BYTES - 1024:
            return
        header = FrameHeader(
            node=self._node,
            view_id=command.view_id,
            camera=command.camera,
            number=number,
            taken_at=evidence.taken_at,
            width=evidence.width,
            height=evidence.height,
            redacted=True,
        )
        self._publish(up(self._node, UpStream.FRAMES), encode_frame(header, evidence.jpeg))
