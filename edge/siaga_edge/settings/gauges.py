"""The part of NODE.toml that is about gauges."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from siaga_core.wire.ids import Name
from siaga_edge.settings.gauge_sources import SOURCE_TEXT, FileSource, GaugeSource, ModbusTcpSource, SirenSettings
from siaga_edge.settings.kinds import NAME_TEXT, PLACE_TEXT, PlaceSettings, Section, refuse
from siaga_edge.settings.staff_gauges import CameraSource

__all__ = [
    "CameraSource",
    "FileSource",
    "GaugeSettings",
    "LimitsSettings",
    "ModbusTcpSource",
    "QualitySettings",
    "ReportSettings",
    "SirenSettings",
    "SiteGaugeSettings",
]


class LimitsSettings(Section):
    """Where Siaga 3, 2 and 1 begin, in cm over the gauge's zero; leave out what the city has not set."""

    s3_cm: float = Field(description="a number of cm over the gauge's zero where Siaga 3 begins")
    s2_cm: float | None = Field(default=None, description="a number of cm over the gauge's zero where Siaga 2 begins")
    s1_cm: float | None = Field(default=None, description="a number of cm over the gauge's zero where Siaga 1 begins")

    @model_validator(mode="after")
    def _rising(self) -> Self:
        known = {name: value for name, value in self if value is not None}
        if list(known.values()) != sorted(known.values()):
            shown = ", ".join(f"{name} {value:g}" for name, value in known.items())
            raise refuse(f"got {shown}, expected s3_cm <= s2_cm <= s1_cm")
        return self


class QualitySettings(Section):
    """What makes a reading doubtful. Doubtful readings are marked, never dropped."""

    min_cm: float = Field(default=-100.0, description="a number of cm, the lowest level that can be true")
    max_cm: float = Field(default=3000.0, description="a number of cm, the highest level that can be true")
    spike_cm: float = Field(default=30.0, gt=0, description="a number of cm above 0 that one reading may stand out")
    rate_cm_per_minute: float = Field(
        default=25.0, gt=0, description="a number of cm a minute above 0 that water may rise or fall"
    )
    spread_cm: float = Field(default=10.0, gt=0, description="a number of cm above 0 that a burst may scatter")
    stuck_seconds: float = Field(
        default=10_800.0, gt=0, description="a number of seconds above 0 without the least change"
    )
    obstruction_seconds: float = Field(
        default=60.0, gt=0, description="a number of seconds above 0 that a sudden rise may stay without moving"
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_cm >= self.max_cm:
            raise refuse(f"got min_cm {self.min_cm:g} and max_cm {self.max_cm:g}, expected min_cm below max_cm")
        return self


class ReportSettings(Section):
    """When readings are sent: changes at once, calm water seldom. Doubts and stages are decided on every reading."""

    change_cm: float = Field(default=2.0, gt=0, description="a number of cm above 0 that is worth a report")
    calm_seconds: float = Field(default=300.0, gt=0, le=3600, description="a number of seconds above 0, at most 3600")
    brisk_seconds: float = Field(default=60.0, gt=0, le=3600, description="a number of seconds above 0, at most 3600")
    brisk_hold_seconds: float = Field(
        default=1800.0, ge=0, le=86_400, description="a number of seconds from 0 to 86400 after the last change"
    )
    brisk_above_cm: float | None = Field(default=None, description="a number of cm from which it is always brisk")
    rain_file: Path | None = Field(
        default=None, description="the path of a file that holds 1 while it rains, such as a GPIO of sysfs"
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.brisk_seconds > self.calm_seconds:
            raise refuse(
                f"got brisk_seconds {self.brisk_seconds:g} and calm_seconds {self.calm_seconds:g}, "
                "expected brisk_seconds at most calm_seconds"
            )
        return self


class GaugeSettings(Section):
    """The table of one water-level gauge."""

    id: Name = Field(description=NAME_TEXT)
    place: PlaceSettings = Field(description=PLACE_TEXT)
    limits: LimitsSettings = Field(description="limits such as { s3_cm = 750, s2_cm = 850, s1_cm = 950 }")
    hysteresis_cm: float = Field(default=5.0, ge=0, le=100, description="a number of cm from 0 to 100")
    poll_seconds: float = Field(default=1.0, gt=0, le=3600, description="a number of seconds above 0 and at most 3600")
    stale_seconds: float = Field(
        default=30.0, gt=0, le=86_400, description="a number of seconds above 0 and at most 86400"
    )
    datum_cm: float = Field(default=0.0, description="a number of cm that are added to what the gauge says")
    quality: QualitySettings = Field(default=QualitySettings(), description="a table of quality limits")
    report: ReportSettings | None = Field(
        default=None, description="a table such as { calm_seconds = 300, brisk_seconds = 60 }"
    )
    siren: SirenSettings | None = Field(
        default=None, description='a table such as { at_cm = 850, output = { kind = "file", path = "/dev/gpio" } }'
    )
    source: GaugeSource = Field(discriminator="kind", description=SOURCE_TEXT)

    @model_validator(mode="after")
    def _stale_after_poll(self) -> Self:
        if self.stale_seconds < self.poll_seconds:
            raise refuse(
                f"got stale_seconds {self.stale_seconds:g} and poll_seconds {self.poll_seconds:g}, "
                "expected stale_seconds >= poll_seconds"
            )
        return self

    @model_validator(mode="after")
    def _stale_after_looks(self) -> Self:
        source = self.source
        if isinstance(source, CameraSource) and self.stale_seconds < 2 * source.every_seconds:
            raise refuse(
                f"got stale_seconds {self.stale_seconds:g} and source.every_seconds {source.every_seconds:g}, "
                "expected stale_seconds of at least twice source.every_seconds"
            )
        return self

    @model_validator(mode="after")
    def _limits_believable(self) -> Self:
        named = {f"limits.{name}": value for name, value in self.limits if value is not None}
        if self.siren is not None:
            named["siren.at_cm"] = self.siren.at_cm
        for name, value in named.items():
            if not self.quality.min_cm <= value <= self.quality.max_cm:
                raise refuse(
                    f"got {name} {value:g}, expected a number of cm within quality.min_cm {self.quality.min_cm:g} "
                    f"and quality.max_cm {self.quality.max_cm:g}"
                )
        return self


class SiteGaugeSettings(Section):
    """A staff gauge that is read in clips and pictures."""

    id: Name = Field(description=NAME_TEXT)
    datum_cm: float = Field(default=0.0, description="a number of cm that are added to what the staff says")
    source: CameraSource = Field(description='a source of kind "camera"')
