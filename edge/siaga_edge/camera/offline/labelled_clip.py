"""A folder of labelled clips: beside each clip a TOML file with its zones and the events that are expected."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from siaga_core.vision.errors import VisionError
from siaga_edge.settings import SiteSettings
from siaga_edge.settings.errors import complaints_of

_PLACE = {"lat": 0.0, "lon": 0.0}  # a label gives none, and no decision depends on it


class LabelError(VisionError):
    """A label that cannot be used; the text names the file, the key and what was expected."""


class _Table(BaseModel):
    # Labels also describe licence, weather and source, which no judgement depends on.
    model_config = ConfigDict(frozen=True, extra="ignore")


class LabelledZone(_Table):
    """A zone; its polygon is in pixels of the clip."""

    id: str
    kind: Literal["no_stopping", "watch", "road"]
    polygon: tuple[tuple[float, float], ...]
    allowed_seconds: Annotated[float, Field(gt=0)] | None = None


class ExpectedEvent(_Table):
    """An event that must be reported, in seconds of the clip.

    The condition begins between `began_from` and `began_to` and ends between `ended_from` and `ended_to`; without
    those it is still there when the clip ends. `vehicles`: how many things there are, each of which may be reported.
    """

    hazard: Literal["illegal_parking", "trash", "flooding"]
    zone: str
    began_from: float
    began_to: float
    ended_from: float | None = None
    ended_to: float | None = None
    vehicles: Annotated[int, Field(ge=1)] = 1

    @model_validator(mode="after")
    def _chronological(self) -> Self:
        if self.began_from > self.began_to:
            raise ValueError(f"began_from {self.began_from:g}: expected at most began_to {self.began_to:g}")
        return self


class LabelledClip(_Table):
    """One clip and what an attentive person saw in it; `fixed`: the camera stands still; `light`: day or night."""

    name: str
    file: str
    width: Annotated[int, Field(gt=0)]
    height: Annotated[int, Field(gt=0)]
    duration: Annotated[float, Field(gt=0)]
    light: str = ""
    fixed: bool = True
    sure: bool = True
    zones: Annotated[tuple[LabelledZone, ...], Field(alias="zone", min_length=1)]
    expected: tuple[ExpectedEvent, ...] = Field(default=(), alias="expect")

    @model_validator(mode="after")
    def _expected_in_zones(self) -> Self:
        known = {zone.id for zone in self.zones}
        for event in self.expected:
            if event.zone not in known:
                raise ValueError(f"expect.zone {event.zone}: expected one of {', '.join(sorted(known))}")
        return self

    def allowed_seconds(self, zone_id: str) -> float:
        """Return the allowed dwell of a zone; 0 where the zone has none."""
        return next((zone.allowed_seconds or 0.0 for zone in self.zones if zone.id == zone_id), 0.0)


def read_labels(folder: Path) -> list[LabelledClip]:
    """The labels of a folder in order of name; raises `LabelError`."""
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise LabelError(f"{folder}: expected a folder with a TOML file beside each clip")
    return [read_label(file) for file in files]


def read_label(file: Path) -> LabelledClip:
    """One label; raises `LabelError`."""
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        return LabelledClip.model_validate({"name": file.stem, "file": f"{file.stem}.mp4", **table})
    except OSError as error:
        raise LabelError(f"{file}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LabelError(f"{file}: expected TOML: {error}") from None
    except ValidationError as error:
        lines = (f"{file}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise LabelError("\n".join(lines)) from None


def site_of(clip: LabelledClip) -> SiteSettings:
    """The site of a clip, with everything that the label does not give as a node ships with it."""
    zones = [_zone(clip, zone) for zone in clip.zones]
    site = {"camera": {"id": "clip", "place": _PLACE, "follow_view": clip.fixed, "zone": zones}}
    try:
        return SiteSettings.model_validate(site)
    except ValidationError as error:
        complaints = (f"{clip.name}: {complaint}" for complaint in complaints_of(error, SiteSettings, site))
        raise LabelError("\n".join(complaints)) from None


def _zone(clip: LabelledClip, zone: LabelledZone) -> dict[str, object]:
    shares = [[_share(x, clip.width), _share(y, clip.height)] for x, y in zone.polygon]
    allowed = {} if zone.allowed_seconds is None else {"allowed_seconds": zone.allowed_seconds}
    return {"id": zone.id, "kind": zone.kind, "polygon": shares, **allowed}


def _share(value: float, side: int) -> float:
    return min(1.0, max(0.0, value / side))
