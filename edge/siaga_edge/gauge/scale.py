"""What a raw value means: its unit, whether it is a level or a distance down to the water, and wrong declarations.

Pure. A source that is declared in the wrong unit, with the wrong sign or with its datum added twice gives levels that
cannot be; where one plain mistake explains them, that mistake is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

Unit = Literal["mm", "cm", "m"]
Measure = Literal["level", "distance"]
CM_PER: Final[dict[Unit, float]] = {"mm": 0.1, "cm": 1.0, "m": 100.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How raw values become cm over the gauge's zero; a distance is measured down from `mount_cm` over it."""

    unit: Unit = "cm"
    measures: Measure = "level"
    mount_cm: float = 0.0

    def level_cm(self, value: float) -> float:
        """The level that a raw value stands for."""
        length = value * CM_PER[self.unit]
        return length if self.measures == "level" else self.mount_cm - length

    def value_of(self, level_cm: float) -> float:
        """The raw value that stands for a level."""
        length = level_cm if self.measures == "level" else self.mount_cm - level_cm
        return length / CM_PER[self.unit]

    def spread_cm(self, spread: float) -> float:
        """A scatter of raw values in cm."""
        return spread * CM_PER[self.unit]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRange:
    """Levels that can be true, after the datum was added."""

    min_cm: float
    max_cm: float

    def holds(self, level_cm: float) -> bool:
        """Whether a level can be true."""
        return self.min_cm <= level_cm <= self.max_cm


def misdeclared(level_cm: float, scale: Scale, *, datum_cm: float, believable: LevelRange) -> str | None:
    """Which plain mistake explains a level (before the datum) that cannot be; None for one that can, or for none."""
    found = level_cm + datum_cm
    if believable.holds(found):
        return None
    for other, mistake in _mistakes(level_cm, scale, datum_cm):
        if believable.holds(other):
            raw = f"got {scale.value_of(level_cm):g} {scale.unit} ({scale.measures}), which is {found:g} cm"
            return f"{raw}, outside {believable.min_cm:g} to {believable.max_cm:g} cm; {mistake} ({other:g} cm)"
    return None


def _mistakes(level_cm: float, scale: Scale, datum_cm: float) -> Iterator[tuple[float, str]]:
    value = scale.value_of(level_cm)
    if value == 0:
        return
    if datum_cm:
        yield level_cm, f"expected datum_cm 0 instead of {datum_cm:g}"
        yield level_cm - datum_cm, f"expected datum_cm {-datum_cm:g} instead of {datum_cm:g}"
    for unit in CM_PER:
        if unit != scale.unit:
            other = replace(scale, unit=unit).level_cm(value)
            yield other + datum_cm, f'expected unit "{unit}" instead of "{scale.unit}"'
    yield scale.level_cm(-value) + datum_cm, "expected the opposite sign"
