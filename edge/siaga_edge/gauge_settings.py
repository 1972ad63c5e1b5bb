"""The part of NODE.toml that is about gauges."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from siaga_core.wire.ids import Name
from siaga_edge.setting_kinds import NAME_TEXT, PLACE_TEXT, ExistingFile, PlaceSettings, Port, Section, refuse


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

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_cm >= self.max_cm:
            raise refuse(f"got min_cm {self.min_cm:g} and max_cm {self.max_cm:g}, expected min_cm below max_cm")
        return self


class ModbusTcpSource(Section):
    """A gauge that speaks Modbus TCP with the register map of gauge/registers.py."""

    kind: Literal["modbus_tcp"]
    host: str = Field(min_length=1, description="a host name or address")
    port: Port = Field(default=502, description="a port from 1 to 65535")
    unit: int = Field(default=1, ge=0, le=247, description="a Modbus unit from 0 to 247")


class FileSource(Section):
    """A gauge played from a CSV file with the columns measured_at and level_cm."""

    kind: Literal["file"]
    path: ExistingFile = Field(description="the path of a CSV file with measured_at,level_cm")


class GaugeSettings(Section):
    """One water-level gauge."""

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
    source: ModbusTcpSource | FileSource = Field(
        discriminator="kind", description='a source of kind "modbus_tcp" or "file"'
    )

    @model_validator(mode="after")
    def _stale_after_poll(self) -> Self:
        if self.stale_seconds < self.poll_seconds:
            raise refuse(
                f"got stale_seconds {self.stale_seconds:g} and poll_seconds {self.poll_seconds:g}, "
                "expected stale_seconds >= poll_seconds"
            )
        return self
