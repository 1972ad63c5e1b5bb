"""What is read from a device, and where."""

from __future__ import annotations

from dataclasses import dataclass

from siaga_edge.onvif.roles import CameraProfile


class DeviceError(OSError):
    """A device that cannot be read; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAddress:
    """Where a device is, who asks, and how long each of its answers may take."""

    host: str
    port: int
    is_https: bool = False
    user: str | None = None
    password: str | None = None
    answer_seconds: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OnvifDevice:
    """What a device states of itself, and its profiles with their streams."""

    host: str
    port: int
    maker: str
    model: str
    firmware: str
    profiles: tuple[CameraProfile, ...]
