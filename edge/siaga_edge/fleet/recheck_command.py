"""Takes the cloud's wish that a camera looks again, and sends what it saw."""

from __future__ import annotations

import hashlib
import logging
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from siaga_core.rules.geometry import Box
from siaga_core.wire.looks import LookAgain
from siaga_core.wire.messages import EvidenceRef
from siaga_edge.camera.recheck import RecheckRequest, RecheckResult, refused
from siaga_edge.events.drafts import EvidenceImage
from siaga_edge.outbox.parcels import Parcel, of_answer, of_evidence

log = logging.getLogger(__name__)

NO_CAMERA: Final = "no_such_camera"
_REMEMBERED: Final = 256


class RecheckCamera(Protocol):
    """A camera that can be asked."""

    def look_again(self, ask: RecheckRequest, tell: Callable[[RecheckResult], None]) -> None:
        """Looks in the next seconds and tells once."""


class RecheckHandler:
    """`begin` from the thread that handles orders; each `look_id` is taken once while the agent runs."""

    def __init__(
        self,
        node: str,
        camera: Callable[[str], RecheckCamera],
        keep: Callable[[Sequence[Parcel]], object],
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._node, self._camera, self._keep, self._clock = node, camera, keep, clock
        self._taken: deque[UUID] = deque(maxlen=_REMEMBERED)

    def begin(self, order: LookAgain) -> str:
        """Lets the camera look; returns what is done, for the report. The answer comes through the outbox."""
        if order.look_id in self._taken:
            return f"look {order.look_id}: was asked for before"
        self._taken.append(order.look_id)
        ask = _ask(order)
        try:
            camera = self._camera(order.camera)
        except KeyError:
            self._tell(order, refused(ask, NO_CAMERA, self._clock()))
            return f"look: there is no camera {order.camera}"
        camera.look_again(ask, lambda answer: self._tell(order, answer))
        return f"look: camera {order.camera} looks again"

    def _tell(self, order: LookAgain, answer: RecheckResult) -> None:
        fields = order.model_dump(include={"look_id", "camera", "zone", "hazard"})
        found = answer.found
        fields |= {"state": found.state, "reason": found.reason, "frames": found.frames}
        fields |= {"seen_share": found.seen_share, "water_share": found.water_share}
        parcels = [of_answer(self._node, at=answer.at, fields=fields)]
        if answer.shot is not None:
            reference, picture = self._picture(order.look_id, answer.shot)
            parcels = [of_answer(self._node, at=answer.at, fields={**fields, "evidence": reference}), picture]
        self._keep(parcels)
        log.info("camera %s looked again: %s %s", order.camera, found.state, found.reason)

    def _picture(self, look_id: UUID, shot: EvidenceImage) -> tuple[EvidenceRef, Parcel]:
        sha256 = hashlib.sha256(shot.jpeg).hexdigest()
        fields = {"role": shot.role, "sha256": sha256, "redacted": shot.redacted}
        fields |= {"width": shot.width, "height": shot.height}
        reference = EvidenceRef(number=0, role=shot.role, sha256=sha256, taken_at=shot.taken_at)
        return reference, of_evidence(
            self._node, look_id, 0, taken_at=shot.taken_at, fields=fields, jpeg=shot.jpeg
        )  # fmt: skip


def _ask(order: LookAgain) -> RecheckRequest:
    box = order.box
    return RecheckRequest(
        look_id=order.look_id,
        hazard=order.hazard,
        zone=order.zone,
        box=Box(box.x1, box.y1, box.x2, box.y2) if box is not None else None,
        deadline=order.deadline,
    )
