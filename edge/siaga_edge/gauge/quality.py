"""Doubts about readings: flags say why, nothing is deleted. Pure; state in, state out.

The kinds of doubt follow QARTOD's water-level tests; the start values are explained in the settings.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median

from siaga_core.wire.messages import Quality

_HISTORY = timedelta(minutes=10)
_MOST_HISTORY = 120
_RECENT = 5
_RATE_OVER = timedelta(seconds=45)  # over less, the sensor's own noise looks like a flood
_OBSTRUCTION_SHARE = 0.05  # of a jump's height; water that really jumped keeps moving by more
_OBSTRUCTION_LEAST_CM = 1.0
_UNCHANGED_CM = 0.1  # a sensor of 1 mm that is alive shows at least this much within hours
_BAD = {"range", "sensor_fault", "out_of_range"}
_HARMLESS = {"low_battery"}


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityLimits:
    """The limits beyond which a reading is doubtful."""

    min_cm: float
    max_cm: float
    spike_cm: float
    rate_cm_per_minute: float
    spread_cm: float
    stuck_seconds: float
    stale_seconds: float
    obstruction_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Level:
    """A level and the time at which it was measured."""

    at: datetime
    cm: float


@dataclass(frozen=True, slots=True)
class Jump:
    """A sudden rise that stayed: the level it came to, and by how much."""

    to: Level
    by_cm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityWatch:
    """What is remembered of a gauge: believable levels of late, the last odd one, since when it is still, and a
    jump after which nothing has moved."""

    history: tuple[Level, ...] = ()
    odd: Level | None = None
    unchanged_since: Level | None = None
    jump: Jump | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`counts` is whether the level may decide a stage: one blip and a broken sensor may not, a fast rise may."""

    quality: Quality
    flags: tuple[str, ...]
    counts: bool


def judge(
    watch: QualityWatch,
    level_cm: float | None,
    *,
    at: datetime,
    age_seconds: float = 0.0,
    device_flags: tuple[str, ...] = (),
    spread_cm: float | None = None,
    limits: QualityLimits,
) -> tuple[QualityWatch, Verdict]:
    """Takes one reading, newest last; `device_flags` are the gauge's own doubts."""
    flags = list(device_flags)
    if age_seconds > limits.stale_seconds:
        flags.append("stale")
    if level_cm is None:
        return watch, Verdict(quality=Quality.MISSING, flags=tuple(flags), counts=False)
    now = Level(at, level_cm)
    if not limits.min_cm <= level_cm <= limits.max_cm:
        flags.append("range")
    if spread_cm is not None and spread_cm > limits.spread_cm:
        flags.append("spread")
    if _BAD.intersection(flags):
        return watch, Verdict(quality=Quality.BAD, flags=tuple(flags), counts=False)
    return _compared(watch, now, flags, limits)


def rate_cm_per_hour(watch: QualityWatch) -> float | None:
    """Rise over the remembered minutes; None while less than a minute is known."""
    if len(watch.history) < 2:
        return None
    first, last = watch.history[0], watch.history[-1]
    seconds = (last.at - first.at).total_seconds()
    return (last.cm - first.cm) / seconds * 3600 if seconds >= 60 else None


def _compared(watch: QualityWatch, now: Level, flags: list[str], limits: QualityLimits) -> tuple[QualityWatch, Verdict]:
    unchanged = _unchanged(watch.unchanged_since, now)
    if now.at - unchanged.at > timedelta(seconds=limits.stuck_seconds):
        flags.append("stuck")
    if _stands_out(watch, now, limits):
        flags.append("spike")
        return replace(watch, odd=now, unchanged_since=unchanged), _verdict(flags, counts=False)
    if _too_fast(watch, now, limits):
        flags.append("rate")
    jump = _jump(watch, now, limits)
    if jump is not None and now.at - jump.to.at >= timedelta(seconds=limits.obstruction_seconds):
        flags.append("box")  # something stands under the sensor; it counts all the same, for it may be a flood
    seen = QualityWatch(history=_remember(watch.history, now), unchanged_since=unchanged, jump=jump)
    return seen, _verdict(flags, counts=True)


def _jump(watch: QualityWatch, now: Level, limits: QualityLimits) -> Jump | None:
    if watch.odd is not None and watch.history and now.cm - watch.history[-1].cm > limits.spike_cm:
        return Jump(now, now.cm - watch.history[-1].cm)
    if watch.jump is None:
        return None
    tolerance = max(_OBSTRUCTION_LEAST_CM, watch.jump.by_cm * _OBSTRUCTION_SHARE)
    return watch.jump if abs(now.cm - watch.jump.to.cm) <= tolerance else None


def _verdict(flags: list[str], *, counts: bool) -> Verdict:
    doubtful = set(flags) - _HARMLESS
    return Verdict(quality=Quality.SUSPECT if doubtful else Quality.GOOD, flags=tuple(flags), counts=counts)


def _stands_out(watch: QualityWatch, now: Level, limits: QualityLimits) -> bool:
    if not watch.history:
        return False
    usual = median(level.cm for level in watch.history[-_RECENT:])
    nearest = min(abs(now.cm - usual), abs(now.cm - watch.history[-1].cm))
    return nearest > limits.spike_cm and not _confirms(watch.odd, now, usual, limits)


def _confirms(odd: Level | None, now: Level, usual: float, limits: QualityLimits) -> bool:
    # Two in a row to the same side, the second no nearer, are a change and no blip: a wave may rise on and on.
    if odd is None:
        return False
    side = 1 if odd.cm > usual else -1
    return (now.cm - odd.cm) * side >= -limits.spike_cm


def _too_fast(watch: QualityWatch, now: Level, limits: QualityLimits) -> bool:
    earlier = [level for level in watch.history if now.at - level.at >= _RATE_OVER]
    if not earlier:
        return False
    minutes = (now.at - earlier[-1].at).total_seconds() / 60
    return abs(now.cm - earlier[-1].cm) / minutes > limits.rate_cm_per_minute


def _unchanged(since: Level | None, now: Level) -> Level:
    return since if since is not None and abs(now.cm - since.cm) <= _UNCHANGED_CM else now


def _remember(history: tuple[Level, ...], now: Level) -> tuple[Level, ...]:
    recent = tuple(level for level in history if now.at - level.at <= _HISTORY)
    return (*recent, now)[-_MOST_HISTORY:]
