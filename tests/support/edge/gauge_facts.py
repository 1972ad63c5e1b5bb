"""A gauge at Manggarai as a box's file describes it, and moments after a New Year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from siaga_core.rules.stage import StageLimits
from siaga_core.wire.messages import Place
from siaga_edge.gauge.quality import QualityLimits
from siaga_edge.gauge.watch import GaugeFacts

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LIMITS = QualityLimits(
    min_cm=-100,
    max_cm=1500,
    spike_cm=30,
    rate_cm_per_minute=25,
    spread_cm=10,
    stuck_seconds=3600,
    stale_seconds=30,
)
FACTS = GaugeFacts(
    id="manggarai",
    place=Place(lat=-6.2, lon=106.8),
    limits=StageLimits(s3_cm=750, s2_cm=850, s1_cm=950),
    hysteresis_cm=5,
    stale_seconds=30,
    datum_cm=0,
    quality=LIMITS,
)


def at(seconds: float) -> datetime:
    """So long after it."""
    return NOW + timedelta(seconds=seconds)
