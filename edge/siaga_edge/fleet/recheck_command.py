"""Handles the cloud's request for a camera recheck and sends the result."""

from __future__ import annotations

import hashlib
import logging
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from siaga_core.rules.geometry import Box
from siaga_core.wire.looks import RecheckCamera
from siaga_core.wire.messages import EvidenceRef
from siaga_edge.camera.recheck import RecheckAnswer, RecheckRequest, refused
from siaga_edge.events.drafts import EvidenceImage
from siaga_edge.outbox.parcels import Parcel, of_answer, of_evidence

log = logging.getLogger(__name__)

NO_CAMERA: Final = "no_such_camera"
_REMEMBERED: Final = 256


class RecheckableCamera(Protocol):
    """A camera that can be asked."""

    def recheck(self, request: RecheckRequest, notify: Callable[[RecheckAnswer], None]) -> None:
        """Look in the next seconds and notify once."""


class RecheckHandler:
    """`begin` from the thread that handles commands; each `look_id` is taken once while the agent runs."""

    def __init__(
        self,
        node: str,
        camera: Callable[[str], RecheckableCamera],
        save: Callable[[Sequence[Parcel]], object],
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._node, self._camera, self._save, self._clock = node, camera, save, clock
        self._answered: deque[UUID] = deque(maxlen=_REMEMBERED)

    def begin(self, command: RecheckCamera) -> str:
        """Lets the camera look; returns what is done, for the report. The answer comes through the outbox."""
        if command.look_id in self._answered:
            return f"look {command.look_id}: was asked for before"
        self._answered.append(command.look_id)
        request = _request_of(command)
        try:
            camera = self._camera(command.camera)
        except KeyError:
            self._publish(command, refused(request, NO_CAMERA, self._clock()))
            return f"look: there is no camera {command.camera}"
        camera.recheck(request, lambda answer: self._publish(command, answer))
        return f"look: camera {command.camera} looks again"

    def _publish(self, command: RecheckCamera, answer: RecheckAnswer) -> None:
        fields = command.model_dump(include={"look_id", "camera", "zone", "hazard"})
        found = answer.found
        fields |= {"state": found.state, "reason": found.reason, "frames": found.frames}
        fields |= {"seen_share": found.seen_share, "water_share": found.water_share}
        parcels = [of_answer(self._node, at=answer.at, fields=fields)]
        if answer.evidence is not None:
            reference, image = self._image(command.look_id, answer.evidence)
            parcels = [of_answer(self._node, at=answer.at, fields={**fields, "evidence": reference}), image]
        self._save(parcels)
        log.info("camera %s: recheck resulted in %s %s", command.camera, found.state, found.reason)

    def _image(self, look_id: UUID, evidence: EvidenceImage) -> tuple[EvidenceRef, Parcel]:
        sha256 = hashlib.sha256(evidence.jpeg).hexdigest()
        fields = {"role": evidence.role, "sha256": sha256, "redacted": evidence.redacted}
        fields |= {"width": evidence.width, "height": evidence.height}
        reference = EvidenceRef(number=0, role=evidence.role, sha256=sha256, taken_at=evidence.taken_at)
        return reference, of_evidence(
            self._node, look_id, 0, taken_at=evidence.taken_at, fields=fields, jpeg=evidence.jpeg
        )  # fmt: skip


def _request_of(command: RecheckCamera) -> RecheckRequest:
    box = command.box
    return RecheckRequest(
        look_id=command.look_id,
        hazard=command.hazard,
        zone=command.zone,
        box=Box(box.x1, box.y1, box.x2, box.y2) if box is not None else None,
        deadline=command.deadline,
    )
