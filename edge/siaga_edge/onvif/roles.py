"""The profiles of a device and their roles: the largest of a sensor is its main stream, the others are sub streams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

Role = Literal["main", "sub"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraProfile:
    """A profile with its stream; sizes and rates are None where the device does not give them."""

    token: str
    name: str
    sensor: str
    encoding: str
    width: int | None
    height: int | None
    fps: float | None
    stream_url: str
    snapshot_url: str | None = None
    role: Role = "sub"


def with_roles(profiles: Sequence[CameraProfile]) -> list[CameraProfile]:
    """Return the profiles by sensor, the largest of each first and with the role of its main stream."""
    found: list[CameraProfile] = []
    for sensor in dict.fromkeys(profile.sensor for profile in profiles):
        own = sorted((each for each in profiles if each.sensor == sensor), key=_pixels, reverse=True)
        found += [replace(each, role="main" if number == 0 else "sub") for number, each in enumerate(own)]
    return found


def chosen(profiles: Sequence[CameraProfile], role: Role) -> list[CameraProfile]:
    """Return one profile of a role for each sensor: the largest of it, and the main stream where there is no other."""
    found: dict[str, CameraProfile] = {}
    for profile in with_roles(profiles):
        if profile.sensor not in found or (profile.role == role and found[profile.sensor].role != role):
            found[profile.sensor] = profile
    return list(found.values())


def _pixels(profile: CameraProfile) -> int:
    return (profile.width or 0) * (profile.height or 0)
