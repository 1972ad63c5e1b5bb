"""What runs inside a water-level gauge: bursts, median, plausibility, and when to report."""

from siaga_sim.firmware.burst import Burst, BurstSettings, judge
from siaga_sim.firmware.device import DeviceReading, DeviceState, Settings, boot, step
from siaga_sim.firmware.sensor import Battery, EchoSensor

__all__ = [
    "Battery",
    "Burst",
    "BurstSettings",
    "DeviceReading",
    "DeviceState",
    "EchoSensor",
    "Settings",
    "boot",
    "judge",
    "step",
]
