"""The part of NODE.toml that is about cameras and what is watched in their pictures."""

from __future__ import annotations

from datetime import datetime, time
from math import inf
from typing import Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from siaga_core.rules.looks import look_budget
from siaga_core.rules.outline import Spot
from siaga_core.wire.ids import Name
from siaga_edge.settings.errors import got
from siaga_edge.settings.kinds import (
    NAME_TEXT,
    PLACE_TEXT,
    ClockTime,
    Outline,
    PlaceSettings,
    Score,
    Section,
    StreamUrl,
    Timezone,
    refuse,
)

VEHICLES: Final = ("car", "truck", "bus", "motorcycle", "three_wheeler")


class HoursSettings(Section):
    """Hours of the day, in the zone's time zone; they may pass midnight."""

    from_: ClockTime = Field(alias="from", description="a time of day as HH:MM, 00:00 to 24:00")
    to: ClockTime = Field(description="a time of day as HH:MM, 00:00 to 24:00")

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.from_ == self.to and self.from_ != time(0):
            raise refuse(f"got from and to both {self.from_:%H:%M}, expected two different times")
        return self

    def covers(self, local: time) -> bool:
        """Whether a time of day lies inside; `from` does, `to` does not."""
        if self.from_ < self.to:
            return self.from_ <= local < self.to
        return local >= self.from_ or local < self.to


class MarkSettings(Section):
    """A spot in a road's view that water reaches when it is so deep on the road: a kerb, a wall, a painted rod."""

    at: Spot = Field(description="a point [x, y], shares of width and height from 0 to 1")
    depth_cm: float = Field(gt=0, le=500, description="a number of cm above 0 and at most 500")
    name: str = Field(default="", max_length=40, description="text of at most 40 characters")

    @model_validator(mode="after")
    def _inside(self) -> Self:
        if not all(0 <= share <= 1 for share in self.at):
            raise refuse(f"got at {list(self.at)}, expected shares of width and height from 0 to 1")
        return self


class ZoneSettings(Section):
    """A part of a camera's picture that is watched for one thing."""

    id: Name = Field(description=NAME_TEXT)
    kind: Literal["no_stopping", "watch", "road"] = Field(description='"no_stopping", "watch" or "road"')
    polygon: Outline = Field(description="3 to 64 points [x, y], shares of width and height from 0 to 1")
    place: PlaceSettings | None = Field(default=None, description=PLACE_TEXT)
    allowed_seconds: float = Field(
        default_factory=lambda data: 60.0 if data.get("kind") == "watch" else 180.0,
        gt=0,
        le=86_400,
        description="a number of seconds above 0 and at most 86400",
    )
    labels: tuple[str, ...] = Field(
        default_factory=lambda data: ("trash",) if data.get("kind") == "watch" else VEHICLES,
        min_length=1,
        max_length=16,
        description="1 to 16 labels of the detector in quotes",
    )
    min_area_share: float = Field(default=0.0, ge=0, le=1, description="a share of the zone from 0 to 1")
    flooded_share: float = Field(default=0.25, gt=0, le=1, description="a share above 0 and at most 1")
    clear_share: float = Field(default=0.12, ge=0, lt=1, description="a share from 0 to below flooded_share")
    marks: tuple[MarkSettings, ...] = Field(
        default=(),
        max_length=12,
        description='up to 12 marks such as { at = [0.4, 0.7], depth_cm = 15, name = "kerb" }',
    )
    active: tuple[HoursSettings, ...] = Field(
        default=(), max_length=8, description='up to 8 spans such as { from = "06:00", to = "22:00" }'
    )
    timezone: Timezone = Field(default="Asia/Jakarta", description="an IANA time zone such as Asia/Jakarta")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        only_for = {"allowed_seconds": "no_stopping or watch", "labels": "no_stopping or watch"}
        if self.kind != "road":
            only_for = {"flooded_share": "road", "clear_share": "road", "marks": "road"}
        for key in self.model_fields_set & only_for.keys():
            raise refuse(f"got {key} in a zone of kind {self.kind}, expected it only with kind {only_for[key]}")
        if self.clear_share >= self.flooded_share:
            raise refuse(
                f"got clear_share {self.clear_share:g} and flooded_share {self.flooded_share:g}, "
                "expected clear_share below flooded_share"
            )
        return self

    @property
    def needed_look_interval(self) -> float:
        """The longest time between two looks that supports the allowed dwell; infinite for a road."""
        if self.kind == "road":
            return inf
        longest = look_budget.LONGEST_TRASH_SECONDS if self.kind == "watch" else look_budget.LONGEST_SECONDS
        return look_budget.needed_interval(self.allowed_seconds, longest_seconds=longest)

    def is_active(self, at: datetime) -> bool:
        """Whether the zone is watched at an aware time; without `active` it always is."""
        local = at.astimezone(ZoneInfo(self.timezone)).time()
        return not self.active or any(hours.covers(local) for hours in self.active)


