"""Parts of the health message that are about models, commands and the outbox."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from siaga_core.wire.kinds import Sha256, Text, WireModel


class ShadowHealth(WireModel):
    """A model that looks beside the one that decides, on a share of its looks; nothing that it says counts."""

    sha256: Sha256 = Field(description="of its file, in hexadecimal")
    looks: int = Field(default=0, ge=0, description="looks that both took")
    agreed: int = Field(
        default=0, ge=0, description="things that both saw, or looks for water within 5 % of each other"
    )
    only_running: int = Field(default=0, ge=0, description="things, or more water, that only the running one saw")
    only_shadow: int = Field(default=0, ge=0, description="things, or more water, that only this one saw")
    relabelled: int = Field(default=0, ge=0, description="things that both saw and call differently")
    failed: int = Field(default=0, ge=0, description="looks that it gave no answer to")
    running_ms: float = Field(default=0.0, ge=0, description="mean time of the running one's looks, in milliseconds")
    shadow_ms: float = Field(default=0.0, ge=0, description="mean time of its looks, in milliseconds")


class ModelHealth(WireModel):
    """A model that decides."""

    role: Literal["detector", "water"] = Field(description="what for")
    name: Text = Field(max_length=64, description="what it is called")
    sha256: Sha256 = Field(description="of its file, in hexadecimal")
    shadow: ShadowHealth | None = Field(default=None, description="what runs beside it; null: none")


class CommandHealth(WireModel):
    """What became of the last command."""

    number: int = Field(ge=0, description="of the command")
    done: bool = Field(description="false when it was refused, failed or is still under way")
    text: Text = Field(default="", max_length=500, description="what was done, or why not")


class OutboxHealth(WireModel):
    """The store of what the cloud has not yet acknowledged."""

    waiting: int = Field(ge=0, description="messages that are not acknowledged yet")
    oldest_at: AwareDatetime | None = Field(default=None, description="`measured_at` of the oldest of them")
    evicted: int = Field(ge=0, description="messages given up for lack of room since this outbox began")
    bytes: int = Field(ge=0, description="size of the store")
    free_bytes: int | None = Field(default=None, ge=0, description="left on its disk")
    broken: int = Field(default=0, ge=0, description="damaged stores that were moved aside and still lie there")
    acked: int = Field(default=0, ge=0, description="acknowledged messages that are kept for a replay")
    acked_since: AwareDatetime | None = Field(
        default=None, description="when the oldest of them was acknowledged; null: none"
    )
    replayed: UUID | None = Field(default=None, description="the replay that was followed last; null: none yet")
