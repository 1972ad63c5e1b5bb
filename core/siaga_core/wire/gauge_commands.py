"""What the cloud orders of a gauge that speaks the wire by itself: bodies of `CommandMessage`, signed like all of them.

A node refuses these as it refuses every unknown command; a gauge refuses those of a node.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from siaga_core.wire.fleet import AnnounceStorm
from siaga_core.wire.kinds import WireModel

IntervalSeconds = Annotated[float, Field(gt=0, le=86_400)]


class SetGauge(WireModel):
    """Command to a gauge: measure and report by these; what is null stays as it is."""

    kind: Literal["set_gauge"] = "set_gauge"
    measure_every_seconds: IntervalSeconds | None = Field(default=None, description="from burst to burst")
    calm_report_seconds: IntervalSeconds | None = Field(default=None, description="between reports of calm water")
    brisk_report_seconds: IntervalSeconds | None = Field(default=None, description="between reports while it moves")
    change_cm: float | None = Field(default=None, gt=0, le=1000, description="a change that is reported at once")
    brisk_above_cm: float | None = Field(
        default=None, ge=-10_000, le=100_000, description="from this level on it always reports briskly"
    )


class ResyncClock(WireModel):
    """Command to a gauge: set the clock by the network's time now."""

    kind: Literal["resync_clock"] = "resync_clock"


class Reboot(WireModel):
    """Command to a gauge: start anew; what waits for the cloud is kept."""

    kind: Literal["reboot"] = "reboot"


GaugeCommandBody: TypeAlias = Annotated[SetGauge | ResyncClock | Reboot | AnnounceStorm, Field(discriminator="kind")]
GAUGE_COMMAND_BODY: Final[TypeAdapter[GaugeCommandBody]] = TypeAdapter(GaugeCommandBody)
