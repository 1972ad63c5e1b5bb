"""The few laws of water used here: rain shape, linear reservoirs, routing, rating and tide. Pure arithmetic."""

from __future__ import annotations

from itertools import accumulate
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from siaga_sim.river.network import Catchment, Cloudburst, Gauge, Tide

Series: TypeAlias = npt.NDArray[np.float64]

# A flood is spread out by T / sqrt(n): 24 keeps it in shape over six hours without being a mere delay.
REACH_RESERVOIRS = 24
RUNOFF_RESERVOIRS = 2
# Flow over depth for a wide channel goes by depth ** 5/3 (Manning), so depth by flow ** 3/5.
RATING_EXPONENT = 0.6
# K1 and O1 rule the tide of the Java Sea at Jakarta: one high water in a lunar day.
TIDE_PERIOD_HOURS = 24.84


def rain_mm_per_hour(hours: Series, bursts: tuple[Cloudburst, ...], catchment_id: str) -> Series:
    """Rain on one catchment over time."""
    rain = np.zeros_like(hours)
    for burst in bursts:
        if catchment_id in burst.on:
            phase = (hours - burst.starts_hour) / burst.hours
            bell = np.sin(np.pi * phase) ** 2
            rain += np.where((phase > 0) & (phase < 1), burst.peak_mm_per_hour * bell, 0.0)
    return rain


def reservoirs(inflow: Series, *, count: int, total_hours: float, step_hours: float) -> Series:
    """Outflow of `count` equal linear reservoirs in a row; volume is preserved, the mean delay is `total_hours`."""
    hours_each = total_hours / count
    # The implicit step's mean delay is exactly `hours_each`, whatever the step; the exponential one's is not.
    carry = hours_each / (hours_each + step_hours)
    flow = inflow.tolist()
    for _ in range(count):
        # scipy.signal.lfilter does the same, but importing it takes longer than all rivers together.
        outflow = accumulate(flow, lambda out, into: carry * out + (1 - carry) * into, initial=0.0)
        flow = list(outflow)[1:]
    return np.array(flow)


def runoff_m3s(rain: Series, catchment: Catchment, *, step_hours: float) -> Series:
    """Flow into the river from rain (mm/h) on a catchment."""
    cubic_metres_per_second = rain * catchment.area_km2 * catchment.runoff_share / 3.6
    return reservoirs(
        cubic_metres_per_second, count=RUNOFF_RESERVOIRS, total_hours=catchment.response_hours, step_hours=step_hours
    )


def routed_m3s(inflow: Series, *, hours: float, step_hours: float) -> Series:
    """Flow at a reach's lower end."""
    return reservoirs(inflow, count=REACH_RESERVOIRS, total_hours=hours, step_hours=step_hours)


def rated_cm(flow_m3s: Series, gauge: Gauge) -> Series:
    """Level over the gauge's zero for a flow."""
    share = np.maximum(flow_m3s, 0.0) / gauge.full_m3s
    return gauge.bed_cm + (gauge.full_cm - gauge.bed_cm) * share**RATING_EXPONENT


def tide_cm(hours: Series, tide: Tide) -> Series:
    """The sea's level over the gauge's zero."""
    phase = 2 * np.pi * (hours - tide.high_water_hour) / TIDE_PERIOD_HOURS
    return tide.mean_cm + tide.amplitude_cm * np.cos(phase)


def ponded_mm(rain: Series, *, drain_mm_per_hour: float, step_hours: float) -> Series:
    """Water that the drain could not take; it takes a fixed rate while there is any."""
    gain = (rain - drain_mm_per_hour) * step_hours
    total = np.cumsum(gain)
    # What stands is the running total over its lowest point so far (never below nothing).
    return total - np.minimum(np.minimum.accumulate(total), 0.0)
