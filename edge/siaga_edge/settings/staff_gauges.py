"""The part of NODE.toml that says where a camera sees a staff gauge, and which levels lie where on it."""

from __future__ import annotations

from math import hypot
from typing import Literal, Self

from pydantic import Field, model_validator

from siaga_core.wire.ids import Name
from siaga_edge.gauge.staff_scale import Mark, Spot, StaffScale, StaffScaleError, along_line, fit
from siaga_edge.settings.kinds import Section, refuse

_LEAST_LINE = 0.02  # of the picture; a shorter staff has too few pixels to be read
_BEYOND = 0.02  # of the line, that a point may lie past an end


class StaffPoint(Section):
    """A mark of the staff whose level was read in the picture."""

    at: Spot = Field(description="a point [x, y], shares of width and height from 0 to 1")
    level_cm: float = Field(
        ge=-10_000, le=100_000, description="a number of cm over the gauge's zero from -10000 to 100000"
    )

    @model_validator(mode="after")
    def _inside(self) -> Self:
        if not all(0 <= share <= 1 for share in self.at):
            raise refuse(f"got at {list(self.at)}, expected shares of width and height from 0 to 1")
        return self


class StaffSettings(Section):
    """A staff in the picture: the line along its middle, how wide it is, and points of known level on the line."""

    line: tuple[Spot, Spot] = Field(
        description="two points [[x, y], [x, y]] along the middle of the staff, shares of width and height"
    )
    width: float = Field(
        default=0.03, gt=0, le=0.5, description="a share of the image's width above 0 and at most 0.5: the staff's"
    )
    points: tuple[StaffPoint, ...] = Field(
        min_length=2,
        max_length=32,
        description="2 to 32 points on the line such as { at = [0.41, 0.52], level_cm = 120 }",
    )

    @model_validator(mode="after")
    def _one_staff(self) -> Self:
        (x1, y1), (x2, y2) = self.line
        if not all(0 <= share <= 1 for share in (x1, y1, x2, y2)):
            raise refuse(f"got line {_shown(self.line)}, expected shares of width and height from 0 to 1")
        if hypot(x2 - x1, y2 - y1) < _LEAST_LINE:
            raise refuse(f"got line {_shown(self.line)}, expected ends at least {_LEAST_LINE:g} of the image apart")
        for number, point in enumerate(self.points, start=1):
            self._check_on_line(number, point)
        try:
            self.scale()
        except StaffScaleError as error:
            raise refuse(str(error)) from None
        return self

    def scale(self) -> StaffScale:
        """The map from places along the line to levels."""
        return fit([Mark(along=along_line(self.line, each.at)[0], level_cm=each.level_cm) for each in self.points])

    def _check_on_line(self, number: int, point: StaffPoint) -> None:
        along, beside = along_line(self.line, point.at)
        if abs(beside) > self.width:
            raise refuse(
                f"got point {number} at {list(point.at)}, {abs(beside):.3f} beside the line, "
                f"expected a point on the line (at most its width {self.width:g} beside it)"
            )
        if not -_BEYOND <= along <= 1 + _BEYOND:
            raise refuse(f"got point {number} at {list(point.at)} beyond the line, expected it between the line's ends")


def _shown(line: tuple[Spot, Spot]) -> list[list[float]]:
    return [list(end) for end in line]


class CameraSource(Section):
    """A staff gauge that a camera of this node reads."""

    kind: Literal["camera"]
    camera: Name = Field(description="the id of a camera of this file")
    staff: StaffSettings = Field(
        description="a staff such as { line = [[0.4, 0.1], [0.4, 0.9]], width = 0.03, points = [...] }"
    )
    every_seconds: float = Field(
        default=60.0, gt=0, le=3600, description="a number of seconds above 0 and at most 3600 between readings"
    )
    frames: int = Field(default=8, ge=1, le=30, description="a number of frames from 1 to 30 for each reading")
    frames_seconds: float = Field(
        default=4.0, ge=0, le=60, description="a number of seconds from 0 to 60 over which the frames are taken"
    )
    max_uncertainty_cm: float = Field(
        default=5.0, gt=0, le=500, description="a number of cm above 0 and at most 500: a less certain level is refused"
    )

    @model_validator(mode="after")
    def _in_time(self) -> Self:
        if self.frames_seconds > self.every_seconds:
            raise refuse(
                f"got frames_seconds {self.frames_seconds:g} and every_seconds {self.every_seconds:g}, "
                "expected frames_seconds at most every_seconds"
            )
        return self
