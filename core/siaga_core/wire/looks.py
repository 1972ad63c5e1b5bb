"""Camera rechecks: what the cloud requests after work was reported as done, and what the node answers."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from siaga_core.wire.ids import Name
from siaga_core.wire.kinds import Share, WireModel
from siaga_core.wire.messages import Box, Envelope, EvidenceRef, Hazard

Reason = Annotated[str, StringConstraints(pattern=r"^[a-z_]{0,32}$")]


class RecheckCamera(WireModel):
    """Command: look at one zone for some seconds and say on `up/answers` whether it is clear now.

    A `look_id` is answered once, however often it is requested; one that arrives after its `deadline` is not answered.
    """

    kind: Literal["look"] = "look"
    look_id: UUID = Field(description="names the look; the answer and its evidence image carry it")
    camera: Name = Field(description="which camera")
    zone: Name | None = Field(default=None, description="which of its zones; null: the zones that the hazard is about")
    hazard: Hazard = Field(description="what was seen there before")
    box: Box | None = Field(default=None, description="where it was in the frame; null: anywhere in the zone")
    deadline: AwareDatetime = Field(description="an answer after this is of no use")


class LookState(StrEnum):
    """What a camera recheck found; not seen is never the same as clear."""

    CLEARED = "cleared"
    STILL_THERE = "still_there"
    CANNOT_SEE = "cannot_see"


class LookAnswerMessage(Envelope):
    """Stream `answers`: what the camera saw in a recheck; `measured_at` is that of its last frame.

    Its evidence image is sent on `evidence/<look_id>/0`.
    """

    look_id: UUID = Field(description="of the command")
    camera: Name = Field(description="which camera")
    zone: Name | None = Field(default=None, description="as in the command")
    hazard: Hazard = Field(description="as in the command")
    state: LookState
    reason: Reason = Field(
        default="",
        description="why it cannot see, such as `no_frames`, `covered`, `infrared`, `no_such_zone`, `late`; else empty",
    )
    frames: int = Field(default=0, ge=0, description="frames that were looked at")
    seen_share: Share | None = Field(default=None, description="share of those frames in which it was still there")
    water_share: Share | None = Field(default=None, description="median share of the road under water; flooding only")
    evidence: EvidenceRef | None = Field(default=None, description="the redacted evidence image that shows it")

    @model_validator(mode="after")
    def _explains_cannot_see(self) -> Self:
        if (self.state is LookState.CANNOT_SEE) != bool(self.reason):
            raise ValueError(f"reason {self.reason!r} in an answer that says {self.state}")
        return self
