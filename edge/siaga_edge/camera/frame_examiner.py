"""What one frame shows of what the cloud asks about; nothing of it counts for the camera's own events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from siaga_core.hazards import hazard
from siaga_core.rules.geometry import Box, Point
from siaga_core.rules.verification.recheck import Glance
from siaga_core.vision.detections import Detection
from siaga_core.wire.messages import EvidenceRole
from siaga_edge.camera.detection.look import Look
from siaga_edge.camera.recheck import FrameExamination, RecheckRequest
from siaga_edge.camera.view.view_check import is_infrared
from siaga_edge.camera.zones.dwell_zones import DwellZone
from siaga_edge.camera.zones.evidence_images import EvidenceMarks, make_evidence_image
from siaga_edge.settings import CameraSettings, ZoneSettings
from siaga_edge.vision.models import VisionModels

NO_ZONE, INFRARED = "no_such_zone", "infrared"


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameExaminer:
    """One camera's zones and the models that examine them."""

    camera: CameraSettings
    vision_models: VisionModels
    dwells: Sequence[DwellZone]

    def examined(self, look: Look, seen: Sequence[Detection], request: RecheckRequest) -> FrameExamination:
        """A frame that can be trusted; `seen` with boxes in shares. Raises `LookError`."""
        zone = self._zone(request)
        if zone is None:
            return FrameExamination(glance=Glance(unseen=NO_ZONE))
        polygon = tuple(Point(x, y) for x, y in zone.polygon)
        marks = EvidenceMarks(outline=polygon) if self.camera.evidence_marks else EvidenceMarks()
        if zone.kind != "road":
            boxes = self._boxes(zone, seen)
            return FrameExamination(
                glance=Glance(boxes=boxes), evidence=make_evidence_image(look, EvidenceRole.UPDATE, marks)
            )
        if is_infrared(look.image):
            return FrameExamination(glance=Glance(unseen=INFRARED))
        water = self.vision_models.water.look(look.image)
        share = water.share_in(polygon, hidden_by=[found.box for found in seen])
        image = make_evidence_image(look, EvidenceRole.UPDATE, marks)
        return FrameExamination(glance=Glance(water_share=share), evidence=image, clear_water_share=zone.clear_share)

    def _zone(self, request: RecheckRequest) -> ZoneSettings | None:
        kind = hazard(request.hazard).zone
        fitting = [zone for zone in self.camera.zones if zone.kind == kind and request.zone in (None, zone.id)]
        return fitting[0] if fitting else None

    def _boxes(self, zone: ZoneSettings, seen: Sequence[Detection]) -> tuple[Box, ...]:
        watching = [dwell_zone for dwell_zone in self.dwells if dwell_zone.name == f"{zone.kind}:{zone.id}"]
        return tuple(found.box for dwell_zone in watching for found in seen if dwell_zone.concerns(found))
