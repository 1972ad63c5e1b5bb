"""Holds what an administrator decides about ingest: sources, plausibility and the room for dead letters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from siaga_cloud.settings.broker import IngestSettings

# What happens to sources that the city has not recorded: refuse (the default), or accept with a line in the list.
Unowned: TypeAlias = Literal["refuse", "accept"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestPolicy:
    """Holds the limits of what nodes may send; the defaults are those of the settings."""

    unowned: Unowned = "refuse"
    jump_cm: float = 30.0
    rate_cm_per_minute: float = 25.0
    dead_letters_per_hour: int = 500
    dead_letter_bytes_per_hour: int = 8 * 1024 * 1024


def policy_of(settings: IngestSettings) -> IngestPolicy:
    """Return the policy that the settings state."""
    return IngestPolicy(
        unowned="accept" if settings.unowned == "accept" else "refuse",
        jump_cm=settings.jump_cm,
        rate_cm_per_minute=settings.rate_cm_per_minute,
        dead_letters_per_hour=settings.dead_letters_per_hour,
        dead_letter_bytes_per_hour=settings.dead_letter_kilobytes_per_hour * 1024,
    )
