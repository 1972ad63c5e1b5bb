"""Live views: the cloud requests a bounded series of redacted frames from a camera, and the node sends it.

Frames are shown and discarded: the node neither counts nor stores them, nor sends them again.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from siaga_core.wire.ids import Name
from siaga_core.wire.kinds import WIRE_VERSION, WireModel

MAX_FRAME_BYTES: Final = 512 * 1024
MAX_VIEW_SECONDS: Final = 120
MAX_FRAMES: Final = 600


class ShowCamera(WireModel):
    """Command: send frames of a camera on `up/frames`, from now until a time or a number of them.

    A node shows a camera at most 120 s for one command, whatever `until` says. A camera that cannot be trusted (black,
    moved, covered) shows nothing, because people and masked places may not be where they were.
    """

    kind: Literal["show"] = "show"
    view_id: UUID = Field(description="names the series; each frame carries it")
    camera: Name = Field(description="which camera")
    until: AwareDatetime = Field(description="no frame after this")
    every_seconds: float = Field(default=0.5, ge=0.2, le=60, description="least time between two frames")
    most_frames: int = Field(default=MAX_FRAMES, ge=1, le=MAX_FRAMES, description="frames at most; 1: a snapshot")
    max_side_px: Annotated[int, Field(ge=160, le=1280, description="longer side of the frames at most")] = 640


class FrameHeader(WireModel):
    """Stream `frames`, QoS 0: one line of JSON; the JPEG bytes follow after one newline. Not counted."""

    v: Literal[1] = WIRE_VERSION
    node: Name = Field(description="who sends; the same as in the topic")
    view_id: UUID = Field(description="of the command")
    camera: Name = Field(description="as in the command")
    number: int = Field(ge=1, le=MAX_FRAMES, description="counts up from 1 in a series; frames may be missing")
    taken_at: AwareDatetime = Field(description="when the frame was captured")
    width: int = Field(ge=1, le=1280)
    height: int = Field(ge=1, le=1280)
    redacted: Literal[True] = Field(description="people and plates were made unrecognisable; others are not sent")


class FrameMessage(WireModel):
    """A frame of a series, with its header."""

    header: FrameHeader
    jpeg: bytes
