"""What happens in front of a drawn camera, read from a TOML table with exact complaints."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from siaga_sim.scene.presets import LAYOUTS

Seconds = Annotated[float, Field(ge=0, le=7 * 86400)]
Kind = Literal["hatchback", "sedan", "mpv", "suv", "minivan", "pickup", "truck", "tarp_truck", "bus", "bus2", "scooter"]
Tint = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]


class ScriptError(ValueError):
    """A script that cannot be played; the text names file, key, value and what was expected."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Parker(_Table):
    """A vehicle that drives in, stops at a named place and leaves again, or stays."""

    kind: Kind = "mpv"
    colour: Tint | None = None
    place: str = "no_stopping"
    enters_at: Seconds
    stops_at: Seconds
    leaves_at: Seconds | None = None

    @model_validator(mode="after")
    def _chronological(self) -> "Parker":
        if self.stops_at < self.enters_at + 3:
            raise ValueError("stops_at must be at least 3 s after enters_at")
        if self.leaves_at is not None and self.leaves_at <= self.stops_at:
            raise ValueError("leaves_at must be after stops_at")
        return self


class TrashItem(_Table):
    """Rubbish that appears at a named place, may grow from `size` to `full_size`, and may be taken away."""

    place: str = "watch"
    at: Seconds
    size: Annotated[float, Field(ge=0, le=1)] = 0.4
    full_size: Annotated[float, Field(ge=0, le=1)] | None = None
    full_at: Seconds | None = None
    removed_at: Seconds | None = None
    brought: bool = True  # a person walks in with it

    def size_at(self, at_seconds: float) -> float | None:
        """How large it is (0..1), or None while it is not there; growth goes in steps of 0.1."""
        if at_seconds < self.at or (self.removed_at is not None and at_seconds >= self.removed_at):
            return None
        if self.full_size is None or self.full_at is None or self.full_at <= self.at:
            return self.size
        done = min((at_seconds - self.at) / (self.full_at - self.at), 1.0)
        return self.size + round((self.full_size - self.size) * done, 1)


class Passer(_Table):
    """A vehicle that drives through a lane and is abreast of `y_m` at the given time."""

    kind: Kind = "bus"
    at: Seconds
    lane: Annotated[int, Field(ge=0)] = 0
    y_m: float = 16.0


class Stander(_Table):
    """What stands still at a place for a while and neither comes nor goes: a person, a scooter without its rider."""

    kind: Kind | Literal["person", "person_with_bag", "empty_scooter"]
    place: str | None = None
    x_m: float = 0.0
    y_m: float = 15.0
    heading_deg: float = 0.0
    colour: Tint | None = None
    appears_at: Seconds = 0.0
    goes_at: Seconds | None = None

    def is_there(self, at_seconds: float) -> bool:
        """Whether it stands there at a time."""
        return self.appears_at <= at_seconds and (self.goes_at is None or at_seconds < self.goes_at)


class Queue(_Table):
    """Traffic that moves up one place at a time in a lane, each place `gap_m` long, until it flows again."""

    lane: Annotated[int, Field(ge=0)] = 0
    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)] = ("mpv", "hatchback", "sedan", "suv")
    head_y_m: float = 15.0
    gap_m: Annotated[float, Field(ge=4, le=30)] = 8.0
    stands_seconds: Annotated[float, Field(gt=0)] = 5.0
    moves_seconds: Annotated[float, Field(gt=0)] = 3.0
    flows_at: Seconds | None = None
    flow_mps: Annotated[float, Field(gt=0)] = 6.0

    def places_gone(self, at_seconds: float) -> float:
        """How many places the queue has moved up since the start."""
        standing = at_seconds if self.flows_at is None else min(at_seconds, self.flows_at)
        whole, since = divmod(standing, self.stands_seconds + self.moves_seconds)
        share = max(0.0, since - self.stands_seconds) / self.moves_seconds
        return whole + share * share * (3 - 2 * share) + (at_seconds - standing) * self.flow_mps / self.gap_m


