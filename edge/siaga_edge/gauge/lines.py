"""Lines that sensors say on a serial line, and what each of them means. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, cast

from siaga_edge.gauge.registers import RegisterError
from siaga_edge.gauge.scale import Measure, Scale, Unit

LineFormat = Literal["maxbotix", "key_value", "number"]

EXPECTED: Final[dict[LineFormat, str]] = {
    "maxbotix": '"R" and 3 to 5 digits, such as R1234',
    "key_value": "level_mm=, level_cm=, level_m= or distance_mm=, distance_cm=, distance_m= and a number",
    "number": "a number, such as 123.4",
}
_MAXBOTIX: Final = re.compile(r"R(\d{3,5})")
_KEY: Final = re.compile(r"(level|distance)_(mm|cm|m)")
_NOTHING: Final = {"", "-", "nan", "null", "none", "err"}
_LONGEST_SHOWN: Final = 40


class LineError(RegisterError):
    """A line that is not one of the declared format, or that contradicts the declared unit."""


@dataclass(frozen=True, slots=True)
class Echo:
    """What a line says; `value` None is a sensor that heard nothing."""

    value: float | None


def parse(line: str, form: LineFormat, scale: Scale, no_reading: frozenset[float]) -> Echo:
    """The raw value in the unit of `scale`; raises `LineError`. Values in `no_reading` are the sensor's own "none"."""
    text = line.strip()
    value = _from_pairs(text, scale) if form == "key_value" else _from_text(text, form)
    return Echo(None if value in no_reading else value)


def _from_text(text: str, form: LineFormat) -> float | None:
    if form == "maxbotix":
        found = _MAXBOTIX.fullmatch(text)
        if found is None:
            raise _unreadable(text, form)
        return float(found[1])
    return _number(text, text, form)


def _from_pairs(text: str, scale: Scale) -> float | None:
    for key, value in _pairs(text):
        found = _KEY.fullmatch(key)
        if found is None:
            continue
        description = (cast(Measure, found[1]), cast(Unit, found[2]))
        if description != (scale.measures, scale.unit):
            declared = f"measures {scale.measures} in unit {scale.unit}"
            raise LineError(
                f"got {_shown(text)}, expected {scale.measures}_{scale.unit}= because it is declared to "
                f"be one that {declared}"
            )
        return _number(value, text, "key_value")
    raise _unreadable(text, "key_value")


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"[,;\s]+", text):
        key, equals, value = part.partition("=")
        if equals:
            yield key.strip().lower(), value.strip()


def _number(text: str, line: str, form: LineFormat) -> float | None:
    if text.lower() in _NOTHING and form == "key_value":
        return None
    try:
        value = float(text)
    except ValueError:
        raise _unreadable(line, form) from None
    return value if math.isfinite(value) else None


def _unreadable(line: str, form: LineFormat) -> LineError:
    return LineError(f"got {_shown(line)}, expected {EXPECTED[form]}")


def _shown(line: str) -> str:
    text = ascii(line)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
