"""How much of the disk the outbox may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from siaga_edge.outbox.parcels import Lane


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How much may wait, and how long. Alerts are kept beyond it, because nothing else is worth their place.

    Clips, waiting or acknowledged, have `max_clip_bytes` of it: the oldest give way to a new one.
    What the cloud has acknowledged stays for a while, in room that nothing else needs, for a cloud that loses it.
    """

    max_messages: int
    max_bytes: int
    min_free_bytes: int
    max_age_seconds: Mapping[Lane, float] = field(default_factory=dict)
    retain_acked_seconds: float = 0.0
    max_clip_bytes: int = 256 * 1024 * 1024
