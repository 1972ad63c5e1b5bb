"""Makes cameras with all that belongs to one, out of settings. Loaded only where there are cameras."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from siaga_edge.camera.capture.capture import Capture
from siaga_edge.camera.capture.hardware_decoder import probed
from siaga_edge.camera.clips.packet_ring import PacketRing
from siaga_edge.camera.clips.packet_tap import ClipSource, PacketTap
from siaga_edge.camera.pipeline import CameraPipeline, OriginalStore
from siaga_edge.camera.runner import CameraRunner
from siaga_edge.camera.staff_gauges.staff_gauge_reader import StaffGaugeReader
from siaga_edge.camera.staff_gauges.staff_readings import StaffReadings
from siaga_edge.camera.view.reference_store import FileReferenceStore
from siaga_edge.camera.zones.dwell_store import DwellRecorder, DwellStore
from siaga_edge.events.drafts import EventSink
from siaga_edge.fleet.model_registry import ModelRegistry
from siaga_edge.platform.redaction import redact
from siaga_edge.settings import CameraSettings
from siaga_edge.settings.hardware import DecodeSettings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraFactory:
    """Makes the cameras of a node, which share models, stores and clock."""

    registry: ModelRegistry
    sink: EventSink
    clock: Callable[[], datetime]
    views: Path
    dwells: DwellStore | None = None
    look_rate_factor: Callable[[datetime], float] = lambda _: 1.0
    originals: OriginalStore | None = None
    posts: StaffReadings | None = None
    ring_bytes: int | None = None
    decode: DecodeSettings = field(default_factory=DecodeSettings)

    def pipeline(self, camera: CameraSettings) -> CameraPipeline:
        """What is done with a camera's frames."""
        store = FileReferenceStore(self.views, camera)
        return CameraPipeline(
            camera,
            self.registry.lend(),
            store=store,
            look_rate_factor=self.look_rate_factor,
            originals=self.originals,
            staffs=None if self.posts is None else self._staffs(camera, self.posts),
        )

    def _staffs(self, camera: CameraSettings, posts: StaffReadings) -> StaffGaugeReader:
        return StaffGaugeReader(
            camera.id, posts, stored=self.views / f"{camera.id}.staffs", look_rate_factor=self.look_rate_factor
        )

    def camera(self, camera: CameraSettings) -> CameraRunner:
        """A camera that waits to be started."""
        log.info("camera %s: %s, %d zones", camera.id, redact(camera.url), len(camera.zones))
        clips = self._clips(camera)
        return CameraRunner(
            camera.id,
            self._capture(camera, clips),
            self.pipeline(camera),
            sink=self.sink,
            clock=self.clock,
            unknown_after_seconds=camera.unknown_after_seconds,
            dwells=DwellRecorder(self.dwells, camera.id) if self.dwells is not None else None,
            clips=clips,
        )

    def _clips(self, camera: CameraSettings) -> ClipSource | None:
        """The ring of a camera's packets; none for single images. Zones may be drawn while the camera runs."""
        if self.ring_bytes is None or camera.snapshot_every_seconds is not None:
            return None
        return ClipSource(ring=PacketRing(camera.id, max_bytes=self.ring_bytes), masks=camera.masks)

    def _capture(self, camera: CameraSettings, clips: ClipSource | None) -> Capture:
        return Capture(
            name=camera.id,
            url=camera.url,
            fps=camera.fps,
            clock=self.clock,
            keyframes_only=camera.decodes_keyframes_only,
            snapshot_every_seconds=camera.snapshot_every_seconds,
            connect_seconds=camera.connect_seconds,
            masks=camera.masks,
            packets=None if clips is None else PacketTap(clips.ring, self.clock),
            decoder=probed(self.decode).decoder,
        )
