"""What one frame shows of what the cloud asks about; nothing of it counts for the camera's own events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from siaga_core.rules.geometry import Box, Point
from siaga_core.rules.relook import Glance
from siaga_core.wire.messages import EvidenceRole, Hazard
from siaga_edge.camera.detection.look import Look
from siaga_edge.camera.recheck import FrameExamination, RecheckRequest
from siaga_edge.camera.view.view_check import is_infrared
from siaga_edge.camera.zones.dwell_zones import DwellZone
from siaga_edge.camera.zones.evidence_images import EvidenceMarks, shot
from siaga_edge.settings import CameraSettings, ZoneSettings
from siaga_edge.vision.detections import Detection
from siaga_edge.vision.models import VisionModels

_KINDS: Final = {Hazard.ILLEGAL_PARKING: "no_stopping", Hazard.TRASH: "watch", Hazard.FLOODING: "road"}
NO_ZONE, INFRARED = "no_such_zone", "infrared"


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameExaminer:
    """One camera's zones and the eyes that look at them."""

    camera: CameraSettings
    eyes: VisionModels
    stays: Sequence[DwellZone]

    def examined(self, look: Look, seen: Sequence[Detection], ask: RecheckRequest) -> FrameExamination:
        """A frame that can be trusted; `seen` with boxes in shares. Raises `LookError`."""
        zone = self._zone(ask)
        if zone is None:
            return FrameExamination(glance=Glance(unseen=NO_ZONE))
        polygon = tuple(Point(x, y) for x, y in zone.polygon)
        marks = EvidenceMarks(outline=polygon) if self.camera.evidence_marks else EvidenceMarks()
        if zone.kind != "road":
            boxes = self._boxes(zone, seen)
            return FrameExamination(glance=Glance(boxes=boxes), shot=shot(look, EvidenceRole.UPDATE, marks))
        if is_infrared(look.picture):
            return FrameExamination(glance=Glance(unseen=INFRARED))
        water = self.eyes.water.look(look.picture)
        share = water.share_in(polygon, hidden_by=[found.box for found in seen])
        picture = shot(look, EvidenceRole.UPDATE, marks)
        return FrameExamination(glance=Glance(water_share=share), shot=picture, clear_water_share=zone.clear_share)

    def _zone(self, ask: RecheckRequest) -> ZoneSettings | None:
        kind = _KINDS.get(ask.hazard)
        fitting = [zone for zone in self.camera.zones if zone.kind == kind and ask.zone in (None, zone.id)]
        return fitting[0] if fitting else None

    def _boxes(self, zone: ZoneSettings, seen: Sequence[Detection]) -> tuple[Box, ...]:
        watching = [stay for stay in self.stays if stay.name == f"{zone.kind}:{zone.id}"]
        return tuple(found.box for stay in watching for found in seen if stay.concerns(found))
