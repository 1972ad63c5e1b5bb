"""Simulated gauges: the firmware standing in the river, served as a real Modbus TCP device."""

from siaga_sim.gauges.modbus import GaugeDevice, serve_gauges
from siaga_sim.gauges.registers import MAP_VERSION, NO_LEVEL, REGISTER_COUNT, input_registers

__all__ = ["MAP_VERSION", "NO_LEVEL", "REGISTER_COUNT", "GaugeDevice", "input_registers", "serve_gauges"]
