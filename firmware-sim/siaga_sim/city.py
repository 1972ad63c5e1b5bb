"""The city file: its rivers and gauges as data, checked, and as the river's own parts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from siaga_sim.complaints import load_toml
from siaga_sim.river import network as parts

CITIES = Path(__file__).parent / "cities"

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,47}$")]
Positive = Annotated[float, Field(gt=0)]


class Table(BaseModel):
    """A TOML table: no unknown keys, no changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Place(Table):
    """A spot on the ground, WGS 84 degrees."""

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)


class Limits(Table):
    """Levels from which a Siaga stage holds, cm over the gauge's zero; what is not published is left out."""

    s3_cm: float
    s2_cm: float | None = None
    s1_cm: float | None = None

    @model_validator(mode="after")
    def _ascend(self) -> Self:
        known = [level for level in (self.s3_cm, self.s2_cm, self.s1_cm) if level is not None]
        if known != sorted(set(known)):
            raise ValueError(f"got {', '.join(f'{level:g}' for level in known)}, expected s3_cm < s2_cm < s1_cm")
        return self


class TideTable(Table):
    """A gauge in the sea."""

    mean_cm: float
    amplitude_cm: Positive
    high_water_hour: float


class GaugeTable(Table):
    """A gauge: in a river with bed_cm, full_m3s and base_m3s, or in the sea with a tide."""

    id: Id
    name: str
    river: str
    place: Place
    limits: Limits
    bed_cm: float = 0
    full_cm: float | None = None
    full_m3s: Positive = 1
    base_m3s: float = Field(default=0, ge=0)
    tide: TideTable | None = None

    @model_validator(mode="after")
    def _has_a_rating(self) -> Self:
        if self.highest_cm <= self.bed_cm:
            raise ValueError(f"got bed_cm {self.bed_cm:g}, expected it below full_cm or limits.s1_cm")
        return self

    @property
    def highest_cm(self) -> float:
        """The level at `full_m3s`: where Siaga 1 begins unless the file says otherwise."""
        known = [self.full_cm, self.limits.s1_cm, self.limits.s2_cm, self.limits.s3_cm]
        return next(level for level in known if level is not None)

    def part(self) -> parts.Gauge:
        """As the river knows it."""
        return parts.Gauge(
            id=self.id,
            bed_cm=self.bed_cm,
            full_cm=self.highest_cm,
            full_m3s=self.full_m3s,
            base_m3s=self.base_m3s,
            tide=None if self.tide is None else parts.Tide(**self.tide.model_dump()),
        )


class ReachTable(Table):
    """Water on its way between gauges."""

    upstream: Id
    downstream: Id
    hours: Positive


class CatchmentTable(Table):
    """Land that catches the rain."""

    id: Id
    into: Id
    area_km2: Positive
    runoff_share: float = Field(gt=0, le=1)
    response_hours: Positive


class PondTable(Table):
    """A low street where rain stands."""

    id: Id
    catchment: Id
    drain_mm_per_hour: Positive
    cm_per_mm: Positive


class City(Table):
    """A whole city file."""

    name: Id
    gauge: tuple[GaugeTable, ...] = Field(min_length=1)
    reach: tuple[ReachTable, ...] = ()
    catchment: tuple[CatchmentTable, ...] = ()
    pond: tuple[PondTable, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        self.network()
        return self

    def network(self) -> parts.Network:
        """The river. Raises NetworkError when the parts do not fit."""
        return parts.Network(
            gauges=tuple(gauge.part() for gauge in self.gauge),
            reaches=tuple(parts.Reach(**reach.model_dump()) for reach in self.reach),
            catchments=tuple(parts.Catchment(**catchment.model_dump()) for catchment in self.catchment),
            ponds=tuple(parts.Pond(**pond.model_dump()) for pond in self.pond),
        )

    def gauge_by_id(self, gauge_id: str) -> GaugeTable:
        """Raises KeyError for a gauge that the city does not have."""
        for gauge in self.gauge:
            if gauge.id == gauge_id:
                return gauge
        raise KeyError(gauge_id)


def load_city(name: str) -> City:
    """A city by the name of its file. Raises BadFileError."""
    return load_toml(CITIES / f"{name}.toml", City)
