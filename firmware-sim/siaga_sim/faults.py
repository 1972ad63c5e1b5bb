"""What can be wrong with a camera."""

from enum import StrEnum


class Fault(StrEnum):
    """How a camera is broken, as somebody who opens its stream sees it."""

    NONE = "none"
    FROZEN = "frozen"
    BLACK = "black"
    SILENT = "silent"
    DOWN = "down"
