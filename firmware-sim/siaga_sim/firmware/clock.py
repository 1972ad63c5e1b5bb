"""The gauge's clock: a quartz that runs a little fast or slow, most of all when it is cold or hot, until it is set."""

from __future__ import annotations

from dataclasses import dataclass, replace

# A tuning-fork quartz is cut for 25 degrees and loses 0.034 ppm for each square degree away from there.
QUARTZ_TURNS_AT_C = 25.0
QUARTZ_PPM_PER_SQUARE_DEGREE = -0.034


@dataclass(frozen=True, slots=True, kw_only=True)
class Rtc:
    """The clock's error: `error_seconds` at `time_received`, and from there on by its quartz; fast is positive."""

    cut_ppm: float = 0.0
    error_seconds: float = 0.0
    time_received: float = 0.0


def quartz_ppm(rtc: Rtc, board_c: float) -> float:
    """How many millionths the clock gains at a temperature; negative: it loses."""
    return rtc.cut_ppm + QUARTZ_PPM_PER_SQUARE_DEGREE * (board_c - QUARTZ_TURNS_AT_C) ** 2


def ran(rtc: Rtc, *, at: float, board_c: float) -> Rtc:
    """The clock after it ran on to `at` at a temperature."""
    gained = max(0.0, at - rtc.time_received) * quartz_ppm(rtc, board_c) / 1e6
    return replace(rtc, error_seconds=rtc.error_seconds + gained, time_received=at)


def set_to(rtc: Rtc, *, at: float, error_seconds: float) -> Rtc:
    """The clock set by somebody who is himself off by so much."""
    return replace(rtc, error_seconds=error_seconds, time_received=at)
