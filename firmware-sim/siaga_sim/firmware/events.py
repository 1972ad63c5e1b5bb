"""What a gauge's firmware hears of the world, and what it wants of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from siaga_sim.firmware.device import Settings


class Effect(StrEnum):
    """What the firmware wants of the world."""

    LISTEN = "listen"
    SAVE = "save"
    JOIN = "join"
    TRANSMIT = "transmit"
    REQUEST_TIME = "ask_time"
    HANG_UP = "hang_up"


@dataclass(frozen=True, slots=True)
class WakeUp:
    """The timer rang, or somebody only wants to know."""


@dataclass(frozen=True, slots=True)
class EchoReceived:
    """The sensor's answer to LISTEN; None: no echo."""

    echo_mm: int | None


@dataclass(frozen=True, slots=True)
class NetworkJoined:
    """The network let us in."""


@dataclass(frozen=True, slots=True)
class LinkLost:
    """The network is gone, or would not let us in."""


@dataclass(frozen=True, slots=True)
class TransmissionDone:
    """All that was to be transmitted has arrived."""


@dataclass(frozen=True, slots=True)
class TimeReceived:
    """Somebody set the clock, and is himself off by so much."""

    error_seconds: float


@dataclass(frozen=True, slots=True)
class Resync:
    """Command: ask the network for the time."""


@dataclass(frozen=True, slots=True)
class Reboot:
    """Command: start anew."""

    cause: str = "ordered"


@dataclass(frozen=True, slots=True)
class NewSettings:
    """Command: measure and report by these."""

    settings: Settings


@dataclass(frozen=True, slots=True)
class Storm:
    """Command: report briskly for so long."""

    seconds: float


@dataclass(frozen=True, slots=True)
class CellDischarge:
    """The cell is this full all of a sudden; for faults on command."""

    share: float


Event: TypeAlias = (
    WakeUp
    | EchoReceived
    | NetworkJoined
    | LinkLost
    | TransmissionDone
    | TimeReceived
    | Resync
    | Reboot
    | NewSettings
    | Storm
    | CellDischarge
)