class CameraSettings(Section):
    """The table of one camera and its zones."""

    id: Name = Field(description=NAME_TEXT)
    url: StreamUrl = Field(description="an rtsp:// URL or the path of a file")
    place: PlaceSettings = Field(description=PLACE_TEXT)
    fps: float = Field(default=5.0, gt=0, le=60, description="a number of frames a second above 0 and at most 60")
    detect_every_seconds: float = Field(
        default=0.5, ge=0, le=3600, description="a number of seconds from 0 (every frame) to 3600 between detections"
    )
    water_every_seconds: float = Field(
        default=5.0, gt=0, le=3600, description="a number of seconds above 0 and at most 3600 between looks for water"
    )
    snapshot_every_seconds: float | None = Field(
        default=None,
        gt=0,
        le=3600,
        description="a number of seconds above 0 and at most 3600 between single snapshots, with an http:// URL",
    )
    connect_seconds: float = Field(
        default=5.0, ge=1, le=60, description="a number of seconds from 1 to 60 for a camera to answer"
    )
    keyframes_only: bool | None = Field(
        default=None, description="true or false; without it true where no zone is no_stopping and fps is at most 1"
    )
    follow_view: bool = Field(
        default=True, description="true, or false for a camera that is turned on purpose (then it may look anywhere)"
    )
    masks: tuple[Outline, ...] = Field(
        default=(),
        alias="mask",
        max_length=16,
        description="up to 16 polygons of points [x, y] that are black in every frame",
    )
    evidence_marks: bool = Field(
        default=True, description="true, or false for evidence without drawn boxes, fit for training (the review set)"
    )
    thresholds: dict[str, Score] = Field(
        default={}, description="labels of the detector with a score from 0.15 to 1, such as { car = 0.5 }"
    )
    unknown_after_seconds: float = Field(
        default=10.0, gt=0, le=3600, description="a number of seconds above 0 and at most 3600 without a frame"
    )
    zones: tuple[ZoneSettings, ...] = Field(
        default=(), alias="zone", max_length=32, description="up to 32 [[camera.zone]] tables"
    )

    @property
    def frame_seconds(self) -> float:
        """The time from one frame to the next."""
        return self.snapshot_every_seconds or 1 / self.fps

    @property
    def decodes_keyframes_only(self) -> bool:
        """Whether the pictures between keyframes are left undecoded: nothing here is fast enough to need them."""
        if self.keyframes_only is not None:
            return self.keyframes_only
        return self.fps <= 1 and all(zone.kind != "no_stopping" for zone in self.zones)

    @model_validator(mode="after")
    def _snapshots_over_http(self) -> Self:
        if self.snapshot_every_seconds is not None and not self.url.startswith(("http://", "https://")):
            raise refuse(f"got snapshot_every_seconds with url {got(self.url)}, expected an http:// or https:// URL")
        return self

    @model_validator(mode="after")
    def _looks_often_enough(self) -> Self:
        given = {"detect_every_seconds", "snapshot_every_seconds", "fps"} & self.model_fields_set
        for zone in self.zones:
            needed = zone.needed_look_interval
            for key in sorted(given):
                every = 1 / self.fps if key == "fps" else float(getattr(self, key) or 0.0)
                if every > needed + 1e-6:
                    least = f"fps of at least {1 / needed:.3g}" if key == "fps" else f"at most {needed:.3g}"
                    raise refuse(
                        f"got {key} {got(getattr(self, key))}, expected {least}, because zone {zone.id} allows "
                        f"{zone.allowed_seconds:g} s, which looks further apart cannot support"
                    )
        return self


class SiteCameraSettings(CameraSettings):
    """A camera whose pictures come from a clip, so that it needs no URL."""

    url: str = Field(default="", description="text; a replay does not open it")
