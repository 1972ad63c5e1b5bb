"""Which readings are worth sending at once: changes always, calm water seldom. Pure; state in, state out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from siaga_core.wire.messages import Reading, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPlan:
    """Starts brisk at a change of `change_cm`, a level from `brisk_above_cm`, an alarm, rain or an order; ends
    `brisk_hold_seconds` after the last of them."""

    change_cm: float = 2.0
    calm_seconds: float = 300.0
    brisk_seconds: float = 60.0
    brisk_hold_seconds: float = 1800.0
    brisk_above_cm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWatch:
    """The last reading that was sent, and until when the gauge is brisk."""

    sent: Reading | None = None
    brisk_until: datetime | None = None


def step(
    watch: ReportWatch, reading: Reading, *, plan: ReportPlan, is_urgent: bool = False
) -> tuple[ReportWatch, bool]:
    """Takes one reading, newest last; whether it shall be sent. What says something new always is."""
    is_news = _is_news(watch.sent, reading, plan.change_cm)
    if is_urgent or _has_changed(watch.sent, reading, plan.change_cm) or _is_high(reading, plan):
        watch = replace(watch, brisk_until=reading.measured_at + timedelta(seconds=plan.brisk_hold_seconds))
    if not is_news and not _is_due(watch, reading, plan):
        return watch, False
    return replace(watch, sent=reading), True


def _is_news(sent: Reading | None, reading: Reading, change_cm: float) -> bool:
    if sent is None or (sent.quality, sent.flags, sent.stage) != (reading.quality, reading.flags, reading.stage):
        return True
    return (sent.level_cm is None) != (reading.level_cm is None) or _has_changed(sent, reading, change_cm)


def _has_changed(sent: Reading | None, reading: Reading, change_cm: float) -> bool:
    if sent is None or sent.level_cm is None or reading.level_cm is None:
        return False
    return abs(reading.level_cm - sent.level_cm) >= change_cm


def _is_high(reading: Reading, plan: ReportPlan) -> bool:
    if reading.stage is not None and reading.stage < Stage.SIAGA_4:
        return True
    return plan.brisk_above_cm is not None and reading.level_cm is not None and reading.level_cm >= plan.brisk_above_cm


def _is_due(watch: ReportWatch, reading: Reading, plan: ReportPlan) -> bool:
    if watch.sent is None:
        return True
    is_brisk = watch.brisk_until is not None and reading.measured_at < watch.brisk_until
    every = plan.brisk_seconds if is_brisk else plan.calm_seconds
    return reading.measured_at - watch.sent.measured_at >= timedelta(seconds=every)
