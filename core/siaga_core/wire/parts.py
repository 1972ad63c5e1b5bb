"""Parts of the health message that are about models and orders."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

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
