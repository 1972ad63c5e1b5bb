"""What runs inside a water-level gauge: bursts, median, plausibility, when to report, and the machine around them."""

from siaga_sim.firmware.burst import Burst, BurstSettings, judge
from siaga_sim.firmware.device import DeviceReading, DeviceState, Settings, boot, step
from siaga_sim.firmware.machine import Firmware, Mode
from siaga_sim.firmware.power import Cell, Supply
from siaga_sim.firmware.sensor import Air, EchoSensor

__all__ = [
    "Air",
    "Burst",
    "BurstSettings",
    "Cell",
    "DeviceReading",
    "DeviceState",
    "EchoSensor",
    "Firmware",
    "Mode",
    "Settings",
    "Supply",
    "boot",
    "judge",
    "step",
]