class Shade(_Table):
    """A shadow on the ground (of a cloud, a crane, a house at noon) that may wander along the street."""

    ground: tuple[float, float, float, float]
    darkness: Annotated[float, Field(gt=0, lt=1)] = 0.5
    along_mps: float = 0.0
    appears_at: Seconds = 0.0
    goes_at: Seconds | None = None


class Knock(_Table):
    """The camera is turned by so much from a time on."""

    at: Seconds
    yaw_deg: Annotated[float, Field(ge=-90, le=90)] = 0.0
    pitch_deg: Annotated[float, Field(ge=-60, le=60)] = 0.0


class Cover(_Table):
    """Something (a bag, a leaf, paint) lies over the left `share` of the lens for a while."""

    at: Seconds
    until: Seconds | None = None
    share: Annotated[float, Field(gt=0, le=1)] = 1.0


class StreetScript(_Table):
    """One camera's story. Times are seconds from the start; levels are cm above the gutter."""

    layout: str
    width: Annotated[int, Field(ge=320, le=1920, multiple_of=2)] = 960
    height: Annotated[int, Field(ge=180, le=1080, multiple_of=2)] = 540
    fps: Annotated[float, Field(gt=0, le=30)] = 8.0
    seed: Annotated[int, Field(ge=0)] = 1
    light: Literal["day", "dusk", "night"] = "day"
    rain: Annotated[float, Field(ge=0, le=1)] = 0.0
    wet_road: bool = False
    density: Annotated[float, Field(ge=0, le=3)] = 1.0
    seconds: Seconds = 60.0
    parkers: tuple[Parker, ...] = ()
    trash: tuple[TrashItem, ...] = ()
    passers: tuple[Passer, ...] = ()
    water: tuple[tuple[Seconds, Annotated[float, Field(ge=0, le=190)]], ...] = ()
    standers: tuple[Stander, ...] = ()
    queues: tuple[Queue, ...] = ()
    shades: tuple[Shade, ...] = ()
    knocks: tuple[Knock, ...] = ()
    covers: tuple[Cover, ...] = ()

    @model_validator(mode="after")
    def _fits_layout(self) -> "StreetScript":
        if self.layout not in LAYOUTS:
            raise ValueError(f"layout {self.layout!r}: expected one of {', '.join(LAYOUTS)}")
        layout = LAYOUTS[self.layout]
        places = (*(p.place for p in self.parkers), *(q.place for q in self.trash), *(r.place for r in self.standers))
        for place in places:
            if place is not None and place not in layout.spots:
                raise ValueError(f"place {place!r}: expected one of {', '.join(layout.spots)}")
        for lane in (*(p.lane for p in self.passers), *(q.lane for q in self.queues)):
            if lane >= len(layout.lanes):
                raise ValueError(f"lane {lane}: expected 0..{len(layout.lanes) - 1}")
        times = [t for t, _ in self.water]
        if times != sorted(times):
            raise ValueError("water: expected times in rising order")
        return self

    def level_cm(self, at_seconds: float) -> float:
        """The scripted water level, straight between the given points."""
        if not self.water:
            return 0.0
        times, levels = zip(*self.water, strict=True)
        return float(np.interp(at_seconds, times, levels))


def parse(table: Mapping[str, Any], source: str = "script") -> StreetScript:
    """A script from a TOML table; raises ScriptError."""
    try:
        return StreetScript.model_validate(dict(table))
    except ValidationError as error:
        lines = [_complaint(source, e["loc"], e["input"], e["msg"]) for e in error.errors()]
        raise ScriptError("\n".join(lines)) from None


def _complaint(source: str, where: tuple[int | str, ...], value: object, message: str) -> str:
    key = ".".join(str(p) for p in where) or "(whole table)"
    shown = "" if isinstance(value, Mapping) else f" = {value!r}"
    return f"{source}: {key}{shown}: {message}"


def load(path: Path) -> StreetScript:
    """A script from a TOML file; raises ScriptError."""
    try:
        return parse(tomllib.loads(path.read_text()), str(path))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ScriptError(f"{path}: {error}") from error
