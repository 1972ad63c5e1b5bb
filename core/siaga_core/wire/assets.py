"""What a node reports of pumps and gates: whether they work, at what share of their capacity, with what power."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime, Field

from siaga_core.wire.ids import Name
from siaga_core.wire.kinds import Share, WireModel
from siaga_core.wire.messages import Envelope

MAX_ASSET_STATES = 200


class AssetCondition(StrEnum):
    """What a pump or gate does; a pump runs or is stopped, a gate is open or closed, and either may have a fault."""

    RUNNING = "running"
    STOPPED = "stopped"
    OPEN = "open"
    CLOSED = "closed"
    FAULT = "fault"


class AssetState(WireModel):
    """The state of one pump or gate at one moment. What is not measured is null, and null never becomes zero."""

    asset: Name = Field(description="which pump or gate")
    measured_at: AwareDatetime = Field(description="when it was measured")
    state: AssetCondition = Field(description="a gate that is not fully closed is open")
    capacity_share: Share | None = Field(
        default=None, description="share of a pump's capacity that runs, or of a gate's height that is open"
    )
    power_kw: float | None = Field(default=None, ge=0, le=100_000, description="electrical power that it takes")
    level_difference_cm: float | None = Field(
        default=None, ge=-5000, le=5000, description="level before it less the level behind it"
    )


class AssetStatesMessage(Envelope):
    """Stream `assets`: states of one or more pumps and gates, oldest first."""

    states: tuple[AssetState, ...] = Field(min_length=1, max_length=MAX_ASSET_STATES, description="oldest first")
