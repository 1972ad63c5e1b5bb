"""The part of NODE.toml that is about evidence clips."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from pydantic import Field

from siaga_edge.settings.kinds import Bytes, Section

_MEBIBYTE: Final = 1024 * 1024
ClipHazard: TypeAlias = Literal["illegal_parking", "trash", "flooding"]
_EVERY_HAZARD: Final[tuple[ClipHazard, ...]] = ("illegal_parking", "trash", "flooding")


class ClipsSettings(Section):
    """Of which events clips are recorded, and how much memory and disk they may need."""

    hazards: tuple[ClipHazard, ...] = Field(
        default=_EVERY_HAZARD,
        max_length=len(_EVERY_HAZARD),
        description='any of "illegal_parking", "trash" and "flooding"; an empty list records no clips',
    )
    ring_bytes: Bytes = Field(
        default=16 * _MEBIBYTE,
        ge=_MEBIBYTE,
        le=256 * _MEBIBYTE,
        description="a size from 1MiB to 256MiB for the last 30 s of packets of each camera",
    )
    waiting_bytes: Bytes = Field(
        default=256 * _MEBIBYTE, ge=4 * _MEBIBYTE, description="a size of 4MiB or more for the clips in the outbox"
    )
    waiting_hours: float = Field(default=168.0, gt=0, description="a number of hours above 0 that clips may wait")
    stored_bytes: Bytes = Field(
        default=64 * _MEBIBYTE, ge=4 * _MEBIBYTE, description="a size of 4MiB or more for the clips of the status page"
    )
    stored_hours: float = Field(
        default=168.0, gt=0, description="a number of hours above 0 that clips stay on the status page"
    )
