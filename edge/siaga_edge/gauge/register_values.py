"""Single values in the registers of other makers' sensors, in every type and order."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import Final, Literal

from siaga_edge.gauge.registers import RegisterError

ValueType = Literal["int16", "uint16", "int32", "uint32", "float32", "float64"]
WordOrder = Literal["high_first", "low_first"]
_FIRST: Final[tuple[WordOrder, ...]] = ("high_first", "low_first")
_VALUES: Final[dict[ValueType, struct.Struct]] = {
    "int16": struct.Struct(">h"),
    "uint16": struct.Struct(">H"),
    "int32": struct.Struct(">i"),
    "uint32": struct.Struct(">I"),
    "float32": struct.Struct(">f"),
    "float64": struct.Struct(">d"),
}
# No sensor of levels sends such a number, but a float in the wrong order usually is one.
_LEAST_FLOAT, _MOST_FLOAT = 1e-12, 1e12
_LEAST_LIKELY, _MOST_LIKELY = 1e-4, 1e6


def words_of(kind: ValueType) -> int:
    """How many registers a value takes."""
    return _VALUES[kind].size // 2


def decode_value(
    registers: Sequence[int], kind: ValueType, order: WordOrder, byte_order: WordOrder = "high_first"
) -> float | None:
    """One value; None for one that is not a number. Raises `RegisterError`, also for a float in the wrong order."""
    if len(registers) != words_of(kind):
        raise RegisterError(f"got {len(registers)} registers, expected {words_of(kind)} of {kind}")
    value = _value(registers, kind, order, byte_order)
    if not math.isfinite(value):
        return None
    if kind in ("float32", "float64") and value and not _LEAST_FLOAT < abs(value) < _MOST_FLOAT:
        raise RegisterError(f"got {value:g} as {kind}, expected a level{_likely_values(registers, kind)}")
    return value


def _value(registers: Sequence[int], kind: ValueType, order: WordOrder, byte_order: WordOrder) -> float:
    words = registers if order == "high_first" else reversed(registers)
    layout = f"{'>' if byte_order == 'high_first' else '<'}{len(registers)}H"
    return float(_VALUES[kind].unpack(struct.pack(layout, *words))[0])


def _likely_values(registers: Sequence[int], kind: ValueType) -> str:
    """Name the orders in which the same registers are a likely number."""
    found = []
    for order in _FIRST:
        for byte_order in _FIRST:
            value = _value(registers, kind, order, byte_order)
            if _LEAST_LIKELY < abs(value) < _MOST_LIKELY:
                found.append(f'{value:g} with word_order = "{order}", byte_order = "{byte_order}"')
    return f"; the registers are {' or '.join(found)}" if found else ""
