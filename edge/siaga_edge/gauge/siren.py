"""When the siren beside the water sounds: two of three readings, with hysteresis. Pure; state in, state out.

Two of three, because one passing boat must not wake a kampung, and a real rise may cost at most two readings. It
decides on the node, so it needs no link; it holds while the level is unknown, because unknown is not safe.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

_OF = 3
_NEEDED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SirenRule:
    """Sounds from `at_cm` on and falls silent `hysteresis_cm` below it."""

    at_cm: float
    hysteresis_cm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SirenWatch:
    """The last levels that could be believed; `sounds` is None until two of three have said."""

    levels_cm: tuple[float, ...] = ()
    sounds: bool | None = None


def step(watch: SirenWatch, level_cm: float | None, rule: SirenRule) -> SirenWatch:
    """Takes one reading; None, for no level or one that cannot be, changes nothing."""
    if level_cm is None:
        return watch
    levels = (*watch.levels_cm, level_cm)[-_OF:]
    high = sum(level >= rule.at_cm for level in levels)
    low = sum(level < rule.at_cm - rule.hysteresis_cm for level in levels)
    watch = replace(watch, levels_cm=levels)
    if high >= _NEEDED and not watch.sounds:
        return replace(watch, sounds=True)
    if low >= _NEEDED and watch.sounds is not False:
        return replace(watch, sounds=False)
    return watch
