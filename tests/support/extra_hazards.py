"""A registry of hazards with entries that only a test knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from siaga_core import hazards
from siaga_core.hazards import Hazard, MatchDefaults, Names, SlaDefaults

SINKHOLE = Hazard(
    id="sinkhole",
    category="sinkhole",
    name=Names(indonesian="Tanah ambles", english="Sinkhole"),
    icon="pothole",
    report_name=Names(indonesian="Tanah ambles", english="Sinkhole"),
    open311_code="sinkhole",
    open311_group=Names(indonesian="Jalan", english="Roads"),
    match=MatchDefaults(radius_m=40, window_hours=12),
    sla=SlaDefaults(acknowledge_hours=1, first_action_hours=3, resolve_hours=9),
    sensors=frozenset({"camera"}),
    details="trash",
    zone="watch",
    recheck="zone",
)


@contextmanager
def registered(*more: Hazard) -> Iterator[None]:
    """Add hazards to the registry of this process until the block ends."""
    before = hazards._registry
    hazards._registry = hazards.registry_of((*before.values(), *more))
    try:
        yield
    finally:
        hazards._registry = before
