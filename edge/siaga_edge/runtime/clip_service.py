"""Connects the recorder of clips with the cameras, the outbox and the folder of the status page."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from siaga_core.wire.messages import EventState, SourceKind
from siaga_edge.camera.clips.clip_counts import ClipCounts
from siaga_edge.camera.clips.clip_folder import ClipFolder
from siaga_edge.events.drafts import StoredStep
from siaga_edge.outbox.parcels import Parcel, of_clip
from siaga_edge.platform.loop import Loop
from siaga_edge.settings import NodeSettings

if TYPE_CHECKING:
    from siaga_core.vision.ports import Detector
    from siaga_edge.camera.clips.recorder import ClipCamera, ClipRecorder, RecordedClip, SealedOriginals

# Images of an event count up from 0, so that these are free.
CLIP_NUMBERS: Final = {EventState.BEGAN: 90, EventState.ENDED: 91}
_REST_SECONDS: Final = 0.5
_NICE: Final = 10


@dataclass(slots=True, kw_only=True)
class ClipService:
    """Loads the recorder with the first event of a camera, because a node with gauges alone needs no image libraries.

    `settings` are the node's own; `set_settings` is for those that the cloud changed.
    """

    settings: NodeSettings
    camera: Callable[[str], ClipCamera]
    detector: Callable[[], Detector]
    save: Callable[[Sequence[Parcel]], object]
    clock: Callable[[], datetime]
    originals: Callable[[], SealedOriginals | None]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _made: ClipRecorder | None = None
    _is_gentle: bool = False

    @property
    def folder(self) -> ClipFolder:
        """The clips that the status page shows."""
        clips = self.settings.clips
        return ClipFolder(
            self.settings.node.data_dir / "clips",
            max_bytes=clips.stored_bytes,
            max_age=timedelta(hours=clips.stored_hours),
        )

    @property
    def counts(self) -> ClipCounts:
        """What became of clips since the start."""
        return ClipCounts() if self._made is None else self._made.counts

    def set_settings(self, settings: NodeSettings) -> None:
        """Use these settings from the next event on."""
        self.settings = settings

    def note(self, steps: Sequence[StoredStep]) -> None:
        """Record clips of events that were stored; returns at once. From any thread."""
        of_cameras = [step for step in steps if step.source.kind is SourceKind.CAMERA]
        if of_cameras and self.settings.clips.hazards:
            self._recorder().note(of_cameras)

    def loop(self) -> Loop:
        """Return the loop that makes the clips."""

        def tick() -> None:
            self._tick(loop)

        loop = Loop("clips", tick)
        return loop

    def stop(self) -> None:
        """End the clip that is being made."""
        if self._made is not None:
            self._made.stop()

    def _tick(self, loop: Loop) -> None:
        if self._made is None:
            loop.pause(_REST_SECONDS)
            return
        if not self._is_gentle:
            self._is_gentle = True
            with suppress(OSError):  # of this thread alone: decoding and encoding give way to the cameras
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        self._made.tick()

    def _recorder(self) -> ClipRecorder:
        with self._lock:
            if self._made is None:
                from siaga_edge.camera.clips.recorder import ClipRecorder

                self._made = ClipRecorder(
                    self.camera,
                    self.detector,
                    self._deliver,
                    hazards=lambda: self.settings.clips.hazards,
                    clock=self.clock,
                    originals=self.originals(),
                )
            return self._made

    def _deliver(self, recorded: RecordedClip) -> None:
        clip = recorded.clip
        fields = {
            "role": recorded.role, "sha256": clip.sha256, "mime": "video/mp4", "redacted": True,
            "duration_seconds": clip.duration_seconds, "width": clip.width, "height": clip.height,
        }  # fmt: skip
        number = CLIP_NUMBERS[recorded.state]
        name = self.settings.node.name
        self.folder.save(
            clip.content, at=recorded.at, camera_id=recorded.camera_id, hazard=str(recorded.hazard),
            moment=str(recorded.state), event_id=recorded.event_id,
        )  # fmt: skip
        self.save([of_clip(name, recorded.event_id, number, at=clip.began_at, fields=fields, content=clip.content)])
