"""Parses well-formed messages of readings several times as fast as the models of the wire format.

It accepts no more than the models do and reads what it accepts as they do (`test_quick_reading.py`). Every other
message, right or wrong, is left to the models, and so is every error text.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

import msgspec

from siaga_core.wire.ids import NAME_PATTERN
from siaga_core.wire.kinds import MAX_SEQ
from siaga_core.wire.messages import MAX_READINGS

_Aware: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]
_Positive: TypeAlias = Annotated[float, msgspec.Meta(ge=0)]
_Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]
_Seq: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=MAX_SEQ)]
_Flag: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"\A[a-z_]{1,32}\Z")]

# The models cut off what is below a microsecond, msgspec rounds it.
_FINER = re.compile(rb"\.\d{7}")


# Unknown fields are for the models: msgspec does not look at what it passes over.
class QuickReading(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """Implements the interface of `Reading`."""

    gauge: str
    measured_at: _Aware
    level_cm: float | None
    quality: Literal["good", "suspect", "bad", "missing"] = "good"
    flags: Annotated[tuple[_Flag, ...], msgspec.Meta(max_length=8)] = ()
    spread_cm: _Positive | None = None
    samples: _Count | None = None
    stage: Literal[1, 2, 3, 4] | None = None


class QuickReadings(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """Implements the interface of `ReadingsMessage`."""

    id: UUID
    node: str
    outbox_id: UUID
    seq: _Seq
    measured_at: _Aware
    sent_at: _Aware
    readings: Annotated[tuple[QuickReading, ...], msgspec.Meta(min_length=1, max_length=MAX_READINGS)]
    v: Literal[1] = 1
    late: bool = False


_decoder = msgspec.json.Decoder(QuickReadings)
_NAME = re.compile(NAME_PATTERN.removeprefix("^").removesuffix("$"))


@lru_cache(maxsize=65_536)
def _is_name(word: str) -> bool:
    return _NAME.fullmatch(word) is not None


def quick_readings(node: str, payload: bytes) -> QuickReadings | None:
    """Return the readings message of this node; None for anything that the models should look at."""
    if b"\\" in payload or _FINER.search(payload):
        return None
    try:
        message = _decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if message.node != node:
        return None
    for reading in message.readings:
        if not _is_name(reading.gauge):
            return None
    return message
