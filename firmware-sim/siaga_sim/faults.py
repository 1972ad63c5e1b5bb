"""What can be wrong with a camera, and with a gauge."""

from enum import StrEnum


class Fault(StrEnum):
    """How a camera is broken, or what has become of its view, as somebody who opens its stream sees it."""

    NONE = "none"
    FROZEN = "frozen"
    BLACK = "black"
    COVERED = "covered"
    MOVED = "moved"
    NIGHT = "night"
    RAIN = "rain"
    SILENT = "silent"
    DOWN = "down"


class GaugeFault(StrEnum):
    """How a gauge is broken."""

    NONE = "none"
    STUCK = "stuck"
    SPIKE = "spike"
    DROP_OUT = "drop_out"
    FOAM = "foam"
    CUT = "cut"
    WRONG_CLOCK = "wrong_clock"
    REBOOT = "reboot"
    DUPLICATE = "duplicate"
    LOW_BATTERY = "low_battery"


# Words that people use for the same thing.
ALIASES = {"killed": "down", "kill": "down", "cut_link": "cut", "dropout": "drop_out", "mended": "none"}


class NoSuchFaultError(ValueError):
    """A device or kind of fault that there is not; the text says what there is."""


def camera_fault(word: str) -> Fault:
    """The camera's fault of that name. Raises NoSuchFaultError."""
    return Fault(_known(word, [kind.value for kind in Fault]))


def gauge_fault(word: str) -> GaugeFault:
    """The gauge's fault of that name. Raises NoSuchFaultError."""
    return GaugeFault(_known(word, [kind.value for kind in GaugeFault]))


def _known(word: str, kinds: list[str]) -> str:
    plain = word.strip().lower().replace("-", "_")
    plain = ALIASES.get(plain, plain)
    if plain not in kinds:
        raise NoSuchFaultError(f"fault: got {word!r}, expected one of {', '.join(kinds)}")
    return plain
